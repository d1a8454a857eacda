// EVEX masked memory operands: faults of elements that no selected lane needs are suppressed (SDM vol. 1 §15.6.4).
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/native/memory_operand.hpp"

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

uint64_t element_address(const Cpu& c, const Insn& i, const Plan& p, unsigned n) {
  return (c.effective(i) + n * p.element) & Cpu::kAddressMask[i.addrsize];
}

}  // namespace

Status masked_source(Cpu& c, const Insn& i, const Plan& p, Scratch& scratch, const uint8_t*& out) {
  uint64_t lin = 0;
  uint64_t const ea = c.effective(i);
  if (c.linear(i.seg, ea, p.mem_size, false, lin) == Status::Done) {
    if ((lin & p.align_mask) != 0 && needed_elements(c, i, p) != 0) return c.raise(kGP, 0);
    TlbEntry const& e = c.view->at(lin);
    uint64_t const offset = lin + e.neg_r;
    if (offset <= uint64_t{4096} - p.mem_size) {
      out = e.page + offset;
      return Status::Done;
    }
  }
  std::memset(scratch.bytes, 0, sizeof(scratch.bytes));
  out = scratch.bytes;
  for (uint64_t left = needed_elements(c, i, p); left != 0; left &= left - 1) {
    unsigned const n = unsigned(std::countr_zero(left));
    MULLION_TRY(c.load_bytes(i.seg, element_address(c, i, p, n), scratch.bytes + n * p.element, p.element));
  }
  return Status::Done;
}

Status masked_store(Cpu& c, const Insn& i, const Plan& p, const uint8_t* value) {
  uint64_t lin = 0;
  uint64_t const needed = needed_elements(c, i, p);
  if (p.align_mask != 0 && needed != 0 && c.linear(i.seg, c.effective(i), p.mem_size, true, lin) == Status::Done &&
      (lin & p.align_mask) != 0) {
    return c.raise(kGP, 0);
  }
  for (uint64_t left = needed; left != 0; left &= left - 1) {
    MULLION_TRY(c.probe_write(i.seg, element_address(c, i, p, unsigned(std::countr_zero(left))), p.element));
  }
  for (uint64_t left = needed; left != 0; left &= left - 1) {
    unsigned const n = unsigned(std::countr_zero(left));
    MULLION_TRY(c.store_bytes(i.seg, element_address(c, i, p, n), value + n * p.element, p.element));
  }
  return Status::Done;
}

}  // namespace mullion::x86::native
