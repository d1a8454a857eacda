// What runs for forms that always raise #UD.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/isa/refused.hpp"

namespace mullion::x86::isa {

Status undefined(Cpu& c, const Insn&) { return c.raise(kUD); }

}  // namespace mullion::x86::isa
