// Threaded dispatch: the frame that runs one semantic function and goes on to the next record.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/isa/form.hpp"

// clang promises the tail call at every optimisation level. g++ makes it at -O2; where it does not, a block's at
// most 64 handlers nest and the run loop takes over at its end (leave() does not chain there).
#if defined(__clang__)
#define MULLION_TAIL_CALL [[clang::musttail]]
#define MULLION_INLINE_CALL [[clang::always_inline]]
#else
#define MULLION_TAIL_CALL
#define MULLION_INLINE_CALL
#endif

namespace mullion::x86::interp {

// Ends the run of records: Cpu::left is how the instruction of `r` ended. Sets ArchState::rip and goes on with the
// next block, or returns to the run loop.
void leave(Cpu& c, const isa::Record* r);

template <isa::Semantic F> void thread(Cpu& c, const isa::Record* r) {
  Status s;
  MULLION_INLINE_CALL s = F(c, r->insn);
  if (s != Status::Done) [[unlikely]] {
    c.left = s;
    MULLION_TAIL_CALL return leave(c, r);
  }
  MULLION_TAIL_CALL return r[1].run(c, r + 1);
}

}  // namespace mullion::x86::interp
