// Runs stubs: operands in registers or in memory without masks, integer and floating-point.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/native/fp_guard.hpp"
#include "cpu/x86/native/memory_operand.hpp"
#include "cpu/x86/native/x87_state.hpp"

#include <cstring>

namespace mullion::x86::native {
namespace {

enum class Memory : uint8_t { None, Load, Store, MaskedLoad, MaskedStore };

constexpr bool loads(Memory m) { return m == Memory::Load || m == Memory::MaskedLoad; }
constexpr bool stores(Memory m) { return m == Memory::Store || m == Memory::MaskedStore; }

// Pointers to the values of the operands.
struct Arguments {
  Arguments(Cpu& c, const Insn& i, const Plan& p)
      : reg(at(c, i, p.slot[kSlotReg])), vvvv(at(c, i, p.slot[kSlotVvvv])), rm(at(c, i, p.slot[kSlotRm])),
        extra(at(c, i, p.slot[kSlotExtra])) {}
  uint64_t call(const Plan& p) const { return p.stub(reg, vvvv, rm, extra); }
  FpCall fp_call(const Plan& p) const { return {.stub = p.stub, .reg = reg, .vvvv = vvvv, .rm = rm, .extra = extra}; }
  void* dest(const Plan& p) const {
    return p.dest == kSlotReg ? reg : p.dest == kSlotVvvv ? vvvv : p.dest == kSlotRm ? const_cast<void*>(rm) : nullptr;
  }
  void* reg;
  void* vvvv;
  void* rm;
  void* extra;
};

void commit_flags(Cpu& c, const Plan& p, uint64_t flags) {
  if (p.writes_flags) c.st.flags.set_arithmetic(flags & kArithmeticFlags);
}

template <Memory M> Status read_operand(Cpu& c, const Insn& i, const Plan& p, Scratch& scratch, Arguments& a) {
  const uint8_t* from;
  if constexpr (M == Memory::MaskedLoad) MULLION_TRY(masked_source(c, i, p, scratch, from));
  else MULLION_TRY(source(c, i, p, scratch, from));
  a.rm = const_cast<uint8_t*>(from);  // stubs of loading forms do not write it
  return Status::Done;
}

template <Memory M> Status write_operand(Cpu& c, const Insn& i, const Plan& p, const Scratch& scratch) {
  if constexpr (M == Memory::MaskedStore) return masked_store(c, i, p, scratch.bytes);
  uint64_t lin = 0;
  MULLION_TRY(address(c, i, p, true, lin));
  if (uint8_t* const host = writable(c, lin, p.mem_size); host != nullptr) {
    std::memcpy(host, scratch.bytes, p.mem_size);
    return Status::Done;
  }
  bool const canonical = !c.long_mode() || (c.canonical(lin) && c.canonical(lin + p.mem_size - 1));
  if (!p.any_alignment || c.current_view != Cpu::kViewChecked || !canonical) {
    return c.store_slow(lin, scratch.bytes, p.mem_size, i.seg, false);
  }
  for (unsigned n = 0; n < p.mem_size; ++n) MULLION_TRY(c.probe_write(i.seg, c.effective(i) + n, 1));
  for (unsigned n = 0; n < p.mem_size; ++n) MULLION_TRY(c.store_slow(lin + n, scratch.bytes + n, 1, i.seg, false));
  return Status::Done;
}

template <Memory M> Status run_integer(Cpu& c, const Insn& i, const Plan& p) {
  Arguments a(c, i, p);
  if constexpr (stores(M)) {
    uint64_t lin = 0;
    if (Status const s = address(c, i, p, true, lin); s == Status::Done) [[likely]] {
      if (uint8_t* const host = writable(c, lin, p.mem_size); host != nullptr) [[likely]] {
        a.rm = host;
        a.call(p);
        return Status::Done;
      }
    } else if (M == Memory::Store) {
      return s;
    }
    Scratch scratch;
    a.rm = scratch.bytes;
    a.call(p);
    return write_operand<M>(c, i, p, scratch);
  } else if constexpr (loads(M)) {
    Scratch scratch;
    MULLION_TRY(read_operand<M>(c, i, p, scratch, a));
    commit_flags(c, p, a.call(p));
    return Status::Done;
  } else {
    commit_flags(c, p, a.call(p));
    return Status::Done;
  }
}

Status call_fp(Cpu& c, const Insn& i, const Plan& p, const Arguments& a, uint64_t& flags) {
  if (all_masked(c)) [[likely]] {
    flags = run_masked_exceptions(c, a.fp_call(p));
    return Status::Done;
  }
  return run_unmasked_exceptions(c, i, p, a.fp_call(p), a.dest(p), flags);
}

template <Memory M> Status run_fp(Cpu& c, const Insn& i, const Plan& p) {
  Arguments a(c, i, p);
  Scratch scratch;
  if constexpr (loads(M)) MULLION_TRY(read_operand<M>(c, i, p, scratch, a));
  if constexpr (stores(M)) a.rm = scratch.bytes;
  uint64_t flags;
  MULLION_TRY(call_fp(c, i, p, a, flags));
  if constexpr (stores(M)) return write_operand<M>(c, i, p, scratch);
  commit_flags(c, p, flags);
  return Status::Done;
}

// MMX registers alias x87 registers, whose order depends on TOP. The change to MMX happens before a result is
// stored or refused by an exception: it stays when the instruction faults there, but for the tags before a store.
template <Memory M> Status run_mmx(Cpu& c, const Insn& i, const Plan& p) {
  MULLION_TRY(x87_wait(c));
  Arguments a(c, i, p);
  Scratch scratch;
  if constexpr (loads(M)) MULLION_TRY(read_operand<M>(c, i, p, scratch, a));
  if constexpr (stores(M)) a.rm = scratch.bytes;
  uint8_t const tags = c.st.x87.ftw;
  x87_enter_mmx(c.st.x87);
  bool const rm_is_mmx = p.rm == Kind::Mmx && M == Memory::None;
  X87State::Register* const reg = p.reg == Kind::Mmx ? &c.st.x87.st[i.reg & 7] : nullptr;
  X87State::Register* const rm = rm_is_mmx ? &c.st.x87.st[i.rm & 7] : nullptr;
  if (reg != nullptr) a.reg = reg;
  if (rm != nullptr) a.rm = rm;
  uint64_t flags;
  if (p.uses_mxcsr) MULLION_TRY(call_fp(c, i, p, a, flags));
  else a.call(p);
  if constexpr (stores(M)) {
    c.st.x87.ftw = tags;
    MULLION_TRY(write_operand<M>(c, i, p, scratch));
    c.st.x87.ftw = 0xFF;
  }
  if (p.dest == kSlotReg && reg != nullptr) reg->sign_exponent = 0xFFFF;
  if (p.dest == kSlotRm && rm != nullptr) rm->sign_exponent = 0xFFFF;
  return Status::Done;
}

}  // namespace

Run choose_vector_run(const Insn& i, const isa::Form& form, const Plan& p) {
  bool const store = form.is(isa::kMemWrite);
  bool const masked = p.masked != MaskedMemory::None;
  Memory const m = !i.mem() ? Memory::None : store ? (masked ? Memory::MaskedStore : Memory::Store)
                                                   : (masked ? Memory::MaskedLoad : Memory::Load);
  switch (m) {
    case Memory::None: return p.uses_mmx ? run_mmx<Memory::None> : p.uses_mxcsr ? run_fp<Memory::None> : run_integer<Memory::None>;
    case Memory::Load: return p.uses_mmx ? run_mmx<Memory::Load> : p.uses_mxcsr ? run_fp<Memory::Load> : run_integer<Memory::Load>;
    case Memory::Store: return p.uses_mmx ? run_mmx<Memory::Store> : p.uses_mxcsr ? run_fp<Memory::Store> : run_integer<Memory::Store>;
    case Memory::MaskedLoad: return p.uses_mxcsr ? run_fp<Memory::MaskedLoad> : run_integer<Memory::MaskedLoad>;
    case Memory::MaskedStore: return p.uses_mxcsr ? run_fp<Memory::MaskedStore> : run_integer<Memory::MaskedStore>;
  }
  return nullptr;
}

}  // namespace mullion::x86::native
