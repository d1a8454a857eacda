// Entry of interrupt and exception handlers in real, virtual-8086, protected and IA-32e mode (SDM vol. 2 "INT n").
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/gate.hpp"

#include "cpu/x86/sem/operands.hpp"
#include "cpu/x86/sys/stack.hpp"
#include "cpu/x86/sys/task.hpp"

namespace mullion::x86 {
namespace {

constexpr uint32_t kRedirectionBytes = 32;  // the bitmap of virtual-8086 interrupts lies below the I/O map
constexpr uint32_t kTss32IoMap = 0x66;

void clear_flags(Cpu& c, uint64_t flags) { c.st.flags.system &= ~flags; }

void finish(Cpu& c, uint64_t rip) {
  c.st.rip = rip;
  c.st.interrupt_shadow = c.st.mov_ss_shadow = false;
  c.update_mode();
}

// FLAGS, CS, IP on the current 16-bit stack; goes on at the vector's far pointer in the table at `ivt`.
Status enter_by_ivt(Cpu& c, Delivery const& d, uint64_t ivt, uint16_t flags, uint64_t cleared) {
  uint32_t target = 0;
  MULLION_TRY(c.load_system(ivt + d.vector * 4u, target));
  Stack stack(c);
  MULLION_TRY(stack.push(2, flags));
  MULLION_TRY(stack.push(2, c.st.seg[CS].selector));
  MULLION_TRY(stack.push(2, d.rip));
  c.st.gpr[RSP] = stack.sp();
  load_real_segment(c, CS, uint16_t(target >> 16));
  clear_flags(c, cleared);
  finish(c, uint16_t(target));
  return Status::Done;
}

Status enter_real(Cpu& c, Delivery const& d) {
  if (d.vector * 4u + 3 > c.st.idtr.limit) return c.raise(kGP, d.gate_error());
  return enter_by_ivt(c, d, c.st.idtr.base, uint16_t(d.flags), IF | TF | AC | RF);
}

// INT n in virtual-8086 mode (SDM vol. 3 table 20-2): `taken` when the program's own handler was entered.
Status redirect(Cpu& c, Delivery const& d, bool& taken) {
  bool const trusted = c.st.flags.iopl() == 3;
  taken = false;
  if (c.st.cr4 & CR4_VME) {
    Segment const& tr = c.st.tr;
    if (!(tr.type() & 8) || tr.limit < kTss32IoMap + 1) return c.raise(kGP, 0);
    uint16_t map = 0;
    MULLION_TRY(c.load_system(uint32_t(tr.base + kTss32IoMap), map));
    uint32_t const offset = map - kRedirectionBytes + d.vector / 8u;
    if (offset > tr.limit) return c.raise(kGP, 0);
    uint8_t bits = 0;
    MULLION_TRY(c.load_system(uint32_t(tr.base + offset), bits));
    if (!((bits >> (d.vector & 7)) & 1)) {
      taken = true;
      if (trusted) return enter_by_ivt(c, d, 0, uint16_t(d.flags), IF | TF | RF);
      uint64_t const flags = (d.flags & ~uint64_t{IF}) | IOPL | (c.st.flags.test(VIF) ? uint64_t{IF} : 0);
      return enter_by_ivt(c, d, 0, uint16_t(flags), VIF | TF | RF);
    }
  }
  return trusted ? Status::Done : c.raise(kGP, 0);
}

Status through_task_gate(Cpu& c, Delivery& d, Descriptor const& gate) {
  uint16_t const selector = gate.gate_selector();
  if (selector & 4) return c.raise(kGP, selector_error(selector) | d.ext());
  TaskSwitch t{.source = TaskSource::Gate,
               .selector = selector,
               .tss = {},
               .return_rip = d.rip,
               .flags = d.flags,
               .ext = d.ext()};
  MULLION_TRY(fetch_descriptor(c, selector, kGP, d.ext(), t.tss));
  if (t.tss.s() || (t.tss.type() != kTss16 && t.tss.type() != kTss32))
    return c.raise(kGP, selector_error(selector) | d.ext());
  if (!t.tss.present()) return c.raise(kNP, selector_error(selector) | d.ext());
  unsigned const bytes = t.tss.type() & 8 ? 4 : 2;
  Status const s = switch_task(c, t);
  d.committed = t.committed;
  MULLION_TRY(s);
  if (!d.has_error) return Status::Done;
  Stack stack(c, d.ext());
  MULLION_TRY(stack.push(bytes, d.error));
  c.st.gpr[RSP] = stack.sp();
  return Status::Done;
}

// The gate's code segment, which may be of this or an inner level.
Status fetch_handler_code(Cpu& c, Delivery const& d, Descriptor const& gate, Descriptor& cs) {
  uint16_t const selector = gate.gate_selector();
  uint32_t const error = selector_error(selector) | d.ext();
  if (is_null(selector)) return c.raise(kGP, d.ext());
  MULLION_TRY(fetch_descriptor(c, selector, kGP, d.ext(), cs));
  if (!cs.code() || cs.dpl() > c.st.cpl) return c.raise(kGP, error);
  if (c.long_mode() && (!cs.l() || cs.db())) return c.raise(kGP, error);
  if (!cs.present()) return c.raise(kNP, error);
  if (c.v86() && (cs.conforming() || cs.dpl() != 0)) return c.raise(kGP, error);
  return mark_accessed(c, cs);
}

Status push_frame(Cpu& c, Delivery const& d, Stack& stack, unsigned bytes, bool with_stack) {
  if (with_stack) {
    MULLION_TRY(stack.push(bytes, c.st.seg[SS].selector));
    MULLION_TRY(stack.push(bytes, c.st.gpr[RSP]));
  }
  MULLION_TRY(stack.push(bytes, d.flags));
  MULLION_TRY(stack.push(bytes, c.st.seg[CS].selector));
  MULLION_TRY(stack.push(bytes, d.rip));
  return d.has_error ? stack.push(bytes, d.error) : Status::Done;
}

void load_code(Cpu& c, Descriptor const& cs, uint16_t selector, unsigned cpl) {
  c.st.seg[CS] = cs.segment(uint16_t((selector & ~3u) | cpl));
  c.st.cpl = uint8_t(cpl);
}

// To the same level: SDM "INTRA-PRIVILEGE-LEVEL-INTERRUPT-OR-TRAP-HANDLER".
Status enter_same_level(Cpu& c, Delivery const& d, Descriptor const& cs, uint64_t rip, unsigned bytes) {
  Stack stack(c, d.ext());
  MULLION_TRY(stack.room(d.has_error ? 4 : 3, bytes));
  if (rip > cs.limit()) return c.raise(kGP, d.ext());
  MULLION_TRY(push_frame(c, d, stack, bytes, false));
  c.st.gpr[RSP] = stack.sp();
  return Status::Done;
}

// To an inner level, from virtual-8086 mode too: SDM "INTER-PRIVILEGE-LEVEL-INTERRUPT".
Status enter_inner_level(Cpu& c, Delivery const& d, Descriptor const& cs, uint64_t rip, unsigned bytes) {
  unsigned const cpl = cs.dpl();
  bool const v86 = c.v86();
  uint16_t ss = 0;
  uint64_t sp = 0;
  Descriptor ssd;
  MULLION_TRY(inner_stack(c, cpl, d.ext(), ss, sp));
  MULLION_TRY(check_stack_segment(c, ss, cpl, kTS, d.ext(), ssd));
  Segment const new_ss = ssd.segment(ss);
  Stack stack(c, new_ss, sp, selector_error(ss) | d.ext());
  MULLION_TRY(stack.room((v86 ? 9 : 5) + (d.has_error ? 1 : 0), bytes));
  if (rip > cs.limit()) return c.raise(kGP, d.ext());
  CplScope scope(c, cpl);
  if (v86) {
    for (SegReg const seg : {GS, FS, DS, ES}) MULLION_TRY(stack.push(bytes, c.st.seg[seg].selector));
  }
  MULLION_TRY(push_frame(c, d, stack, bytes, true));
  scope.keep();
  if (v86) {
    for (SegReg const seg : {GS, FS, DS, ES}) c.st.seg[seg] = null_segment(c, seg, 0);
  }
  c.st.seg[SS] = new_ss;
  c.st.gpr[RSP] = stack.sp();
  return Status::Done;
}

Status enter_protected(Cpu& c, Delivery& d) {
  if (d.vector * 8u + 7 > c.st.idtr.limit) return c.raise(kGP, d.gate_error());
  Descriptor gate;
  MULLION_TRY(c.load_system(uint32_t(c.st.idtr.base + d.vector * 8u), gate.raw));
  unsigned const type = gate.type();
  bool const task = type == kTaskGate, trap = type == kTrapGate16 || type == kTrapGate32;
  if (gate.s() || !(task || trap || type == kInterruptGate16 || type == kInterruptGate32))
    return c.raise(kGP, d.gate_error());
  if (d.software() && gate.dpl() < c.st.cpl) return c.raise(kGP, d.gate_error());
  if (!gate.present()) return c.raise(kNP, d.gate_error());
  if (task) return through_task_gate(c, d, gate);

  Descriptor cs;
  MULLION_TRY(fetch_handler_code(c, d, gate, cs));
  bool const wide = type & 8;
  uint64_t const rip = wide ? gate.gate_offset() : uint16_t(gate.gate_offset());
  bool const inner = !cs.conforming() && cs.dpl() < c.st.cpl;
  unsigned const cpl = inner ? cs.dpl() : c.st.cpl;
  MULLION_TRY(inner ? enter_inner_level(c, d, cs, rip, wide ? 4 : 2) : enter_same_level(c, d, cs, rip, wide ? 4 : 2));
  load_code(c, cs, gate.gate_selector(), cpl);
  clear_flags(c, TF | NT | VM | RF | (trap ? 0 : uint64_t{IF}));
  finish(c, rip);
  return Status::Done;
}

Status enter_long(Cpu& c, Delivery& d) {
  if (d.vector * 16u + 15 > c.st.idtr.limit) return c.raise(kGP, d.gate_error());
  Descriptor gate;
  MULLION_TRY(c.load_system(c.st.idtr.base + d.vector * 16u, gate.raw));
  MULLION_TRY(c.load_system(c.st.idtr.base + d.vector * 16u + 8, gate.high));
  bool const trap = gate.type() == kTrapGate32;
  if (gate.s() || !(trap || gate.type() == kInterruptGate32)) return c.raise(kGP, d.gate_error());
  if (d.software() && gate.dpl() < c.st.cpl) return c.raise(kGP, d.gate_error());
  if (!gate.present()) return c.raise(kNP, d.gate_error());

  Descriptor cs;
  MULLION_TRY(fetch_handler_code(c, d, gate, cs));
  bool const inner = !cs.conforming() && cs.dpl() < c.st.cpl;
  unsigned const cpl = inner ? cs.dpl() : c.st.cpl;
  uint16_t ss = c.st.seg[SS].selector;
  uint64_t sp = c.st.gpr[RSP];
  if (gate.gate_ist() != 0) MULLION_TRY(ist_stack(c, gate.gate_ist(), d.ext(), sp));
  else if (inner) MULLION_TRY(inner_stack(c, cpl, d.ext(), ss, sp));
  Stack stack = Stack::of_long_mode(c, sp & ~uint64_t{15}, d.ext());
  MULLION_TRY(stack.room(d.has_error ? 6 : 5, 8));
  uint64_t const rip = gate.gate_offset();
  if (!c.canonical(rip)) return c.raise(kGP, d.ext());
  CplScope scope(c, cpl);
  MULLION_TRY(push_frame(c, d, stack, 8, true));
  scope.keep();
  if (inner) c.st.seg[SS] = Segment{.base = 0, .limit = 0, .selector = uint16_t(cpl), .attributes = 0};
  c.st.gpr[RSP] = stack.sp();
  load_code(c, cs, gate.gate_selector(), cpl);
  clear_flags(c, TF | NT | VM | RF | (trap ? 0 : uint64_t{IF}));
  finish(c, rip);
  return Status::Done;
}

}  // namespace

Status enter_handler(Cpu& c, Delivery& d) {
  if (c.real_mode()) return enter_real(c, d);
  if (c.long_mode()) return enter_long(c, d);
  if (c.v86() && d.event == Event::IntN) {
    bool taken = false;
    MULLION_TRY(redirect(c, d, taken));
    if (taken) return Status::Done;
  }
  return enter_protected(c, d);
}

}  // namespace mullion::x86
