// Shifts and rotates. A masked count of zero changes no flag; where the manual leaves a flag undefined, it is as
// Intel's processors have it.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sem/common.hpp"

namespace mullion::x86::sem {
namespace {

template <class T> constexpr unsigned kCountMask = sizeof(T) == 8 ? 63 : 31;
template <class T> bool msb(T v) { return v >> (kBits<T> - 1); }
// Top bit XOR the one below.
template <class T> bool top_bits_differ(T v) { return ((v >> (kBits<T> - 1)) ^ (v >> (kBits<T> - 2))) & 1; }

template <class O, unsigned N> [[nodiscard]] Status count_of(Cpu& c, const Insn& i, unsigned& n) {
  u8 v;
  MULLION_TRY((source<O, N>(c, i, v)));
  n = v & kCountMask<typename O::T>;
  return Status::Done;
}

}  // namespace

// SHL r/m, 1 | CL | imm8
template <class O> Status shl(Cpu& c, const Insn& i) {
  using T = typename O::T;
  unsigned n;
  MULLION_TRY((count_of<O, 1>(c, i, n)));
  T a, r;
  MULLION_TRY(O::template modify<0>(c, i, [&](T old) { a = old; return r = T(u64{old} << n); }));
  if (n == 0) return Status::Done;
  bool const carry = n <= kBits<T> && ((a >> (kBits<T> - n)) & 1);
  c.st.flags.logic(r);
  c.st.flags.set_cf_of(carry, carry != msb(r));
  return Status::Done;
}

// SHR r/m, 1 | CL | imm8
template <class O> Status shr(Cpu& c, const Insn& i) {
  using T = typename O::T;
  unsigned n;
  MULLION_TRY((count_of<O, 1>(c, i, n)));
  T a, r;
  MULLION_TRY(O::template modify<0>(c, i, [&](T old) { a = old; return r = T(u64{old} >> n); }));
  if (n == 0) return Status::Done;
  c.st.flags.logic(r);
  c.st.flags.set_cf_of((u64{a} >> (n - 1)) & 1, top_bits_differ(r));
  return Status::Done;
}

// SAR r/m, 1 | CL | imm8
template <class O> Status sar(Cpu& c, const Insn& i) {
  using T = typename O::T;
  unsigned n;
  MULLION_TRY((count_of<O, 1>(c, i, n)));
  T a, r;
  MULLION_TRY(O::template modify<0>(c, i, [&](T old) { a = old; return r = T(int64_t(Signed<T>(old)) >> n); }));
  if (n == 0) return Status::Done;
  c.st.flags.logic(r);
  c.st.flags.set_cf_of((int64_t(Signed<T>(a)) >> (n - 1)) & 1, false);
  return Status::Done;
}

// ROL r/m, 1 | CL | imm8
template <class O> Status rol(Cpu& c, const Insn& i) {
  using T = typename O::T;
  unsigned n;
  MULLION_TRY((count_of<O, 1>(c, i, n)));
  unsigned const m = n % kBits<T>;
  T r;
  MULLION_TRY(O::template modify<0>(c, i, [&](T old) { return r = T(old << m | old >> (-m % kBits<T>)); }));
  if (n != 0) c.st.flags.set_cf_of(r & 1, (r & 1) != msb(r));
  return Status::Done;
}

// ROR r/m, 1 | CL | imm8
template <class O> Status ror(Cpu& c, const Insn& i) {
  using T = typename O::T;
  unsigned n;
  MULLION_TRY((count_of<O, 1>(c, i, n)));
  unsigned const m = n % kBits<T>;
  T r;
  MULLION_TRY(O::template modify<0>(c, i, [&](T old) { return r = T(old >> m | old << (-m % kBits<T>)); }));
  if (n != 0) c.st.flags.set_cf_of(msb(r), top_bits_differ(r));
  return Status::Done;
}

// RCL r/m, 1 | CL | imm8
template <class O> Status rcl(Cpu& c, const Insn& i) {
  using T = typename O::T;
  unsigned n;
  MULLION_TRY((count_of<O, 1>(c, i, n)));
  n %= kBits<T> + 1;
  T const carry = c.st.flags.cf();
  T a, r;
  MULLION_TRY(O::template modify<0>(c, i, [&](T old) {
    a = old;
    if (n == 0) return r = old;
    u64 const high = n == kBits<T> ? 0 : u64{old} << n;
    u64 const low = n == 1 ? 0 : u64{old} >> (kBits<T> + 1 - n);
    return r = T(high | u64{carry} << (n - 1) | low);
  }));
  if (n == 0) return Status::Done;
  bool const out = (a >> (kBits<T> - n)) & 1;
  c.st.flags.set_cf_of(out, out != msb(r));
  return Status::Done;
}

// RCR r/m, 1 | CL | imm8
template <class O> Status rcr(Cpu& c, const Insn& i) {
  using T = typename O::T;
  unsigned n;
  MULLION_TRY((count_of<O, 1>(c, i, n)));
  n %= kBits<T> + 1;
  T const carry = c.st.flags.cf();
  T a, r;
  MULLION_TRY(O::template modify<0>(c, i, [&](T old) {
    a = old;
    if (n == 0) return r = old;
    u64 const low = n == kBits<T> ? 0 : u64{old} >> n;
    u64 const high = n == 1 ? 0 : u64{old} << (kBits<T> + 1 - n);
    return r = T(high | u64{carry} << (kBits<T> - n) | low);
  }));
  if (n == 0) return Status::Done;
  c.st.flags.set_cf_of((a >> (n - 1)) & 1, top_bits_differ(r));
  return Status::Done;
}

namespace {

// For 16-bit operands and counts above 16 the processor shifts the operand, the source and the operand again.
template <class T> T shift_left_double(T a, T b, unsigned n, bool& carry) {
  if constexpr (sizeof(T) == 2) {
    u64 const wide = u64{a} << 32 | u64{b} << 16 | a;
    carry = (wide >> (48 - n)) & 1;
    return T(wide >> (32 - n));
  } else {
    carry = (a >> (kBits<T> - n)) & 1;
    return T(a << n | b >> (kBits<T> - n));
  }
}

template <class T> T shift_right_double(T a, T b, unsigned n, bool& carry) {
  if constexpr (sizeof(T) == 2) {
    u64 const wide = u64{a} << 32 | u64{b} << 16 | a;
    carry = (wide >> (n - 1)) & 1;
    return T(wide >> n);
  } else {
    carry = (a >> (n - 1)) & 1;
    return T(a >> n | b << (kBits<T> - n));
  }
}

}  // namespace

// SHLD r/m, r, imm8 | CL
template <class O> Status shld(Cpu& c, const Insn& i) {
  using T = typename O::T;
  unsigned n;
  T a, b, r;
  bool carry = false;
  MULLION_TRY((count_of<O, 2>(c, i, n)));
  MULLION_TRY((source<O, 1>(c, i, b)));
  MULLION_TRY(O::template modify<0>(c, i, [&](T old) {
    a = old;
    return r = n == 0 ? old : shift_left_double(old, b, n, carry);
  }));
  if (n == 0) return Status::Done;
  c.st.flags.logic(r);
  c.st.flags.set_cf_of(carry, msb(T(a ^ r)));
  return Status::Done;
}

// SHRD r/m, r, imm8 | CL
template <class O> Status shrd(Cpu& c, const Insn& i) {
  using T = typename O::T;
  unsigned n;
  T a, b, r;
  bool carry = false;
  MULLION_TRY((count_of<O, 2>(c, i, n)));
  MULLION_TRY((source<O, 1>(c, i, b)));
  MULLION_TRY(O::template modify<0>(c, i, [&](T old) {
    a = old;
    return r = n == 0 ? old : shift_right_double(old, b, n, carry);
  }));
  if (n == 0) return Status::Done;
  c.st.flags.logic(r);
  c.st.flags.set_cf_of(carry, msb(T(a ^ r)));
  return Status::Done;
}

// SARX r, r/m, vvvv
template <class O> Status sarx(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T a, n;
  MULLION_TRY((source<O, 1>(c, i, a)));
  MULLION_TRY((source<O, 2>(c, i, n)));
  return O::template set<0>(c, i, T(Signed<T>(a) >> (n & kCountMask<T>)));
}

// SHLX r, r/m, vvvv
template <class O> Status shlx(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T a, n;
  MULLION_TRY((source<O, 1>(c, i, a)));
  MULLION_TRY((source<O, 2>(c, i, n)));
  return O::template set<0>(c, i, T(a << (n & kCountMask<T>)));
}

// SHRX r, r/m, vvvv
template <class O> Status shrx(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T a, n;
  MULLION_TRY((source<O, 1>(c, i, a)));
  MULLION_TRY((source<O, 2>(c, i, n)));
  return O::template set<0>(c, i, T(a >> (n & kCountMask<T>)));
}

// RORX r, r/m, imm8
template <class O> Status rorx(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T a;
  MULLION_TRY((source<O, 1>(c, i, a)));
  unsigned const n = unsigned(i.imm) & kCountMask<T>;
  return O::template set<0>(c, i, T(a >> n | a << (-n & kCountMask<T>)));
}

}  // namespace mullion::x86::sem

#include "cpu/x86/isa/sem_shift.inc"
