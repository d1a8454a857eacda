// Transition rules of control registers, with what has to be flushed.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/control.hpp"

#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/sys/local_apic.hpp"
#include "cpu/x86/sys/segment.hpp"

namespace mullion::x86 {
namespace {

constexpr uint64_t kCr3NoFlush = uint64_t{1} << 63;
// Changes that make the processor load the PDPTEs again (SDM vol. 3 §4.4.1).
constexpr uint64_t kCr4PdpteBits = CR4_PAE | CR4_PGE | CR4_PSE | CR4_SMEP;
constexpr uint64_t kCr4TlbBits = CR4_PAE | CR4_PGE | CR4_PSE | CR4_SMEP | CR4_SMAP | CR4_PKE | CR4_PCIDE | CR4_LA57;

bool pae_paging(const Cpu& c) { return c.paging() && (c.st.cr4 & CR4_PAE) && !c.long_mode(); }

// CR0.PG from 0 to 1 (SDM vol. 3 §9.8.5).
bool may_enable_paging(Cpu& c) {
  if (c.st.efer & EFER_LME) {
    bool const tss16 = (c.st.tr.type() & 8) == 0;
    return (c.st.cr4 & CR4_PAE) && !c.st.seg[CS].l() && !tss16;
  }
  return !(c.st.cr4 & CR4_PAE) || c.load_pdptes(c.st.cr3);
}

}  // namespace

Status write_cr0(Cpu& c, uint64_t value) {
  ArchState& st = c.st;
  if ((value >> 32) != 0) return c.raise(kGP, 0);
  value = (value & c.model.cr0_valid()) | CR0_ET;
  bool const pg = value & CR0_PG, pe = value & CR0_PE;
  if ((pg && !pe) || ((value & CR0_NW) && !(value & CR0_CD))) return c.raise(kGP, 0);
  uint64_t const changed = st.cr0 ^ value;
  if (changed & CR0_PG) {
    if (pg) {
      if (!may_enable_paging(c)) return c.raise(kGP, 0);
      if (st.efer & EFER_LME) st.efer |= EFER_LMA;
    } else {
      if (c.code64() || (st.cr4 & CR4_PCIDE)) return c.raise(kGP, 0);
      st.efer &= ~uint64_t{EFER_LMA};
    }
  } else if (pae_paging(c) && (changed & (CR0_CD | CR0_NW)) && !c.load_pdptes(st.cr3)) {
    return c.raise(kGP, 0);
  }
  st.cr0 = value;
  if (changed & CR0_PE) st.cpl = 0;
  if (changed & (CR0_PG | CR0_PE | CR0_WP)) c.flush_tlb(true);
  c.update_mode();
  return Status::Done;
}

Status write_cr3(Cpu& c, uint64_t value) {
  ArchState& st = c.st;
  if (st.cr4 & CR4_PCIDE) value &= ~kCr3NoFlush;  // our TLB holds one PCID: what is not the current one's is gone
  if (c.long_mode() && (value & ~c.model.physical_mask())) return c.raise(kGP, 0);
  if (pae_paging(c) && !c.load_pdptes(value)) return c.raise(kGP, 0);
  st.cr3 = value;
  c.flush_tlb(false);
  return Status::Done;
}

Status write_cr4(Cpu& c, uint64_t value) {
  ArchState& st = c.st;
  uint64_t const changed = st.cr4 ^ value;
  if (value & ~c.model.cr4_valid()) return c.raise(kGP, 0);
  if (c.long_mode() && (!(value & CR4_PAE) || (changed & CR4_LA57))) return c.raise(kGP, 0);
  if ((changed & value & CR4_PCIDE) && (!c.long_mode() || (st.cr3 & 0xFFF))) return c.raise(kGP, 0);
  bool const pae = c.paging() && (value & CR4_PAE) && !c.long_mode();
  if (pae && (changed & kCr4PdpteBits) && !c.load_pdptes(st.cr3)) return c.raise(kGP, 0);
  st.cr4 = value;
  if (changed & kCr4TlbBits) c.flush_tlb(true);
  c.update_mode();
  return Status::Done;
}

// The task priority: CR8 is the local APIC's TPR bits 4-7.
Status write_cr8(Cpu& c, uint64_t value) {
  if (value > 15) return c.raise(kGP, 0);
  c.st.cr8 = value;
  c.apic->set_cr8(uint8_t(value));
  return Status::Done;
}

uint64_t read_cr8(const Cpu& c) { return c.apic->cr8(); }

Status write_efer(Cpu& c, uint64_t value) {
  ArchState& st = c.st;
  if (value & ~(c.model.efer_valid() | EFER_LMA)) return c.raise(kGP, 0);
  value = (value & ~uint64_t{EFER_LMA}) | (st.efer & EFER_LMA);
  uint64_t const changed = st.efer ^ value;
  if ((changed & EFER_LME) && c.paging()) return c.raise(kGP, 0);
  st.efer = value;
  if (changed & EFER_NXE) c.flush_tlb(true);
  c.update_mode();
  return Status::Done;
}

}  // namespace mullion::x86
