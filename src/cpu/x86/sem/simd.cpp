// Vector instructions that touch memory element by element: gathers, scatters, byte-masked moves.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/native/x87_state.hpp"
#include "cpu/x86/sem/operands.hpp"

#include <bit>
#include <cstring>

namespace mullion::x86::sem {
namespace {

// How the elements of a gather or scatter lie: by the low bits of the opcode and W.
struct Elements {
  unsigned index_size, data_size, count;
};

Elements elements_of(const Insn& i) {
  unsigned const index = (i.opcode & 1) ? 8 : 4;
  unsigned const data = (i.evex & kVexW) ? 8 : 4;
  unsigned const vector = 16u << i.vl;
  return {index, data, vector / (index > data ? index : data)};
}

uint64_t element_address(const Cpu& c, const Insn& i, const Elements& e, const Vec& indices, unsigned n) {
  uint64_t index;
  if (e.index_size == 8) {
    std::memcpy(&index, indices.bytes.data() + 8 * n, 8);
  } else {
    int32_t narrow;
    std::memcpy(&narrow, indices.bytes.data() + 4 * n, 4);
    index = uint64_t(int64_t(narrow));
  }
  return (c.st.gpr[i.base] + (index << i.scale) + uint64_t(i.disp)) & Cpu::kAddressMask[i.addrsize];
}

bool sign_of(const Vec& v, unsigned element_size, unsigned n) { return v.bytes[(n + 1) * element_size - 1] >> 7; }

void clear_above(Vec& v, unsigned bytes) { std::memset(v.bytes.data() + bytes, 0, sizeof(v.bytes) - bytes); }

// Elements are not checked for alignment: byte by byte where the view checks it.
Status load_element(Cpu& c, const Insn& i, uint64_t ea, void* out, unsigned size) {
  if (c.current_view != Cpu::kViewChecked) return c.load_bytes(i.seg, ea, out, size);
  auto* const bytes = static_cast<uint8_t*>(out);
  for (unsigned n = 0; n < size; ++n) MULLION_TRY(c.load<uint8_t>(i.seg, ea + n, bytes[n]));
  return Status::Done;
}

Status store_element(Cpu& c, const Insn& i, uint64_t ea, const uint8_t* in, unsigned size) {
  if (c.current_view != Cpu::kViewChecked) return c.store_bytes(i.seg, ea, in, size);
  MULLION_TRY(c.probe_write(i.seg, ea + size - 1, 1));
  for (unsigned n = 0; n < size; ++n) MULLION_TRY(c.store<uint8_t>(i.seg, ea + n, in[n]));
  return Status::Done;
}

// The mask of AVX2 gathers is a vector: the sign bits of its elements.
Status gather_vex(Cpu& c, const Insn& i, const Elements& e) {
  Vec& dest = c.st.zmm[i.reg];
  Vec& mask = c.st.zmm[i.vvvv];
  Vec const indices = c.st.zmm[i.index];
  unsigned const bytes = e.count * e.data_size, vector = 16u << i.vl;
  // First every element of the mask becomes its sign, which a fault leaves visible, also where there is no index.
  for (unsigned n = 0; n < vector / e.data_size; ++n) {
    std::memset(mask.bytes.data() + n * e.data_size, sign_of(mask, e.data_size, n) ? 0xFF : 0, e.data_size);
  }
  clear_above(mask, vector);
  for (unsigned n = 0; n < e.count; ++n) {
    if (sign_of(mask, e.data_size, n)) {
      uint64_t value = 0;
      MULLION_TRY(load_element(c, i, element_address(c, i, e, indices, n), &value, e.data_size));
      clear_above(dest, vector);  // seen when a later element faults
      std::memcpy(dest.bytes.data() + n * e.data_size, &value, e.data_size);
    }
    // Elements that are done are not loaded again when a later one faults.
    std::memset(mask.bytes.data() + n * e.data_size, 0, e.data_size);
  }
  clear_above(mask, 0);
  clear_above(dest, bytes);
  return Status::Done;
}

Status gather_evex(Cpu& c, const Insn& i, const Elements& e) {
  Vec& dest = c.st.zmm[i.reg];
  uint64_t& mask = c.st.k[i.evex & kEvexMask];
  Vec const indices = c.st.zmm[i.index];
  for (unsigned n = 0; n < e.count; ++n) {
    if (!((mask >> n) & 1)) continue;
    uint64_t value = 0;
    MULLION_TRY(load_element(c, i, element_address(c, i, e, indices, n), &value, e.data_size));
    clear_above(dest, 16u << i.vl);  // seen when a later element faults
    std::memcpy(dest.bytes.data() + n * e.data_size, &value, e.data_size);
    mask &= ~(uint64_t{1} << n);
  }
  mask = 0;
  clear_above(dest, e.count * e.data_size);
  return Status::Done;
}

// Stores the bytes of `value` whose bit is set in `selected` at DS:rDI, or another segment by prefix. All of it must
// be writable, whatever is selected; the processor asks in pieces of eight bytes, the upper one first.
Status store_selected(Cpu& c, const Insn& i, const uint8_t* value, unsigned size, unsigned selected) {
  uint64_t const rdi = c.st.gpr[RDI];
  auto const address = [&](unsigned n) { return (rdi + n) & Cpu::kAddressMask[i.addrsize]; };
  for (unsigned n = size; n != 0; n -= 8) MULLION_TRY(c.probe_write(i.seg, address(n - 8), 8));
  for (unsigned left = selected; left != 0; left &= left - 1) {
    unsigned const n = unsigned(std::countr_zero(left));
    MULLION_TRY(c.store<uint8_t>(i.seg, address(n), value[n]));
  }
  return Status::Done;
}

unsigned byte_signs(const uint8_t* mask, unsigned count) {
  unsigned selected = 0;
  for (unsigned n = 0; n < count; ++n) selected |= unsigned(mask[n] >> 7) << n;
  return selected;
}

}  // namespace

// VGATHERDPS xmm1, vm32x, xmm2 | VPGATHERDD zmm1 {k1}, vm32z and their like
Status gather(Cpu& c, const Insn& i) {
  Elements const e = elements_of(i);
  return (i.evex & kEvexPresent) ? gather_evex(c, i, e) : gather_vex(c, i, e);
}

// VSCATTERDPS vm32x {k1}, xmm1 and its like
Status scatter(Cpu& c, const Insn& i) {
  Elements const e = elements_of(i);
  uint64_t& mask = c.st.k[i.evex & kEvexMask];
  for (unsigned n = 0; n < e.count; ++n) {
    if (!((mask >> n) & 1)) continue;
    uint64_t const ea = element_address(c, i, e, c.st.zmm[i.index], n);
    MULLION_TRY(store_element(c, i, ea, c.st.zmm[i.reg].bytes.data() + n * e.data_size, e.data_size));
    mask &= ~(uint64_t{1} << n);
  }
  mask = 0;
  return Status::Done;
}

// MASKMOVDQU xmm1, xmm2
Status maskmovdqu(Cpu& c, const Insn& i) {
  return store_selected(c, i, c.st.zmm[i.reg].bytes.data(), 16, byte_signs(c.st.zmm[i.rm].bytes.data(), 16));
}

// MASKMOVQ mm1, mm2
Status maskmovq(Cpu& c, const Insn& i) {
  MULLION_TRY(native::x87_wait(c));
  native::x87_enter_mmx(c.st.x87);  // stays when the store faults
  uint64_t const value = c.st.x87.st[i.reg & 7].mantissa, mask = c.st.x87.st[i.rm & 7].mantissa;
  uint8_t bytes[8], signs[8];
  std::memcpy(bytes, &value, 8);
  std::memcpy(signs, &mask, 8);
  return store_selected(c, i, bytes, 8, byte_signs(signs, 8));
}

}  // namespace mullion::x86::sem

#include "cpu/x86/isa/sem_simd.inc"
