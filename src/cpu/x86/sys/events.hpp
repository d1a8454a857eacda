// Signals to a processor at an instruction boundary, in their order of priority (SDM vol. 3 table 6-2).
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpu.hpp"

namespace mullion::x86 {

enum class Next : uint8_t {
  Run,    // go on executing
  Idle,   // nothing to do until a signal comes: halted, waiting for SIPI, shut down
  Stop,   // the owner wants run() to return
  Reset,  // the owner wants a reset
};

// Takes what Cpu::attention announces and can be taken now: SMI, INIT, SIPI, NMI, then a maskable interrupt; wakes
// a halted processor. Clears the bits that were served; an interrupt held back by IF or a shadow stays announced.
// `mid_string` as for external_interrupt. Between instructions only; in single-step mode after end_step.
Next take_events(Cpu& c, bool mid_string = false);

// Bits of Cpu::attention that the processor's state holds back: they do not wake it, and no block ends for them before
// an instruction changes that state.
uint32_t held_signals(const Cpu& c);

// RESET#: ArchState, TLB, decoded code. INIT keeps caches, MSRs, x87 and vectors (SDM vol. 3 table 10-1).
void reset(Cpu& c);
void init(Cpu& c);
void startup(Cpu& c, uint8_t vector);  // SIPI

// STI, MOV SS and POP SS: holds interrupts back for one instruction; `stack`: #DB and NMI too.
void hold_interrupts(Cpu& c, bool stack);

}  // namespace mullion::x86
