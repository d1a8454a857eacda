// The test device of a PC.
// SPDX-License-Identifier: Apache-2.0
#include "devices/misc/pc_testdev/pc_testdev.hpp"

#include "bus/port_bus.hpp"
#include "support/devices.hpp"

#include <memory>

namespace mullion {
namespace {

struct PcTestdevTest : testing::Test {
  PcTestdevTest() {
    bus.map({.first = 0xE0, .count = 4, .max_size = 4}, dev->data_ports());
    bus.map({.first = 0xE4, .count = 4, .max_size = 4}, dev->flush_ports());
    bus.map({.first = 0xE8, .count = 4, .max_size = 1}, dev->byte_ports());
    bus.map({.first = 0x2000, .count = 24, .max_size = 1}, dev->irq_ports());
  }
  FakeLines lines;
  std::unique_ptr<PcTestdev> dev = std::make_unique<PcTestdev>(lines);
  PortBus bus;
};

TEST_F(PcTestdevTest, reset_values) {
  bus.write(0xE0, 4, 0x11223344);
  bus.write(0x2005, 1, 1);
  dev->mmio_write(0, 8, ~uint64_t{0});
  dev->reset();
  EXPECT_EQ(bus.read(0xE0, 4), 0u);
  EXPECT_FALSE(lines.level(5));
  EXPECT_EQ(dev->mmio_read(0, 8).value, 0u);
}

TEST_F(PcTestdevTest, read_only_registers) {
  bus.write(0xE4, 4, 0x1000);  // a flush changes nothing that can be read
  EXPECT_EQ(bus.read(0xE4, 4), 0xFFFFFFFFu);
}

TEST_F(PcTestdevTest, invalid_registers) {
  EXPECT_EQ(bus.read(0x2000, 1), 0xFFu);
  EXPECT_EQ(dev->mmio_read(0xFFFF, 4).status, IoStatus::nobody);
  EXPECT_EQ(dev->mmio_write(~uint64_t{0}, 4, 0), IoStatus::nobody);
}

TEST_F(PcTestdevTest, data_is_one_register_in_all_widths_through_both_ranges) {
  bus.write(0xE0, 4, 0x12345678);
  EXPECT_EQ(bus.read(0xE1, 1), 0x56u);
  EXPECT_EQ(bus.read(0xE2, 2), 0x1234u);
  bus.write(0xE1, 2, 0xBEEF);
  EXPECT_EQ(bus.read(0xE8, 4), 0x12BEEF78u);
  bus.write(0xE8, 4, 0xCAFEBABE);
  EXPECT_EQ(bus.read(0xE0, 4), 0xCAFEBABEu);
}

TEST_F(PcTestdevTest, interrupt_lines_follow_their_ports) {
  bus.write(0x2000, 1, 1);
  bus.write(0x2017, 1, 0x80);
  EXPECT_TRUE(lines.level(0));
  EXPECT_TRUE(lines.level(23));
  bus.write(0x2017, 1, 0);
  EXPECT_FALSE(lines.level(23));
}

TEST_F(PcTestdevTest, its_memory_holds_all_widths) {
  dev->mmio_write(0x100, 8, 0x1122334455667788);
  EXPECT_EQ(dev->mmio_read(0x103, 2).value, 0x4455u);
}

TEST_F(PcTestdevTest, save_and_restore) {
  bus.write(0xE0, 4, 1);
  bus.write(0x2003, 1, 1);
  dev->mmio_write(0xFFF8, 8, 5);
  const auto other = std::make_unique<PcTestdev>(lines);
  expect_round_trip(*dev, *other);
}

}  // namespace
}  // namespace mullion
