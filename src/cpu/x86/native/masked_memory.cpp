// EVEX masked memory operands: faults of elements that no selected lane needs are suppressed (SDM vol. 1 §15.6.4).
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/native/memory_operand.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace mullion::x86::native {
namespace {

// Bit n: element n of memory is needed.
uint64_t needed_elements(const Cpu& c, const Insn& i, const Plan& p) {
  if (p.masked == MaskedMemory::Signs) {
    uint64_t signs = 0;
    uint8_t const* const mask = c.st.zmm[i.vvvv].bytes.data();
    for (unsigned n = 0; n < p.lanes; ++n) signs |= uint64_t(mask[(n + 1) * p.element - 1] >> 7) << n;
    return signs;
  }
  uint64_t const lanes = p.lanes >= 64 ? ~uint64_t{0} : (uint64_t{1} << p.lanes) - 1;
  uint64_t selected = c.st.k[i.evex & kEvexMask] & lanes;
  if (p.masked == MaskedMemory::Packed) {
    unsigned const count = unsigned(std::popcount(selected));
    return count >= 64 ? ~uint64_t{0} : (uint64_t{1} << count) - 1;
  }
  unsigned const elements = p.mem_size / p.element;
  if (elements >= p.lanes) return selected;
  uint64_t needed = 0;
  for (; selected != 0; selected >>= elements) needed |= selected & ((uint64_t{1} << elements) - 1);
  return needed;
}

// Not cut to the address size again: what lies beyond 64 KiB, or 4 GiB in 64-bit code, is beyond.
uint64_t beyond(const Cpu& c, uint64_t ea) { return ea & (c.code64() ? ~uint64_t{0} : 0xFFFFFFFF); }

uint64_t element_address(const Cpu& c, const Insn& i, const Plan& p, unsigned n) {
  return beyond(c, c.effective(i) + n * p.element);
}

// Segment limits are checked for each element, but canonical form once, up to the last element that is needed, and
// alignment before that.
Status masked_address(Cpu& c, const Insn& i, const Plan& p, uint64_t needed, uint64_t& lin) {
  lin = (c.view_of[i.seg].base + c.effective(i)) & c.linear_mask;
  if ((lin & p.align_mask) != 0) return c.raise(kGP, 0);
  unsigned const last = (63 - unsigned(std::countl_zero(needed))) * p.element;
  bool const canonical = c.canonical(lin) && c.canonical(lin + last + p.element - 1);
  if (c.long_mode() && !canonical) return c.raise(i.seg == SS ? kSS : kGP, 0);
  return Status::Done;
}

// All of them are checked before the first one is touched.
Status masked_limits(Cpu& c, const Insn& i, const Plan& p, uint64_t needed, bool write) {
  uint64_t lin;
  for (uint64_t left = needed; left != 0; left &= left - 1) {
    MULLION_TRY(c.linear(i.seg, element_address(c, i, p, unsigned(std::countr_zero(left))), p.element, write, lin));
  }
  return Status::Done;
}

// Whether all of it passes the checks of the segment, so that guest memory may be used in place.
bool within_segment(Cpu& c, const Insn& i, const Plan& p) {
  uint64_t lin;
  return c.linear(i.seg, c.effective(i), p.mem_size, false, lin) == Status::Done;
}

// One of several elements is not checked for alignment: byte by byte where the view checks it.
Status load_element(Cpu& c, const Insn& i, const Plan& p, uint64_t ea, uint8_t* out) {
  unsigned const size = p.element;
  if (c.current_view != Cpu::kViewChecked || size == p.mem_size) return c.load_bytes(i.seg, ea, out, size);
  for (unsigned n = 0; n < size; ++n) {
    MULLION_TRY(c.load<uint8_t>(i.seg, beyond(c, ea + n), out[n]));
  }
  return Status::Done;
}

Status store_element(Cpu& c, const Insn& i, const Plan& p, uint64_t ea, const uint8_t* in) {
  unsigned const size = p.element;
  if (c.current_view != Cpu::kViewChecked || size == p.mem_size) return c.store_bytes(i.seg, ea, in, size);
  for (unsigned n = 0; n < size; ++n) {
    MULLION_TRY(c.store<uint8_t>(i.seg, beyond(c, ea + n), in[n]));
  }
  return Status::Done;
}

Status probe_element(Cpu& c, const Insn& i, const Plan& p, uint64_t ea, unsigned size) {
  if (c.current_view != Cpu::kViewChecked || (size == p.element && size == p.mem_size)) return c.probe_write(i.seg, ea, size);
  MULLION_TRY(c.probe_write(i.seg, ea, 1));
  return c.probe_write(i.seg, beyond(c, ea + size - 1), 1);
}

}  // namespace

Status source_in_parts(Cpu& c, const Insn& i, const Plan& p, uint64_t lin, uint8_t* out) {
  if (p.mem_size == 10) {  // each part is checked on its own, and the second may lie beyond the end of offsets
    MULLION_TRY(c.load_bytes(i.seg, c.effective(i), out, 8));
    return c.load_bytes(i.seg, (c.effective(i) + 8) & Cpu::kAddressMask[i.addrsize], out + 8, 2);
  }
  if (c.long_mode() && !(c.canonical(lin) && c.canonical(lin + p.mem_size - 1))) return c.raise(i.seg == SS ? kSS : kGP, 0);
  for (unsigned n = 0; n < p.mem_size; ++n) {
    MULLION_TRY(c.load_slow((lin + n) & c.linear_mask, out + n, 1, i.seg, false));
  }
  return Status::Done;
}

Status masked_source(Cpu& c, const Insn& i, const Plan& p, Scratch& scratch, const uint8_t*& out) {
  uint64_t lin = 0;
  uint64_t const needed = needed_elements(c, i, p);
  if (needed != 0) {
    MULLION_TRY(masked_address(c, i, p, needed, lin));
    if (c.current_view == Cpu::kViewChecked && !p.any_alignment && p.mem_size <= 8 && (lin & (p.mem_size - 1u)) != 0) {
      MULLION_TRY(masked_limits(c, i, p, needed, false));
      return c.raise(kAC, 0);  // checked as one access; wider ones are not
    }
    TlbEntry const& e = c.view->at(lin);
    uint64_t const offset = lin + e.neg_r;
    if (offset <= uint64_t{4096} - p.mem_size && within_segment(c, i, p)) {
      out = e.page + offset;
      return Status::Done;
    }
  }
  MULLION_TRY(masked_limits(c, i, p, needed, false));
  std::memset(scratch.bytes, 0, sizeof(scratch.bytes));
  out = scratch.bytes;
  for (uint64_t left = needed; left != 0; left &= left - 1) {
    unsigned const n = unsigned(std::countr_zero(left));
    MULLION_TRY(load_element(c, i, p, element_address(c, i, p, n), scratch.bytes + n * p.element));
  }
  return Status::Done;
}

Status masked_store(Cpu& c, const Insn& i, const Plan& p, const uint8_t* value) {
  uint64_t lin = 0;
  uint64_t const needed = needed_elements(c, i, p);
  if (p.masked == MaskedMemory::WholeStore) MULLION_TRY(masked_address(c, i, p, ~uint64_t{0} >> (64 - p.lanes), lin));
  if (p.masked == MaskedMemory::WholeStore) MULLION_TRY(probe_element(c, i, p, c.effective(i), p.mem_size));
  if (needed == 0) return Status::Done;
  MULLION_TRY(masked_address(c, i, p, needed, lin));
  MULLION_TRY(masked_limits(c, i, p, needed, true));
  bool const checked = c.current_view == Cpu::kViewChecked && p.mem_size <= 8 && !p.any_alignment;
  if (checked && (lin & (p.mem_size - 1u)) != 0) return c.raise(kAC, 0);
  for (uint64_t left = needed; left != 0; left &= left - 1) {
    MULLION_TRY(probe_element(c, i, p, element_address(c, i, p, unsigned(std::countr_zero(left))), p.element));
  }
  for (uint64_t left = needed; left != 0; left &= left - 1) {
    unsigned const n = unsigned(std::countr_zero(left));
    MULLION_TRY(store_element(c, i, p, element_address(c, i, p, n), value + n * p.element));
  }
  return Status::Done;
}

}  // namespace mullion::x86::native
