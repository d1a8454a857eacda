// Registers of the MC146818.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

// clang-format off
namespace mullion::mc146818 {

constexpr uint8_t kSeconds      = 0x00;  // MC146818A, "Address Map"
constexpr uint8_t kSecondsAlarm = 0x01;
constexpr uint8_t kMinutes      = 0x02;
constexpr uint8_t kMinutesAlarm = 0x03;
constexpr uint8_t kHours        = 0x04;
constexpr uint8_t kHoursAlarm   = 0x05;
constexpr uint8_t kDayOfWeek    = 0x06;  // 1 is Sunday
constexpr uint8_t kDayOfMonth   = 0x07;
constexpr uint8_t kMonth        = 0x08;
constexpr uint8_t kYear         = 0x09;
constexpr uint8_t kA            = 0x0A;
constexpr uint8_t kB            = 0x0B;
constexpr uint8_t kC            = 0x0C;
constexpr uint8_t kD            = 0x0D;
constexpr uint8_t kCentury      = 0x32;  // PC convention, named by the FADT

// Register A
constexpr uint8_t kA_UIP        = 0x80;  // read-only: update in progress
constexpr uint8_t kA_DV         = 0x70;  // divider; above 20h it is held in reset
constexpr uint8_t kA_DV_32768   = 0x20;
constexpr uint8_t kA_RS         = 0x0F;  // periodic rate
// Register B
constexpr uint8_t kB_SET        = 0x80;
constexpr uint8_t kB_PIE        = 0x40;
constexpr uint8_t kB_AIE        = 0x20;
constexpr uint8_t kB_UIE        = 0x10;
constexpr uint8_t kB_SQWE       = 0x08;
constexpr uint8_t kB_DM         = 0x04;  // binary, not BCD
constexpr uint8_t kB_24         = 0x02;  // 24 hours
// Register C: flags at the bits of their enables in B
constexpr uint8_t kC_IRQF       = 0x80;
constexpr uint8_t kC_PF         = 0x40;
constexpr uint8_t kC_AF         = 0x20;
constexpr uint8_t kC_UF         = 0x10;
// Register D
constexpr uint8_t kD_VRT        = 0x80;  // the battery is good

constexpr uint8_t kPm           = 0x80;  // of hours in 12-hour mode
constexpr uint8_t kAlarmAny     = 0xC0;  // an alarm byte of C0h..FFh matches always
constexpr uint64_t kUipNs       = 244'000;  // UIP comes this long before the update
constexpr uint64_t kTicksHz     = 32'768;

}  // namespace mullion::mc146818
// clang-format on
