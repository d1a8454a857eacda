// Multiplication and division.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sem/common.hpp"

namespace mullion::x86::sem {
namespace {

template <class T> struct Wider;
template <> struct Wider<u8> { using U = u16; using S = int16_t; };
template <> struct Wider<u16> { using U = u32; using S = int32_t; };
template <> struct Wider<u32> { using U = u64; using S = int64_t; };
template <> struct Wider<u64> { using U = unsigned __int128; using S = __int128; };

// rDX:rAX, or AX for bytes.
template <class T> void set_double(Cpu& c, T low, T high) {
  if constexpr (sizeof(T) == 1) {
    c.set_reg<u16>(RAX, u16(high << 8 | low));
  } else {
    c.set_reg<T>(RAX, low);
    c.set_reg<T>(RDX, high);
  }
}
template <class T> typename Wider<T>::U get_double(const Cpu& c) {
  using U = typename Wider<T>::U;
  if constexpr (sizeof(T) == 1) return c.reg<u16>(RAX);
  else return U(U(c.reg<T>(RDX)) << kBits<T> | c.reg<T>(RAX));
}
// Quotient and remainder: AL and AH, or rAX and rDX.
template <class T> void set_quotient(Cpu& c, T q, T r) { set_double<T>(c, q, r); }

// OF and CF say whether the high half matters.
template <class T> void note_product(Cpu& c, T low, bool wide) {
  c.st.flags.logic(low);
  c.st.flags.set_cf_of(wide, wide);
}

}  // namespace

// MUL r/m
template <class O> Status mul(Cpu& c, const Insn& i) {
  using T = typename O::T;
  using U = typename Wider<T>::U;
  T b;
  MULLION_TRY(O::template get<0>(c, i, b));
  U const r = U(U(c.reg<T>(RAX)) * b);
  T const high = T(r >> kBits<T>);
  set_double<T>(c, T(r), high);
  note_product(c, T(r), high != 0);
  return Status::Done;
}

// IMUL r/m
template <class O> Status imul(Cpu& c, const Insn& i) {
  using T = typename O::T;
  using S = typename Wider<T>::S;
  T b;
  MULLION_TRY(O::template get<0>(c, i, b));
  S const r = S(S(Signed<T>(c.reg<T>(RAX))) * Signed<T>(b));
  set_double<T>(c, T(r), T(r >> kBits<T>));
  note_product(c, T(r), r != S(Signed<T>(r)));
  return Status::Done;
}

namespace {

template <class O> Status multiply_into(Cpu& c, const Insn& i, typename O::T a, typename O::T b) {
  using T = typename O::T;
  Signed<T> r;
  bool const wide = __builtin_mul_overflow(Signed<T>(a), Signed<T>(b), &r);
  note_product(c, T(r), wide);
  return O::template set<0>(c, i, T(r));
}

}  // namespace

// IMUL r, r/m
template <class O> Status imul2(Cpu& c, const Insn& i) {
  typename O::T a, b;
  MULLION_TRY(O::template get<0>(c, i, a));
  MULLION_TRY((source<O, 1>(c, i, b)));
  return multiply_into<O>(c, i, a, b);
}

// IMUL r, r/m, imm
template <class O> Status imul3(Cpu& c, const Insn& i) {
  typename O::T a, b;
  MULLION_TRY((source<O, 1>(c, i, a)));
  MULLION_TRY((source<O, 2>(c, i, b)));
  return multiply_into<O>(c, i, a, b);
}

// MULX r, vvvv, r/m: the high half is written last.
template <class O> Status mulx(Cpu& c, const Insn& i) {
  using T = typename O::T;
  using U = typename Wider<T>::U;
  T b;
  MULLION_TRY((source<O, 2>(c, i, b)));
  U const r = U(U(c.reg<T>(RDX)) * b);
  MULLION_TRY(O::template set<1>(c, i, T(r)));
  return O::template set<0>(c, i, T(r >> kBits<T>));
}

// DIV r/m
template <class O> Status div(Cpu& c, const Insn& i) {
  using T = typename O::T;
  using U = typename Wider<T>::U;
  T d;
  MULLION_TRY(O::template get<0>(c, i, d));
  U const n = get_double<T>(c);
  if (T(n >> kBits<T>) >= d) [[unlikely]] return c.raise(kDE);  // also d == 0
  if (sizeof(T) == 8 && (n >> (kBits<T> - 1) >> 1) == 0) set_quotient<T>(c, T(T(n) / d), T(T(n) % d));
  else set_quotient<T>(c, T(n / d), T(n % d));
  return Status::Done;
}

// IDIV r/m
template <class O> Status idiv(Cpu& c, const Insn& i) {
  using T = typename O::T;
  using U = typename Wider<T>::U;
  using S = typename Wider<T>::S;
  T raw;
  MULLION_TRY(O::template get<0>(c, i, raw));
  S const n = S(get_double<T>(c));
  S const d = Signed<T>(raw);
  if (d == 0) [[unlikely]] return c.raise(kDE);
  constexpr S kLowest = S(U{1} << (2 * kBits<T> - 1));
  if (d == -1 && n == kLowest) [[unlikely]] return c.raise(kDE);
  S const q = S(n / d);
  if (q != S(Signed<T>(q))) [[unlikely]] return c.raise(kDE);
  set_quotient<T>(c, T(q), T(n % d));
  return Status::Done;
}

}  // namespace mullion::x86::sem

#include "cpu/x86/isa/sem_muldiv.inc"
