// The 8254 against its data sheet.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/i8254_pit/i8254_pit.hpp"

#include "support/devices.hpp"
#include "support/fake_clock.hpp"

namespace mullion {
namespace {

class I8254PitTest : public testing::Test {
 protected:
  // Moves to the first nanosecond of a tick.
  void to_tick(uint64_t tick) {
    const uint64_t ns = (tick * kNsPerSecond + I8254Pit::kFrequencyHz - 1) / I8254Pit::kFrequencyHz;
    clock_.advance(ns - clock_.now_ns());
  }
  void control(uint8_t value) { pio_out(pit_, 3, value); }
  void load(uint16_t counter, uint16_t count) {
    pio_out(pit_, counter, count & 0xFF);
    pio_out(pit_, counter, count >> 8);
  }
  uint16_t latched(uint16_t counter) {
    control(static_cast<uint8_t>(counter << 6));
    const auto low = pio_in(pit_, counter);
    return static_cast<uint16_t>(low | pio_in(pit_, counter) << 8);
  }
  uint8_t status(uint16_t counter) {
    control(static_cast<uint8_t>(0xE0 | 2 << counter));
    return static_cast<uint8_t>(pio_in(pit_, counter));
  }
  void gate2(bool on) { pio_out(port61_, 0, on ? 1 : 0); }
  bool out2() { return (pio_in(port61_, 0) & 0x20) != 0; }

  FakeClock clock_;
  FakeLines lines_;
  I8254Pit pit_{clock_, lines_.line(0)};
  PioTarget& port61_ = pit_.port61();
};

TEST_F(I8254PitTest, reset_values) {
  EXPECT_EQ(pio_in(port61_, 0) & 0x0F, 0u);
  EXPECT_EQ(status(0) & 0x40, 0x40);  // no count was loaded
  clock_.advance(kNsPerSecond);
  EXPECT_EQ(lines_.rises(0), 0);
}

TEST_F(I8254PitTest, read_only_registers) {
  gate2(false);
  pio_out(port61_, 0, 0xFE);
  EXPECT_EQ(pio_in(port61_, 0) & 0xCF, 0x0Eu);
}

TEST_F(I8254PitTest, invalid_registers) {
  // The control word register cannot be read.
  EXPECT_EQ(pit_.pio_read(3, 1).status, IoStatus::nobody);
}

TEST_F(I8254PitTest, mode0_rises_once_at_terminal_count) {
  control(0x30);
  EXPECT_FALSE(lines_.level(0));
  load(0, 1000);
  to_tick(999);
  EXPECT_FALSE(lines_.level(0));
  EXPECT_EQ(latched(0), 1);
  to_tick(1000);
  EXPECT_TRUE(lines_.level(0));
  to_tick(1010);
  EXPECT_EQ(latched(0), 0x10000 - 10);  // counts on
  EXPECT_EQ(status(0), 0xB0);
  pio_out(pit_, 0, 5);  // the first byte of the next count takes the output down
  EXPECT_FALSE(lines_.level(0));
  EXPECT_EQ(lines_.rises(0), 1);
}

TEST_F(I8254PitTest, mode1_is_triggered_by_the_gate_and_again) {
  control(0xB2);
  load(2, 100);
  EXPECT_TRUE(out2());
  gate2(true);
  EXPECT_FALSE(out2());
  to_tick(60);
  gate2(false);
  gate2(true);
  to_tick(120);
  EXPECT_FALSE(out2());
  to_tick(161);
  EXPECT_TRUE(out2());
}

TEST_F(I8254PitTest, mode2_gives_one_edge_each_period) {
  control(0x34);
  load(0, 1193);
  EXPECT_TRUE(lines_.level(0));
  to_tick(1193 * 10);
  EXPECT_EQ(lines_.rises(0), 11);  // the first one is the control word's
  EXPECT_EQ(latched(0), 1193);
  to_tick(1193 * 10 + 1192);
  EXPECT_EQ(latched(0), 1);
  EXPECT_EQ(status(0), 0x34);  // low for the last clock
}

TEST_F(I8254PitTest, mode2_takes_a_new_count_at_the_end_of_the_period) {
  control(0x34);
  load(0, 1000);
  to_tick(500);
  load(0, 2000);
  EXPECT_EQ(status(0) & 0x40, 0x40);
  EXPECT_EQ(latched(0), 500);
  to_tick(1500);
  EXPECT_EQ(latched(0), 1500);
  EXPECT_EQ(status(0) & 0x40, 0);
  to_tick(2999);
  EXPECT_EQ(lines_.rises(0), 2);
  to_tick(3000);
  EXPECT_EQ(lines_.rises(0), 3);
}

TEST_F(I8254PitTest, mode2_count_zero_is_65536) {
  control(0x34);
  load(0, 0);
  to_tick(65535);
  EXPECT_EQ(latched(0), 1);
  EXPECT_EQ(lines_.rises(0), 1);
  to_tick(65536);
  EXPECT_EQ(lines_.rises(0), 2);
}

TEST_F(I8254PitTest, mode3_is_a_square_wave_that_counts_by_two) {
  control(0x36);
  load(0, 1001);  // high for 501, low for 500
  to_tick(500);
  EXPECT_TRUE(lines_.level(0));
  EXPECT_EQ(latched(0), 0);
  to_tick(501);
  EXPECT_FALSE(lines_.level(0));
  EXPECT_EQ(latched(0), 1000);
  to_tick(1001);
  EXPECT_TRUE(lines_.level(0));
  to_tick(1101);
  EXPECT_EQ(latched(0), 800);
}

TEST_F(I8254PitTest, mode4_strobes_once) {
  control(0x38);
  load(0, 300);
  EXPECT_TRUE(lines_.level(0));
  EXPECT_EQ(lines_.rises(0), 1);
  to_tick(1000);
  EXPECT_EQ(lines_.rises(0), 2);
}

TEST_F(I8254PitTest, mode5_strobes_after_the_gate_rises) {
  control(0xBA);
  load(2, 50);
  to_tick(100);
  EXPECT_TRUE(out2());
  gate2(true);
  to_tick(150);
  EXPECT_FALSE(out2());
  to_tick(151);
  EXPECT_TRUE(out2());
}

TEST_F(I8254PitTest, the_gate_stops_mode0_and_lets_it_go_on) {
  control(0xB0);
  gate2(true);
  load(2, 1000);
  to_tick(400);
  gate2(false);
  to_tick(5000);
  EXPECT_EQ(latched(2), 600);
  EXPECT_FALSE(out2());
  gate2(true);
  to_tick(5599);
  EXPECT_FALSE(out2());
  to_tick(5600);
  EXPECT_TRUE(out2());
}

TEST_F(I8254PitTest, bcd_counts_by_decimal_digits) {
  control(0xB1);
  gate2(true);
  load(2, 0x1000);
  to_tick(1);
  EXPECT_EQ(latched(2), 0x0999);
  to_tick(1001);
  EXPECT_EQ(latched(2), 0x9999);
  control(0xB1);
  load(2, 0);  // ten thousand
  to_tick(1002);
  EXPECT_EQ(latched(2), 0x9999);
}

TEST_F(I8254PitTest, a_latched_count_holds_until_it_is_read) {
  control(0xB4);
  gate2(true);
  load(2, 1000);
  to_tick(100);
  control(0x80);
  to_tick(200);
  control(0x80);
  EXPECT_EQ(pio_in(pit_, 2), 900u & 0xFF);
  EXPECT_EQ(pio_in(pit_, 2), 900u >> 8);
  EXPECT_EQ(pio_in(pit_, 2), 800u & 0xFF);  // the running count again
}

TEST_F(I8254PitTest, read_back_latches_several_counters_status_first) {
  control(0x34);
  load(0, 1000);
  control(0xB6);
  gate2(true);
  load(2, 500);
  to_tick(10);
  control(0xC0 | 2 | 8);
  to_tick(20);
  EXPECT_EQ(pio_in(pit_, 0), 0xB4u);
  EXPECT_EQ(pio_in(pit_, 0), 990u & 0xFF);
  EXPECT_EQ(pio_in(pit_, 0), 990u >> 8);
  EXPECT_EQ(pio_in(pit_, 2), 0xB6u);
  EXPECT_EQ(pio_in(pit_, 2), 480u & 0xFF);
}

TEST_F(I8254PitTest, one_byte_counts) {
  control(0x90);  // counter 2, LSB only
  gate2(true);
  pio_out(pit_, 2, 200);
  to_tick(50);
  EXPECT_EQ(pio_in(pit_, 2), 150u);
  EXPECT_EQ(pio_in(pit_, 2), 150u);
  control(0xA0);  // MSB only
  pio_out(pit_, 2, 2);
  EXPECT_EQ(pio_in(pit_, 2), 2u);
}

TEST_F(I8254PitTest, the_refresh_bit_toggles_every_15_microseconds) {
  const auto first = pio_in(port61_, 0) & 0x10;
  clock_.advance(15'085);
  EXPECT_NE(pio_in(port61_, 0) & 0x10, first);
}

TEST_F(I8254PitTest, the_shortest_periods_do_not_flood_the_host) {
  control(0x14);
  pio_out(pit_, 0, 1);
  clock_.advance(kNsPerSecond / 10);
  EXPECT_LE(lines_.rises(0), 5'001);
}

TEST_F(I8254PitTest, save_and_restore) {
  control(0x34);
  load(0, 1000);
  control(0xB6);
  load(2, 700);
  gate2(true);
  to_tick(333);
  load(0, 1200);
  control(0xC2);
  FakeClock other_clock;
  FakeLines other_lines;
  other_clock.advance(clock_.now_ns());
  I8254Pit other{other_clock, other_lines.line(0)};
  expect_round_trip(pit_, other);
  other_clock.advance(1'000'000'000);
  clock_.advance(1'000'000'000);
  EXPECT_EQ(other_lines.rises(0), lines_.rises(0));
}

}  // namespace
}  // namespace mullion
