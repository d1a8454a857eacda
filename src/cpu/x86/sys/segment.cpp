// Descriptor fetches and the checks of segment register loads.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/segment.hpp"

#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/sem/operands.hpp"

#include <algorithm>

namespace mullion::x86 {

Cpu::SegmentView segment_view(const Segment& s, bool checked) {
  constexpr Cpu::SegmentView kNothing{.base = 0, .low = 1, .read_high = 0, .write_low = 1, .write_high = 0};
  if (checked && !s.present()) return kNothing;
  Cpu::SegmentView v{.base = s.base, .low = 0, .read_high = s.limit, .write_low = 0, .write_high = s.limit};
  if (!checked) return v;
  if (s.expand_down()) {
    v.low = v.write_low = uint64_t{s.limit} + 1;
    v.read_high = v.write_high = s.db() ? 0xFFFFFFFF : 0xFFFF;
  }
  if (!s.readable()) {
    v.low = 1;
    v.read_high = 0;
  }
  if (!s.writable()) {
    v.write_low = 1;
    v.write_high = 0;
  }
  return v;
}

namespace {

constexpr uint16_t kAttributesMask = 0xF0FF;

// Linear address of a descriptor, or false: beyond the table, or no LDT.
bool locate(const Cpu& c, uint16_t selector, unsigned size, uint64_t& address) {
  bool const local = selector & 4;
  if (local && !c.st.ldtr.present()) return false;
  uint64_t const base = local ? c.st.ldtr.base : c.st.gdtr.base;
  uint32_t const limit = local ? c.st.ldtr.limit : c.st.gdtr.limit;
  uint32_t const offset = selector & 0xFFF8u;
  if (offset + size - 1 > limit) return false;
  address = base + offset;
  if (!c.long_mode()) address = uint32_t(address);
  return true;
}

// Descriptor::raw of a 16-byte descriptor's upper half: the type field must be zero (SDM vol. 3 figure 7-4).
bool upper_half_clean(const Descriptor& d) { return ((d.high >> 40) & 0x1F) == 0; }

Status load_stack_segment(Cpu& c, uint16_t selector) {
  if (is_null(selector)) {
    if (!c.code64() || c.st.cpl == 3 || rpl(selector) != c.st.cpl) return c.raise(kGP, 0);
    c.st.seg[SS] = null_segment(c, SS, selector);
    return Status::Done;
  }
  Descriptor d;
  MULLION_TRY(fetch_descriptor(c, selector, kGP, 0, d));
  if (rpl(selector) != c.st.cpl || !d.writable() || d.dpl() != c.st.cpl) return c.raise(kGP, selector_error(selector));
  if (!d.present()) return c.raise(kSS, selector_error(selector));
  MULLION_TRY(mark_accessed(c, d));
  c.st.seg[SS] = d.segment(selector);
  return Status::Done;
}

Status load_data_segment(Cpu& c, SegReg seg, uint16_t selector) {
  if (is_null(selector)) {
    c.st.seg[seg] = null_segment(c, seg, selector);
    return Status::Done;
  }
  Descriptor d;
  MULLION_TRY(fetch_descriptor(c, selector, kGP, 0, d));
  if (!d.readable()) return c.raise(kGP, selector_error(selector));
  if (!d.conforming() && std::max<unsigned>(rpl(selector), c.st.cpl) > d.dpl())
    return c.raise(kGP, selector_error(selector));
  if (!d.present()) return c.raise(kNP, selector_error(selector));
  MULLION_TRY(mark_accessed(c, d));
  c.st.seg[seg] = d.segment(selector);
  return Status::Done;
}

}  // namespace

uint64_t Descriptor::base() const {
  return ((raw >> 16) & 0xFFFFFF) | ((raw >> 32) & 0xFF000000) | (high << 32);
}

uint32_t Descriptor::limit() const {
  uint32_t const l = uint32_t(raw & 0xFFFF) | uint32_t((raw >> 32) & 0xF0000);
  return (raw >> 55) & 1 ? (l << 12) | 0xFFF : l;
}

Segment Descriptor::segment(uint16_t selector) const {
  return Segment{
      .base = base(), .limit = limit(), .selector = selector, .attributes = uint16_t((raw >> 40) & kAttributesMask)};
}

Status fetch_descriptor(Cpu& c, uint16_t selector, uint8_t vector, uint32_t ext, Descriptor& d, bool wide) {
  if (!locate(c, selector, wide ? 16 : 8, d.address)) return c.raise(vector, selector_error(selector) | ext);
  MULLION_TRY(c.load_system(d.address, d.raw));
  d.high = 0;
  return wide ? c.load_system(d.address + 8, d.high) : Status::Done;
}

Status probe_descriptor(Cpu& c, uint16_t selector, Descriptor& d, bool& found) {
  found = !is_null(selector) && locate(c, selector, 8, d.address);
  return found ? c.load_system(d.address, d.raw) : Status::Done;
}

Status mark_accessed(Cpu& c, Descriptor& d) {
  if ((d.raw >> 40) & 1) return Status::Done;
  d.raw |= uint64_t{1} << 40;
  return c.store_system(d.address + 5, uint8_t(d.raw >> 40));
}

// Intel clears the base (SDM vol. 3 §3.4.4); AMD leaves base and limit (APM vol. 2 §4.5.3).
Segment null_segment(const Cpu& c, SegReg seg, uint16_t selector) {
  Segment s{.base = 0, .limit = 0, .selector = selector, .attributes = 0};
  if (c.model.vendor() == Vendor::Amd) {
    s.base = c.st.seg[seg].base;
    s.limit = c.st.seg[seg].limit;
  }
  return s;
}

void load_real_segment(Cpu& c, SegReg seg, uint16_t selector) {
  Segment& s = c.st.seg[seg];
  s.selector = selector;
  s.base = uint32_t{selector} << 4;
  // Virtual-8086 mode has fixed attributes; real mode keeps limit and size of the last protected-mode load.
  if (c.v86()) {
    s.limit = 0xFFFF;
    s.attributes = 0xF3;
    return;
  }
  if (!s.present()) s.limit = 0xFFFF;  // was null in protected mode
  s.attributes = uint16_t((s.attributes & 0xF000) | 0x93);
}

Status load_segment(Cpu& c, SegReg seg, uint16_t selector) {
  if (c.real_mode() || c.v86()) {
    load_real_segment(c, seg, selector);
  } else {
    MULLION_TRY(seg == SS ? load_stack_segment(c, selector) : load_data_segment(c, seg, selector));
  }
  c.update_mode();
  return Status::Done;
}

Status check_stack_segment(Cpu& c, uint16_t selector, unsigned cpl, uint8_t vector, uint32_t ext, Descriptor& d) {
  if (is_null(selector)) return c.raise(vector, ext);
  MULLION_TRY(fetch_descriptor(c, selector, vector, ext, d));
  if (rpl(selector) != cpl || !d.writable() || d.dpl() != cpl) return c.raise(vector, selector_error(selector) | ext);
  if (!d.present()) return c.raise(kSS, selector_error(selector) | ext);
  return mark_accessed(c, d);
}

// SDM vol. 2 RET, IRET: data and nonconforming code of an inner level becomes null. A register that is null already
// keeps its base and only loses its RPL.
void drop_inner_segments(Cpu& c, unsigned new_cpl) {
  for (SegReg const seg : {ES, DS, FS, GS}) {
    Segment& s = c.st.seg[seg];
    if (!s.present()) s.selector = 0;
    else if (!s.conforming() && s.dpl() < new_cpl) s = null_segment(c, seg, 0);
  }
}

Status load_ldtr(Cpu& c, uint16_t selector) {
  if (is_null(selector)) {
    c.st.ldtr = Segment{.base = c.st.ldtr.base, .limit = c.st.ldtr.limit, .selector = selector, .attributes = 0};
    return Status::Done;
  }
  if (selector & 4) return c.raise(kGP, selector_error(selector));
  Descriptor d;
  MULLION_TRY(fetch_descriptor(c, selector, kGP, 0, d, c.long_mode()));
  if (d.s() || d.type() != kLdt || !upper_half_clean(d)) return c.raise(kGP, selector_error(selector));
  if (c.long_mode() && !c.canonical(d.base())) return c.raise(kGP, selector_error(selector));
  if (!d.present()) return c.raise(kNP, selector_error(selector));
  c.st.ldtr = d.segment(selector);
  return Status::Done;
}

Status load_tr(Cpu& c, uint16_t selector) {
  if (is_null(selector)) return c.raise(kGP, 0);
  if (selector & 4) return c.raise(kGP, selector_error(selector));
  Descriptor d;
  MULLION_TRY(fetch_descriptor(c, selector, kGP, 0, d, c.long_mode()));
  bool const available = d.type() == kTss32 || (d.type() == kTss16 && !c.long_mode());
  if (d.s() || !available || !upper_half_clean(d)) return c.raise(kGP, selector_error(selector));
  if (c.long_mode() && !c.canonical(d.base())) return c.raise(kGP, selector_error(selector));
  if (!d.present()) return c.raise(kNP, selector_error(selector));
  d.raw |= uint64_t{2} << 40;  // busy
  MULLION_TRY(c.store_system(d.address + 5, uint8_t(d.raw >> 40)));
  c.st.tr = d.segment(selector);
  return Status::Done;
}

}  // namespace mullion::x86
