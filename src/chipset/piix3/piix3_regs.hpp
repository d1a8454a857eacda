// Registers of the 82371SB ISA bridge (function 0).
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace mullion::piix3 {

// Source document: Intel 82371SB (290550), section 2.
// clang-format off
inline constexpr unsigned kIort    = 0x4c;       // 2.2.10: ISA I/O recovery timer
inline constexpr unsigned kXbcs    = 0x4e;       // 2.2.11: X-bus chip select
inline constexpr unsigned kPirqrca = 0x60;       // 2.2.13: PIRQRC[A:D]
inline constexpr unsigned kTom     = 0x69;       // 2.2.14: top of memory
inline constexpr unsigned kMbirq0  = 0x70;       // 2.2.16: motherboard interrupt routing
inline constexpr unsigned kMbdma0  = 0x76;       // 2.2.17
inline constexpr unsigned kPcsc    = 0x78;       // 2.2.18
inline constexpr unsigned kApicbase = 0x80;      // 2.2.19
inline constexpr unsigned kSmicntl = 0xa0;       // 2.2.22

inline constexpr uint8_t kPirqOff  = 1u << 7;    // PIRQRC: routing disabled
inline constexpr uint8_t SRST      = 1u << 1;    // RCR: hard reset
inline constexpr uint8_t RCPU      = 1u << 2;    // RCR: a change from 0 to 1 resets
// clang-format on

// Interrupts 0, 1, 2, 8 and 13 are reserved in PIRQRC.
inline constexpr uint16_t kRoutable = 0xdef8;

}  // namespace mullion::piix3
