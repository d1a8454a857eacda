// The keyboard controller, as firmware and kernels use it.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/i8042/i8042.hpp"

#include "support/devices.hpp"

namespace mullion {
namespace {

enum : unsigned { kIrq1 = 1, kIrq12 = 12, kReset = 100, kA20 = 101 };

class I8042Test : public testing::Test {
 protected:
  static I8042Lines lines(FakeLines& l) { return {l.line(kIrq1), l.line(kIrq12), l.line(kReset), &l, kA20}; }
  uint8_t status() { return static_cast<uint8_t>(pio_in(kbc_.command_port(), 0)); }
  uint8_t data() { return static_cast<uint8_t>(pio_in(kbc_.data_port(), 0)); }
  void command(uint8_t value) { pio_out(kbc_.command_port(), 0, value); }
  void write(uint8_t value) { pio_out(kbc_.data_port(), 0, value); }
  void to_mouse(uint8_t value) {
    command(0xD4);
    write(value);
  }
  // All bytes that wait, mouse bytes with 100h added.
  std::vector<unsigned> drain() {
    std::vector<unsigned> bytes;
    while ((status() & 1) != 0) {
      const unsigned aux = (status() & 0x20) != 0 ? 0x100 : 0;
      bytes.push_back(aux | data());
    }
    return bytes;
  }
  using Bytes = std::vector<unsigned>;

  FakeLines lines_;
  I8042 kbc_{lines(lines_)};
};

TEST_F(I8042Test, reset_values) {
  EXPECT_EQ(status(), 0x18);
  EXPECT_TRUE(lines_.level(kA20));
  command(0x20);
  EXPECT_EQ(data(), 0x03);
  EXPECT_EQ(lines_.rises(kReset), 0);
}

TEST_F(I8042Test, read_only_registers) {
  command(0x60);
  write(0x00);
  EXPECT_EQ(status() & 0x10, 0x10);
  command(0xC0);
  EXPECT_EQ(data(), 0x80);
}

TEST_F(I8042Test, invalid_registers) {
  command(0x00);
  command(0x99);
  EXPECT_EQ(status() & 1, 0);
  EXPECT_EQ(data(), 0);
}

TEST_F(I8042Test, self_test_and_interface_tests) {
  command(0xAA);
  EXPECT_EQ(data(), 0x55);
  EXPECT_EQ(status() & 0x04, 0x04);
  command(0xAB);
  EXPECT_EQ(data(), 0x00);
  command(0xA9);
  EXPECT_EQ(data(), 0x00);
}

TEST_F(I8042Test, the_command_byte_and_the_ram_behind_it) {
  command(0x60);
  write(0x47);
  command(0x20);
  EXPECT_EQ(data(), 0x47);
  EXPECT_EQ(status() & 0x04, 0x04);
  command(0x7F);
  write(0x5A);
  command(0x3F);
  EXPECT_EQ(data(), 0x5A);
}

TEST_F(I8042Test, the_keyboard_resets_and_identifies) {
  write(0xFF);
  EXPECT_TRUE(lines_.level(kIrq1));
  EXPECT_EQ(drain(), (Bytes{0xFA, 0xAA}));
  EXPECT_FALSE(lines_.level(kIrq1));
  EXPECT_EQ(lines_.rises(kIrq1), 2);
  write(0xF2);
  EXPECT_EQ(drain(), (Bytes{0xFA, 0xAB, 0x83}));
  command(0x60);
  write(0x43);
  write(0xF2);
  EXPECT_EQ(drain(), (Bytes{0xFA, 0xAB, 0x41}));  // translated
}

TEST_F(I8042Test, keyboard_commands_with_an_argument) {
  for (const uint8_t c : {uint8_t{0xED}, uint8_t{0xF3}}) {
    write(c);
    write(0x02);
    EXPECT_EQ(drain(), (Bytes{0xFA, 0xFA}));
  }
  write(0xF0);
  write(0x03);
  write(0xF0);
  write(0x00);
  EXPECT_EQ(drain(), (Bytes{0xFA, 0xFA, 0xFA, 0xFA, 0x03}));
  write(0xED);
  write(0xF4);  // a command instead of the argument
  EXPECT_EQ(drain(), (Bytes{0xFA, 0xFA}));
  write(0xEE);
  EXPECT_EQ(drain(), (Bytes{0xEE}));
  write(0xFE);
  EXPECT_EQ(drain(), (Bytes{0xEE}));
}

TEST_F(I8042Test, the_mouse_resets_and_identifies) {
  to_mouse(0xFF);
  EXPECT_TRUE(lines_.level(kIrq12));
  EXPECT_FALSE(lines_.level(kIrq1));
  EXPECT_EQ(drain(), (Bytes{0x1FA, 0x1AA, 0x100}));
  to_mouse(0xF2);
  EXPECT_EQ(drain(), (Bytes{0x1FA, 0x100}));
  to_mouse(0xF3);
  to_mouse(60);
  to_mouse(0xE8);
  to_mouse(3);
  to_mouse(0xF4);
  drain();
  to_mouse(0xE9);
  EXPECT_EQ(drain(), (Bytes{0x1FA, 0x120, 0x103, 0x100 + 60}));
  to_mouse(0xEB);
  EXPECT_EQ(drain(), (Bytes{0x1FA, 0x108, 0x100, 0x100}));
  to_mouse(0xEE);
  to_mouse(0x42);
  EXPECT_EQ(drain(), (Bytes{0x1FA, 0x142}));
  to_mouse(0xEC);
  EXPECT_EQ(drain(), (Bytes{0x1FA}));
}

TEST_F(I8042Test, disabled_channels_hold_their_bytes_and_interrupts_follow_the_command_byte) {
  command(0x60);
  write(0x00);
  write(0xF2);
  EXPECT_FALSE(lines_.level(kIrq1));
  EXPECT_EQ(data(), 0xFA);
  command(0xAD);
  EXPECT_EQ(status() & 1, 1);  // the byte that was there already
  data();
  EXPECT_EQ(status() & 1, 0);
  command(0xAE);
  EXPECT_EQ(data(), 0x83);
}

TEST_F(I8042Test, the_loopback_that_kernels_test_the_aux_port_with) {
  command(0xD3);
  write(0xA5);
  EXPECT_TRUE(lines_.level(kIrq12));
  EXPECT_EQ(drain(), (Bytes{0x1A5}));
  command(0xD2);
  write(0x1C);
  EXPECT_TRUE(lines_.level(kIrq1));
  EXPECT_EQ(drain(), (Bytes{0x1C}));
}

TEST_F(I8042Test, a20_follows_the_output_port_at_each_write) {
  command(0xD1);
  write(0xDD);
  EXPECT_FALSE(lines_.level(kA20));
  command(0xD0);
  EXPECT_EQ(data() & 0x02, 0);
  command(0xDF);
  EXPECT_TRUE(lines_.level(kA20));
  const int calls = lines_.calls(kA20);
  command(0xDF);
  EXPECT_EQ(lines_.calls(kA20), calls + 1);  // also without a change: another gate may have been used
  command(0xDD);
  EXPECT_FALSE(lines_.level(kA20));
  EXPECT_EQ(lines_.rises(kReset), 0);
}

TEST_F(I8042Test, reset_by_pulse_and_by_output_port) {
  command(0xFF);
  EXPECT_EQ(lines_.rises(kReset), 0);
  command(0xFE);
  EXPECT_EQ(lines_.rises(kReset), 1);
  command(0xD1);
  write(0xDE);
  EXPECT_EQ(lines_.rises(kReset), 2);
}

TEST_F(I8042Test, a_guest_that_never_reads_does_no_harm) {
  for (int i = 0; i < 10'000; ++i) {
    command(0x20);
    write(0xF2);
    to_mouse(0xE9);
  }
  EXPECT_LE(drain().size(), 200u);
}

TEST_F(I8042Test, save_and_restore) {
  write(0xF2);
  to_mouse(0xFF);
  command(0x20);
  command(0xD1);
  FakeLines other_lines;
  I8042 other{lines(other_lines)};
  expect_round_trip(kbc_, other);
  EXPECT_EQ(other_lines.level(kIrq1), lines_.level(kIrq1));
}

}  // namespace
}  // namespace mullion
