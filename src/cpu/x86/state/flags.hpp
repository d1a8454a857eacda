// RFLAGS with the six arithmetic flags kept unevaluated.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <type_traits>

namespace mullion::x86 {

// Intel SDM vol. 1 §3.4.3.
enum RFlags : uint64_t {
  CF = 1u << 0, FixedOne = 1u << 1, PF = 1u << 2, AF = 1u << 4, ZF = 1u << 6, SF = 1u << 7, TF = 1u << 8,
  IF = 1u << 9, DF = 1u << 10, OF = 1u << 11, IOPL = 3u << 12, NT = 1u << 14, RF = 1u << 16, VM = 1u << 17,
  AC = 1u << 18, VIF = 1u << 19, VIP = 1u << 20, ID = 1u << 21,
  kArithmeticFlags = CF | PF | AF | ZF | SF | OF,
};

// The arithmetic flags are two words. `result` is the last result, sign-extended to 64 bits: zero says ZF, its
// top bit SF, its low byte PF. `carries` holds what the result cannot tell: bit 63 the carry out of the operand
// (CF), bit 62 the carry into its top bit (OF = 63 ^ 62), bit 3 the carry out of bit 3 (AF), bit 0 inverts SF
// and bits 8-15 are XORed into the low byte for PF: those two are zero but after POPF, SAHF and the like. So no
// kind of operation is remembered and every flag costs a few ALU instructions.
class Flags {
 public:
  // r = a + b (+ carry in); r = a - b (- borrow in).
  template <class T> void add(T a, T b, T r) { note<T>(r, T((a & b) | ((a | b) & T(~r)))); }
  template <class T> void sub(T a, T b, T r) { note<T>(r, T((T(~a) & b) | (T(~(a ^ b)) & r))); }
  template <class T> void logic(T r) { result_ = extend(r); carries_ = 0; }
  // INC, DEC: CF keeps its value.
  template <class T> void inc(T r) { bool const c = cf(); add<T>(T(r - 1), 1, r); set_cf(c); }
  template <class T> void dec(T r) { bool const c = cf(); sub<T>(T(r + 1), 1, r); set_cf(c); }

  bool cf() const { return carries_ >> 63; }
  bool of() const { return (carries_ ^ (carries_ << 1)) >> 63; }
  bool af() const { return (carries_ >> 3) & 1; }
  bool zf() const { return result_ == 0; }
  bool sf() const { return ((result_ >> 63) ^ (carries_ & 1)) != 0; }
  bool pf() const { return !__builtin_parity(uint8_t(result_ ^ (carries_ >> 8))); }

  // Each changes its flag alone.
  void set_cf(bool v) { set_cf_of(v, of()); }
  void set_of(bool v) { set_cf_of(cf(), v); }
  void set_cf_of(bool c, bool o) {
    carries_ = (carries_ & ~(uint64_t{3} << 62)) | (uint64_t{c} << 63) | (uint64_t{c != o} << 62);
  }
  void set_af(bool v) { carries_ = (carries_ & ~uint64_t{8}) | (uint64_t{v} << 3); }
  void set_zf(bool v) { set_arithmetic((arithmetic() & ~uint64_t{ZF}) | (v ? uint64_t{ZF} : 0)); }

  // The six flags at their places in RFLAGS.
  uint64_t arithmetic() const {
    return uint64_t{cf()} | uint64_t{pf()} << 2 | uint64_t{af()} << 4 | uint64_t{zf()} << 6 | uint64_t{sf()} << 7 |
           uint64_t{of()} << 11;
  }
  void set_arithmetic(uint64_t f) {
    result_ = (f & ZF) ? 0 : 1;
    uint64_t const parity_fix = ((f & PF) != 0) != ((f & ZF) != 0);  // low byte 0 is even, 1 is odd
    carries_ = ((f & SF) ? 1 : 0) | (parity_fix << 8) | ((f & AF) ? 8 : 0);
    set_cf_of((f & CF) != 0, (f & OF) != 0);
  }

  // Condition codes as in the low four bits of Jcc, SETcc, CMOVcc (SDM vol. 1, appendix B).
  [[gnu::always_inline]] bool condition(unsigned cc) const {
    bool r = false;
    switch ((cc >> 1) & 7) {
      case 0: r = of(); break;
      case 1: r = cf(); break;
      case 2: r = zf(); break;
      case 3: r = cf() || zf(); break;
      case 4: r = sf(); break;
      case 5: r = pf(); break;
      case 6: r = sf() != of(); break;
      case 7: r = zf() || sf() != of(); break;
    }
    return r != ((cc & 1) != 0);
  }

  // Everything but the six arithmetic flags, at its place in RFLAGS; bit 1 is added on reading.
  uint64_t system = 0;

  uint64_t rflags() const { return arithmetic() | system | FixedOne; }
  void set_rflags(uint64_t f) {
    set_arithmetic(f);
    system = f & ~uint64_t{kArithmeticFlags | FixedOne};
  }
  bool test(RFlags f) const { return (system & f) != 0; }  // system flags alone
  unsigned iopl() const { return unsigned(system >> 12) & 3; }

 private:
  template <class T> static uint64_t extend(T r) { return uint64_t(int64_t(std::make_signed_t<T>(r))); }
  template <class T> void note(T r, T carry) {
    constexpr unsigned kShift = 64 - 8 * sizeof(T);
    result_ = extend(r);
    carries_ = ((uint64_t(carry) << kShift) & (uint64_t{3} << 62)) | (uint64_t(carry) & 8);
  }

  uint64_t result_ = 1;
  uint64_t carries_ = 0x100;  // all six flags clear
};

}  // namespace mullion::x86
