// Registers of the HPET.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

// clang-format off
namespace mullion::hpet {

constexpr uint64_t kGCAP_ID       = 0x000;   // HPET 1.0a §2.3.4
constexpr uint64_t kGEN_CONF      = 0x010;   // §2.3.5
constexpr uint64_t kGINTR_STA     = 0x020;   // §2.3.6
constexpr uint64_t kMAIN_CNT      = 0x0F0;   // §2.3.7
constexpr uint64_t kTimers        = 0x100;   // §2.3.8, 20h bytes each
constexpr uint64_t kTimerStride   = 0x20;
constexpr uint64_t kTIM_CONF      = 0x00;    // §2.3.8
constexpr uint64_t kTIM_COMP      = 0x08;    // §2.3.9
constexpr uint64_t kTIM_FSB       = 0x10;    // §2.3.10

constexpr uint64_t kENABLE_CNF    = 1u << 0;
constexpr uint64_t kLEG_RT_CNF    = 1u << 1;

constexpr uint64_t kINT_TYPE_CNF  = 1u << 1; // level-triggered
constexpr uint64_t kINT_ENB_CNF   = 1u << 2;
constexpr uint64_t kTYPE_CNF      = 1u << 3; // periodic
constexpr uint64_t kPER_INT_CAP   = 1u << 4;
constexpr uint64_t kSIZE_CAP      = 1u << 5;
constexpr uint64_t kVAL_SET_CNF   = 1u << 6;
constexpr uint64_t k32MODE_CNF    = 1u << 8;
constexpr unsigned kRouteShift    = 9;
constexpr uint64_t kRouteMask     = 31u << kRouteShift;
constexpr uint64_t kFSB_EN_CNF    = 1u << 14;
constexpr uint64_t kFSB_INT_DEL_CAP = 1u << 15;
constexpr uint64_t kRouteCap      = 0x00FF'0104;  // I/O APIC inputs 2, 8, 16..23

}  // namespace mullion::hpet
// clang-format on
