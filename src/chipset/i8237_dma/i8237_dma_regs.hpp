// Registers of the 8237A.
// SPDX-License-Identifier: Apache-2.0
#pragma once

// clang-format off
namespace mullion::i8237 {

// 0..7: address and count of channels 0..3     // 231466, "Software Commands"
constexpr unsigned kStatusCommand  = 8;
constexpr unsigned kRequest        = 9;
constexpr unsigned kSingleMask     = 10;
constexpr unsigned kMode           = 11;
constexpr unsigned kClearFlipFlop  = 12;
constexpr unsigned kMasterClear    = 13;        // read: temporary register
constexpr unsigned kClearMask      = 14;
constexpr unsigned kAllMask        = 15;

}  // namespace mullion::i8237
// clang-format on
