// Registers of the 8254 and of port 61h.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

// clang-format off
namespace mullion::i8254 {

constexpr uint16_t kControl          = 3;     // 231164-005, "Control Word Register"
constexpr uint8_t  kReadBack         = 3;     // SC = 11: read-back command
constexpr uint8_t  kReadBackNoCount  = 0x20;
constexpr uint8_t  kReadBackNoStatus = 0x10;
constexpr uint8_t  kLatch            = 0;     // RW = 00: counter latch command
constexpr uint8_t  kRwLsb            = 1;
constexpr uint8_t  kRwMsb            = 2;
constexpr uint8_t  kRwBoth           = 3;

// Status byte
constexpr uint8_t  kStatusOut        = 0x80;
constexpr uint8_t  kStatusNull       = 0x40;

// Port 61h (82371SB §2.5.4.4, NMI status and control)
constexpr uint8_t  k61Gate2          = 0x01;
constexpr uint8_t  k61Speaker        = 0x02;
constexpr uint8_t  k61Writable       = 0x0F;
constexpr uint8_t  k61Refresh        = 0x10;  // toggles with each refresh request
constexpr uint8_t  k61Out2           = 0x20;
constexpr uint64_t kRefreshNs        = 15'085;

}  // namespace mullion::i8254
// clang-format on
