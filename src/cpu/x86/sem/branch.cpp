// Near control transfers, and the instructions that do nothing or always fault.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sem/common.hpp"

namespace mullion::x86::sem {
namespace {

bool taken(Status s) { return s == Status::Branch || s == Status::BlockEnd; }

}  // namespace

// Jcc rel
template <class O> Status jcc(Cpu& c, const Insn& i) {
  if (!c.st.flags.condition(i.opcode & 15)) return Status::Done;
  return c.branch(i, c.next_rip(i) + i.imm);
}

// JMP rel
template <class O> Status jmp(Cpu& c, const Insn& i) { return c.branch(i, c.next_rip(i) + i.imm); }

// JMP r/m
template <class O> Status jmp_indirect(Cpu& c, const Insn& i) {
  u64 target;
  MULLION_TRY((source<O, 0>(c, i, target)));
  return c.branch(i, target);
}

namespace {

// The return address is written before the target is checked; RSP moves last.
template <class T> Status call_to(Cpu& c, const Insn& i, u64 target) {
  u64 const sp = (c.st.gpr[RSP] - sizeof(T)) & stack_mask(c);
  MULLION_TRY(c.store<T>(SS, sp, T(c.next_rip(i))));
  Status const s = c.branch(i, target);
  if (taken(s)) set_sp(c, sp);
  return s;
}

}  // namespace

// CALL rel
template <class O> Status call(Cpu& c, const Insn& i) {
  return call_to<typename O::Size>(c, i, c.next_rip(i) + i.imm);
}

// CALL r/m
template <class O> Status call_indirect(Cpu& c, const Insn& i) {
  u64 target;
  MULLION_TRY((source<O, 0>(c, i, target)));
  return call_to<typename O::Size>(c, i, target);
}

// RET | RET imm16
template <class O> Status ret(Cpu& c, const Insn& i) {
  typename O::Size target;
  MULLION_TRY(top_of_stack(c, target));
  Status const s = c.branch(i, target);
  if (taken(s)) set_sp(c, c.st.gpr[RSP] + sizeof target + u16(i.imm));
  return s;
}

namespace {

// Counts rCX down; branches while it is not zero and `go_on` holds.
template <class O> Status loop_while(Cpu& c, const Insn& i, bool go_on) {
  u64 const count = (c.st.gpr[RCX] - 1) & Cpu::kAddressMask[i.addrsize];
  Status s = Status::Done;
  if (count != 0 && go_on) {
    s = c.branch(i, c.next_rip(i) + i.imm);
    if (!taken(s)) return s;
  }
  set_by_address_size(c, RCX, count, i.addrsize);
  return s;
}

}  // namespace

// LOOP rel8
template <class O> Status loop(Cpu& c, const Insn& i) { return loop_while<O>(c, i, true); }
// LOOPE rel8
template <class O> Status loope(Cpu& c, const Insn& i) { return loop_while<O>(c, i, c.st.flags.zf()); }
// LOOPNE rel8
template <class O> Status loopne(Cpu& c, const Insn& i) { return loop_while<O>(c, i, !c.st.flags.zf()); }

// JCXZ | JECXZ | JRCXZ rel8
template <class O> Status jcxz(Cpu& c, const Insn& i) {
  if ((c.st.gpr[RCX] & Cpu::kAddressMask[i.addrsize]) != 0) return Status::Done;
  return c.branch(i, c.next_rip(i) + i.imm);
}

// NOP | NOP r/m
template <class O> Status nop(Cpu&, const Insn&) { return Status::Done; }

// PAUSE
template <class O> Status pause(Cpu&, const Insn&) { return Status::Done; }

// BOUND r, m&m
template <class O> Status bound(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T index, low, high;
  u64 const ea = c.effective(i);
  MULLION_TRY(O::template get<0>(c, i, index));
  MULLION_TRY(c.load<T>(i.seg, ea, low));
  if (Signed<T>(index) < Signed<T>(low)) return c.raise(kBR);
  MULLION_TRY(c.load<T>(i.seg, (ea + sizeof(T)) & Cpu::kAddressMask[i.addrsize], high));
  if (Signed<T>(index) > Signed<T>(high)) return c.raise(kBR);
  return Status::Done;
}

}  // namespace mullion::x86::sem

#include "cpu/x86/isa/sem_branch.inc"
