// Runs the guest's vector, mask, MMX and x87 instructions on the host's processor, each rewritten once.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpu.hpp"

#include <cstdint>

namespace mullion::x86::native {

// The semantic of every form with the attribute `native`. The form's conditions (CR0.TS, OSXSAVE ...) are checked
// before. `prepare` must have answered true for this Insn.
[[nodiscard]] Status run_native(Cpu& c, const Insn& i);

// Called after decoding a form with the attribute `native`, by whoever keeps the Insn: finds or makes the host stub
// and sets Insn::stub. `bytes` are the instruction's `length` bytes. False: this host cannot run it, raise #UD.
// Any thread. Stubs live as long as the process; their number is bounded.
[[nodiscard]] bool prepare(Insn& i, const uint8_t* bytes);

}  // namespace mullion::x86::native
