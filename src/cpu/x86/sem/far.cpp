// Transfers between segments, privilege levels and modes.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/sem/operands.hpp"
#include "cpu/x86/sys/debug.hpp"
#include "cpu/x86/sys/exceptions.hpp"
#include "cpu/x86/sys/smm.hpp"
#include "cpu/x86/sys/transfer.hpp"

namespace mullion::x86::sem {
namespace {

bool amd(const Cpu& c) { return c.model.vendor() == Vendor::Amd; }
unsigned bytes_of(const Insn& i) { return 1u << i.opsize; }

// ptr16:16/32, or m16:16/32/64. AMD has no m16:64: REX.W there still means 32 bits (APM vol. 3 "JMP far").
struct FarPointer {
  u64 offset = 0;
  u16 selector = 0;
  unsigned bytes = 2;
};

Status read_pointer(Cpu& c, const Insn& i, FarPointer& p) {
  p.bytes = i.opsize == 3 && amd(c) ? 4 : bytes_of(i);
  if (!i.mem()) {
    p.offset = u32(i.imm);
    p.selector = u16(i.imm >> 32);
    return Status::Done;
  }
  u64 const ea = c.effective(i);
  if (p.bytes == 2) {
    u16 v = 0;
    MULLION_TRY(c.load<u16>(i.seg, ea, v));
    p.offset = v;
  } else if (p.bytes == 4) {
    u32 v = 0;
    MULLION_TRY(c.load<u32>(i.seg, ea, v));
    p.offset = v;
  } else {
    MULLION_TRY(c.load<u64>(i.seg, ea, p.offset));
  }
  return c.load<u16>(i.seg, (ea + p.bytes) & Cpu::kAddressMask[i.addrsize], p.selector);
}

// Segments that SYSCALL and SYSENTER load without a descriptor.
constexpr u16 kFlatCode64 = 0xA09B, kFlatCode32 = 0xC09B, kFlatData = 0xC093;
void load_flat(Cpu& c, SegReg seg, unsigned selector, u16 attributes, unsigned dpl) {
  c.st.seg[seg] = Segment{.base = 0, .limit = 0xFFFFFFFF, .selector = u16((selector & 0xFFFC) | dpl),
                          .attributes = u16(attributes | (dpl << 5))};
}

Status go(Cpu& c, u64 rip, unsigned cpl) {
  c.st.rip = rip;
  c.st.cpl = u8(cpl);
  c.update_mode();
  return Status::Branch;
}

// After SYSCALL and SYSRET the single-step trap follows the new TF, not the old.
void trap_by_new_flags(Cpu& c) {
  c.step.trap_flag = false;
  if (c.st.flags.test(TF)) c.st.pending_debug |= DR6_BS;
}

// SYSCALL and SYSRET: Intel knows them in 64-bit code alone.
Status check_syscall(Cpu& c) {
  if (!(c.st.efer & EFER_SCE) || !c.protected_mode()) return c.raise(kUD);
  return !c.code64() && !amd(c) ? c.raise(kUD) : Status::Done;
}

// SYSENTER and SYSEXIT: AMD has none in long mode.
Status check_sysenter(Cpu& c) {
  if (amd(c) && c.long_mode()) return c.raise(kUD);
  return c.real_mode() || (c.st.msr.sysenter_cs & 0xFFFC) == 0 ? c.raise(kGP, 0) : Status::Done;
}

}  // namespace

// JMP ptr16:16/32 | JMP m16:16/32/64
template <class O> Status jmp_far(Cpu& c, const Insn& i) {
  FarPointer p;
  MULLION_TRY(read_pointer(c, i, p));
  return far_jump(c, p.selector, p.offset, p.bytes, c.next_rip(i));
}

// CALL ptr16:16/32 | CALL m16:16/32/64
template <class O> Status call_far(Cpu& c, const Insn& i) {
  FarPointer p;
  MULLION_TRY(read_pointer(c, i, p));
  return far_call(c, p.selector, p.offset, p.bytes, c.next_rip(i));
}

// RET | RET imm16
template <class O> Status ret_far(Cpu& c, const Insn& i) { return far_return(c, bytes_of(i), u16(i.imm)); }

// INT imm8
template <class O> Status int_n(Cpu& c, const Insn& i) {
  return software_interrupt(c, u8(i.imm), Event::IntN, c.next_rip(i));
}

// INT3
template <class O> Status int3(Cpu& c, const Insn& i) { return software_interrupt(c, kBP, Event::Int3, c.next_rip(i)); }

// INTO
template <class O> Status into(Cpu& c, const Insn& i) {
  return c.st.flags.of() ? software_interrupt(c, kOF, Event::Into, c.next_rip(i)) : Status::Done;
}

// INT1
template <class O> Status icebp(Cpu& c, const Insn& i) {
  return software_interrupt(c, kDB, Event::Icebp, c.next_rip(i));
}

// IRET, IRETD, IRETQ
template <class O> Status iret(Cpu& c, const Insn& i) { return interrupt_return(c, bytes_of(i), c.next_rip(i)); }

// SYSCALL
template <class O> Status syscall(Cpu& c, const Insn& i) {
  MULLION_TRY(check_syscall(c));
  ArchState& st = c.st;
  u64 const selectors = st.msr.star >> 32;
  u64 target = u32(st.msr.star);
  if (c.long_mode()) {
    st.gpr[RCX] = c.code64() ? c.next_rip(i) : u32(c.next_rip(i));
    st.gpr[R11] = st.flags.rflags() & ~u64{RF};
    target = c.code64() ? st.msr.lstar : st.msr.cstar;
    st.flags.set_rflags(st.flags.rflags() & ~(st.msr.sfmask | RF | VM));
  } else {
    st.gpr[RCX] = u32(c.next_rip(i));
    st.flags.system &= ~u64{IF | RF | VM};
  }
  load_flat(c, CS, unsigned(selectors), c.long_mode() ? kFlatCode64 : kFlatCode32, 0);
  load_flat(c, SS, unsigned(selectors & 0xFFFC) + 8, kFlatData, 0);
  trap_by_new_flags(c);
  return go(c, target, 0);
}

// SYSRET
template <class O> Status sysret(Cpu& c, const Insn& i) {
  MULLION_TRY(check_syscall(c));
  if (c.st.cpl != 0) return c.raise(kGP, 0);
  ArchState& st = c.st;
  bool const to64 = i.opsize == 3;
  unsigned const selectors = unsigned(st.msr.star >> 48) & 0xFFFC;
  u64 const target = to64 ? st.gpr[RCX] : u32(st.gpr[RCX]);
  // Intel finds a bad RCX here, still at CPL 0; AMD after the return.
  if (to64 && !amd(c) && !c.canonical(target)) return c.raise(kGP, 0);
  if (c.long_mode()) st.flags.set_rflags(st.gpr[R11] & 0x3C7FD7);
  else st.flags.system |= IF;
  load_flat(c, CS, to64 ? selectors + 16 : selectors, to64 ? kFlatCode64 : kFlatCode32, 3);
  // AMD sets the selector of SS alone (APM vol. 3 "SYSRET").
  if (amd(c)) st.seg[SS].selector = u16((selectors + 8) | 3);
  else load_flat(c, SS, selectors + 8, kFlatData, 3);
  trap_by_new_flags(c);
  return go(c, target, 3);
}

// SYSENTER
template <class O> Status sysenter(Cpu& c, const Insn&) {
  MULLION_TRY(check_sysenter(c));
  ArchState& st = c.st;
  bool const lm = c.long_mode();
  unsigned const cs = unsigned(st.msr.sysenter_cs) & 0xFFFC;
  st.flags.system &= ~u64{VM | IF | RF};
  st.gpr[RSP] = lm ? st.msr.sysenter_esp : u32(st.msr.sysenter_esp);
  load_flat(c, CS, cs, lm ? kFlatCode64 : kFlatCode32, 0);
  load_flat(c, SS, cs + 8, kFlatData, 0);
  return go(c, lm ? st.msr.sysenter_eip : u32(st.msr.sysenter_eip), 0);
}

// SYSEXIT
template <class O> Status sysexit(Cpu& c, const Insn& i) {
  MULLION_TRY(check_sysenter(c));
  if (c.st.cpl != 0) return c.raise(kGP, 0);
  ArchState& st = c.st;
  bool const to64 = i.opsize == 3;
  unsigned const cs = unsigned(st.msr.sysenter_cs) & 0xFFFC;
  u64 const rip = to64 ? st.gpr[RDX] : u32(st.gpr[RDX]), rsp = to64 ? st.gpr[RCX] : u32(st.gpr[RCX]);
  if (to64 && !(c.canonical(rip) && c.canonical(rsp))) return c.raise(kGP, 0);
  st.gpr[RSP] = rsp;
  load_flat(c, CS, cs + (to64 ? 32 : 16), to64 ? kFlatCode64 : kFlatCode32, 3);
  load_flat(c, SS, cs + (to64 ? 40 : 24), kFlatData, 3);
  return go(c, rip, 3);
}

// RSM
template <class O> Status rsm(Cpu& c, const Insn& i) {
  Status const s = leave_smm(c);
  // Back to a HLT: the run loop takes RIP for the instruction after this one.
  if (s == Status::Halt) c.st.gpr[kRipReg] = c.st.rip - i.next;
  return s;
}

}  // namespace mullion::x86::sem

#include "cpu/x86/isa/sem_far.inc"
