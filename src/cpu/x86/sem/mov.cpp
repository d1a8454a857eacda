// Moves, conversions, exchanges and conditional moves.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sem/common.hpp"

namespace mullion::x86::sem {

// MOV r/m, r | MOV r, r/m | MOV r/m, imm | MOV r, imm | MOV rAX, moffs | MOV moffs, rAX
template <class O> Status mov(Cpu& c, const Insn& i) {
  typename O::T v;
  MULLION_TRY((source<O, 1>(c, i, v)));
  return O::template set<0>(c, i, v);
}

// MOVZX r, r/m8 | MOVZX r, r/m16
template <class O> Status movzx(Cpu& c, const Insn& i) {
  typename O::T v;
  MULLION_TRY((source<O, 1>(c, i, v)));
  return O::template set<0>(c, i, v);
}

// MOVSX r, r/m8 | MOVSX r, r/m16
template <class O> Status movsx(Cpu& c, const Insn& i) {
  using T = typename O::T;
  typename O::template Type<1> v;
  MULLION_TRY(O::template get<1>(c, i, v));
  return O::template set<0>(c, i, T(Signed<T>(Signed<decltype(v)>(v))));
}

// MOVSXD r, r/m32
template <class O> Status movsxd(Cpu& c, const Insn& i) {
  using T = typename O::T;
  typename O::template Type<1> v;
  MULLION_TRY(O::template get<1>(c, i, v));
  return O::template set<0>(c, i, T(int64_t(Signed<decltype(v)>(v))));
}

// XCHG r/m, r | XCHG rAX, r: with memory always locked.
template <class O> Status xchg(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T a, b;
  MULLION_TRY((source<O, 1>(c, i, b)));
  if constexpr (O::template Kind<0>::kIsMem) {
    MULLION_TRY(c.modify<T>(i.seg, c.effective(i), true, [&](T old) { a = old; return b; }));
  } else {
    MULLION_TRY(O::template get<0>(c, i, a));
    MULLION_TRY(O::template set<0>(c, i, b));
  }
  return O::template set<1>(c, i, a);
}

// LEA r, m
template <class O> Status lea(Cpu& c, const Insn& i) {
  return O::template set<0>(c, i, typename O::T(c.effective(i)));
}

// CMOVcc r, r/m: reads its source, and writes a 32-bit destination, in either case.
template <class O> Status cmovcc(Cpu& c, const Insn& i) {
  typename O::T v, old;
  MULLION_TRY((source<O, 1>(c, i, v)));
  MULLION_TRY(O::template get<0>(c, i, old));
  return O::template set<0>(c, i, c.st.flags.condition(i.opcode & 15) ? v : old);
}

// SETcc r/m8
template <class O> Status setcc(Cpu& c, const Insn& i) {
  return O::template set<0>(c, i, typename O::T(c.st.flags.condition(i.opcode & 15)));
}

// BSWAP r: undefined for 16 bits, where processors clear the register's low half.
template <class O> Status bswap(Cpu& c, const Insn& i) {
  using T = typename O::T;
  if constexpr (sizeof(T) == 2) return O::template set<0>(c, i, T(0));
  else return O::template modify<0>(c, i, [](T v) { return swap_bytes(v); });
}

// MOVBE r, m | MOVBE m, r
template <class O> Status movbe(Cpu& c, const Insn& i) {
  typename O::T v;
  MULLION_TRY((source<O, 1>(c, i, v)));
  return O::template set<0>(c, i, swap_bytes(v));
}

// XLAT: AL := DS:[rBX + AL]
template <class O> Status xlat(Cpu& c, const Insn& i) {
  u64 const ea = (c.st.gpr[RBX] + u8(c.st.gpr[RAX])) & Cpu::kAddressMask[i.addrsize];
  u8 v;
  MULLION_TRY(c.load<u8>(i.seg, ea, v));
  c.set_reg<u8>(RAX, v);
  return Status::Done;
}

// CBW | CWDE | CDQE
template <class O> Status cbw(Cpu& c, const Insn&) {
  using T = typename O::Size;
  if constexpr (sizeof(T) == 2) c.set_reg<T>(RAX, T(int8_t(c.st.gpr[RAX])));
  else if constexpr (sizeof(T) == 4) c.set_reg<T>(RAX, T(int16_t(c.st.gpr[RAX])));
  else c.set_reg<T>(RAX, T(int64_t(int32_t(c.st.gpr[RAX]))));
  return Status::Done;
}

// CWD | CDQ | CQO
template <class O> Status cwd(Cpu& c, const Insn&) {
  using T = typename O::Size;
  c.set_reg<T>(RDX, Signed<T>(c.reg<T>(RAX)) < 0 ? T(~T{0}) : T(0));
  return Status::Done;
}

// LAHF
template <class O> Status lahf(Cpu& c, const Insn&) {
  c.set_reg<u8>(20, u8(c.st.flags.arithmetic() | FixedOne));
  return Status::Done;
}

// SAHF
template <class O> Status sahf(Cpu& c, const Insn&) {
  constexpr u64 kTaken = SF | ZF | AF | PF | CF;
  c.st.flags.set_arithmetic((c.st.flags.arithmetic() & OF) | (c.reg<u8>(20) & kTaken));
  return Status::Done;
}

// MOVNTI m, r
template <class O> Status movnti(Cpu& c, const Insn& i) { return mov<O>(c, i); }

// MOVDIRI m, r
template <class O> Status movdiri(Cpu& c, const Insn& i) { return mov<O>(c, i); }

// MOVDIR64B r, m512: to ES:[r], aligned to 64 bytes.
template <class O> Status movdir64b(Cpu& c, const Insn& i) {
  u8 bytes[64];
  MULLION_TRY(c.load_bytes(i.seg, c.effective(i), bytes, 64));
  return c.store_bytes(ES, c.st.gpr[i.reg] & Cpu::kAddressMask[i.addrsize], bytes, 64, 64);
}

}  // namespace mullion::x86::sem

#include "cpu/x86/isa/sem_mov.inc"
