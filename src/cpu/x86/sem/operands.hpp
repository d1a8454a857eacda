// Operand accessors: what a semantic function is instantiated with.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpu.hpp"

#include <tuple>
#include <type_traits>

namespace mullion::x86::sem {

using u8 = uint8_t;
using u16 = uint16_t;
using u32 = uint32_t;
using u64 = uint64_t;

// Each kind has: T, the unsigned type of its width; kIsMem; get() and, where it can be a destination, set() and
// modify(f). The generator picks kinds by the operand column of the opcode table (isa/FORMAT.md), once for each
// effective operand size and once for ModRM naming a register and once for memory.

template <class W> struct RegReg {  // ModRM.reg
  using T = W;
  static constexpr bool kIsMem = false;
  static Status get(Cpu& c, const Insn& i, T& v) { v = c.reg<T>(i.reg); return Status::Done; }
  static Status set(Cpu& c, const Insn& i, T v) { c.set_reg<T>(i.reg, v); return Status::Done; }
  template <class F> static Status modify(Cpu& c, const Insn& i, F&& f) { return set(c, i, T(f(c.reg<T>(i.reg)))); }
};

template <class W> struct RmReg {  // ModRM.rm as a register, and the register in the opcode
  using T = W;
  static constexpr bool kIsMem = false;
  static Status get(Cpu& c, const Insn& i, T& v) { v = c.reg<T>(i.rm); return Status::Done; }
  static Status set(Cpu& c, const Insn& i, T v) { c.set_reg<T>(i.rm, v); return Status::Done; }
  template <class F> static Status modify(Cpu& c, const Insn& i, F&& f) { return set(c, i, T(f(c.reg<T>(i.rm)))); }
};

template <class W> struct VexReg {  // VEX.vvvv as a general register
  using T = W;
  static constexpr bool kIsMem = false;
  static Status get(Cpu& c, const Insn& i, T& v) { v = c.reg<T>(i.vvvv); return Status::Done; }
  static Status set(Cpu& c, const Insn& i, T v) { c.set_reg<T>(i.vvvv, v); return Status::Done; }
};

template <class W> struct Mem {  // ModRM memory, moffs
  using T = W;
  static constexpr bool kIsMem = true;
  [[gnu::always_inline]] static Status get(Cpu& c, const Insn& i, T& v) { return c.load<T>(i.seg, c.effective(i), v); }
  [[gnu::always_inline]] static Status set(Cpu& c, const Insn& i, T v) { return c.store<T>(i.seg, c.effective(i), v); }
  template <class F> [[gnu::always_inline]] static Status modify(Cpu& c, const Insn& i, F&& f) {
    return c.modify<T>(i.seg, c.effective(i), i.has(kLock), f);
  }
};

template <class W, unsigned N> struct FixedReg {  // AL, rAX, CL, DX ... named by the opcode
  using T = W;
  static constexpr bool kIsMem = false;
  static Status get(Cpu& c, const Insn&, T& v) { v = c.reg<T>(N); return Status::Done; }
  static Status set(Cpu& c, const Insn&, T v) { c.set_reg<T>(N, v); return Status::Done; }
  template <class F> static Status modify(Cpu& c, const Insn& i, F&& f) { return set(c, i, T(f(c.reg<T>(N)))); }
};

template <class W> struct Imm {  // immediate, sign-extended by the decoder, cut to W
  using T = W;
  static constexpr bool kIsMem = false;
  static Status get(Cpu&, const Insn& i, T& v) { v = T(i.imm); return Status::Done; }
};

template <class W, unsigned N> struct Const {  // the constant 1 of D0, D1
  using T = W;
  static constexpr bool kIsMem = false;
  static Status get(Cpu&, const Insn&, T& v) { v = N; return Status::Done; }
};

// An operand that the semantic function reads from the Insn itself: Sw, Cd, Dd, Jz, Ap, M without size, strings,
// vector and x87 operands.
struct Raw {
  using T = u64;
  static constexpr bool kIsMem = false;
};

// What a semantic function is a template over:
//
//   // ADD r/m, r | ADD r, r/m | ADD r/m, imm
//   template <class O> Status add(Cpu& c, const Insn& i) {
//     using T = typename O::T;
//     T a, b, r;
//     MULLION_TRY(O::template get<1>(c, i, b));
//     MULLION_TRY(O::template modify<0>(c, i, [&](T old) { a = old; return r = T(old + b); }));
//     c.st.flags.add(a, b, r);
//     return Status::Done;
//   }
//
// OpSize is u16, u32 or u64: the effective operand size, also for forms whose operands do not say it (PUSH, IRET).
template <class OpSize, class... K> struct Operands {
  using Size = OpSize;
  template <unsigned N> using Kind = std::tuple_element_t<N, std::tuple<K..., Raw>>;
  using T = typename Kind<0>::T;
  template <unsigned N> using Type = typename Kind<N>::T;
  static constexpr bool kMem = (K::kIsMem || ... || false);

  template <unsigned N>
  [[nodiscard, gnu::always_inline]] static Status get(Cpu& c, const Insn& i, typename Kind<N>::T& v) {
    return Kind<N>::get(c, i, v);
  }
  template <unsigned N>
  [[nodiscard, gnu::always_inline]] static Status set(Cpu& c, const Insn& i, typename Kind<N>::T v) {
    return Kind<N>::set(c, i, v);
  }
  template <unsigned N, class F> [[nodiscard, gnu::always_inline]] static Status modify(Cpu& c, const Insn& i, F&& f) {
    return Kind<N>::modify(c, i, std::forward<F>(f));
  }
};

}  // namespace mullion::x86::sem

#define MULLION_TRY(expression)                                                                        \
  do {                                                                                                 \
    if (::mullion::x86::Status const s_ = (expression); s_ != ::mullion::x86::Status::Done) [[unlikely]] \
      return s_;                                                                                       \
  } while (false)
