// Makes plans, and runs instructions whose plan is not kept because a guest used too many different ones.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/native/overflow.hpp"

#include "cpu/x86/native/code_memory.hpp"
#include "cpu/x86/native/emitter.hpp"

#include <cstddef>
#include <cstring>
#include <memory>

namespace mullion::x86::native {
namespace {

uint16_t offset_in_state(const void* member, const ArchState& state) {
  return uint16_t(reinterpret_cast<uintptr_t>(member) - reinterpret_cast<uintptr_t>(&state));
}

// Where register files lie in ArchState.
struct Layout {
  Layout() {
    ArchState const s;
    zmm = offset_in_state(&s.zmm, s);
    gpr = offset_in_state(&s.gpr, s);
    k = offset_in_state(&s.k, s);
  }
  uint16_t zmm, gpr, k;
};

const Layout& layout() {
  static const Layout instance;
  return instance;
}

Slot slot_for(Kind kind, uint8_t field, bool code64) {
  switch (kind) {
    case Kind::Vector: return {.base = layout().zmm, .field = field, .mask = uint8_t(code64 ? 31 : 7), .shift = 6};
    case Kind::Gpr: return {.base = layout().gpr, .field = field, .mask = 15, .shift = 3};
    case Kind::Mask: return {.base = layout().k, .field = field, .mask = 7, .shift = 3};
    default: return {};
  }
}

uint8_t state_bytes(Kind kind) { return kind == Kind::Vector ? 64 : kind == Kind::None ? 0 : 8; }

size_t legacy_prefixes(const uint8_t* bytes, size_t length) {
  constexpr std::string_view kPrefixes = "\x66\x67\xF0\xF2\xF3\x2E\x36\x3E\x26\x64\x65";
  size_t n = 0;
  while (n + 4 < length && kPrefixes.find(char(bytes[n])) != kPrefixes.npos) ++n;
  return n;
}

}  // namespace

uint8_t rounding_bits(const Insn& i, const uint8_t* bytes) {
  if (!(i.evex & kEvexPresent) || !(i.evex & kEvexB) || i.mem()) return 0;
  return (bytes[legacy_prefixes(bytes, i.length) + 3] >> 5) & 3;
}

bool make_plan(const Insn& i, const uint8_t* bytes, Plan& p, Emitter& code) {
  isa::Form const& form = isa::form(i.form);
  if (prepare_x87(i, form, p, code)) return true;
  Shape const shape = shape_of(form);
  bool const code64 = i.code == CodeSize::k64;
  p.reg = shape.reg;
  p.rm = shape.rm;
  p.slot[kSlotReg] = slot_for(shape.reg, offsetof(Insn, reg), code64);
  p.slot[kSlotVvvv] = slot_for(shape.vvvv, offsetof(Insn, vvvv), code64);
  p.slot[kSlotRm] = slot_for(shape.rm, offsetof(Insn, rm), code64);
  if (i.evex & kEvexMask) {
    p.slot[kSlotExtra] = {.base = layout().k, .field = offsetof(Insn, evex), .mask = kEvexMask, .shift = 3};
  } else if (shape.is4) {
    // The register number is in bits 4-7 of the immediate.
    p.slot[kSlotExtra] = {.base = layout().zmm, .field = offsetof(Insn, imm), .mask = uint8_t(code64 ? 0xF0 : 0x70), .shift = 2};
  } else if (is_compare_string(form.mnemonic)) {
    p.slot[kSlotVvvv] = {.base = layout().zmm};
    p.slot[kSlotExtra] = {.base = layout().gpr};
  } else if (shape.implicit_xmm0) {
    p.slot[kSlotExtra] = {.base = layout().zmm};
  }
  if (i.mem()) {
    bool const vex = (i.evex & (kVexPresent | kEvexPresent)) != 0;
    bool const wide = code64 && (vex ? (i.evex & kVexW) != 0 : i.opsize == 3);
    // A general register or memory of the same width: 32 bits, or 64 with W, whatever 66 says.
    unsigned const size = form.mem_size == isa::MemSize::OpSize ? (wide ? 8 : 4) : isa::memory_bytes(i);
    if (size == 0 || size > 64) return false;
    p.mem_size = uint8_t(size);
    if (form.is(isa::kAlign)) p.align_mask = uint8_t(size - 1);
  }
  p.writes_flags = form.flags_written != 0;
  p.dest = p.writes_flags ? uint8_t{kNoSlot} : shape.dest;
  Kind const dest_kind = p.dest == kSlotReg ? shape.reg : p.dest == kSlotVvvv ? shape.vvvv : shape.rm;
  p.dest_size = p.dest == kNoSlot ? 0 : p.dest == kSlotRm && i.mem() ? 64 : state_bytes(dest_kind);
  p.uses_mmx = shape.reg == Kind::Mmx || (shape.rm == Kind::Mmx && !i.mem());
  p.uses_mxcsr = uses_mxcsr(form);
  p.half_results = has_half_results(form.mnemonic);
  p.any_alignment = form.mnemonic == "VCVTPH2PS" || form.mnemonic == "VCVTPS2PH";  // as Intel's processors have it
  arrange_mask(i, form, p);
  if (p.run = choose_move_run(i, form, p); p.run != nullptr) return true;
  p.run = choose_vector_run(i, form, p);
  return emit_stub(code, i, form, shape, bytes);
}

// Reads the instruction again: its block was checked against memory, so the bytes are those that were decoded.
Status run_overflow(Cpu& c, const Insn& i, const Plan&) {
  struct Private {
    CodeMemory memory = map_code_memory(4096);
  };
  thread_local Private slot;
  uint8_t bytes[16] = {};
  uint64_t const start = (c.view_of[CS].base + c.this_rip(i)) & c.linear_mask;
  for (unsigned n = 0; n < i.length; ++n) {
    Cpu::Translation t;
    uint64_t const lin = (start + n) & c.linear_mask;
    if (Status const s = c.translate(lin, Cpu::Access::Fetch, false, t); s != Status::Done) return s;
    if (!t.page.readable()) return c.raise(kUD);
    bytes[n] = t.page.host[t.gpa & 0xFFF];
  }
  Plan plan;
  Emitter code;
  if (slot.memory.write == nullptr || !make_plan(i, bytes, plan, code)) return c.raise(kUD);
  std::memcpy(slot.memory.write, code.data(), code.size());
  // Code that was changed through another mapping runs after a serialising instruction (SDM vol. 3 §8.1.3).
  uint32_t a = 0, b, d, e = 0;
  __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(e), "=d"(d) : : "memory");
  // SAFETY: the executable view of the bytes just written; only this thread uses it.
  plan.stub = reinterpret_cast<Stub>(reinterpret_cast<uintptr_t>(slot.memory.execute));
  return plan.run(c, i, plan);
}

}  // namespace mullion::x86::native
