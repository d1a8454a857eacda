// Addition, subtraction, comparison and exchange-and-add.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sem/common.hpp"

namespace mullion::x86::sem {

// Flags are set after modify: a store that ends in Fault or Exit leaves them.

// ADD r/m, r | ADD r, r/m | ADD r/m, imm
template <class O> Status add(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T a, b, r;
  MULLION_TRY((source<O, 1>(c, i, b)));
  MULLION_TRY(O::template modify<0>(c, i, [&](T old) { a = old; return r = T(old + b); }));
  c.st.flags.add(a, b, r);
  return Status::Done;
}

// ADC r/m, r | ADC r, r/m | ADC r/m, imm
template <class O> Status adc(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T a, b, r;
  MULLION_TRY((source<O, 1>(c, i, b)));
  T const carry = c.st.flags.cf();
  MULLION_TRY(O::template modify<0>(c, i, [&](T old) { a = old; return r = T(old + b + carry); }));
  c.st.flags.add(a, b, r);
  return Status::Done;
}

// SUB r/m, r | SUB r, r/m | SUB r/m, imm
template <class O> Status sub(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T a, b, r;
  MULLION_TRY((source<O, 1>(c, i, b)));
  MULLION_TRY(O::template modify<0>(c, i, [&](T old) { a = old; return r = T(old - b); }));
  c.st.flags.sub(a, b, r);
  return Status::Done;
}

// SBB r/m, r | SBB r, r/m | SBB r/m, imm
template <class O> Status sbb(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T a, b, r;
  MULLION_TRY((source<O, 1>(c, i, b)));
  T const borrow = c.st.flags.cf();
  MULLION_TRY(O::template modify<0>(c, i, [&](T old) { a = old; return r = T(old - b - borrow); }));
  c.st.flags.sub(a, b, r);
  return Status::Done;
}

// CMP r/m, r | CMP r, r/m | CMP r/m, imm
template <class O> Status cmp(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T a, b;
  MULLION_TRY(O::template get<0>(c, i, a));
  MULLION_TRY((source<O, 1>(c, i, b)));
  c.st.flags.sub(a, b, T(a - b));
  return Status::Done;
}

// INC r/m
template <class O> Status inc(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T r;
  MULLION_TRY(O::template modify<0>(c, i, [&](T old) { return r = T(old + 1); }));
  c.st.flags.inc(r);
  return Status::Done;
}

// DEC r/m
template <class O> Status dec(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T r;
  MULLION_TRY(O::template modify<0>(c, i, [&](T old) { return r = T(old - 1); }));
  c.st.flags.dec(r);
  return Status::Done;
}

// NEG r/m
template <class O> Status neg(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T a, r;
  MULLION_TRY(O::template modify<0>(c, i, [&](T old) { a = old; return r = T(0 - old); }));
  c.st.flags.sub(T(0), a, r);
  return Status::Done;
}

namespace {

template <class T> bool add_with_carry(T a, T b, bool carry, T& r) {
  T sum;
  bool const first = __builtin_add_overflow(a, b, &sum);
  bool const second = __builtin_add_overflow(sum, T(carry), &r);
  return first || second;
}

}  // namespace

// ADCX r, r/m: with CF alone.
template <class O> Status adcx(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T a, b, r;
  MULLION_TRY(O::template get<0>(c, i, a));
  MULLION_TRY((source<O, 1>(c, i, b)));
  bool const carry = add_with_carry(a, b, c.st.flags.cf(), r);
  MULLION_TRY(O::template set<0>(c, i, r));
  c.st.flags.set_cf(carry);
  return Status::Done;
}

// ADOX r, r/m: with OF alone.
template <class O> Status adox(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T a, b, r;
  MULLION_TRY(O::template get<0>(c, i, a));
  MULLION_TRY((source<O, 1>(c, i, b)));
  bool const carry = add_with_carry(a, b, c.st.flags.of(), r);
  MULLION_TRY(O::template set<0>(c, i, r));
  c.st.flags.set_of(carry);
  return Status::Done;
}

// XADD r/m, r
template <class O> Status xadd(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T a, b, r;
  MULLION_TRY((source<O, 1>(c, i, b)));
  MULLION_TRY(O::template modify<0>(c, i, [&](T old) { a = old; return r = T(old + b); }));
  MULLION_TRY(O::template set<1>(c, i, a));
  if constexpr (!O::template Kind<0>::kIsMem) MULLION_TRY(O::template set<0>(c, i, r));  // XADD r, r: the sum stays
  c.st.flags.add(a, b, r);
  return Status::Done;
}

// CMPXCHG r/m, r: memory is written in either case.
template <class O> Status cmpxchg(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T const expected = c.reg<T>(RAX);
  T old, b;
  MULLION_TRY((source<O, 1>(c, i, b)));
  if constexpr (O::template Kind<0>::kIsMem) {
    MULLION_TRY(O::template modify<0>(c, i, [&](T v) { old = v; return v == expected ? b : v; }));
  } else {
    MULLION_TRY(O::template get<0>(c, i, old));
    if (old == expected) MULLION_TRY(O::template set<0>(c, i, b));
  }
  c.st.flags.sub(expected, old, T(expected - old));
  if (old != expected) c.set_reg<T>(RAX, old);
  return Status::Done;
}

// CMPXCHG8B m64
template <class O> Status cmpxchg8b(Cpu& c, const Insn& i) {
  u64 const expected = u64{u32(c.st.gpr[RDX])} << 32 | u32(c.st.gpr[RAX]);
  u64 const fresh = u64{u32(c.st.gpr[RCX])} << 32 | u32(c.st.gpr[RBX]);
  u64 old;
  MULLION_TRY(c.modify<u64>(i.seg, c.effective(i), i.has(kLock),
                            [&](u64 v) { old = v; return v == expected ? fresh : v; }));
  c.st.flags.set_zf(old == expected);
  if (old != expected) {
    c.st.gpr[RAX] = u32(old);
    c.st.gpr[RDX] = old >> 32;
  }
  return Status::Done;
}

namespace {

struct alignas(16) Pair {
  u64 low, high;
  bool operator==(const Pair&) const = default;
};

#if defined(__x86_64__)
// Compares and exchanges 16 aligned bytes atomically; `expected` becomes what was found.
void exchange_pair(void* host, Pair& expected, Pair fresh) {
  asm volatile("lock cmpxchg16b %0"
               : "+m"(*static_cast<Pair*>(host)), "+a"(expected.low), "+d"(expected.high)
               : "b"(fresh.low), "c"(fresh.high)
               : "cc", "memory");
}
#else
void exchange_pair(void* host, Pair& expected, Pair fresh) {
  auto* const p = static_cast<Pair*>(host);
  __atomic_compare_exchange(p, &expected, &fresh, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
#endif

}  // namespace

// CMPXCHG16B m128
template <class O> Status cmpxchg16b(Cpu& c, const Insn& i) {
  Pair const expected{c.st.gpr[RAX], c.st.gpr[RDX]}, fresh{c.st.gpr[RBX], c.st.gpr[RCX]};
  u64 const ea = c.effective(i);
  u64 lin;
  MULLION_TRY(c.linear(i.seg, ea, 16, true, lin));
  if (lin & 15) return c.raise(kGP, 0);
  MULLION_TRY(c.probe_write(i.seg, ea, 16));
  Pair old = expected;
  TlbEntry const& e = c.view->at(lin);
  if (u64 const offset = lin + e.neg_w; offset <= 4096 - 16 && e.neg_r == e.neg_w) {
    exchange_pair(e.page + offset, old, fresh);
  } else {
    MULLION_TRY(c.load_bytes(i.seg, ea, &old, 16));
    MULLION_TRY(c.store_bytes(i.seg, ea, old == expected ? &fresh : &old, 16));
  }
  c.st.flags.set_zf(old == expected);
  if (!(old == expected)) {
    c.st.gpr[RAX] = old.low;
    c.st.gpr[RDX] = old.high;
  }
  return Status::Done;
}

}  // namespace mullion::x86::sem

#include "cpu/x86/isa/sem_arith.inc"
