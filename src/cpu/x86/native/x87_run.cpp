// Runs one x87 instruction on the host's x87 unit, loaded with the guest's state.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/native/code_memory.hpp"
#include "cpu/x86/native/emitter.hpp"
#include "cpu/x86/native/memory_operand.hpp"
#include "cpu/x86/native/x87_fast.hpp"
#include "cpu/x86/native/x87_state.hpp"

#include <cstddef>
#include <cstring>

namespace mullion::x86::native {
namespace {

// What FXRSTOR and FXSAVE move. The XMM part holds the host's registers while the x87 part is the guest's; the last
// bytes are never written by FXSAVE and hold the host's FCW.
struct alignas(16) FxImage {
  X87State x87;
  std::array<uint8_t, 352> rest;
};
static_assert(sizeof(FxImage) == 512);
constexpr uint32_t kXmmArea = 160, kHostFcw = 508, kMxcsrAt = 24;

// An x87 exception found before the result keeps a store from being made.
constexpr uint16_t kNoStore = 0x1 | 0x8 | 0x10;  // IE, OE, UE

void disp32(Emitter& e, std::initializer_list<uint8_t> opcode, uint8_t digit, uint8_t base, uint32_t disp, bool rex_w = false) {
  uint8_t const rex = uint8_t(0x40 | (rex_w << 3) | (base >> 3));
  if (rex != 0x40) e.byte(rex);
  e.bytes(opcode);
  e.byte(uint8_t(0x80 | (digit << 3) | (base & 7)));
  e.put32(disp);
}

// Arguments: the image; RFLAGS to run with; the memory operand. The result is RFLAGS after the instruction. Leaves
// the host's x87 unit empty, with its own FCW.
void emit_x87(Emitter& e, const Insn& i, bool flags) {
  uint8_t const image = kHostAbi.argument[0], rflags = kHostAbi.argument[1], memory = kHostAbi.argument[2];
  if (kHostAbi.xmm6_up_are_callee_saved) {
    for (unsigned n = 6; n < 16; ++n) {  // movups [image + ...], xmm<n>
      uint8_t const rex = uint8_t(0x40 | ((n >> 3) << 2) | (image >> 3));
      if (rex != 0x40) e.byte(rex);
      e.bytes({0x0F, 0x11, uint8_t(0x80 | ((n & 7) << 3) | (image & 7))});
      e.put32(kXmmArea + 16 * n);
    }
  }
  disp32(e, {0x0F, 0xAE}, 3, image, kMxcsrAt);        // stmxcsr
  disp32(e, {0xD9}, 7, image, kHostFcw);              // fnstcw
  if (flags) {
    if (rflags >= 8) e.byte(0x41);
    e.bytes({0xFF, uint8_t(0x30 | (rflags & 7)), 0x9D});  // push [rflags]; popfq
  }
  disp32(e, {0x0F, 0xAE}, 1, image, 0, true);         // fxrstor64
  if (i.mem()) {
    if (memory >= 8) e.byte(0x41);
    e.bytes({i.opcode, uint8_t((i.modrm & 0x38) | (memory & 7))});
  } else {
    e.bytes({i.opcode, i.modrm});
  }
  if (flags) e.flags_to_rax();
  disp32(e, {0x0F, 0xAE}, 0, image, 0, true);         // fxsave64
  disp32(e, {0xF6}, 0, image, 2);                     // test byte [image.fsw], ES
  e.byte(uint8_t(kFswSummary));
  e.bytes({0x74, 0x02, 0xDB, 0xE2});                  // jz +2; fnclex
  e.emms();
  disp32(e, {0xD9}, 5, image, kHostFcw);              // fldcw
  e.ret();
}

// FIP, FDP and FOP as processors leave them that update FDP and FOP with unmasked exceptions alone and deprecate
// the selectors (CPUID.7.0:EBX bits 6, 13).
void note_instruction(Cpu& c, const Insn& i, X87State& x) {
  if (!(x.fsw & kFswSummary)) return;
  x.fop = uint16_t(((i.opcode & 7) << 8) | i.modrm);
  if (i.mem()) x.fdp = c.effective(i);
}

enum class Memory : uint8_t { None, Load, Store };

template <Memory M> Status run_x87(Cpu& c, const Insn& i, const Plan& p) {
  MULLION_TRY(x87_wait(c));
  if (p.x87.full_offset != 0) {
    bool done;
    MULLION_TRY(run_x87_fast(c, i, p, done));
    if (done) [[likely]] {
      note_x87_address(c, i);
      return Status::Done;
    }
  }
  Scratch scratch;
  const uint8_t* memory = scratch.bytes;
  if constexpr (M == Memory::Load) MULLION_TRY(source(c, i, p, scratch, memory));
  FxImage image;
  image.x87 = c.st.x87;
  // With CR0.NE clear an instruction may run while an exception is pending; the host would raise it.
  uint16_t const ignored = image.x87.fsw & kFswSummary ? image.x87.fsw & kFswExceptions : 0;
  image.x87.fsw &= uint16_t(~(ignored | kFswSummary | kFswBusy));
  uint64_t flags = c.st.flags.arithmetic() | FixedOne | IF;
  // SAFETY: the whole-state stub lies `full_offset` bytes behind the short one.
  auto const stub = reinterpret_cast<Stub>(reinterpret_cast<uintptr_t>(p.stub) + p.x87.full_offset);
  flags = stub(&image, &flags, memory, nullptr);
  X87State& x = image.x87;
  if constexpr (M == Memory::Store) {
    bool const stored = (x.fsw & ~x.fcw & kNoStore) == 0;
    if (stored) MULLION_TRY(store_x87(c, i, p, scratch));
  }
  x.fsw |= ignored;
  x87_summarise(x);
  x.fip = c.st.x87.fip;
  x.fdp = c.st.x87.fdp;
  x.fop = c.st.x87.fop;
  x.mxcsr = c.st.x87.mxcsr;
  x.mxcsr_mask = c.st.x87.mxcsr_mask;
  note_instruction(c, i, x);
  c.st.x87 = x;
  note_x87_address(c, i);
  if (p.writes_flags) c.st.flags.set_arithmetic(flags & kArithmeticFlags);
  return Status::Done;
}

}  // namespace

void note_x87_address(Cpu& c, const Insn& i) {
  constexpr uint64_t kRipMask[3] = {0xFFFF, 0xFFFFFFFF, ~uint64_t{0}};
  c.st.x87.fip = c.this_rip(i) & kRipMask[unsigned(i.code)];
}

Status store_x87(Cpu& c, const Insn& i, const Plan& p, const Scratch& scratch) {
  uint64_t lin = 0;
  if (Status const s = address(c, i, p, true, lin); s != Status::Done) [[unlikely]] {
    if (p.mem_size != 10) return s;
    // Two bytes behind eight, which may lie beyond the end of offsets.
    MULLION_TRY(c.store_bytes(i.seg, c.effective(i), scratch.bytes, 8));
    return c.store_bytes(i.seg, (c.effective(i) + 8) & Cpu::kAddressMask[i.addrsize], scratch.bytes + 8, 2);
  }
  if (uint8_t* const host = writable(c, lin, p.mem_size); host != nullptr) [[likely]] {
    std::memcpy(host, scratch.bytes, p.mem_size);
    return Status::Done;
  }
  unsigned const first = p.mem_size == 10 ? 8 : p.mem_size;
  MULLION_TRY(c.store_slow(lin, scratch.bytes, first, i.seg, false));
  if (first == p.mem_size) return Status::Done;
  return c.store_slow((lin + 8) & c.linear_mask, scratch.bytes + 8, 2, i.seg, false);
}

Status run_x87_whole(Cpu& c, const Insn& i, const Plan& p) { return run_x87<Memory::None>(c, i, p); }

bool prepare_x87(const Insn& i, const isa::Form& form, Plan& p, Emitter& e) {
  if (!form.mnemonic.starts_with('F') || (i.opcode & 0xF8) != 0xD8 || (i.evex & (kVexPresent | kEvexPresent))) return false;
  bool const flags = (form.flags_read | form.flags_written) != 0;
  p.writes_flags = form.flags_written != 0;
  if (i.mem()) p.mem_size = uint8_t(isa::memory_bytes(i));
  bool const store = i.mem() && form.is(isa::kMemWrite);
  p.stores = store;
  p.run = !i.mem() ? run_x87<Memory::None> : store ? run_x87<Memory::Store> : run_x87<Memory::Load>;
  if (plan_x87_fast(i, form, p, e)) p.x87.full_offset = uint8_t(e.size());
  if (Run const move = x87_move_run(i); move != nullptr) p.run = move;
  emit_x87(e, i, flags);
  return e.ok();
}

}  // namespace mullion::x86::native
