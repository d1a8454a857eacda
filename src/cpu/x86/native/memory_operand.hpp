// Memory operands of native instructions: guest RAM in place where one page holds all of it, else a copy.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpu.hpp"
#include "cpu/x86/native/plan.hpp"
#include "cpu/x86/sem/operands.hpp"

namespace mullion::x86::native {

struct alignas(64) Scratch {
  uint8_t bytes[64];
};

// Linear address with the checks that come before translation.
[[nodiscard]] inline Status address(Cpu& c, const Insn& i, const Plan& p, bool write, uint64_t& lin) {
  Status const s = c.linear(i.seg, c.effective(i), p.mem_size, write, lin);
  if (s != Status::Done) [[unlikely]] {
    // A misaligned operand is found out before the segment's limit.
    bool const aligned = ((c.view_of[i.seg].base + c.effective(i)) & p.align_mask) == 0;
    return aligned ? s : c.raise(kGP, 0);
  }
  if ((lin & p.align_mask) != 0) [[unlikely]] return c.raise(kGP, 0);
  return Status::Done;
}

// Ten bytes are read as eight and two; what may lie anywhere, byte by byte.
[[nodiscard]] Status source_in_parts(Cpu& c, const Insn& i, const Plan& p, uint64_t lin, uint8_t* out);

// `out` points to the operand: guest memory, or `scratch` with a copy of it.
[[nodiscard]] inline Status source(Cpu& c, const Insn& i, const Plan& p, Scratch& scratch, const uint8_t*& out) {
  uint64_t lin = 0;
  Status const s = address(c, i, p, false, lin);
  out = scratch.bytes;
  if (s != Status::Done) [[unlikely]] return p.mem_size == 10 ? source_in_parts(c, i, p, lin, scratch.bytes) : s;
  TlbEntry const& e = c.view->at(lin);
  uint64_t const offset = lin + e.neg_r;
  if (offset <= uint64_t{4096} - p.mem_size) [[likely]] {
    out = e.page + offset;
    return Status::Done;
  }
  if ((p.any_alignment && c.current_view == Cpu::kViewChecked) || p.mem_size == 10) [[unlikely]] return source_in_parts(c, i, p, lin, scratch.bytes);
  return c.load_slow(lin, scratch.bytes, p.mem_size, i.seg, false);
}

// Guest memory that may be written in place, or null: then the store goes through Cpu::store_slow.
inline uint8_t* writable(Cpu& c, uint64_t lin, unsigned size) {
  TlbEntry const& e = c.view->at(lin);
  uint64_t const offset = lin + e.neg_w;
  return offset <= uint64_t{4096} - size ? e.page + offset : nullptr;
}

// Masked operands (Plan::masked): elements that no selected lane needs are not accessed and cannot fault.
[[nodiscard]] Status masked_source(Cpu& c, const Insn& i, const Plan& p, Scratch& scratch, const uint8_t*& out);
// `value` holds what the stub stored; only selected elements go to memory.
[[nodiscard]] Status masked_store(Cpu& c, const Insn& i, const Plan& p, const uint8_t* value);

}  // namespace mullion::x86::native
