// The HPET against its specification.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/hpet/hpet.hpp"

#include "support/devices.hpp"
#include "support/fake_clock.hpp"

namespace mullion {
namespace {

enum : unsigned { kIrq0 = 100, kIrq8 = 108 };

class HpetTest : public testing::Test {
 protected:
  static HpetLines lines(FakeLines& l, FakeMessages* m) { return {l.line(kIrq0), l.line(kIrq8), &l, m}; }
  uint64_t get(uint64_t offset, unsigned size = 8) { return hpet_.mmio_read(offset, size).value & all_ones(size); }
  void set(uint64_t offset, uint64_t value, unsigned size = 8) {
    EXPECT_EQ(hpet_.mmio_write(offset, size, value), IoStatus::ok);
  }
  void ticks(uint64_t n) { clock_.advance(n * Hpet::kTickNs); }

  FakeClock clock_;
  FakeLines lines_;
  FakeMessages messages_;
  Hpet hpet_{clock_, lines(lines_, &messages_)};
};

TEST_F(HpetTest, reset_values) {
  EXPECT_EQ(get(0x000), 0x009896808086A201u);
  EXPECT_EQ(get(0x010), 0u);
  EXPECT_EQ(get(0x020), 0u);
  EXPECT_EQ(get(0x0F0), 0u);
  for (uint64_t t = 0x100; t < 0x160; t += 0x20) {
    EXPECT_EQ(get(t), 0x00FF010400008030u);
    EXPECT_EQ(get(t + 8), ~uint64_t{0});
  }
  ticks(1000);
  EXPECT_EQ(get(0x0F0), 0u);
}

TEST_F(HpetTest, read_only_registers) {
  set(0x000, 0);
  EXPECT_EQ(get(0x000), 0x009896808086A201u);
  set(0x010, ~uint64_t{0});
  EXPECT_EQ(get(0x010), 3u);
  set(0x0F0, 5);  // the counter, while it runs
  EXPECT_EQ(get(0x0F0), 0u);
  set(0x100, ~uint64_t{0});  // route 31 is not offered
  EXPECT_EQ(get(0x100), 0x00FF0104'0000C17Eu);
}

TEST_F(HpetTest, invalid_registers) {
  EXPECT_EQ(hpet_.mmio_read(0, 1).status, IoStatus::bad_size);
  EXPECT_EQ(hpet_.mmio_write(0, 2, 0), IoStatus::bad_size);
  set(0x160, 1);
  EXPECT_EQ(get(0x160), 0u);
  EXPECT_EQ(get(0x3F8), 0u);
}

TEST_F(HpetTest, the_counter_runs_stops_and_is_set_while_it_stands) {
  set(0x0F0, 0x1'0000'0000);
  set(0x010, 1);
  ticks(123);
  EXPECT_EQ(get(0x0F0), 0x1'0000'007Bu);
  EXPECT_EQ(get(0x0F0, 4), 0x7Bu);
  EXPECT_EQ(get(0x0F4, 4), 1u);
  set(0x010, 0);
  ticks(1000);
  EXPECT_EQ(get(0x0F0), 0x1'0000'007Bu);
}

TEST_F(HpetTest, a_one_shot_matches_once_at_its_route) {
  set(0x120, 0x4 | 8 << 9);
  set(0x128, 500);
  set(0x010, 1);
  ticks(499);
  EXPECT_EQ(lines_.rises(8), 0);
  ticks(1);
  EXPECT_EQ(lines_.rises(8), 1);
  ticks(100'000);
  EXPECT_EQ(lines_.rises(8), 1);
}

TEST_F(HpetTest, a_comparator_that_lies_behind_waits) {
  set(0x010, 1);
  ticks(1000);
  set(0x120, 0x4 | 2 << 9);
  set(0x128, 500);
  ticks(1'000'000);
  EXPECT_EQ(lines_.rises(2), 0);
}

TEST_F(HpetTest, a_32_bit_comparator_matches_at_each_wrap) {
  set(0x0F0, 0xFFFF'FF00);
  set(0x120, 0x104 | 2 << 9);
  set(0x128, 0x10);
  set(0x010, 1);
  ticks(0x110);
  EXPECT_EQ(lines_.rises(2), 1);
  ticks(uint64_t{1} << 32);
  EXPECT_EQ(lines_.rises(2), 2);
}

TEST_F(HpetTest, periodic_with_val_set_as_linux_does_it) {
  set(0x010, 3, 4);
  set(0x100, 0x14C, 4);  // enabled, periodic, VAL_SET, 32 bits
  set(0x108, 10'000, 4);
  set(0x108, 100'000, 4);
  EXPECT_EQ(get(0x100, 4) & 0x40, 0u);
  ticks(9'999);
  EXPECT_EQ(lines_.rises(kIrq0), 0);
  ticks(1);
  EXPECT_EQ(lines_.rises(kIrq0), 1);
  EXPECT_EQ(get(0x108), 110'000u);
  ticks(1'000'000);
  EXPECT_EQ(lines_.rises(kIrq0), 11);
}

TEST_F(HpetTest, legacy_replacement_cuts_pit_and_rtc_off) {
  Line pit = hpet_.pit_in();
  Line rtc = hpet_.rtc_in();
  pit.pulse();
  rtc.raise();
  EXPECT_EQ(lines_.rises(kIrq0), 1);
  EXPECT_TRUE(lines_.level(kIrq8));
  set(0x010, 3);
  pit.pulse();
  EXPECT_EQ(lines_.rises(kIrq0), 1);
  EXPECT_FALSE(lines_.level(kIrq8));
  set(0x120, 0x4);
  set(0x128, get(0x0F0) + 100);
  ticks(100);
  EXPECT_EQ(lines_.rises(kIrq8), 2);
  set(0x010, 0);
  EXPECT_TRUE(lines_.level(kIrq8));  // the RTC's line is still high
}

TEST_F(HpetTest, a_level_stays_until_its_status_is_cleared) {
  set(0x140, 0x6 | 20 << 9);
  set(0x148, 100);
  set(0x010, 1);
  ticks(100);
  EXPECT_EQ(get(0x020), 4u);
  EXPECT_TRUE(lines_.level(20));
  set(0x020, 3);
  EXPECT_TRUE(lines_.level(20));
  set(0x020, 4);
  EXPECT_FALSE(lines_.level(20));
}

TEST_F(HpetTest, a_disabled_interrupt_is_silent_but_a_level_shows_in_the_status) {
  set(0x140, 0x2 | 20 << 9);
  set(0x148, 100);
  set(0x010, 1);
  ticks(100);
  EXPECT_EQ(get(0x020), 4u);
  EXPECT_FALSE(lines_.level(20));
  set(0x140, 0x6 | 20 << 9);
  EXPECT_TRUE(lines_.level(20));
}

TEST_F(HpetTest, fsb_delivery_sends_the_message) {
  set(0x120, 0x4004);
  set(0x130, 0xFEE01000'00004041);
  set(0x128, 10);
  set(0x010, 1);
  ticks(10);
  ASSERT_EQ(messages_.sent.size(), 1u);
  EXPECT_EQ(messages_.sent[0].first, 0xFEE01000u);
  EXPECT_EQ(messages_.sent[0].second, 0x4041u);
}

TEST_F(HpetTest, the_shortest_period_does_not_flood_the_host) {
  set(0x100, 0x4C | 2 << 9);
  set(0x108, 1);
  set(0x010, 1);
  clock_.advance(kNsPerSecond / 10);
  EXPECT_LE(lines_.rises(2), 5'001);
  EXPECT_GE(lines_.rises(2), 4'900);
}

TEST_F(HpetTest, all_registers_take_any_value) {
  for (uint64_t offset = 0; offset < 0x160; offset += 4) {
    for (const uint64_t v : {uint64_t{0}, ~uint64_t{0}, uint64_t{0x14C}, uint64_t{1} << 31}) {
      set(offset, v, 4);
      get(offset, 4);
      clock_.advance(100);
    }
  }
  clock_.advance(1'000'000);
}

TEST_F(HpetTest, save_and_restore) {
  set(0x010, 3);
  set(0x100, 0x14C);
  set(0x108, 10'000);
  set(0x140, 0x6 | 20 << 9);
  set(0x148, 50);
  ticks(60);
  FakeClock other_clock;
  other_clock.advance(clock_.now_ns());
  FakeLines other_lines;
  FakeMessages other_messages;
  Hpet other{other_clock, lines(other_lines, &other_messages)};
  expect_round_trip(hpet_, other);
  EXPECT_TRUE(other_lines.level(20));
  other_clock.advance(100'000 * Hpet::kTickNs);
  EXPECT_EQ(other_lines.rises(kIrq0), 10);
}

}  // namespace
}  // namespace mullion
