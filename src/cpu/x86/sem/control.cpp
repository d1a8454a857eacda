// Control and debug registers, TLB and cache control, HLT.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/control.hpp"

#include "cpu/x86/sem/operands.hpp"
#include "cpu/x86/sys/debug.hpp"

namespace mullion::x86::sem {
namespace {

Status ends(Status s) { return s == Status::Done ? Status::BlockEnd : s; }

// MOV CRn and DRn: 64 bits in 64-bit code, else 32.
u64 source(const Cpu& c, const Insn& i) { return c.code64() ? c.st.gpr[i.rm] : u32(c.st.gpr[i.rm]); }
void set_destination(Cpu& c, const Insn& i, u64 v) {
  c.code64() ? c.set_reg<u64>(i.rm, v) : c.set_reg<u32>(i.rm, u32(v));
}

// A register that does not exist is #UD at every level, and only then #GP(0) outside CPL 0.
Status check_cr(Cpu& c, unsigned n) {
  if (n != 0 && n != 2 && n != 3 && n != 4 && n != 8) return c.raise(kUD);
  return c.st.cpl != 0 ? c.raise(kGP, 0) : Status::Done;
}

}  // namespace

// MOV r32/r64, CRn
template <class O> Status mov_from_cr(Cpu& c, const Insn& i) {
  MULLION_TRY(check_cr(c, i.reg));
  switch (i.reg) {
    case 0: set_destination(c, i, c.st.cr0); break;
    case 2: set_destination(c, i, c.st.cr2); break;
    case 3: set_destination(c, i, c.st.cr3); break;
    case 4: set_destination(c, i, c.st.cr4); break;
    case 8: set_destination(c, i, read_cr8(c)); break;
  }
  return Status::Done;
}

// MOV CRn, r32/r64
template <class O> Status mov_to_cr(Cpu& c, const Insn& i) {
  MULLION_TRY(check_cr(c, i.reg));
  u64 const v = source(c, i);
  switch (i.reg) {
    case 0: return ends(write_cr0(c, v));
    case 2: c.st.cr2 = v; return Status::Done;
    case 3: return ends(write_cr3(c, v));
    case 4: return ends(write_cr4(c, v));
    default: return ends(write_cr8(c, v));
  }
}

// MOV r32/r64, DRn
template <class O> Status mov_from_dr(Cpu& c, const Insn& i) {
  u64 v = 0;
  MULLION_TRY(read_dr(c, i.reg, v));
  set_destination(c, i, v);
  return Status::Done;
}

// MOV DRn, r32/r64
template <class O> Status mov_to_dr(Cpu& c, const Insn& i) { return ends(write_dr(c, i.reg, source(c, i))); }

// CLTS
template <class O> Status clts(Cpu& c, const Insn&) {
  c.st.cr0 &= ~u64{CR0_TS};
  c.update_mode();
  return Status::BlockEnd;
}

// LMSW r/m16: PE, MP, EM, TS; PE cannot be cleared
template <class O> Status lmsw(Cpu& c, const Insn& i) {
  u16 v = 0;
  if (i.mem()) MULLION_TRY(c.load<u16>(i.seg, c.effective(i), v));
  else v = c.reg<u16>(i.rm);
  u64 const kept = c.st.cr0 & ~u64{CR0_MP | CR0_EM | CR0_TS};
  return ends(write_cr0(c, kept | (v & (CR0_PE | CR0_MP | CR0_EM | CR0_TS))));
}

// INVD
template <class O> Status invd(Cpu&, const Insn&) { return Status::Done; }

// WBINVD, WBNOINVD
template <class O> Status wbinvd(Cpu&, const Insn&) { return Status::Done; }

// INVLPG m: no segment check; an address that is not canonical does nothing
template <class O> Status invlpg(Cpu& c, const Insn& i) {
  u64 const lin = (c.view_of[i.seg].base + c.effective(i)) & c.linear_mask;
  if (!c.long_mode() || c.canonical(lin)) c.flush_page(lin);
  return Status::BlockEnd;
}

// INVPCID r32/r64, m128. One PCID's translations are held at a time, so that what names another PCID has nothing to do.
template <class O> Status invpcid(Cpu& c, const Insn& i) {
  u64 const type = c.code64() ? c.st.gpr[i.reg] : u32(c.st.gpr[i.reg]);
  u64 descriptor[2];
  MULLION_TRY(c.load_bytes(i.seg, c.effective(i), descriptor, sizeof descriptor));
  if (type > 3) return c.raise(kGP, 0);
  u64 const pcid = descriptor[0] & 0xFFF, lin = descriptor[1];
  bool const current = pcid == ((c.st.cr4 & CR4_PCIDE) ? c.st.cr3 & 0xFFF : 0);
  if (type < 2) {
    if (descriptor[0] >> 12) return c.raise(kGP, 0);
    if (pcid != 0 && !(c.st.cr4 & CR4_PCIDE)) return c.raise(kGP, 0);
    if (type == 0 && c.long_mode() && !c.canonical(lin)) return c.raise(kGP, 0);
  }
  switch (type) {
    case 0: if (current) c.flush_page(lin); break;
    case 1: if (current) c.flush_tlb(false); break;
    case 2: c.flush_tlb(true); break;
    case 3: c.flush_tlb(false); break;
  }
  return Status::BlockEnd;
}

// HLT
template <class O> Status hlt(Cpu& c, const Insn&) {
  c.st.activity = Activity::Halted;
  return Status::Halt;
}

// CLAC, STAC: #UD, not #GP, outside CPL 0
template <class O> Status clac(Cpu& c, const Insn&) {
  if (c.st.cpl != 0) return c.raise(kUD);
  c.st.flags.system &= ~u64{AC};
  c.update_view();
  return Status::Done;
}
template <class O> Status stac(Cpu& c, const Insn&) {
  if (c.st.cpl != 0) return c.raise(kUD);
  c.st.flags.system |= AC;
  c.update_view();
  return Status::Done;
}

}  // namespace mullion::x86::sem

#include "cpu/x86/isa/sem_control.inc"
