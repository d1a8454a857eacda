// Code segments that are entered and stacks that are returned to.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/target.hpp"

#include "cpu/x86/sem/operands.hpp"

namespace mullion::x86 {

Status check_target(Cpu& c, const Descriptor& cs, uint64_t& rip, uint32_t error) {
  if (c.long_mode() && cs.l()) return c.canonical(rip) ? Status::Done : c.raise(kGP, error);
  rip = uint32_t(rip);
  return rip > cs.limit() ? c.raise(kGP, error) : Status::Done;
}

Status enter_code(Cpu& c, const Descriptor& cs, uint16_t selector, unsigned cpl, uint64_t rip) {
  c.st.seg[CS] = cs.segment(uint16_t((selector & ~3u) | cpl));
  c.st.cpl = uint8_t(cpl);
  c.st.rip = rip;
  c.update_mode();
  return Status::Branch;
}

Status fetch_return_code(Cpu& c, uint16_t selector, Descriptor& cs) {
  if (is_null(selector)) return c.raise(kGP, 0);
  MULLION_TRY(fetch_descriptor(c, selector, kGP, 0, cs));
  bool const level = cs.conforming() ? cs.dpl() <= rpl(selector) : cs.dpl() == rpl(selector);
  if (!cs.code() || rpl(selector) < c.st.cpl || !level) return c.raise(kGP, selector_error(selector));
  if (c.long_mode() && cs.l() && cs.db()) return c.raise(kGP, selector_error(selector));
  return cs.present() ? Status::Done : c.raise(kNP, selector_error(selector));
}

Status pop_return_stack(Cpu& c, Stack& stack, unsigned bytes, const Descriptor& cs, uint16_t cs_selector,
                        ReturnStack& to) {
  uint64_t ss_word = 0;
  MULLION_TRY(stack.pop(bytes, to.sp));
  MULLION_TRY(stack.pop(bytes, ss_word));
  uint16_t const ss = uint16_t(ss_word);
  if (is_null(ss)) {
    // Only 64-bit code of levels 0-2 may have a null SS, and its RPL must be the level.
    if (!(c.long_mode() && cs.l()) || rpl(cs_selector) == 3 || rpl(ss) != rpl(cs_selector)) return c.raise(kGP, 0);
    to.ss = Segment{.base = 0, .limit = 0, .selector = ss, .attributes = 0};
    return Status::Done;
  }
  Descriptor d;
  MULLION_TRY(check_stack_segment(c, ss, rpl(cs_selector), kGP, 0, d));
  to.ss = d.segment(ss);
  return Status::Done;
}

void ReturnStack::commit(Cpu& c, const Descriptor& cs, uint16_t release) const {
  c.st.seg[SS] = ss;
  uint64_t& rsp = c.st.gpr[RSP];
  if (c.long_mode() && cs.l()) rsp = sp + release;
  else if (ss.db()) rsp = uint32_t(sp + release);
  else rsp = (rsp & ~uint64_t{0xFFFF}) | uint16_t(sp + release);
}

}  // namespace mullion::x86
