// Far JMP, CALL and RET: code segments, call gates, task gates and TSSs.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/transfer.hpp"

#include "cpu/x86/sem/operands.hpp"
#include "cpu/x86/sys/event_log.hpp"
#include "cpu/x86/sys/stack.hpp"
#include "cpu/x86/sys/target.hpp"
#include "cpu/x86/sys/task.hpp"

#include <algorithm>
#include <array>

namespace mullion::x86 {
namespace {

bool segmented(const Cpu& c) { return c.protected_mode() && !c.v86(); }

uint64_t cut(uint64_t v, unsigned bytes) { return bytes == 2 ? uint16_t(v) : bytes == 4 ? uint32_t(v) : v; }

// JMP and CALL to a code segment directly: the level stays what it is.
Status check_direct(Cpu& c, uint16_t selector, const Descriptor& d) {
  bool const allowed = d.conforming() ? d.dpl() <= c.st.cpl : rpl(selector) <= c.st.cpl && d.dpl() == c.st.cpl;
  if (!allowed) return c.raise(kGP, selector_error(selector));
  if (c.long_mode() && d.l() && d.db()) return c.raise(kGP, selector_error(selector));
  return d.present() ? Status::Done : c.raise(kNP, selector_error(selector));
}

bool gate_visible(const Cpu& c, uint16_t selector, const Descriptor& gate) {
  return gate.dpl() >= std::max<unsigned>(c.st.cpl, rpl(selector));
}

Status jump_to_task(Cpu& c, TaskSource source, uint16_t selector, uint64_t next_rip) {
  if (selector & 4) return c.raise(kGP, selector_error(selector));
  TaskSwitch t{.source = source, .selector = selector, .tss = {}, .return_rip = next_rip, .flags = c.st.flags.rflags()};
  MULLION_TRY(fetch_descriptor(c, selector, kGP, 0, t.tss));
  if (t.tss.s() || (t.tss.type() != kTss16 && t.tss.type() != kTss32)) return c.raise(kGP, selector_error(selector));
  if (!t.tss.present()) return c.raise(kNP, selector_error(selector));
  return switch_task_by_instruction(c, t);
}

// The code segment that a call gate leads to.
Status fetch_gate_target(Cpu& c, Descriptor& gate, uint16_t gate_selector, uint16_t& selector, Descriptor& cs) {
  if (!gate.present()) return c.raise(kNP, selector_error(gate_selector));
  if (c.long_mode()) {
    MULLION_TRY(fetch_descriptor(c, gate_selector, kGP, 0, gate, true));
    if ((gate.high >> 40) & 0x1F) return c.raise(kGP, selector_error(gate_selector));
  }
  selector = gate.gate_selector();
  if (is_null(selector)) return c.raise(kGP, 0);
  MULLION_TRY(fetch_descriptor(c, selector, kGP, 0, cs));
  if (!cs.code() || cs.dpl() > c.st.cpl) return c.raise(kGP, selector_error(selector));
  if (c.long_mode() && (!cs.l() || cs.db())) return c.raise(kGP, selector_error(selector));
  return cs.present() ? Status::Done : c.raise(kNP, selector_error(selector));
}

unsigned gate_bytes(const Cpu& c, const Descriptor& gate) { return c.long_mode() ? 8 : gate.type() & 8 ? 4 : 2; }
uint64_t gate_target(const Descriptor& gate, unsigned bytes) {
  return bytes == 2 ? uint16_t(gate.gate_offset()) : gate.gate_offset();
}

Status jump_through_gate(Cpu& c, uint16_t gate_selector, Descriptor& gate) {
  uint16_t selector = 0;
  Descriptor cs;
  MULLION_TRY(fetch_gate_target(c, gate, gate_selector, selector, cs));
  if (!cs.conforming() && cs.dpl() != c.st.cpl) return c.raise(kGP, selector_error(selector));
  uint64_t rip = gate_target(gate, gate_bytes(c, gate));
  MULLION_TRY(check_target(c, cs, rip, 0));
  MULLION_TRY(mark_accessed(c, cs));
  return enter_code(c, cs, selector, c.st.cpl, rip);
}

// CALL through a gate to an inner level (SDM vol. 2 "CALL", MORE-PRIVILEGE).
Status call_inner(Cpu& c, const Descriptor& gate, uint16_t selector, Descriptor& cs, uint64_t rip, uint64_t next_rip) {
  unsigned const bytes = gate_bytes(c, gate), cpl = cs.dpl();
  uint16_t ss = 0;
  uint64_t sp = 0;
  MULLION_TRY(inner_stack(c, cpl, 0, ss, sp));
  Segment new_ss{.base = 0, .limit = 0, .selector = uint16_t(cpl), .attributes = 0};
  unsigned parameters = 0;
  std::array<uint64_t, 31> parameter{};
  if (!c.long_mode()) {
    Descriptor ssd;
    MULLION_TRY(check_stack_segment(c, ss, cpl, kTS, 0, ssd));
    new_ss = ssd.segment(ss);
    parameters = gate.gate_parameters();
    Stack old(c);
    for (unsigned n = 0; n < parameters; ++n) MULLION_TRY(old.pop(bytes, parameter[n]));
  }
  Stack stack = c.long_mode() ? Stack::of_long_mode(c, sp, 0) : Stack(c, new_ss, sp, selector_error(ss));
  MULLION_TRY(stack.room(4 + parameters, bytes));
  MULLION_TRY(check_target(c, cs, rip, 0));
  MULLION_TRY(mark_accessed(c, cs));
  CplScope scope(c, cpl);
  MULLION_TRY(stack.push(bytes, c.st.seg[SS].selector));
  MULLION_TRY(stack.push(bytes, c.st.gpr[RSP]));
  for (unsigned n = parameters; n-- > 0;) MULLION_TRY(stack.push(bytes, parameter[n]));
  MULLION_TRY(stack.push(bytes, c.st.seg[CS].selector));
  MULLION_TRY(stack.push(bytes, next_rip));
  scope.keep();
  c.st.seg[SS] = new_ss;
  c.st.gpr[RSP] = stack.sp();
  return enter_code(c, cs, selector, cpl, rip);
}

Status call_same_level(Cpu& c, uint16_t selector, Descriptor& cs, uint64_t rip, unsigned bytes, uint64_t next_rip) {
  Stack stack(c);
  MULLION_TRY(stack.room(2, bytes));
  MULLION_TRY(check_target(c, cs, rip, 0));
  MULLION_TRY(mark_accessed(c, cs));
  MULLION_TRY(stack.push(bytes, c.st.seg[CS].selector));
  MULLION_TRY(stack.push(bytes, next_rip));
  c.st.gpr[RSP] = stack.sp();
  return enter_code(c, cs, selector, c.st.cpl, rip);
}

Status call_through_gate(Cpu& c, uint16_t gate_selector, Descriptor& gate, uint64_t next_rip) {
  uint16_t selector = 0;
  Descriptor cs;
  MULLION_TRY(fetch_gate_target(c, gate, gate_selector, selector, cs));
  unsigned const bytes = gate_bytes(c, gate);
  uint64_t const rip = gate_target(gate, bytes);
  if (!cs.conforming() && cs.dpl() < c.st.cpl) return call_inner(c, gate, selector, cs, rip, next_rip);
  return call_same_level(c, selector, cs, rip, bytes, next_rip);
}

// What is not a code segment: `call` or jump through gates and TSSs.
Status through_system_descriptor(Cpu& c, uint16_t selector, Descriptor& d, bool call, uint64_t next_rip) {
  TaskSource const source = call ? TaskSource::Call : TaskSource::Jmp;
  if (d.s() || !gate_visible(c, selector, d)) return c.raise(kGP, selector_error(selector));
  switch (d.type()) {
    case kCallGate16:
      if (c.long_mode()) break;
      [[fallthrough]];
    case kCallGate32:
      return call ? call_through_gate(c, selector, d, next_rip) : jump_through_gate(c, selector, d);
    case kTaskGate:
      if (c.long_mode()) break;
      if (!d.present()) return c.raise(kNP, selector_error(selector));
      return jump_to_task(c, source, d.gate_selector(), next_rip);
    case kTss16:
    case kTss32:
      if (c.long_mode()) break;
      return jump_to_task(c, source, selector, next_rip);
    default: break;
  }
  return c.raise(kGP, selector_error(selector));
}

Status real_target(Cpu& c, uint64_t offset) { return offset > c.st.seg[CS].limit ? c.raise(kGP, 0) : Status::Done; }

Status enter_real_code(Cpu& c, uint16_t selector, uint64_t offset) {
  load_real_segment(c, CS, selector);
  c.st.rip = offset;
  c.update_mode();
  return Status::Branch;
}

}  // namespace

Status far_jump(Cpu& c, uint16_t selector, uint64_t offset, unsigned bytes, uint64_t next_rip) {
  offset = cut(offset, bytes);
  log_far(c, "jmp", selector, offset);
  if (!segmented(c)) {
    MULLION_TRY(real_target(c, offset));
    return enter_real_code(c, selector, offset);
  }
  if (is_null(selector)) return c.raise(kGP, 0);
  Descriptor d;
  MULLION_TRY(fetch_descriptor(c, selector, kGP, 0, d));
  if (!d.code()) return through_system_descriptor(c, selector, d, false, next_rip);
  MULLION_TRY(check_direct(c, selector, d));
  MULLION_TRY(check_target(c, d, offset, 0));
  MULLION_TRY(mark_accessed(c, d));
  return enter_code(c, d, selector, c.st.cpl, offset);
}

Status far_call(Cpu& c, uint16_t selector, uint64_t offset, unsigned bytes, uint64_t next_rip) {
  offset = cut(offset, bytes);
  log_far(c, "call", selector, offset);
  if (!segmented(c)) {
    Stack stack(c);
    MULLION_TRY(stack.room(2, bytes));
    MULLION_TRY(real_target(c, offset));
    MULLION_TRY(stack.push(bytes, c.st.seg[CS].selector));
    MULLION_TRY(stack.push(bytes, next_rip));
    c.st.gpr[RSP] = stack.sp();
    return enter_real_code(c, selector, offset);
  }
  if (is_null(selector)) return c.raise(kGP, 0);
  Descriptor d;
  MULLION_TRY(fetch_descriptor(c, selector, kGP, 0, d));
  if (!d.code()) return through_system_descriptor(c, selector, d, true, next_rip);
  MULLION_TRY(check_direct(c, selector, d));
  return call_same_level(c, selector, d, offset, bytes, next_rip);
}

Status far_return(Cpu& c, unsigned bytes, uint16_t release) {
  Stack stack(c);
  uint64_t rip = 0, cs_word = 0;
  MULLION_TRY(stack.pop(bytes, rip));
  MULLION_TRY(stack.pop(std::min(bytes, 4u), cs_word));  // of eight bytes the upper half is not touched
  if (bytes == 8) stack.skip(4);
  uint16_t const selector = uint16_t(cs_word);
  log_far(c, "ret", selector, rip);
  if (!segmented(c)) {
    MULLION_TRY(real_target(c, rip));
    stack.skip(release);
    c.st.gpr[RSP] = stack.sp();
    return enter_real_code(c, selector, rip);
  }
  Descriptor cs;
  MULLION_TRY(fetch_return_code(c, selector, cs));
  stack.skip(release);
  if (rpl(selector) == c.st.cpl) {
    MULLION_TRY(check_target(c, cs, rip, 0));
    MULLION_TRY(mark_accessed(c, cs));
    c.st.gpr[RSP] = stack.sp();
    return enter_code(c, cs, selector, c.st.cpl, rip);
  }
  ReturnStack to;
  MULLION_TRY(pop_return_stack(c, stack, bytes, cs, selector, to));
  MULLION_TRY(check_target(c, cs, rip, 0));
  MULLION_TRY(mark_accessed(c, cs));
  to.commit(c, cs, release);
  drop_inner_segments(c, rpl(selector));
  return enter_code(c, cs, selector, rpl(selector), rip);
}

}  // namespace mullion::x86
