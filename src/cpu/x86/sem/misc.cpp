// Random numbers, cache lines, fences.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sem/common.hpp"

#include <random>

namespace mullion::x86::sem {
namespace {

// The host's instruction, or its system's generator where it has none.
[[gnu::noinline]] u64 random_bits() {
  thread_local std::random_device device;
  return u64{device()} << 32 | device();
}

template <class O> Status random_into(Cpu& c, const Insn& i) {
  MULLION_TRY(O::template set<0>(c, i, typename O::T(random_bits())));
  c.st.flags.set_arithmetic(CF);
  return Status::Done;
}

}  // namespace

// RDRAND r
template <class O> Status rdrand(Cpu& c, const Insn& i) { return random_into<O>(c, i); }

// RDSEED r
template <class O> Status rdseed(Cpu& c, const Insn& i) { return random_into<O>(c, i); }

// RDPID r
template <class O> Status rdpid(Cpu& c, const Insn& i) {
  return O::template set<0>(c, i, typename O::T(c.st.msr.tsc_aux));
}

// CLFLUSH m8 | CLFLUSHOPT m8 | CLWB m8: checked as a load of one byte, which is not made.
template <class O> Status clflush(Cpu& c, const Insn& i) {
  u64 lin;
  MULLION_TRY(c.linear(i.seg, c.effective(i), 1, false, lin));
  if (c.long_mode() && !c.canonical(lin)) return c.raise(i.seg == SS ? kSS : kGP, 0);
  u8* host;
  return c.host_page(lin, false, host);
}

// PREFETCHh m8 | PREFETCHW m8 | CLDEMOTE m8: never faults.
template <class O> Status prefetch(Cpu&, const Insn&) { return Status::Done; }

// LFENCE | MFENCE | SFENCE
template <class O> Status fence(Cpu&, const Insn&) {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  return Status::Done;
}

// SERIALIZE
template <class O> Status serialize(Cpu&, const Insn&) { return Status::BlockEnd; }

}  // namespace mullion::x86::sem

#include "cpu/x86/isa/sem_misc.inc"
