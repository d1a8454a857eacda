// What several families of semantics need: sources widened to the destination, the stack, address arithmetic.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/sem/operands.hpp"

namespace mullion::x86::sem {

template <class T> using Signed = std::make_signed_t<T>;
template <class T> inline constexpr unsigned kBits = 8 * sizeof(T);

template <class K> inline constexpr bool kIsImm = false;
template <class W> inline constexpr bool kIsImm<Imm<W>> = true;
template <class K> inline constexpr bool kIsRaw = false;
template <> inline constexpr bool kIsRaw<Raw> = true;

// Operand N as a value of type T: immediates sign-extended as far as T goes, others zero-extended or cut.
template <class O, unsigned N, class T> [[nodiscard, gnu::always_inline]] inline Status source(Cpu& c, const Insn& i, T& v) {
  if constexpr (kIsImm<typename O::template Kind<N>>) {
    v = T(i.imm);
    return Status::Done;
  } else {
    typename O::template Type<N> x;
    MULLION_TRY(O::template get<N>(c, i, x));
    v = T(x);
    return Status::Done;
  }
}

template <class T> constexpr T swap_bytes(T v) {
  if constexpr (sizeof(T) == 1) return v;
  else if constexpr (sizeof(T) == 2) return __builtin_bswap16(v);
  else if constexpr (sizeof(T) == 4) return __builtin_bswap32(v);
  else return __builtin_bswap64(v);
}

// --- the stack: SS, address size of the stack segment -----------------------------------------------------------

inline u64 stack_mask(const Cpu& c) { return Cpu::kAddressMask[c.stack_size()]; }

// A stack pointer register with `value` in the bits that the stack's address size covers.
inline u64 merge_sp(u64 old, u64 value, u64 mask) {
  return mask == 0xFFFF ? (old & ~mask) | (value & mask) : value & mask;
}
inline void set_sp(Cpu& c, u64 value) { c.st.gpr[RSP] = merge_sp(c.st.gpr[RSP], value, stack_mask(c)); }

template <class T> [[nodiscard, gnu::always_inline]] inline Status push_value(Cpu& c, T v) {
  u64 const sp = (c.st.gpr[RSP] - sizeof(T)) & stack_mask(c);
  MULLION_TRY(c.store<T>(SS, sp, v));
  set_sp(c, sp);
  return Status::Done;
}

// Reads the top of the stack; the caller moves RSP once nothing can fail.
template <class T> [[nodiscard, gnu::always_inline]] inline Status top_of_stack(Cpu& c, T& v, u64 above = 0) {
  return c.load<T>(SS, (c.st.gpr[RSP] + above) & stack_mask(c), v);
}

// --- registers by address size ------------------------------------------------------------------------------------

inline void set_by_address_size(Cpu& c, unsigned n, u64 v, unsigned addrsize) {
  if (addrsize == 3) c.st.gpr[n] = v;
  else if (addrsize == 2) c.st.gpr[n] = u32(v);
  else c.st.gpr[n] = (c.st.gpr[n] & ~u64{0xFFFF}) | u16(v);
}

}  // namespace mullion::x86::sem
