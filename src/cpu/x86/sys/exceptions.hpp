// Delivery of exceptions and interrupts in every mode (SDM vol. 3 chapter 6, §20.3; double and triple faults).
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpu.hpp"

#include <string>

namespace mullion::x86 {

// How a vector is reached: says which checks apply and what EXT and RF are.
enum class Event : uint8_t {
  Exception,  // fault, trap or abort raised by the processor
  External,   // interrupt from the local APIC or the i8259
  Nmi,
  IntN,       // CD ib
  Int3,       // CC
  Into,       // CE
  Icebp,      // F1
};

// Delivers an exception for the instruction at ArchState::rip (a fault) or before it (a trap: Fault::trap). Faults
// met on the way become double faults by table 6-5; a triple fault shuts the processor down. Done, Halt (shut
// down), or Exit: nothing has happened but CR2 and DR6.
Status deliver(Cpu& c, Fault f);

// Both between instructions; `mid_string`: a REP string instruction goes on at rip, so that RF is pushed set.
Status external_interrupt(Cpu& c, uint8_t vector, bool mid_string = false);
Status nmi(Cpu& c, bool mid_string = false);

// INT n, INT3, INTO, ICEBP as part of an instruction: a fault is not committed and left in Cpu::fault.
[[nodiscard]] Status software_interrupt(Cpu& c, uint8_t vector, Event kind, uint64_t return_rip);

// Last exceptions, control registers, segments and the bytes at RIP, several lines: why the processor shut down.
std::string triple_fault_report(const Cpu& c);

}  // namespace mullion::x86
