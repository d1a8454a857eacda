// Pushes and pops, stack frames, and the flags on the stack.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sem/common.hpp"
#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/sys/events.hpp"
#include "cpu/x86/sys/segment.hpp"

namespace mullion::x86::sem {

// PUSH r/m | PUSH r | PUSH imm: PUSH SP stores the value before it.
template <class O> Status push(Cpu& c, const Insn& i) {
  typename O::Size v;
  MULLION_TRY((source<O, 0>(c, i, v)));
  return push_value(c, v);
}

// POP r/m | POP r: the address of a memory operand is computed with the incremented SP.
template <class O> Status pop(Cpu& c, const Insn& i) {
  typename O::Size v;
  MULLION_TRY(top_of_stack(c, v));
  u64 const old = c.st.gpr[RSP];
  set_sp(c, old + sizeof v);
  Status const s = O::template set<0>(c, i, v);
  if (O::template Kind<0>::kIsMem && s != Status::Done) c.st.gpr[RSP] = old;
  return s;
}

// PUSHA | PUSHAD: all writes are probed before the first.
template <class O> Status pusha(Cpu& c, const Insn&) {
  using T = typename O::Size;
  u64 const mask = stack_mask(c), sp = c.st.gpr[RSP];
  for (unsigned n = 1; n <= 8; ++n) MULLION_TRY(c.probe_write(SS, (sp - n * sizeof(T)) & mask, sizeof(T)));
  for (unsigned n = 1; n <= 8; ++n) MULLION_TRY(c.store<T>(SS, (sp - n * sizeof(T)) & mask, c.reg<T>(n - 1)));
  set_sp(c, sp - 8 * sizeof(T));
  return Status::Done;
}

// POPA | POPAD: SP's own image is skipped. A fault leaves the registers that were read before it; RSP stays.
template <class O> Status popa(Cpu& c, const Insn&) {
  using T = typename O::Size;
  for (unsigned n = 0; n < 8; ++n) {
    T v;
    MULLION_TRY(top_of_stack(c, v, n * sizeof(T)));
    if (n != 7 - RSP) c.set_reg<T>(7 - n, v);
  }
  set_sp(c, c.st.gpr[RSP] + 8 * sizeof(T));
  return Status::Done;
}

// PUSHF | PUSHFD | PUSHFQ
template <class O> Status pushf(Cpu& c, const Insn&) {
  using T = typename O::Size;
  u64 image = c.st.flags.rflags() & ~u64{VM | RF};
  if (c.v86() && c.st.flags.iopl() < 3) {
    if (!(c.st.cr4 & CR4_VME) || sizeof(T) != 2) return c.raise(kGP, 0);
    image = (image & ~u64{IF}) | IOPL | (image & VIF ? u64{IF} : 0);
  }
  return push_value(c, T(image));
}

namespace {

// Which flags POPF may change now (SDM vol. 2, POPF, table 4-15).
u64 popf_mask(const Cpu& c, bool wide) {
  u64 mask = CF | PF | AF | ZF | SF | TF | DF | OF | NT;
  if (wide) mask |= AC | ID;
  if (c.st.cpl == 0 && !c.v86()) mask |= IOPL;
  if (c.st.cpl <= c.st.flags.iopl()) mask |= IF;
  return mask;
}

// POPF with VME below IOPL 3: IF stands for VIF.
[[nodiscard]] Status popf_vme(Cpu& c, u64 image, u64& fresh) {
  u64 const old = c.st.flags.rflags();
  if ((image & TF) || ((old & VIP) && (image & IF))) return c.raise(kGP, 0);
  u64 const mask = (popf_mask(c, false) & ~u64{IF | IOPL}) | VIF;
  fresh = (old & ~mask) | ((image & ~u64{VIF}) & mask) | (image & IF ? u64{VIF} : 0);
  return Status::Done;
}

}  // namespace

// POPF | POPFD | POPFQ
template <class O> Status popf(Cpu& c, const Insn&) {
  using T = typename O::Size;
  bool const virtual_if = c.v86() && c.st.flags.iopl() < 3;
  if (virtual_if && (!(c.st.cr4 & CR4_VME) || sizeof(T) != 2)) return c.raise(kGP, 0);
  T image;
  MULLION_TRY(top_of_stack(c, image));
  u64 const old = c.st.flags.rflags();
  u64 fresh;
  if (virtual_if) {
    MULLION_TRY(popf_vme(c, image, fresh));
  } else {
    u64 const mask = popf_mask(c, sizeof(T) > 2);
    fresh = (old & ~mask) | (image & mask);
  }
  c.st.flags.set_rflags(sizeof(T) > 2 ? fresh & ~u64{RF} : fresh);
  set_sp(c, c.st.gpr[RSP] + sizeof(T));
  u64 const changed = old ^ fresh;
  if (changed & (TF | AC)) c.update_mode();
  return changed & (TF | AC | IF) ? Status::BlockEnd : Status::Done;
}

// ENTER imm16, imm8
template <class O> Status enter(Cpu& c, const Insn& i) {
  using T = typename O::Size;
  unsigned const level = unsigned(i.imm >> 32) & 31;
  u64 const mask = stack_mask(c), rsp = c.st.gpr[RSP];
  u64 sp = rsp - sizeof(T);
  MULLION_TRY(c.store<T>(SS, sp & mask, c.reg<T>(RBP)));
  u64 const frame = sp;  // the upper half of ESP takes part on 16-bit stacks too
  for (unsigned n = 1; n < level; ++n) {
    T link;
    MULLION_TRY(c.load<T>(SS, (c.st.gpr[RBP] - n * sizeof(T)) & mask, link));
    sp -= sizeof(T);
    MULLION_TRY(c.store<T>(SS, sp & mask, link));
  }
  if (level != 0) {
    sp -= sizeof(T);
    MULLION_TRY(c.store<T>(SS, sp & mask, T(frame)));
  }
  sp -= u16(i.imm);
  MULLION_TRY(c.probe_write(SS, sp & mask, sizeof(T)));
  c.set_reg<T>(RBP, T(frame));
  set_sp(c, sp);
  return Status::Done;
}

// LEAVE
template <class O> Status leave(Cpu& c, const Insn&) {
  using T = typename O::Size;
  u64 const sp = c.st.gpr[RBP] & stack_mask(c);
  T v;
  MULLION_TRY(c.load<T>(SS, sp, v));
  set_sp(c, sp + sizeof(T));
  c.set_reg<T>(RBP, v);
  return Status::Done;
}

namespace {

// ES, CS, SS, DS by bits 3-5 of the opcode; FS, GS in the two-byte map.
SegReg segment_of(const Insn& i) { return SegReg((i.opcode >> 3) & 7); }

}  // namespace

// PUSH Sreg: of a 32-bit slot Intel's processors write the selector alone.
template <class O> Status push_sreg(Cpu& c, const Insn& i) {
  using T = typename O::Size;
  u16 const selector = c.st.seg[segment_of(i)].selector;
  if (sizeof(T) != 4 || c.model.vendor() == Vendor::Amd) return push_value(c, T(selector));
  u64 const sp = (c.st.gpr[RSP] - sizeof(T)) & stack_mask(c);
  MULLION_TRY(c.store<u16>(SS, sp, selector));
  set_sp(c, sp);
  return Status::Done;
}

// POP Sreg: reads the selector alone. POP SS holds interrupts back for one instruction.
template <class O> Status pop_sreg(Cpu& c, const Insn& i) {
  using T = typename O::Size;
  u16 selector;
  MULLION_TRY(top_of_stack(c, selector));
  u64 const mask = stack_mask(c), rsp = c.st.gpr[RSP];
  SegReg const seg = segment_of(i);
  MULLION_TRY(load_segment(c, seg, selector));
  c.st.gpr[RSP] = merge_sp(rsp, rsp + sizeof(T), mask);
  if (seg != SS) return Status::Done;
  hold_interrupts(c, true);
  return Status::BlockEnd;
}

}  // namespace mullion::x86::sem

#include "cpu/x86/isa/sem_stack.inc"
