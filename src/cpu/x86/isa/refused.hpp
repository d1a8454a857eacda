// What runs for forms that always raise #UD.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpu.hpp"

namespace mullion::x86::isa {

// Undefined opcodes, forms of sets that no model offers, and table lines whose function is not written yet.
Status undefined(Cpu& c, const Insn& i);

}  // namespace mullion::x86::isa
