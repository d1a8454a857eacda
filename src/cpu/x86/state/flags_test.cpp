// Unevaluated flags against the definitions of SDM vol. 1 §3.4.3.1, over all byte operands.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/state/flags.hpp"

#include <gtest/gtest.h>

namespace mullion::x86 {
namespace {

uint64_t expected(unsigned result, bool carry, bool overflow, bool adjust) {
  uint8_t const r = uint8_t(result);
  return (carry ? CF : 0u) | (__builtin_popcount(r) % 2 == 0 ? PF : 0u) | (adjust ? AF : 0u) | (r == 0 ? ZF : 0u) |
         (r & 0x80 ? SF : 0u) | (overflow ? OF : 0u);
}

TEST(Flags, byte_addition_and_subtraction_with_carry) {
  for (unsigned a = 0; a < 256; ++a) {
    for (unsigned b = 0; b < 256; ++b) {
      for (unsigned c = 0; c < 2; ++c) {
        Flags f;
        unsigned const sum = a + b + c;
        int const signed_sum = int8_t(a) + int8_t(b) + int(c);
        f.add<uint8_t>(uint8_t(a), uint8_t(b), uint8_t(sum));
        ASSERT_EQ(f.arithmetic(), expected(sum, sum > 255, signed_sum != int8_t(signed_sum), (a & 15) + (b & 15) + c > 15));
        unsigned const difference = a - b - c;
        int const signed_difference = int8_t(a) - int8_t(b) - int(c);
        f.sub<uint8_t>(uint8_t(a), uint8_t(b), uint8_t(difference));
        ASSERT_EQ(f.arithmetic(), expected(difference, a < b + c, signed_difference != int8_t(signed_difference), (a & 15) < (b & 15) + c));
      }
    }
  }
}

TEST(Flags, increment_and_decrement_keep_the_carry) {
  for (unsigned a = 0; a < 256; ++a) {
    for (bool const carry : {false, true}) {
      Flags f;
      f.set_cf(carry);
      f.inc<uint8_t>(uint8_t(a + 1));
      ASSERT_EQ(f.arithmetic(), expected(a + 1, carry, a == 0x7F, (a & 15) == 15));
      f.set_cf(carry);
      f.dec<uint8_t>(uint8_t(a - 1));
      ASSERT_EQ(f.arithmetic(), expected(a - 1, carry, a == 0x80, (a & 15) == 0));
    }
  }
}

TEST(Flags, every_combination_survives_being_set_and_single_flags_move_alone) {
  for (unsigned n = 0; n < 64; ++n) {
    uint64_t const v = (n & 1 ? CF : 0u) | (n & 2 ? PF : 0u) | (n & 4 ? AF : 0u) | (n & 8 ? ZF : 0u) | (n & 16 ? SF : 0u) |
                       (n & 32 ? OF : 0u);
    for (bool const to : {false, true}) {
      auto const changed = [&](uint64_t flag, auto set) {
        Flags f;
        f.set_rflags(v | IF | IOPL);
        EXPECT_EQ(f.rflags(), v | IF | IOPL | FixedOne);
        set(f);
        EXPECT_EQ(f.arithmetic(), to ? v | flag : v & ~flag);
      };
      changed(CF, [&](Flags& f) { f.set_cf(to); });
      changed(OF, [&](Flags& f) { f.set_of(to); });
      changed(AF, [&](Flags& f) { f.set_af(to); });
      changed(ZF, [&](Flags& f) { f.set_zf(to); });
    }
  }
}

TEST(Flags, conditions_follow_appendix_b) {
  for (unsigned n = 0; n < 64; ++n) {
    bool const c = n & 1, p = n & 2, z = n & 8, s = n & 16, o = n & 32;
    Flags f;
    f.set_arithmetic((c ? CF : 0u) | (p ? PF : 0u) | (z ? ZF : 0u) | (s ? SF : 0u) | (o ? OF : 0u));
    bool const want[8] = {o, c, z, c || z, s, p, s != o, z || s != o};
    for (unsigned cc = 0; cc < 16; ++cc) EXPECT_EQ(f.condition(cc), want[cc / 2] != (cc % 2 == 1));
  }
}

}  // namespace
}  // namespace mullion::x86
