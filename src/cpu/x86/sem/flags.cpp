// Instructions that change one flag.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sem/common.hpp"
#include "cpu/x86/sys/events.hpp"

namespace mullion::x86::sem {

// CLC
template <class O> Status clc(Cpu& c, const Insn&) { c.st.flags.set_cf(false); return Status::Done; }
// STC
template <class O> Status stc(Cpu& c, const Insn&) { c.st.flags.set_cf(true); return Status::Done; }
// CMC
template <class O> Status cmc(Cpu& c, const Insn&) { c.st.flags.set_cf(!c.st.flags.cf()); return Status::Done; }
// CLD
template <class O> Status cld(Cpu& c, const Insn&) { c.st.flags.system &= ~u64{DF}; return Status::Done; }
// STD
template <class O> Status std_(Cpu& c, const Insn&) { c.st.flags.system |= DF; return Status::Done; }

namespace {

// Which flag CLI and STI act on now: IF, VIF (VME in virtual-8086 mode, PVI at CPL 3), or none: #GP(0).
u64 interrupt_flag(const Cpu& c) {
  if (c.st.cpl <= c.st.flags.iopl()) return IF;
  if (c.v86()) return c.st.cr4 & CR4_VME ? VIF : 0;
  return c.st.cpl == 3 && (c.st.cr4 & CR4_PVI) ? VIF : 0;
}

}  // namespace

// CLI
template <class O> Status cli(Cpu& c, const Insn&) {
  u64 const flag = interrupt_flag(c);
  if (flag == 0) return c.raise(kGP, 0);
  c.st.flags.system &= ~flag;
  return Status::Done;
}

// STI: interrupts are held back for one instruction when IF was clear.
template <class O> Status sti(Cpu& c, const Insn&) {
  u64 const flag = interrupt_flag(c);
  if (flag == 0) return c.raise(kGP, 0);
  if (flag == VIF && c.st.flags.test(VIP)) return c.raise(kGP, 0);
  bool const was_set = c.st.flags.system & flag;
  c.st.flags.system |= flag;
  if (was_set || flag == VIF) return Status::Done;
  hold_interrupts(c, false);
  return Status::BlockEnd;
}

}  // namespace mullion::x86::sem

#include "cpu/x86/isa/sem_flags.inc"
