// Model-specific registers: RDMSR and WRMSR after their privilege check.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpu.hpp"

namespace mullion::x86 {

// Fault is #GP(0): unknown register, reserved bit, address that is not canonical. Done of a write: the caller ends
// the block.
[[nodiscard]] Status read_msr(Cpu& c, uint32_t index, uint64_t& value);
[[nodiscard]] Status write_msr(Cpu& c, uint32_t index, uint64_t value);

// Whether this processor has the register at all.
bool known_msr(Cpu& c, uint32_t index);

}  // namespace mullion::x86
