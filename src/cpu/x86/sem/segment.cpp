// Segment registers and descriptor tables.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/segment.hpp"

#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/sem/operands.hpp"
#include "cpu/x86/sys/control.hpp"
#include "cpu/x86/sys/events.hpp"

#include <algorithm>

namespace mullion::x86::sem {
namespace {

// r/m16 as a source.
Status read_word(Cpu& c, const Insn& i, u16& v) {
  if (i.mem()) return c.load<u16>(i.seg, c.effective(i), v);
  v = c.reg<u16>(i.rm);
  return Status::Done;
}

// A destination that is 16 bits in memory and zero-extended in a register.
template <class Size> Status write_word(Cpu& c, const Insn& i, u64 v) {
  if (i.mem()) return c.store<u16>(i.seg, c.effective(i), u16(v));
  c.set_reg<Size>(i.rm, Size(v));
  return Status::Done;
}

unsigned sreg(const Insn& i) { return i.reg & 7u; }

// What LAR, LSL, VERR and VERW see of a selector: conforming code counts at every level.
bool visible(const Cpu& c, u16 selector, const Descriptor& d) {
  return d.conforming() || std::max<unsigned>(c.st.cpl, rpl(selector)) <= d.dpl();
}

constexpr u32 types(std::initializer_list<unsigned> list) {
  u32 mask = 0;
  for (unsigned const t : list) mask |= 1u << t;
  return mask;
}

// Tables 3-53 and 3-57 of SDM vol. 2: types that LAR and LSL accept.
constexpr u32 kLarTypes = types({kTss16, kLdt, kTss16Busy, kCallGate16, kTaskGate, kTss32, kTss32Busy, kCallGate32});
constexpr u32 kLarTypesLong = types({kLdt, kTss32, kTss32Busy, kCallGate32});
constexpr u32 kLslTypes = types({kTss16, kLdt, kTss16Busy, kTss32, kTss32Busy});
constexpr u32 kLslTypesLong = types({kLdt, kTss32, kTss32Busy});

Status examine(Cpu& c, const Insn& i, u32 system_types, Descriptor& d, bool& valid) {
  u16 selector = 0;
  MULLION_TRY(read_word(c, i, selector));
  MULLION_TRY(probe_descriptor(c, selector, d, valid));
  valid = valid && (d.s() || ((system_types >> d.type()) & 1)) && visible(c, selector, d);
  return Status::Done;
}

// GDTR and IDTR in memory: limit, then 4 or 8 bytes of base.
Status store_table(Cpu& c, const Insn& i, const TableRegister& t) {
  std::array<u8, 10> image{};
  std::memcpy(image.data(), &t.limit, 2);
  std::memcpy(image.data() + 2, &t.base, 8);
  return c.store_bytes(i.seg, c.effective(i), image.data(), c.code64() ? 10 : 6);
}

Status load_table(Cpu& c, const Insn& i, TableRegister& t) {
  std::array<u8, 10> image{};
  MULLION_TRY(c.load_bytes(i.seg, c.effective(i), image.data(), c.code64() ? 10 : 6));
  TableRegister loaded;
  std::memcpy(&loaded.limit, image.data(), 2);
  std::memcpy(&loaded.base, image.data() + 2, 8);
  if (!c.code64() && i.opsize == 1) loaded.base &= 0xFFFFFF;
  if (c.code64() && !c.canonical(loaded.base)) return c.raise(kGP, 0);
  t = loaded;
  return Status::Done;
}

Status load_far(Cpu& c, const Insn& i, SegReg seg) {
  u64 const ea = c.effective(i);
  u64 offset = 0;
  u16 selector = 0, narrow = 0;
  u32 wide = 0;
  // AMD has no m16:64 (APM vol. 3 "LFS"): REX.W there still means a 32-bit offset.
  bool const quad = i.opsize == 3 && c.model.vendor() == Vendor::Intel;
  unsigned const bytes = i.opsize == 1 ? 2 : quad ? 8 : 4;
  if (i.opsize == 1) { MULLION_TRY(c.load<u16>(i.seg, ea, narrow)); offset = narrow; }
  else if (quad) { MULLION_TRY(c.load<u64>(i.seg, ea, offset)); }
  else { MULLION_TRY(c.load<u32>(i.seg, ea, wide)); offset = wide; }
  MULLION_TRY(c.load<u16>(i.seg, (ea + bytes) & Cpu::kAddressMask[i.addrsize], selector));
  MULLION_TRY(load_segment(c, seg, selector));
  if (i.opsize == 1) c.set_reg<u16>(i.reg, u16(offset));
  else c.set_reg<u64>(i.reg, offset);
  return seg == SS ? Status::BlockEnd : Status::Done;
}

// RDFSBASE and the like need CR4.FSGSBASE.
Status check_fsgsbase(Cpu& c) { return c.st.cr4 & CR4_FSGSBASE ? Status::Done : c.raise(kUD); }

template <class O> Status read_base(Cpu& c, const Insn& i, SegReg seg) {
  MULLION_TRY(check_fsgsbase(c));
  return O::template set<0>(c, i, typename O::T(c.st.seg[seg].base));
}

template <class O> Status write_base(Cpu& c, const Insn& i, SegReg seg) {
  MULLION_TRY(check_fsgsbase(c));
  typename O::T v;
  MULLION_TRY((O::template get<0>(c, i, v)));
  if (!c.canonical(v)) return c.raise(kGP, 0);
  c.st.seg[seg].base = c.view_of[seg].base = v;
  return Status::Done;
}

}  // namespace

// MOV r/m16, Sreg | MOV r16/r32/r64, Sreg
template <class O> Status mov_from_sreg(Cpu& c, const Insn& i) {
  if (sreg(i) > GS) return c.raise(kUD);
  return write_word<typename O::Size>(c, i, c.st.seg[sreg(i)].selector);
}

// MOV Sreg, r/m16
template <class O> Status mov_to_sreg(Cpu& c, const Insn& i) {
  if (sreg(i) > GS || sreg(i) == CS) return c.raise(kUD);
  u16 selector = 0;
  MULLION_TRY(read_word(c, i, selector));
  MULLION_TRY(load_segment(c, SegReg(sreg(i)), selector));
  if (sreg(i) == SS) hold_interrupts(c, true);
  return Status::BlockEnd;
}

// LES r, m16:16/32/64 and so on
template <class O> Status les(Cpu& c, const Insn& i) { return load_far(c, i, ES); }
template <class O> Status lds(Cpu& c, const Insn& i) { return load_far(c, i, DS); }
template <class O> Status lss(Cpu& c, const Insn& i) { return load_far(c, i, SS); }
template <class O> Status lfs(Cpu& c, const Insn& i) { return load_far(c, i, FS); }
template <class O> Status lgs(Cpu& c, const Insn& i) { return load_far(c, i, GS); }

// LAR r, r/m16
template <class O> Status lar(Cpu& c, const Insn& i) {
  Descriptor d;
  bool valid = false;
  MULLION_TRY(examine(c, i, c.long_mode() ? kLarTypesLong : kLarTypes, d, valid));
  using Size = typename O::Size;
  if (valid) c.set_reg<Size>(i.reg, Size((d.raw >> 32) & 0xFFFF00));
  c.st.flags.set_zf(valid);
  return Status::Done;
}

// LSL r, r/m16
template <class O> Status lsl(Cpu& c, const Insn& i) {
  Descriptor d;
  bool valid = false;
  MULLION_TRY(examine(c, i, c.long_mode() ? kLslTypesLong : kLslTypes, d, valid));
  using Size = typename O::Size;
  if (valid) c.set_reg<Size>(i.reg, Size(d.limit()));
  c.st.flags.set_zf(valid);
  return Status::Done;
}

// VERR r/m16
template <class O> Status verr(Cpu& c, const Insn& i) {
  Descriptor d;
  bool valid = false;
  MULLION_TRY(examine(c, i, 0, d, valid));
  c.st.flags.set_zf(valid && d.readable());
  return Status::Done;
}

// VERW r/m16
template <class O> Status verw(Cpu& c, const Insn& i) {
  Descriptor d;
  bool valid = false;
  MULLION_TRY(examine(c, i, 0, d, valid));
  c.st.flags.set_zf(valid && d.writable());
  return Status::Done;
}

// SLDT r/m16
template <class O> Status sldt(Cpu& c, const Insn& i) { return write_word<typename O::Size>(c, i, c.st.ldtr.selector); }

// STR r/m16
template <class O> Status str(Cpu& c, const Insn& i) { return write_word<typename O::Size>(c, i, c.st.tr.selector); }

// SMSW r/m16
template <class O> Status smsw(Cpu& c, const Insn& i) { return write_word<typename O::Size>(c, i, c.st.cr0); }

// LLDT r/m16
template <class O> Status lldt(Cpu& c, const Insn& i) {
  u16 selector = 0;
  MULLION_TRY(read_word(c, i, selector));
  return load_ldtr(c, selector);
}

// LTR r/m16
template <class O> Status ltr(Cpu& c, const Insn& i) {
  u16 selector = 0;
  MULLION_TRY(read_word(c, i, selector));
  return load_tr(c, selector);
}

// SGDT m
template <class O> Status sgdt(Cpu& c, const Insn& i) { return store_table(c, i, c.st.gdtr); }

// SIDT m
template <class O> Status sidt(Cpu& c, const Insn& i) { return store_table(c, i, c.st.idtr); }

// LGDT m16&32/64
template <class O> Status lgdt(Cpu& c, const Insn& i) { return load_table(c, i, c.st.gdtr); }

// LIDT m16&32/64
template <class O> Status lidt(Cpu& c, const Insn& i) { return load_table(c, i, c.st.idtr); }

// ARPL r/m16, r16
template <class O> Status arpl(Cpu& c, const Insn& i) {
  u16 const wanted = c.reg<u16>(i.reg) & 3;
  u16 selector;
  MULLION_TRY(O::template get<0>(c, i, selector));
  bool const raised = rpl(selector) < wanted;
  if (raised) MULLION_TRY(O::template set<0>(c, i, u16((selector & ~3u) | wanted)));
  c.st.flags.set_zf(raised);
  return Status::Done;
}

// SWAPGS
template <class O> Status swapgs(Cpu& c, const Insn&) {
  std::swap(c.st.seg[GS].base, c.st.msr.kernel_gs_base);
  c.view_of[GS].base = c.st.seg[GS].base;
  return Status::Done;
}

// RDFSBASE r32/64, RDGSBASE, WRFSBASE, WRGSBASE
template <class O> Status rdfsbase(Cpu& c, const Insn& i) { return read_base<O>(c, i, FS); }
template <class O> Status rdgsbase(Cpu& c, const Insn& i) { return read_base<O>(c, i, GS); }
template <class O> Status wrfsbase(Cpu& c, const Insn& i) { return write_base<O>(c, i, FS); }
template <class O> Status wrgsbase(Cpu& c, const Insn& i) { return write_base<O>(c, i, GS); }

}  // namespace mullion::x86::sem

#include "cpu/x86/isa/sem_segment.inc"
