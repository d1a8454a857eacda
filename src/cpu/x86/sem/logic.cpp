// Bitwise logic.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sem/common.hpp"

namespace mullion::x86::sem {

// AND r/m, r | AND r, r/m | AND r/m, imm
template <class O> Status and_(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T b, r;
  MULLION_TRY((source<O, 1>(c, i, b)));
  MULLION_TRY(O::template modify<0>(c, i, [&](T old) { return r = T(old & b); }));
  c.st.flags.logic(r);
  return Status::Done;
}

// OR r/m, r | OR r, r/m | OR r/m, imm
template <class O> Status or_(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T b, r;
  MULLION_TRY((source<O, 1>(c, i, b)));
  MULLION_TRY(O::template modify<0>(c, i, [&](T old) { return r = T(old | b); }));
  c.st.flags.logic(r);
  return Status::Done;
}

// XOR r/m, r | XOR r, r/m | XOR r/m, imm
template <class O> Status xor_(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T b, r;
  MULLION_TRY((source<O, 1>(c, i, b)));
  MULLION_TRY(O::template modify<0>(c, i, [&](T old) { return r = T(old ^ b); }));
  c.st.flags.logic(r);
  return Status::Done;
}

// NOT r/m
template <class O> Status not_(Cpu& c, const Insn& i) {
  using T = typename O::T;
  return O::template modify<0>(c, i, [](T old) { return T(~old); });
}

// TEST r/m, r | TEST r/m, imm
template <class O> Status test(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T a, b;
  MULLION_TRY(O::template get<0>(c, i, a));
  MULLION_TRY((source<O, 1>(c, i, b)));
  c.st.flags.logic(T(a & b));
  return Status::Done;
}

// ANDN r, vvvv, r/m
template <class O> Status andn(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T a, b;
  MULLION_TRY((source<O, 1>(c, i, a)));
  MULLION_TRY((source<O, 2>(c, i, b)));
  T const r = T(~a & b);
  c.st.flags.logic(r);
  return O::template set<0>(c, i, r);
}

}  // namespace mullion::x86::sem

#include "cpu/x86/isa/sem_logic.inc"
