// Instructions that found no place in the stub cache.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/native/plan.hpp"

namespace mullion::x86::native {

// EVEX.L'L, which is the rounding mode where EVEX.b is set on a register form; else 0.
uint8_t rounding_bits(const Insn& i, const uint8_t* bytes);

// Plan and stub code of one instruction, without its place in memory. False: this host cannot run it.
bool make_plan(const Insn& i, const uint8_t* bytes, Plan& plan, Emitter& code);

// Makes the stub in memory of this thread, runs it and forgets it.
Status run_overflow(Cpu& c, const Insn& i, const Plan&);

// How many stubs there are; for tests.
uint32_t prepared_stubs();

}  // namespace mullion::x86::native
