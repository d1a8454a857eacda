// Registers of the 82093AA.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

// clang-format off
namespace mullion::ioapic {

constexpr uint64_t kIOREGSEL      = 0x00;      // 290566-001 §3.1
constexpr uint64_t kIOWIN         = 0x10;
constexpr uint64_t kEOIR          = 0x40;      // version 20h and later

constexpr uint8_t  kIOAPICID      = 0x00;      // §3.2.1
constexpr uint8_t  kIOAPICVER     = 0x01;      // §3.2.2
constexpr uint8_t  kIOAPICARB     = 0x02;      // §3.2.3
constexpr uint8_t  kIOREDTBL      = 0x10;      // §3.2.4, two registers a pin

// Redirection table entry
constexpr uint64_t kVector        = 0xFF;
constexpr unsigned kDeliveryShift = 8;
constexpr uint64_t kDeliveryMask  = 7;
constexpr uint64_t kLogical       = 1u << 11;
constexpr uint64_t kStatus        = 1u << 12;  // read-only: delivery pending
constexpr uint64_t kPolarityLow   = 1u << 13;
constexpr uint64_t kRemoteIrr     = 1u << 14;  // read-only: level accepted, EOI outstanding
constexpr uint64_t kLevel         = 1u << 15;
constexpr uint64_t kMasked        = 1u << 16;
constexpr unsigned kDestShift     = 56;
constexpr uint64_t kWritable      = 0xFF00'0000'0001'AFFF;

enum Delivery : uint8_t { kFixed = 0, kLowest = 1, kSMI = 2, kNMI = 4, kINIT = 5, kExtINT = 7 };

}  // namespace mullion::ioapic
// clang-format on
