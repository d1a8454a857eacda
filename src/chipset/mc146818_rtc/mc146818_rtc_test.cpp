// The MC146818 against its data sheet.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/mc146818_rtc/mc146818_rtc.hpp"

#include "support/devices.hpp"
#include "support/fake_clock.hpp"

namespace mullion {
namespace {

constexpr int64_t kLeapEve = 1'709'164'799;     // Wednesday 2024-02-28 23:59:59
constexpr int64_t kMillennium = 946'684'799;    // Friday 1999-12-31 23:59:59

class Mc146818RtcTest : public testing::Test {
 protected:
  explicit Mc146818RtcTest(int64_t start = kLeapEve) : rtc_{{start}, clock_, lines_.line(8)} {}
  uint8_t get(uint8_t index) {
    pio_out(rtc_, 0, index);
    return static_cast<uint8_t>(pio_in(rtc_, 1));
  }
  void set(uint8_t index, uint8_t value) {
    pio_out(rtc_, 0, index);
    pio_out(rtc_, 1, value);
  }
  FakeClock clock_;
  FakeLines lines_;
  Mc146818Rtc rtc_;
};

TEST_F(Mc146818RtcTest, reset_values) {
  EXPECT_EQ(get(0x0A), 0x26);
  EXPECT_EQ(get(0x0B), 0x02);
  EXPECT_EQ(get(0x0C), 0x00);
  EXPECT_EQ(get(0x0D), 0x80);
  set(0x0B, 0x7A);
  rtc_.set_cmos(0x40, 9);
  rtc_.reset();
  EXPECT_EQ(get(0x0B), 0x02);
  EXPECT_EQ(get(0x40), 9);  // the battery keeps it
}

TEST_F(Mc146818RtcTest, read_only_registers) {
  set(0x0A, 0xA6);
  EXPECT_EQ(get(0x0A), 0x26);  // UIP
  set(0x0C, 0xFF);
  EXPECT_EQ(get(0x0C), 0);
  set(0x0D, 0);
  EXPECT_EQ(get(0x0D), 0x80);
}

TEST_F(Mc146818RtcTest, invalid_registers) {
  EXPECT_EQ(rtc_.pio_read(0, 1).status, IoStatus::nobody);
  set(0xFF, 0x5A);  // the index has seven bits
  EXPECT_EQ(get(0x7F), 0x5A);
}

TEST_F(Mc146818RtcTest, the_date_runs_into_a_leap_day) {
  EXPECT_EQ(get(0x00), 0x59);
  EXPECT_EQ(get(0x04), 0x23);
  EXPECT_EQ(get(0x06), 4);  // Wednesday
  EXPECT_EQ(get(0x07), 0x28);
  clock_.advance(kNsPerSecond);
  EXPECT_EQ(get(0x00), 0);
  EXPECT_EQ(get(0x04), 0);
  EXPECT_EQ(get(0x06), 5);
  EXPECT_EQ(get(0x07), 0x29);
  EXPECT_EQ(get(0x08), 0x02);
  EXPECT_EQ(get(0x09), 0x24);
  EXPECT_EQ(get(0x32), 0x20);
}

class Mc146818Century : public Mc146818RtcTest {
 protected:
  Mc146818Century() : Mc146818RtcTest(kMillennium) {}
};

TEST_F(Mc146818Century, the_century_turns) {
  EXPECT_EQ(get(0x32), 0x19);
  EXPECT_EQ(get(0x09), 0x99);
  clock_.advance(kNsPerSecond);
  EXPECT_EQ(get(0x32), 0x20);
  EXPECT_EQ(get(0x09), 0x00);
  EXPECT_EQ(get(0x08), 0x01);
}

TEST_F(Mc146818RtcTest, binary_and_twelve_hours) {
  set(0x0B, 0x06);
  EXPECT_EQ(get(0x00), 59);
  EXPECT_EQ(get(0x04), 23);
  set(0x0B, 0x00);
  EXPECT_EQ(get(0x04), 0x91);  // 11 pm
  clock_.advance(kNsPerSecond);
  EXPECT_EQ(get(0x04), 0x12);  // midnight is 12 am
}

TEST_F(Mc146818RtcTest, set_holds_the_time_and_takes_the_new_one) {
  set(0x0B, 0x92);
  EXPECT_EQ(get(0x0B), 0x82);  // SET clears UIE
  clock_.advance(5 * kNsPerSecond + kNsPerSecond / 4);
  EXPECT_EQ(get(0x00), 0x59);
  const uint8_t time[][2] = {{0, 0x30}, {2, 0x15}, {4, 0x07}, {7, 0x04}, {8, 0x07}, {9, 0x76}, {0x32, 0x19}};
  for (const auto& [index, value] : time) set(index, value);
  set(0x0B, 0x02);
  EXPECT_EQ(get(0x06), 1);  // 1976-07-04 was a Sunday
  clock_.advance(kNsPerSecond / 2);
  EXPECT_EQ(get(0x00), 0x30);
  clock_.advance(kNsPerSecond / 4);
  EXPECT_EQ(get(0x00), 0x31);  // the divider's phase went on under SET
}

TEST_F(Mc146818RtcTest, the_divider_starts_half_a_second_before_an_update) {
  set(0x0A, 0x76);
  clock_.advance(3 * kNsPerSecond + 123);
  set(0x00, 0x10);
  set(0x0A, 0x26);
  clock_.advance(kNsPerSecond / 2 - 1);
  EXPECT_EQ(get(0x00), 0x10);
  clock_.advance(1);
  EXPECT_EQ(get(0x00), 0x11);
}

TEST_F(Mc146818RtcTest, uip_shows_244_microseconds_before_the_update) {
  clock_.advance(kNsPerSecond - 244'001);
  EXPECT_EQ(get(0x0A) & 0x80, 0);
  clock_.advance(1);
  EXPECT_EQ(get(0x0A) & 0x80, 0x80);
  clock_.advance(244'000);
  EXPECT_EQ(get(0x0A) & 0x80, 0);
}

TEST_F(Mc146818RtcTest, periodic_interrupts_wait_for_the_flags_to_be_read) {
  set(0x0B, 0x42);
  clock_.advance(976'563);  // 1024 Hz
  EXPECT_TRUE(lines_.level(8));
  clock_.advance(10'000'000);
  EXPECT_EQ(lines_.rises(8), 1);
  EXPECT_TRUE(clock_.idle());
  EXPECT_EQ(get(0x0C), 0xC0);
  EXPECT_FALSE(lines_.level(8));
  for (int i = 0; i < 1024; ++i) {
    clock_.advance(kNsPerSecond / 1024 + 1);
    get(0x0C);
  }
  EXPECT_NEAR(lines_.rises(8), 1025, 1);
}

TEST_F(Mc146818RtcTest, rates_1_and_2_are_256_and_128_hz) {
  set(0x0A, 0x21);
  get(0x0C);
  clock_.advance(3'906'249);
  EXPECT_EQ(get(0x0C) & 0x40, 0);
  clock_.advance(1);
  EXPECT_EQ(get(0x0C) & 0x40, 0x40);
  set(0x0A, 0x20);
  clock_.advance(kNsPerSecond / 3);
  EXPECT_EQ(get(0x0C) & 0x40, 0);  // rate 0: none
}

TEST_F(Mc146818RtcTest, update_ended_interrupts_each_second) {
  set(0x0B, 0x12);
  clock_.advance(kNsPerSecond - 1);
  EXPECT_FALSE(lines_.level(8));
  clock_.advance(1);
  EXPECT_TRUE(lines_.level(8));
  EXPECT_EQ(get(0x0C) & 0x90, 0x90);
  clock_.advance(kNsPerSecond);
  EXPECT_TRUE(lines_.level(8));
}

TEST_F(Mc146818RtcTest, flags_are_set_without_their_enables) {
  clock_.advance(kNsPerSecond);
  EXPECT_TRUE(clock_.idle());
  EXPECT_EQ(get(0x0C) & 0x90, 0x10);
  EXPECT_EQ(get(0x0C), 0);
}

TEST_F(Mc146818RtcTest, an_enable_raises_the_line_of_a_flag_that_is_set) {
  clock_.advance(kNsPerSecond);
  set(0x0B, 0x12);
  EXPECT_TRUE(lines_.level(8));
}

TEST_F(Mc146818RtcTest, alarm_raises_line_once_at_its_time) {
  set(0x01, 0x00);
  set(0x03, 0x30);
  set(0x05, 0x06);
  set(0x0B, 0x22);
  clock_.advance((6 * 3600 + 30 * 60) * kNsPerSecond);
  EXPECT_FALSE(lines_.level(8));
  clock_.advance(kNsPerSecond);
  EXPECT_TRUE(lines_.level(8));
  EXPECT_EQ(get(0x0C) & 0xA0, 0xA0);
  clock_.advance(86'399 * kNsPerSecond);
  EXPECT_EQ(lines_.rises(8), 1);
  clock_.advance(kNsPerSecond);
  EXPECT_EQ(lines_.rises(8), 2);
}

TEST_F(Mc146818RtcTest, alarm_bytes_of_c0_match_always) {
  set(0x01, 0x10);
  set(0x03, 0xFF);
  set(0x05, 0xC0);
  set(0x0B, 0x22);
  for (int i = 0; i < 5; ++i) {
    clock_.advance(60 * kNsPerSecond);
    EXPECT_EQ(get(0x0C) & 0x20, 0x20);
  }
  EXPECT_EQ(lines_.rises(8), 5);
}

TEST_F(Mc146818RtcTest, an_impossible_alarm_never_comes) {
  set(0x01, 0x77);
  set(0x0B, 0x22);
  EXPECT_TRUE(clock_.idle());
  clock_.advance(90'000 * kNsPerSecond);
  EXPECT_EQ(lines_.rises(8), 0);
}

TEST_F(Mc146818RtcTest, garbage_in_the_time_registers_is_some_time) {
  for (unsigned v = 0; v < 256; v += 5) {
    for (uint8_t i : {0, 2, 4, 6, 7, 8, 9, 0x32}) set(i, static_cast<uint8_t>(v));
    clock_.advance(kNsPerSecond);
    for (uint8_t i = 0; i < 10; ++i) get(i);
  }
}

TEST_F(Mc146818RtcTest, bit_7_of_the_index_masks_nmi) {
  EXPECT_FALSE(rtc_.nmi_masked());
  pio_out(rtc_, 0, 0x8F);
  EXPECT_TRUE(rtc_.nmi_masked());
}

TEST_F(Mc146818RtcTest, save_and_restore) {
  set(0x0B, 0x72);
  set(0x50, 0x12);
  clock_.advance(12'345'678'901);
  FakeClock other_clock;
  other_clock.advance(clock_.now_ns());
  FakeLines other_lines;
  Mc146818Rtc other{{0}, other_clock, other_lines.line(8)};
  expect_round_trip(rtc_, other);
  EXPECT_EQ(other_lines.level(8), lines_.level(8));
}

}  // namespace
}  // namespace mullion
