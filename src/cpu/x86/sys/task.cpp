// Task switches and what else is read from a TSS.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/task.hpp"

#include "cpu/x86/sem/operands.hpp"
#include "cpu/x86/sys/debug.hpp"
#include "cpu/x86/sys/exceptions.hpp"

#include <algorithm>

namespace mullion::x86 {
namespace {

// Offsets of the two formats (SDM vol. 3 figures 7-2 and 7-10); registers and selectors lie in their numbers' order.
struct Layout {
  uint32_t cr3, eip, eflags, gpr, segments, ldt;
  unsigned word;      // bytes of a register
  unsigned step;      // bytes from selector to selector
  unsigned selectors; // how many
  uint32_t limit;     // least
};
constexpr Layout kTss32Layout{0x1C, 0x20, 0x24, 0x28, 0x48, 0x60, 4, 4, 6, 0x67};
constexpr Layout kTss16Layout{0, 0x0E, 0x10, 0x12, 0x22, 0x2A, 2, 2, 4, 0x2B};
constexpr uint32_t kTrapOffset = 0x64;
constexpr uint32_t kIoMapOffset = 0x66;
constexpr uint32_t kTss64StacksOffset = 4, kIstOffset = 0x24;
constexpr uint64_t kLocalBreakpoints = 0x155;  // DR7: L0-L3, LE
constexpr uint64_t kLoadableFlags = 0x3F7FD5;

const Layout& layout(unsigned type) { return type & 8 ? kTss32Layout : kTss16Layout; }

struct NewTask {
  uint64_t cr3 = 0, eip = 0, eflags = 0;
  std::array<uint64_t, 8> gpr{};
  std::array<uint16_t, 6> selector{};
  uint16_t ldt = 0;
  bool trap = false;
};

class Switch {
 public:
  Switch(Cpu& c, TaskSwitch& t) : c_(c), t_(t), to_(layout(t.tss.type())), from_(layout(c.st.tr.type())) {}

  Status run() {
    if (t_.tss.limit() < to_.limit) return c_.raise(kTS, selector_error(t_.selector) | t_.ext);
    if (c_.st.tr.limit < from_.limit) return c_.raise(kTS, selector_error(c_.st.tr.selector) | t_.ext);
    MULLION_TRY(read_new());
    MULLION_TRY(save_old());
    MULLION_TRY(update_descriptors());
    commit();
    MULLION_TRY(load_cr3());
    Status const s = load_segments();
    c_.update_mode();
    MULLION_TRY(s);
    if (c_.st.rip > c_.st.seg[CS].limit) return c_.raise(kGP, t_.ext);
    if (new_.trap) {
      c_.st.pending_debug |= DR6_BT;
      update_step(c_);
    }
    return Status::Done;
  }

 private:
  uint64_t address(uint64_t base, uint32_t offset) const { return uint32_t(base + offset); }
  Status read(uint32_t offset, unsigned bytes, uint64_t& v) {
    uint64_t const lin = address(t_.tss.base(), offset);
    uint32_t wide = 0;
    uint16_t narrow = 0;
    Status const s = bytes == 4 ? c_.load_system(lin, wide) : c_.load_system(lin, narrow);
    v = bytes == 4 ? wide : narrow;
    return s;
  }
  Status write(uint32_t offset, unsigned bytes, uint64_t v) {
    uint64_t const lin = address(c_.st.tr.base, offset);
    return bytes == 4 ? c_.store_system(lin, uint32_t(v)) : c_.store_system(lin, uint16_t(v));
  }

  Status read_new() {
    uint64_t v = 0;
    if (to_.word == 4) {
      MULLION_TRY(read(to_.cr3, 4, new_.cr3));
      MULLION_TRY(read(kTrapOffset, 2, v));
      new_.trap = v & 1;
    }
    MULLION_TRY(read(to_.eip, to_.word, new_.eip));
    MULLION_TRY(read(to_.eflags, to_.word, new_.eflags));
    for (unsigned n = 0; n < 8; ++n) MULLION_TRY(read(to_.gpr + n * to_.word, to_.word, new_.gpr[n]));
    for (unsigned n = 0; n < to_.selectors; ++n) {
      MULLION_TRY(read(to_.segments + n * to_.step, 2, v));
      new_.selector[n] = uint16_t(v);
    }
    MULLION_TRY(read(to_.ldt, 2, v));
    new_.ldt = uint16_t(v);
    return Status::Done;
  }

  Status save_old() {
    uint64_t const flags = t_.source == TaskSource::Iret ? t_.flags & ~uint64_t{NT} : t_.flags;
    MULLION_TRY(write(from_.eip, from_.word, t_.return_rip));
    MULLION_TRY(write(from_.eflags, from_.word, flags));
    for (unsigned n = 0; n < 8; ++n) MULLION_TRY(write(from_.gpr + n * from_.word, from_.word, c_.st.gpr[n]));
    for (unsigned n = 0; n < from_.selectors; ++n)
      MULLION_TRY(write(from_.segments + n * from_.step, 2, c_.st.seg[n].selector));
    return Status::Done;
  }

  Status update_descriptors() {
    bool const nested = t_.source == TaskSource::Call || t_.source == TaskSource::Gate;
    if (!nested && !is_null(c_.st.tr.selector)) {
      uint64_t const lin = uint32_t(c_.st.gdtr.base + (c_.st.tr.selector & 0xFFF8u) + 5);
      uint8_t rights = 0;
      MULLION_TRY(c_.load_system(lin, rights));
      MULLION_TRY(c_.store_system(lin, uint8_t(rights & ~2u)));
    }
    if (nested) MULLION_TRY(c_.store_system(address(t_.tss.base(), 0), c_.st.tr.selector));
    t_.tss.raw |= uint64_t{2} << 40;
    if (t_.source != TaskSource::Iret)
      MULLION_TRY(c_.store_system(uint32_t(t_.tss.address + 5), uint8_t(t_.tss.raw >> 40)));
    if (nested) new_.eflags |= NT;
    return Status::Done;
  }

  // From here on faults belong to the new task.
  void commit() {
    ArchState& st = c_.st;
    t_.committed = true;
    st.tr = t_.tss.segment(t_.selector);
    st.cr0 |= CR0_TS;
    st.dr[7] &= ~kLocalBreakpoints;
    for (unsigned n = 0; n < 8; ++n) st.gpr[n] = new_.gpr[n];
    st.rip = new_.eip;
    st.flags.set_rflags(new_.eflags & kLoadableFlags);
    st.ldtr = Segment{.base = 0, .limit = 0, .selector = new_.ldt, .attributes = 0};
    for (unsigned n = 0; n < 6; ++n)
      st.seg[n] = Segment{.base = 0, .limit = 0, .selector = new_.selector[n], .attributes = 0};
    st.cpl = uint8_t(c_.v86() ? 3 : rpl(new_.selector[CS]));
    st.interrupt_shadow = st.mov_ss_shadow = false;
    c_.update_mode();
  }

  Status load_cr3() {
    if (!c_.paging() || to_.word != 4) return Status::Done;
    c_.st.cr3 = new_.cr3;
    bool const good = !(c_.st.cr4 & CR4_PAE) || c_.load_pdptes(new_.cr3);
    c_.flush_tlb(false);
    return good ? Status::Done : c_.raise(kGP, t_.ext);
  }

  Status load_segments() {
    MULLION_TRY(load_ldt());
    if (c_.v86()) {
      for (unsigned n = 0; n < 6; ++n) load_real_segment(c_, SegReg(n), new_.selector[n]);
      return Status::Done;
    }
    MULLION_TRY(load_code());
    Descriptor ss;
    MULLION_TRY(check_stack_segment(c_, new_.selector[SS], c_.st.cpl, kTS, t_.ext, ss));
    c_.st.seg[SS] = ss.segment(new_.selector[SS]);
    for (SegReg const seg : {DS, ES, FS, GS}) MULLION_TRY(load_data(seg));
    return Status::Done;
  }

  Status bad(uint8_t vector, uint16_t selector) { return c_.raise(vector, selector_error(selector) | t_.ext); }

  Status load_ldt() {
    if (is_null(new_.ldt)) return Status::Done;
    if (new_.ldt & 4) return bad(kTS, new_.ldt);
    Descriptor d;
    MULLION_TRY(fetch_descriptor(c_, new_.ldt, kTS, t_.ext, d));
    if (d.s() || d.type() != kLdt || !d.present()) return bad(kTS, new_.ldt);
    c_.st.ldtr = d.segment(new_.ldt);
    return Status::Done;
  }

  Status load_code() {
    uint16_t const selector = new_.selector[CS];
    if (is_null(selector)) return bad(kTS, selector);
    Descriptor d;
    MULLION_TRY(fetch_descriptor(c_, selector, kTS, t_.ext, d));
    bool const allowed = d.conforming() ? d.dpl() <= rpl(selector) : d.dpl() == rpl(selector);
    if (!d.code() || !allowed) return bad(kTS, selector);
    if (!d.present()) return bad(kNP, selector);
    MULLION_TRY(mark_accessed(c_, d));
    c_.st.seg[CS] = d.segment(selector);
    return Status::Done;
  }

  Status load_data(SegReg seg) {
    uint16_t const selector = new_.selector[seg];
    if (is_null(selector)) return Status::Done;
    Descriptor d;
    MULLION_TRY(fetch_descriptor(c_, selector, kTS, t_.ext, d));
    if (!d.readable()) return bad(kTS, selector);
    if (!d.conforming() && std::max<unsigned>(rpl(selector), c_.st.cpl) > d.dpl()) return bad(kTS, selector);
    if (!d.present()) return bad(kNP, selector);
    MULLION_TRY(mark_accessed(c_, d));
    c_.st.seg[seg] = d.segment(selector);
    return Status::Done;
  }

  Cpu& c_;
  TaskSwitch& t_;
  Layout const& to_;
  Layout const& from_;
  NewTask new_;
};

Status tss_too_small(Cpu& c, uint32_t ext) { return c.raise(kTS, selector_error(c.st.tr.selector) | ext); }

}  // namespace

Status switch_task(Cpu& c, TaskSwitch& t) { return Switch(c, t).run(); }

Status switch_task_by_instruction(Cpu& c, TaskSwitch t) {
  Status s = switch_task(c, t);
  if (t.committed && s == Status::Fault) s = deliver(c, c.fault);
  return s == Status::Done ? Status::Branch : s;
}

Status inner_stack(Cpu& c, unsigned cpl, uint32_t ext, uint16_t& ss, uint64_t& sp) {
  Segment const& tr = c.st.tr;
  if (c.long_mode()) {
    uint32_t const offset = kTss64StacksOffset + cpl * 8;
    ss = uint16_t(cpl);
    if (offset + 7 > tr.limit) return tss_too_small(c, ext);
    return c.load_system(tr.base + offset, sp);
  }
  bool const wide = tr.type() & 8;
  uint32_t const offset = wide ? 4 + cpl * 8 : 2 + cpl * 4;
  if (offset + (wide ? 5 : 3) > tr.limit) return tss_too_small(c, ext);
  uint32_t esp = 0;
  uint16_t narrow = 0;
  if (wide) {
    MULLION_TRY(c.load_system(uint32_t(tr.base + offset), esp));
  } else {
    MULLION_TRY(c.load_system(uint32_t(tr.base + offset), narrow));
    esp = narrow;
  }
  sp = esp;
  return c.load_system(uint32_t(tr.base + offset + (wide ? 4 : 2)), ss);
}

Status ist_stack(Cpu& c, unsigned n, uint32_t ext, uint64_t& sp) {
  uint32_t const offset = kIstOffset + (n - 1) * 8;
  if (offset + 7 > c.st.tr.limit) return tss_too_small(c, ext);
  return c.load_system(c.st.tr.base + offset, sp);
}

Status check_io(Cpu& c, uint16_t port, unsigned size) {
  if (!c.protected_mode() || (!c.v86() && c.st.cpl <= c.st.flags.iopl())) return Status::Done;
  Segment const& tr = c.st.tr;
  if (!tr.present() || !(tr.type() & 8) || tr.limit < kIoMapOffset + 1) return c.raise(kGP, 0);
  uint64_t const mask = c.long_mode() ? ~uint64_t{0} : 0xFFFFFFFF;
  uint16_t map = 0;
  MULLION_TRY(c.load_system((tr.base + kIoMapOffset) & mask, map));
  // The processor always reads two bytes (SDM vol. 1 §19.5.2).
  uint32_t const offset = uint32_t{map} + port / 8u;
  if (offset + 1 > tr.limit) return c.raise(kGP, 0);
  uint16_t bits = 0;
  MULLION_TRY(c.load_system((tr.base + offset) & mask, bits));
  uint32_t const wanted = ((1u << size) - 1) << (port & 7);
  return bits & wanted ? c.raise(kGP, 0) : Status::Done;
}

}  // namespace mullion::x86
