// Steps that far transfers share: the target of a code segment, and returns to outer levels.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/sys/segment.hpp"
#include "cpu/x86/sys/stack.hpp"

namespace mullion::x86 {

// Cuts `rip` to what the code segment can hold and checks it: canonical in 64-bit code, else within the limit.
[[nodiscard]] Status check_target(Cpu& c, const Descriptor& cs, uint64_t& rip, uint32_t error);
// Loads CS with RPL = CPL = `cpl` and goes on at rip. Always Branch.
Status enter_code(Cpu& c, const Descriptor& cs, uint16_t selector, unsigned cpl, uint64_t rip);

// RET and IRET: the checks of the code segment that is returned to.
[[nodiscard]] Status fetch_return_code(Cpu& c, uint16_t selector, Descriptor& cs);

// The outer level's stack.
struct ReturnStack {
  Segment ss;
  uint64_t sp = 0;
  // Loads SS and RSP, with `release` bytes dropped.
  void commit(Cpu& c, const Descriptor& cs, uint16_t release) const;
};
// Pops RSP and SS for a return to `cs` with `cs_selector`, and checks SS.
[[nodiscard]] Status pop_return_stack(Cpu& c, Stack& stack, unsigned bytes, const Descriptor& cs, uint16_t cs_selector,
                                      ReturnStack& to);

}  // namespace mullion::x86
