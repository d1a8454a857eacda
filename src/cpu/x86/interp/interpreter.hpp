// The interpreter: runs decoded blocks, one instruction at a time where that is asked for.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpu.hpp"

namespace mullion::x86 {

enum class StopReason : uint8_t {
  Idle,   // halted, waiting for SIPI or shut down: ArchState::activity says which
  Stop,   // kAttnStop
  Reset,  // kAttnReset
  Exit,   // the port asked for it; the instruction at rip was not committed
};

// Runs until one of the reasons holds. Exceptions and interrupts are delivered on the way. The calling thread is
// the only one that touches the processor meanwhile, but for Cpu::attention and the local APIC's entry points.
StopReason run(Cpu& c);

// Executes the one instruction at rip, without events, traps and breakpoints. Fault: not delivered, in Cpu::fault.
Status step(Cpu& c);

// Executes exactly one instruction as run() would, with its events and traps.
StopReason run_one(Cpu& c);

}  // namespace mullion::x86
