// Far transfers by instruction: JMP, CALL, RET, IRET across segments and privilege levels (SDM vol. 3 §5.8).
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpu.hpp"

namespace mullion::x86 {

// `bytes` is the operand size: 2, 4, 8. Done never: Branch, or a fault that is not committed.
[[nodiscard]] Status far_jump(Cpu& c, uint16_t selector, uint64_t offset, unsigned bytes, uint64_t next_rip);
[[nodiscard]] Status far_call(Cpu& c, uint16_t selector, uint64_t offset, unsigned bytes, uint64_t next_rip);
// `release`: bytes of parameters to drop.
[[nodiscard]] Status far_return(Cpu& c, unsigned bytes, uint16_t release);
[[nodiscard]] Status interrupt_return(Cpu& c, unsigned bytes, uint64_t next_rip);

}  // namespace mullion::x86
