// Bits of system control port A.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace mullion::port92 {

constexpr uint8_t kFastReset = 0x01;  // a change from 0 to 1 resets the CPU
constexpr uint8_t kFastA20 = 0x02;

}  // namespace mullion::port92
