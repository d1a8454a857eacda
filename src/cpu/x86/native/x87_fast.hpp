// x87 instructions that need only one or two registers of the stack, without loading the whole unit.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/native/memory_operand.hpp"
#include "cpu/x86/native/plan.hpp"

namespace mullion::x86::native {

class Emitter;

// Fills plan.x87 and writes the short stub; false: only the whole-state way does.
bool plan_x87_fast(const Insn& i, const isa::Form& form, Plan& p, Emitter& e);

// Done and `done`: executed. Done and not `done`: the short way does not apply now (an empty register, an exception
// that is not masked); nothing has changed.
[[nodiscard]] Status run_x87_fast(Cpu& c, const Insn& i, const Plan& p, bool& done);

// FXCH, FLD ST(i), FST ST(i), FSTP ST(i) in C++; null: another instruction.
Run x87_move_run(const Insn& i);

// Stores what an instruction left in `scratch`. Ten bytes go in two pieces; the first stays when the second faults.
[[nodiscard]] Status store_x87(Cpu& c, const Insn& i, const Plan& p, const Scratch& scratch);

// The whole unit: x87_run.cpp. For register forms.
[[nodiscard]] Status run_x87_whole(Cpu& c, const Insn& i, const Plan& p);
// FIP; FDP and FOP change with unmasked exceptions alone.
void note_x87_address(Cpu& c, const Insn& i);

}  // namespace mullion::x86::native
