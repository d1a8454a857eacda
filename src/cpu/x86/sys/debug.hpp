// Debug registers, breakpoints and single step (SDM vol. 3 chapter 17).
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpu.hpp"

namespace mullion::x86 {

enum Dr6 : uint64_t { DR6_BD = 1u << 13, DR6_BS = 1u << 14, DR6_BT = 1u << 15 };
inline constexpr uint64_t kDr6Fixed = 0xFFFF0FF0;

// While Attention::kAttnStep is set, the run loop executes one instruction at a time between these two.
// begin_step: instruction breakpoints; takes RF and the shadows. Fault: deliver Cpu::fault, do not execute.
[[nodiscard]] Status begin_step(Cpu& c);
// `s` is how the instruction ended. Delivers the debug traps it earned (single step, data, I/O, task switch);
// after Fault and Exit takes back what begin_step took. Call before Cpu::fault is delivered.
void end_step(Cpu& c, Status s);

// Sets or clears kAttnStep and StepRecord::watching from TF, RF, DR7, shadows, pending traps.
void update_step(Cpu& c);

// Bits 0-3: instruction breakpoints enabled at `lin`.
unsigned instruction_breakpoints(const Cpu& c, uint64_t lin);

// Data breakpoints: while StepRecord::watching, TLB entries of watched pages must not match, so that load_slow and
// store_slow see each access and call note_access when it has succeeded.
bool watched_page(const Cpu& c, uint64_t lin);
void note_access(Cpu& c, uint64_t lin, unsigned size, bool write);
// Called by IN, OUT, INS, OUTS.
void note_io(Cpu& c, uint16_t port, unsigned size);

// MOV from and to DRn: #UD, #GP(0), general detect.
[[nodiscard]] Status read_dr(Cpu& c, unsigned n, uint64_t& value);
[[nodiscard]] Status write_dr(Cpu& c, unsigned n, uint64_t value);

}  // namespace mullion::x86
