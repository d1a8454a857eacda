// Registers of the 82441FX host bridge.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace mullion::i440fx {

// Source document: Intel 82441FX (290549), section 3.2.
// clang-format off
inline constexpr unsigned kPam0    = 0x59;      // 3.2.18: PAM0 holds F0000h in its high nibble,
inline constexpr unsigned kPam6    = 0x5f;      // PAM1–PAM6 two segments of 16 KiB each from C0000h up
inline constexpr unsigned kSmram   = 0x72;      // 3.2.22
inline constexpr unsigned kPamRead  = 1u << 0;  // RE: reads go to DRAM
inline constexpr unsigned kPamWrite = 1u << 1;  // WE: writes go to DRAM

inline constexpr uint8_t D_OPEN   = 1u << 6;
inline constexpr uint8_t D_CLS    = 1u << 5;
inline constexpr uint8_t D_LCK    = 1u << 4;
inline constexpr uint8_t G_SMRAME = 1u << 3;
inline constexpr uint8_t C_BASE_SEG = 0x02;     // A0000h–BFFFFh, the only value

inline constexpr uint32_t kConfigEnable = 1u << 31;  // CONFADD
// clang-format on

}  // namespace mullion::i440fx
