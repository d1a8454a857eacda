// Control registers and EFER: transition rules and their side effects (SDM vol. 3 §2.5, chapter 9.8.5).
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpu.hpp"

namespace mullion::x86 {

// What MOV CRn does after its privilege check. Done: the caller ends the block.
[[nodiscard]] Status write_cr0(Cpu& c, uint64_t value);
[[nodiscard]] Status write_cr3(Cpu& c, uint64_t value);
[[nodiscard]] Status write_cr4(Cpu& c, uint64_t value);
[[nodiscard]] Status write_cr8(Cpu& c, uint64_t value);
uint64_t read_cr8(const Cpu& c);

// WRMSR to EFER: #GP(0) for reserved bits and for LME while paging.
[[nodiscard]] Status write_efer(Cpu& c, uint64_t value);

}  // namespace mullion::x86
