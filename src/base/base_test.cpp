// Checked arithmetic, bytes and results.
// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.hpp"
#include "base/checked.hpp"
#include "base/result.hpp"

#include <gtest/gtest.h>

namespace mullion {

TEST(Checked, sums_and_products_that_wrap_are_nothing) {
  EXPECT_EQ(checked_add<uint8_t>(200, 55), 255);
  EXPECT_FALSE(checked_add<uint8_t>(200, 56));
  EXPECT_FALSE(checked_mul<uint64_t>(uint64_t{1} << 33, uint64_t{1} << 31));
  EXPECT_EQ(checked_mul<uint32_t>(65536, 65535), 0xFFFF0000u);
}

TEST(Checked, a_range_that_wraps_is_outside) {
  EXPECT_TRUE(in_range(0, 16, 16));
  EXPECT_TRUE(in_range(16, 0, 16));
  EXPECT_FALSE(in_range(16, 1, 16));
  EXPECT_FALSE(in_range(8, ~uint64_t{0}, 16));
}

TEST(Checked, mul_div_keeps_128_bits) {
  // 100 years in ns times the PIT's frequency.
  EXPECT_EQ(mul_div(3'155'760'000'000'000'000, 1'193'182, 1'000'000'000), 3'765'396'028'320'000);
  EXPECT_EQ(mul_div_up(1, 1, 3), 1u);
}

TEST(Bytes, orders_and_fields) {
  const uint8_t raw[4] = {0x12, 0x34, 0x56, 0x78};
  EXPECT_EQ(load_le<uint32_t>(raw), 0x78563412u);
  EXPECT_EQ(load_be<uint32_t>(raw), 0x12345678u);
  EXPECT_EQ(bits(0xABCD, 11, 4), 0xBCu);
  EXPECT_EQ(all_ones(8), ~uint64_t{0});
  EXPECT_EQ(with_bit<uint8_t>(0xFF, 7, false), 0x7F);
  EXPECT_EQ(align_up<uint64_t>(4097, 4096), 8192u);
}

TEST(Result, failure_carries_the_message) {
  const Result<int> r = failure("cannot open '{}'", "x");
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().within("-serial").message, "-serial: cannot open 'x'");
}

}  // namespace mullion
