// The plain vector moves that copying and string code is made of, without a stub.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/native/memory_operand.hpp"
#include "cpu/x86/native/plan.hpp"

#include <cstring>

namespace mullion::x86::native {
namespace {

// N bytes by the compiler's vectors; `Clear`: a VEX or EVEX form, which zeroes the rest of the register.
template <unsigned N, bool Clear> void write_register(Vec& v, const uint8_t* from) {
  std::memcpy(v.bytes.data(), from, N);
  if constexpr (Clear && N < 64) std::memset(v.bytes.data() + N, 0, 64 - N);
}

template <unsigned N, bool Clear> Status load_register(Cpu& c, const Insn& i, const Plan& p) {
  Scratch scratch;
  const uint8_t* from;
  MULLION_TRY(source(c, i, p, scratch, from));
  write_register<N, Clear>(c.st.zmm[i.reg], from);
  return Status::Done;
}

template <unsigned N> Status store_register(Cpu& c, const Insn& i, const Plan& p) {
  uint64_t lin = 0;
  MULLION_TRY(address(c, i, p, true, lin));
  const uint8_t* const from = c.st.zmm[i.reg].bytes.data();
  if (uint8_t* const host = writable(c, lin, N); host != nullptr) [[likely]] {
    std::memcpy(host, from, N);
    return Status::Done;
  }
  return c.store_slow(lin, from, N, i.seg, false);
}

template <unsigned N, bool Clear> Status copy_reg_rm(Cpu& c, const Insn& i, const Plan&) {
  Vec const from = c.st.zmm[i.rm];
  write_register<N, Clear>(c.st.zmm[i.reg], from.bytes.data());
  return Status::Done;
}

template <unsigned N, bool Clear> Status copy_rm_reg(Cpu& c, const Insn& i, const Plan&) {
  Vec const from = c.st.zmm[i.reg];
  write_register<N, Clear>(c.st.zmm[i.rm], from.bytes.data());
  return Status::Done;
}

// MOVD, MOVQ, MOVSS, MOVSD from memory or a general register: the rest of 128 bits (or all) becomes zero.
template <unsigned N, bool Clear> Status load_scalar(Cpu& c, const Insn& i, const Plan& p) {
  Scratch scratch;
  const uint8_t* from;
  MULLION_TRY(source(c, i, p, scratch, from));
  uint64_t value = 0;
  std::memcpy(&value, from, N);
  std::memset(c.st.zmm[i.reg].bytes.data(), 0, Clear ? 64 : 16);
  std::memcpy(c.st.zmm[i.reg].bytes.data(), &value, 8);
  return Status::Done;
}

template <unsigned N, bool Clear> Status scalar_from_gpr(Cpu& c, const Insn& i, const Plan&) {
  uint64_t const value = N == 8 ? c.st.gpr[i.rm] : uint32_t(c.st.gpr[i.rm]);
  std::memset(c.st.zmm[i.reg].bytes.data(), 0, Clear ? 64 : 16);
  std::memcpy(c.st.zmm[i.reg].bytes.data(), &value, 8);
  return Status::Done;
}

template <unsigned N> Status scalar_to_gpr(Cpu& c, const Insn& i, const Plan&) {
  uint64_t value = 0;
  std::memcpy(&value, c.st.zmm[i.reg].bytes.data(), N);
  c.st.gpr[i.rm] = value;
  return Status::Done;
}

// PXOR and its like with one register as both sources.
template <bool Clear> Status zero_register(Cpu& c, const Insn& i, const Plan&) {
  std::memset(c.st.zmm[i.reg].bytes.data(), 0, Clear ? 64 : 16);
  return Status::Done;
}

// VZEROUPPER and VZEROALL, of the registers that the mode can name.
template <unsigned From> Status zero_vectors(Cpu& c, const Insn& i, const Plan&) {
  unsigned const count = i.code == CodeSize::k64 ? 16 : 8;
  for (unsigned n = 0; n < count; ++n) std::memset(c.st.zmm[n].bytes.data() + From, 0, 64 - From);
  return Status::Done;
}

template <bool Clear> Run load_run(unsigned n) {
  return n == 16 ? load_register<16, Clear> : n == 32 ? load_register<32, Clear> : load_register<64, Clear>;
}
template <bool Clear> Run copy_run(unsigned n, bool to_rm) {
  if (to_rm) return n == 16 ? copy_rm_reg<16, Clear> : n == 32 ? copy_rm_reg<32, Clear> : copy_rm_reg<64, Clear>;
  return n == 16 ? copy_reg_rm<16, Clear> : n == 32 ? copy_reg_rm<32, Clear> : copy_reg_rm<64, Clear>;
}
Run store_run(unsigned n) { return n == 16 ? store_register<16> : n == 32 ? store_register<32> : store_register<64>; }

bool one_of(std::string_view m, std::initializer_list<std::string_view> list) {
  for (std::string_view const x : list) {
    if (m == x) return true;
  }
  return false;
}

}  // namespace

Run choose_move_run(const Insn& i, const isa::Form& form, const Plan& p) {
  std::string_view m = form.mnemonic;
  if (m == "VZEROUPPER") return zero_vectors<16>;
  if (m == "VZEROALL") return zero_vectors<0>;
  bool const clear = (i.evex & (kVexPresent | kEvexPresent)) != 0;
  if (i.evex & (kEvexMask | kEvexB)) return nullptr;
  if (p.reg == Kind::Mmx || p.rm == Kind::Mmx) return nullptr;
  if (m.starts_with('V')) m.remove_prefix(1);
  bool const to_rm = p.dest == kSlotRm;
  if (one_of(m, {"MOVUPS", "MOVAPS", "MOVUPD", "MOVAPD", "MOVDQU", "MOVDQA", "LDDQU", "MOVNTDQA", "MOVNTPS", "MOVNTPD", "MOVNTDQ",
                 "MOVDQU8", "MOVDQU16", "MOVDQU32", "MOVDQU64", "MOVDQA32", "MOVDQA64"})) {
    unsigned const n = clear ? 16u << i.vl : 16;
    if (i.mem()) return to_rm ? store_run(n) : clear ? load_run<true>(n) : load_run<false>(n);
    return clear ? copy_run<true>(n, to_rm) : copy_run<false>(n, to_rm);
  }
  if (one_of(m, {"MOVD", "MOVQ", "MOVSS", "MOVSD"}) && p.reg == Kind::Vector) {
    if (i.mem()) {
      if (p.mem_size != 4 && p.mem_size != 8) return nullptr;
      if (to_rm) return p.mem_size == 4 ? store_register<4> : store_register<8>;
      if (clear) return p.mem_size == 4 ? load_scalar<4, true> : load_scalar<8, true>;
      return p.mem_size == 4 ? load_scalar<4, false> : load_scalar<8, false>;
    }
    if (p.rm == Kind::Gpr) {
      bool const wide = i.code == CodeSize::k64 && (clear ? (i.evex & kVexW) != 0 : i.opsize == 3);
      if (to_rm) return wide ? scalar_to_gpr<8> : scalar_to_gpr<4>;
      if (clear) return wide ? scalar_from_gpr<8, true> : scalar_from_gpr<4, true>;
      return wide ? scalar_from_gpr<8, false> : scalar_from_gpr<4, false>;
    }
    return nullptr;
  }
  bool const same = clear ? i.vvvv == i.rm : i.reg == i.rm;
  if (!i.mem() && same && one_of(m, {"PXOR", "XORPS", "XORPD", "PXORD", "PXORQ"})) return clear ? zero_register<true> : zero_register<false>;
  return nullptr;
}

}  // namespace mullion::x86::native
