// The 16550A against its data sheet.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/ns16550_uart/ns16550_uart.hpp"

#include "support/devices.hpp"
#include "support/fake_clock.hpp"

#include <string>

namespace mullion {
namespace {

class FakeChardev final : public Chardev {
 public:
  size_t write(std::span<const uint8_t> bytes) override {
    const size_t taken = std::min(bytes.size(), room);
    out.append(bytes.begin(), bytes.begin() + static_cast<long>(taken));
    room -= taken;
    return taken;
  }
  void attach(ChardevClient* c) override { client = c; }
  void input_wanted() override { ++wanted; }
  // Delivers what there is room for and says how much.
  size_t type(const std::string& text) {
    const size_t n = std::min(text.size(), client->chardev_room());
    const std::vector<uint8_t> bytes(text.begin(), text.begin() + static_cast<long>(n));
    if (n != 0) client->chardev_receive(bytes);
    return n;
  }
  ChardevClient* client = nullptr;
  std::string out;
  size_t room = ~size_t{0};
  int wanted = 0;
};

class Ns16550UartTest : public testing::Test {
 protected:
  uint8_t get(uint16_t offset) { return static_cast<uint8_t>(pio_in(uart_, offset)); }
  void set(uint16_t offset, uint8_t value) { pio_out(uart_, offset, value); }
  bool irq() { return lines_.level(4); }

  FakeClock clock_;
  FakeLines lines_;
  FakeChardev chardev_;
  Ns16550Uart uart_{{}, clock_, lines_.line(4), &chardev_};
};

TEST_F(Ns16550UartTest, reset_values) {
  set(1, 0x0F);
  set(3, 0x03);
  set(4, 0x0B);
  set(2, 0x01);
  uart_.reset();
  EXPECT_EQ(get(1), 0);
  EXPECT_EQ(get(2), 0x01);
  EXPECT_EQ(get(3), 0);
  EXPECT_EQ(get(4), 0);
  EXPECT_EQ(get(5), 0x60);
  EXPECT_EQ(get(6), 0xB0);
  EXPECT_FALSE(irq());
}

TEST_F(Ns16550UartTest, read_only_registers) {
  set(5, 0xFF);
  set(6, 0xFF);
  EXPECT_EQ(get(5), 0x60);
  EXPECT_EQ(get(6), 0xB0);
  set(1, 0xFF);
  EXPECT_EQ(get(1), 0x0F);
  set(4, 0xEF);
  EXPECT_EQ(get(4), 0x0F);
}

TEST_F(Ns16550UartTest, invalid_registers) {
  EXPECT_EQ(uart_.pio_read(8, 1).status, IoStatus::nobody);
  EXPECT_EQ(uart_.pio_write(8, 1, 0), IoStatus::nobody);
}

TEST_F(Ns16550UartTest, the_divisor_latch_hides_data_and_enables) {
  set(1, 0x05);
  set(3, 0x83);
  set(0, 0x01);
  set(1, 0x02);
  EXPECT_EQ(get(0), 0x01);
  EXPECT_EQ(get(1), 0x02);
  set(3, 0x03);
  EXPECT_EQ(get(1), 0x05);
  EXPECT_EQ(chardev_.out, "");
}

TEST_F(Ns16550UartTest, scratch_register) {
  set(7, 0xA5);
  EXPECT_EQ(get(7), 0xA5);
}

TEST_F(Ns16550UartTest, bytes_go_out_at_once_and_raise_thre) {
  set(1, 0x02);
  EXPECT_TRUE(irq());  // enabling it with an empty transmitter
  EXPECT_EQ(get(2), 0x02);
  EXPECT_FALSE(irq());  // reading IIR took it away
  set(0, 'a');
  EXPECT_EQ(chardev_.out, "a");
  EXPECT_TRUE(irq());
  EXPECT_EQ(get(5) & 0x60, 0x60);
}

TEST_F(Ns16550UartTest, a_full_chardev_fills_the_fifo_until_it_takes_more) {
  set(2, 0x01);
  set(1, 0x02);
  get(2);
  chardev_.room = 0;
  for (int i = 0; i < 20; ++i) set(0, static_cast<uint8_t>('a' + i));  // the FIFO holds 16
  EXPECT_EQ(get(5) & 0x60, 0);
  EXPECT_FALSE(irq());
  chardev_.room = 100;
  uart_.chardev_writable();
  EXPECT_EQ(chardev_.out, "abcdefghijklmnop");
  EXPECT_TRUE(irq());
  EXPECT_EQ(get(5) & 0x60, 0x60);
}

TEST_F(Ns16550UartTest, a_received_byte_raises_and_reading_it_lowers) {
  set(1, 0x01);
  EXPECT_EQ(chardev_.type("xy"), 1u);  // one byte without FIFO
  EXPECT_TRUE(irq());
  EXPECT_EQ(get(2), 0x04);
  EXPECT_EQ(get(5) & 0x01, 0x01);
  EXPECT_EQ(get(0), 'x');
  EXPECT_FALSE(irq());
  EXPECT_EQ(chardev_.wanted, 1);
  EXPECT_EQ(get(5) & 0x01, 0);
}

TEST_F(Ns16550UartTest, the_fifo_interrupts_at_its_trigger_level) {
  set(2, 0xC1);
  set(1, 0x01);
  EXPECT_EQ(chardev_.type("0123456789abc"), 13u);
  EXPECT_FALSE(irq());
  EXPECT_EQ(chardev_.type("defgh"), 3u);
  EXPECT_EQ(get(2), 0xC4);
  for (int i = 0; i < 3; ++i) get(0);
  EXPECT_FALSE(irq());
}

TEST_F(Ns16550UartTest, the_timeout_interrupts_below_the_trigger_level) {
  set(3, 0x83);
  set(0, 1);
  set(1, 0);
  set(3, 0x03);
  set(2, 0xC1);
  set(1, 0x01);
  chardev_.type("0");
  clock_.advance(4 * 86'805 - 1);  // 10 bits at 115200 baud: 86.8 µs
  EXPECT_FALSE(irq());
  clock_.advance(10);
  EXPECT_EQ(get(2), 0xCC);
  EXPECT_EQ(get(0), '0');
  EXPECT_FALSE(irq());
}

TEST_F(Ns16550UartTest, clearing_the_receiver_makes_room) {
  set(2, 0x01);
  chardev_.type("0123456789abcdef");
  EXPECT_EQ(chardev_.client->chardev_room(), 0u);
  set(2, 0x03);
  EXPECT_EQ(get(5) & 1, 0);
  EXPECT_EQ(chardev_.client->chardev_room(), 16u);
  EXPECT_EQ(get(2), 0xC1);
  set(2, 0x00);
  EXPECT_EQ(get(2), 0x01);
  EXPECT_EQ(chardev_.client->chardev_room(), 1u);
}

TEST_F(Ns16550UartTest, priorities_of_interrupts) {
  set(2, 0x01);
  set(4, 0x10);
  set(1, 0x0F);
  set(4, 0x12);                             // CTS changes
  for (int i = 0; i < 17; ++i) set(0, 'z');  // one too many
  EXPECT_EQ(get(2), 0xC6);
  EXPECT_EQ(get(5) & 0x02, 0x02);
  EXPECT_EQ(get(2), 0xC4);
  for (int i = 0; i < 16; ++i) get(0);
  EXPECT_EQ(get(2), 0xC2);
  EXPECT_EQ(get(2), 0xC0);
  get(6);
  EXPECT_EQ(get(2), 0xC1);
}

TEST_F(Ns16550UartTest, loopback_connects_outputs_to_inputs) {
  set(4, 0x1A);
  EXPECT_EQ(get(6) & 0xF0, 0x90);  // the probe of kernels: OUT2 and RTS
  set(4, 0x15);
  EXPECT_EQ(get(6) & 0xF0, 0x60);
  set(4, 0x11);
  EXPECT_EQ(get(6) & 0x04, 0x04);  // RI fell
  set(0, 'q');
  EXPECT_EQ(get(0), 'q');
  EXPECT_EQ(chardev_.out, "");
  EXPECT_EQ(chardev_.type("x"), 0u);
  set(4, 0x00);
  EXPECT_EQ(chardev_.type("x"), 1u);
}

TEST_F(Ns16550UartTest, without_fifo_an_overrun_keeps_the_newest) {
  set(4, 0x10);
  set(0, 'a');
  set(0, 'b');
  EXPECT_EQ(get(5) & 0x03, 0x03);
  EXPECT_EQ(get(5) & 0x03, 0x01);
  EXPECT_EQ(get(0), 'b');
}

TEST_F(Ns16550UartTest, a_break_is_a_zero_with_its_error) {
  set(2, 0x01);
  set(1, 0x04);
  chardev_.type("k");
  uart_.chardev_event(ChardevEvent::send_break);
  EXPECT_EQ(get(5) & 0x90, 0x80);  // below the top
  EXPECT_EQ(get(0), 'k');
  EXPECT_EQ(get(2), 0xC6);
  EXPECT_EQ(get(5) & 0x11, 0x11);
  EXPECT_EQ(get(2), 0xC1);
  EXPECT_EQ(get(0), 0);
}

TEST_F(Ns16550UartTest, carrier_follows_the_chardev) {
  set(1, 0x08);
  uart_.chardev_event(ChardevEvent::closed);
  EXPECT_TRUE(irq());
  EXPECT_EQ(get(6), 0x38);
  EXPECT_FALSE(irq());
  uart_.chardev_event(ChardevEvent::opened);
  EXPECT_EQ(get(6), 0xB8);
}

TEST_F(Ns16550UartTest, without_a_chardev_output_vanishes) {
  Ns16550Uart bare{{}, clock_, lines_.line(3), nullptr};
  pio_out(bare, 0, 'x');
  EXPECT_EQ(pio_in(bare, 5), 0x60u);
  EXPECT_EQ(pio_in(bare, 6), 0u);
}

TEST_F(Ns16550UartTest, save_and_restore) {
  set(2, 0x81);
  set(1, 0x0F);
  chardev_.type("hello");
  chardev_.room = 0;
  set(0, 'w');
  uart_.chardev_event(ChardevEvent::send_break);
  FakeLines other_lines;
  Ns16550Uart other{{}, clock_, other_lines.line(4), nullptr};
  expect_round_trip(uart_, other);
  EXPECT_EQ(other_lines.level(4), lines_.level(4));
}

}  // namespace
}  // namespace mullion
