// Decimal adjustment, for 16- and 32-bit code.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sem/common.hpp"

namespace mullion::x86::sem {
namespace {

void set_flags(Cpu& c, u8 result, bool af, bool cf) {
  c.st.flags.logic(result);
  c.st.flags.set_af(af);
  c.st.flags.set_cf(cf);
}

}  // namespace

// AAA
template <class O> Status aaa(Cpu& c, const Insn&) {
  bool const adjust = (c.reg<u8>(RAX) & 15) > 9 || c.st.flags.af();
  u16 const ax = u16(c.reg<u16>(RAX) + (adjust ? 0x106 : 0));
  set_flags(c, u8(ax), adjust, adjust);
  c.set_reg<u16>(RAX, ax & 0xFF0F);
  return Status::Done;
}

// AAS
template <class O> Status aas(Cpu& c, const Insn&) {
  bool const adjust = (c.reg<u8>(RAX) & 15) > 9 || c.st.flags.af();
  u16 const ax = u16(c.reg<u16>(RAX) - (adjust ? 0x106 : 0));
  set_flags(c, u8(ax), adjust, adjust);
  c.set_reg<u16>(RAX, ax & 0xFF0F);
  return Status::Done;
}

// DAA
template <class O> Status daa(Cpu& c, const Insn&) {
  u8 const old = c.reg<u8>(RAX);
  bool const low = (old & 15) > 9 || c.st.flags.af();
  bool const high = old > 0x99 || c.st.flags.cf();
  u8 const al = u8(old + (low ? 6 : 0) + (high ? 0x60 : 0));
  set_flags(c, al, low, high);
  c.set_reg<u8>(RAX, al);
  return Status::Done;
}

// DAS
template <class O> Status das(Cpu& c, const Insn&) {
  u8 const old = c.reg<u8>(RAX);
  bool const low = (old & 15) > 9 || c.st.flags.af();
  bool const high = old > 0x99 || c.st.flags.cf();
  bool const borrow = low && old < 6;
  u8 const al = u8(old - (low ? 6 : 0) - (high ? 0x60 : 0));
  set_flags(c, al, low, high || borrow);
  c.set_reg<u8>(RAX, al);
  return Status::Done;
}

// AAM imm8
template <class O> Status aam(Cpu& c, const Insn& i) {
  u8 const base = u8(i.imm), al = c.reg<u8>(RAX);
  if (base == 0) return c.raise(kDE);
  c.set_reg<u16>(RAX, u16((al / base) << 8 | al % base));
  c.st.flags.logic(u8(al % base));
  return Status::Done;
}

// AAD imm8
template <class O> Status aad(Cpu& c, const Insn& i) {
  u16 const ax = c.reg<u16>(RAX);
  u8 const al = u8(ax + (ax >> 8) * u8(i.imm));
  c.set_reg<u16>(RAX, al);
  c.st.flags.logic(al);
  return Status::Done;
}

// SALC
template <class O> Status salc(Cpu& c, const Insn&) {
  c.set_reg<u8>(RAX, c.st.flags.cf() ? 0xFF : 0);
  return Status::Done;
}

}  // namespace mullion::x86::sem

#include "cpu/x86/isa/sem_bcd.inc"
