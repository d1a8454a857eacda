// The 8259A pair against its data sheet.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/i8259_pic/i8259_pic.hpp"

#include "support/devices.hpp"

namespace mullion {
namespace {

class I8259PicTest : public testing::Test {
 protected:
  I8259PicTest() { initialise(0x01); }
  // Vectors 20h and 28h, as Linux and SeaBIOS (08h, 70h) do it.
  void initialise(uint8_t icw4) {
    for (auto* port : {&master_, &slave_}) {
      pio_out(*port, 0, 0x11);
      pio_out(*port, 1, port == &master_ ? 0x20 : 0x28);
      pio_out(*port, 1, port == &master_ ? 0x04 : 0x02);
      pio_out(*port, 1, icw4);
    }
  }
  void pulse(unsigned irq) {
    pic_.set_line(irq, true);
    pic_.set_line(irq, false);
  }
  uint8_t isr(PioTarget& port) {
    pio_out(port, 0, 0x0B);
    return static_cast<uint8_t>(pio_in(port, 0));
  }
  uint8_t irr(PioTarget& port) {
    pio_out(port, 0, 0x0A);
    return static_cast<uint8_t>(pio_in(port, 0));
  }
  bool intr() { return lines_.level(0); }

  FakeLines lines_;
  I8259Pic pic_{lines_.line(0)};
  PioTarget& master_ = pic_.master_ports();
  PioTarget& slave_ = pic_.slave_ports();
  PioTarget& elcr_ = pic_.elcr_ports();
};

TEST_F(I8259PicTest, reset_values) {
  pic_.reset();
  EXPECT_EQ(pio_in(master_, 0), 0u);
  EXPECT_EQ(pio_in(master_, 1), 0u);
  EXPECT_EQ(pio_in(slave_, 1), 0u);
  EXPECT_EQ(pio_in(elcr_, 0), 0u);
  EXPECT_FALSE(intr());
}

TEST_F(I8259PicTest, read_only_registers) {
  // ISA's own interrupts cannot be made level-triggered.
  pio_out(elcr_, 0, 0xFF);
  pio_out(elcr_, 1, 0xFF);
  EXPECT_EQ(pio_in(elcr_, 0), 0xF8u);
  EXPECT_EQ(pio_in(elcr_, 1), 0xDEu);
}

TEST_F(I8259PicTest, invalid_registers) {
  // Inputs that do not exist and the cascade input go nowhere.
  for (const unsigned irq : {2u, 16u, 1000u}) pic_.set_line(irq, true);
  EXPECT_EQ(irr(master_), 0);
  EXPECT_FALSE(intr());
}

TEST_F(I8259PicTest, an_edge_gives_the_vector_and_enters_service) {
  pulse(4);
  EXPECT_TRUE(intr());
  EXPECT_EQ(pic_.acknowledge(), 0x24);
  EXPECT_FALSE(intr());
  EXPECT_EQ(isr(master_), 0x10);
  EXPECT_EQ(irr(master_), 0);
  pio_out(master_, 0, 0x20);
  EXPECT_EQ(isr(master_), 0);
}

TEST_F(I8259PicTest, the_slave_comes_through_the_cascade) {
  pulse(8);
  EXPECT_EQ(irr(master_), 0x04);
  EXPECT_EQ(pic_.acknowledge(), 0x28);
  EXPECT_EQ(isr(slave_), 0x01);
  EXPECT_EQ(isr(master_), 0x04);
  pulse(9);  // lower priority: waits
  EXPECT_FALSE(intr());
  pio_out(slave_, 0, 0x20);
  EXPECT_FALSE(intr());  // the master's cascade input is still in service
  pio_out(master_, 0, 0x20);
  EXPECT_EQ(pic_.acknowledge(), 0x29);
}

TEST_F(I8259PicTest, priorities_nest) {
  pulse(5);
  EXPECT_EQ(pic_.acknowledge(), 0x25);
  pulse(6);
  EXPECT_FALSE(intr());
  pulse(1);
  EXPECT_EQ(pic_.acknowledge(), 0x21);
  pio_out(master_, 0, 0x20);
  EXPECT_EQ(isr(master_), 0x20);
  pio_out(master_, 0, 0x20);
  EXPECT_EQ(pic_.acknowledge(), 0x26);
}

TEST_F(I8259PicTest, masked_requests_wait) {
  pio_out(master_, 1, 0xFF);
  pulse(1);
  EXPECT_FALSE(intr());
  EXPECT_EQ(irr(master_), 0x02);
  pio_out(master_, 1, 0xFD);
  EXPECT_EQ(pic_.acknowledge(), 0x21);
}

TEST_F(I8259PicTest, nothing_pending_is_the_spurious_vector_without_service) {
  EXPECT_EQ(pic_.acknowledge(), 0x27);
  EXPECT_EQ(isr(master_), 0);
  // A level that falls between INT and INTA.
  pio_out(elcr_, 1, 0x02);
  pic_.set_line(9, true);
  EXPECT_TRUE(intr());
  pic_.set_line(9, false);
  EXPECT_FALSE(intr());
  EXPECT_EQ(pic_.acknowledge(), 0x27);
}

TEST_F(I8259PicTest, a_level_asks_again_until_it_falls) {
  pio_out(elcr_, 0, 0x20);
  pic_.set_line(5, true);
  EXPECT_EQ(pic_.acknowledge(), 0x25);
  pio_out(master_, 0, 0x65);  // specific EOI
  EXPECT_TRUE(intr());
  pic_.set_line(5, false);
  EXPECT_FALSE(intr());
}

TEST_F(I8259PicTest, an_edge_needs_the_line_to_fall_first) {
  pic_.set_line(3, true);
  EXPECT_EQ(pic_.acknowledge(), 0x23);
  pio_out(master_, 0, 0x20);
  pic_.set_line(3, true);
  EXPECT_FALSE(intr());
  pulse(3);
  EXPECT_FALSE(intr());
  pulse(3);
  EXPECT_TRUE(intr());
}

TEST_F(I8259PicTest, automatic_eoi_leaves_nothing_in_service) {
  initialise(0x03);
  pulse(6);
  EXPECT_EQ(pic_.acknowledge(), 0x26);
  EXPECT_EQ(isr(master_), 0);
  pio_out(master_, 0, 0x80);  // rotate in automatic EOI
  pulse(6);
  EXPECT_EQ(pic_.acknowledge(), 0x26);
  pulse(6);
  pulse(7);
  EXPECT_EQ(pic_.acknowledge(), 0x27);  // 6 is the lowest now
}

TEST_F(I8259PicTest, rotation_and_set_priority) {
  pio_out(master_, 0, 0xC3);  // 3 is the lowest: 4 comes first
  pulse(0);
  pulse(4);
  EXPECT_EQ(pic_.acknowledge(), 0x24);
  pio_out(master_, 0, 0xA0);  // rotate on non-specific EOI: 4 is the lowest
  pulse(4);
  EXPECT_EQ(pic_.acknowledge(), 0x20);
  pio_out(master_, 0, 0xE0);  // rotate on specific EOI: 0 is the lowest
  pulse(0);
  pulse(1);
  EXPECT_EQ(pic_.acknowledge(), 0x21);
}

TEST_F(I8259PicTest, special_mask_lets_lower_priorities_through) {
  pulse(1);
  EXPECT_EQ(pic_.acknowledge(), 0x21);
  pulse(5);
  EXPECT_FALSE(intr());
  pio_out(master_, 1, 0x02);
  EXPECT_FALSE(intr());
  pio_out(master_, 0, 0x68);
  EXPECT_TRUE(intr());
  pio_out(master_, 0, 0x48);
  EXPECT_FALSE(intr());
}

TEST_F(I8259PicTest, poll_acknowledges_by_reading) {
  pulse(3);
  pio_out(master_, 0, 0x0C);
  EXPECT_EQ(pio_in(master_, 0), 0x83u);
  EXPECT_EQ(isr(master_), 0x08);
  pio_out(master_, 0, 0x20);
  pio_out(master_, 0, 0x0C);
  EXPECT_EQ(pio_in(master_, 0), 0x00u);
}

TEST_F(I8259PicTest, icw1_clears_mask_requests_and_service) {
  pulse(1);
  pic_.acknowledge();
  pulse(4);
  pio_out(master_, 1, 0xF0);
  pio_out(master_, 0, 0x11);
  pio_out(master_, 1, 0x30);
  pio_out(master_, 1, 0x04);
  pio_out(master_, 1, 0x01);
  EXPECT_EQ(pio_in(master_, 1), 0u);
  EXPECT_EQ(isr(master_), 0);
  EXPECT_EQ(irr(master_), 0);
}

TEST_F(I8259PicTest, single_mode_expects_no_icw3) {
  pio_out(master_, 0, 0x13);
  pio_out(master_, 1, 0x40);
  pio_out(master_, 1, 0x01);
  pio_out(master_, 1, 0xEF);
  EXPECT_EQ(pio_in(master_, 1), 0xEFu);
}

TEST_F(I8259PicTest, special_fully_nested_lets_the_slave_in_again) {
  pio_out(master_, 0, 0x11);
  pio_out(master_, 1, 0x20);
  pio_out(master_, 1, 0x04);
  pio_out(master_, 1, 0x11);
  pulse(12);
  EXPECT_EQ(pic_.acknowledge(), 0x2C);
  pulse(8);
  EXPECT_TRUE(intr());
  EXPECT_EQ(pic_.acknowledge(), 0x28);
}

TEST_F(I8259PicTest, save_and_restore) {
  pulse(1);
  pic_.acknowledge();
  pulse(12);
  pio_out(elcr_, 1, 0x0C);
  pio_out(slave_, 0, 0x11);
  FakeLines other_lines;
  I8259Pic other{other_lines.line(0)};
  expect_round_trip(pic_, other);
}

}  // namespace
}  // namespace mullion
