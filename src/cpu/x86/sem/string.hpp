// REP: what string and port-string instructions share.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/sem/common.hpp"

#include <algorithm>

namespace mullion::x86::sem {

inline bool repeated(const Insn& i) { return (i.prefixes & (kRep | kRepne)) != 0; }

// rSI or rDI as an offset.
inline u64 string_address(const Cpu& c, const Insn& i, unsigned reg) {
  return c.st.gpr[reg] & Cpu::kAddressMask[i.addrsize];
}

// Moves rSI or rDI over n elements, in the direction of DF.
template <class T> void advance(Cpu& c, const Insn& i, unsigned reg, u64 n = 1) {
  u64 const bytes = n * sizeof(T);
  set_by_address_size(c, reg, c.st.flags.test(DF) ? c.st.gpr[reg] - bytes : c.st.gpr[reg] + bytes, i.addrsize);
}

// What one REP instruction may do before it yields: an element alone costs 1, of a run each 256 bytes do.
inline constexpr u64 kRepeatBudget = 1024;
// In single-step mode an iteration at a time: each may be trapped.
inline u64 repeat_budget(const Cpu& c) {
  return c.attention.load(std::memory_order_relaxed) & kAttnStep ? 1 : kRepeatBudget;
}
template <class T> constexpr u64 run_limit(u64 budget) { return budget * 256 / sizeof(T); }
template <class T> constexpr u64 run_cost(u64 elements) { return 1 + elements * sizeof(T) / 256; }

// A count of zero: nothing happens.
inline Status nothing_to_repeat(Cpu&, const Insn&) { return Status::Done; }

// Repeats rCX times: `run(n)` does up to n elements at once and says how many, 0 where `one()` has to. Registers
// tell how far it has come whenever this returns.
template <class T, class Run, class One> [[nodiscard]] Status repeat(Cpu& c, const Insn& i, Run&& run, One&& one) {
  u64 count = c.st.gpr[RCX] & Cpu::kAddressMask[i.addrsize];
  if (count == 0) return nothing_to_repeat(c, i);
  for (u64 budget = repeat_budget(c); count != 0;) {
    if (budget == 0) return Status::Yield;
    u64 done = budget > 1 ? run(std::min(count, run_limit<T>(budget))) : 0;
    budget -= std::min(budget, run_cost<T>(done));
    if (done == 0) {
      MULLION_TRY(one());
      done = 1;
    }
    count -= done;
    set_by_address_size(c, RCX, count, i.addrsize);
  }
  return Status::Done;
}

}  // namespace mullion::x86::sem
