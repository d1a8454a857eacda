// The ISA bridge: interrupt routing and reset.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/piix3/piix3.hpp"

#include <gtest/gtest.h>

#include <map>

namespace mullion {
namespace {

struct Lines final : LineSink {
  std::map<unsigned, bool> levels;
  unsigned rises = 0;
  void set_line(unsigned index, bool level) override {
    levels[index] = level;
    rises += level;
  }
};

class IsaBridge : public ::testing::Test {
 protected:
  PortBus ports;
  MmioBus mmio;
  Lines irqs, resets;
  Piix3 bridge{PciSpaces{ports, mmio}, irqs, Line{resets, 0}};
};

TEST_F(IsaBridge, reset_values) {
  EXPECT_EQ(bridge.config_read(0x00, 4), 0x70008086u);
  EXPECT_EQ(bridge.config_read(0x08, 4), 0x06010000u);
  EXPECT_EQ(bridge.config_read(0x0e, 1), 0x80u);  // more functions follow
  EXPECT_EQ(bridge.config_read(0x60, 4), 0x80808080u);
}

TEST_F(IsaBridge, read_only_registers) {
  bridge.config_write(0x00, 4, 0);
  EXPECT_EQ(bridge.config_read(0x00, 4), 0x70008086u);
  bridge.config_write(0x60, 1, 0xff);
  EXPECT_EQ(bridge.config_read(0x60, 1), 0x8fu);  // PIRQRC: bits 6:4 are reserved
}

TEST_F(IsaBridge, pins_rotate_over_pirqs_by_slot) {
  for (unsigned i = 0; i < 4; ++i) bridge.config_write(0x60 + i, 1, 3 + i);  // PIRQA–D on 3, 4, 5, 6
  const auto irq_of = [&](unsigned slot, unsigned pin) {
    irqs.levels.clear();
    bridge.set_line(slot * 4 + pin, true);
    const unsigned irq = irqs.levels.begin()->first;
    bridge.set_line(slot * 4 + pin, false);
    return irq;
  };
  EXPECT_EQ(irq_of(1, 0), 3u);
  EXPECT_EQ(irq_of(1, 3), 6u);
  EXPECT_EQ(irq_of(2, 0), 4u);
  EXPECT_EQ(irq_of(4, 0), 6u);
  EXPECT_EQ(irq_of(5, 0), 3u);
}

TEST_F(IsaBridge, shared_pirq_stays_high_until_the_last_slot_lets_go) {
  bridge.config_write(0x60, 1, 11);
  bridge.set_line(1 * 4, true);
  bridge.set_line(5 * 4, true);
  bridge.set_line(1 * 4, false);
  EXPECT_TRUE(irqs.levels[11]);
  bridge.set_line(5 * 4, false);
  EXPECT_FALSE(irqs.levels[11]);
}

TEST_F(IsaBridge, rerouting_moves_an_asserted_interrupt) {
  bridge.config_write(0x60, 1, 11);
  bridge.set_line(4, true);
  bridge.config_write(0x60, 1, 10);
  EXPECT_FALSE(irqs.levels[11]);
  EXPECT_TRUE(irqs.levels[10]);
  bridge.config_write(0x60, 1, 0x80);
  EXPECT_FALSE(irqs.levels[10]);
}

TEST_F(IsaBridge, reserved_interrupts_are_never_driven) {
  for (const unsigned irq : {0, 1, 2, 8, 13}) {
    bridge.config_write(0x60, 1, irq);
    bridge.set_line(4, true);
    bridge.set_line(4, false);
  }
  EXPECT_TRUE(irqs.levels.empty());
}

TEST_F(IsaBridge, rcr_resets_when_rcpu_is_set) {
  EXPECT_EQ(bridge.pio_write(0, 1, 2), IoStatus::ok);
  EXPECT_EQ(resets.rises, 0u);
  EXPECT_EQ(bridge.pio_write(0, 1, 6), IoStatus::ok);
  EXPECT_EQ(resets.rises, 1u);
  EXPECT_EQ(bridge.pio_read(0, 1).value, 2u);
}

TEST_F(IsaBridge, invalid_registers) { EXPECT_EQ(bridge.pio_read(0, 2).status, IoStatus::bad_size); }

TEST_F(IsaBridge, save_restore_save_is_identical) {
  bridge.config_write(0x60, 1, 11);
  bridge.set_line(4, true);
  StateWriter first;
  bridge.save(first);
  bridge.reset();
  EXPECT_FALSE(irqs.levels[11]);
  auto reader = StateReader::parse(first.bytes());
  ASSERT_TRUE(bridge.restore(*reader).has_value());
  EXPECT_TRUE(irqs.levels[11]);
  StateWriter second;
  bridge.save(second);
  EXPECT_EQ(first.bytes(), second.bytes());
}

}  // namespace
}  // namespace mullion
