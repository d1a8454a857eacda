// Which groups of the state an instruction reads and writes.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/decode/insn.hpp"
#include "cpu/x86/state/groups.hpp"

namespace mullion::x86::isa {

// What is known of the memory operand before the instruction runs: nothing, its linear address, or both addresses.
enum class AddressKnown : uint8_t { No, Linear, Physical };

// `read` holds all that must be valid before the instruction runs; `written` all that it may change, of which what
// is not in `read` is overwritten whole. Both include RIP. More than needed is never wrong.
struct StateUse {
  StateMask read = 0;
  StateMask written = 0;
};

StateUse state_use(const Insn& insn, AddressKnown known = AddressKnown::No);

// Whether the instruction makes one memory access at the address of its ModRM or moffs operand and none else, so
// that an address which an exit reports is that operand's.
bool one_plain_operand(const Insn& insn);

}  // namespace mullion::x86::isa
