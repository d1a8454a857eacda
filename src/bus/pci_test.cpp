// PCI configuration space, windows and interrupt pins.
// SPDX-License-Identifier: Apache-2.0
#include "bus/pci.hpp"

#include <gtest/gtest.h>

#include <map>

namespace mullion {
namespace {

class Card final : public PciFunction, public PioTarget, public MmioTarget {
 public:
  explicit Card(const PciSpaces& spaces)
      : PciFunction({.vendor = 0x1234, .device = 0x5678, .revision = 9, .class_code = 0x020304, .interrupt_pin = 1},
                    spaces) {
    add_memory_bar(0, 0x1000, 4, *this);
    add_io_bar(1, 0x100, 4, *this);
  }
  using PciFunction::reset_config;
  using PciFunction::set_intx;
  IoRead pio_read(uint16_t offset, unsigned) override { return IoRead::of(0x10u + offset); }
  IoStatus pio_write(uint16_t, unsigned, uint32_t) override { return IoStatus::ok; }
  IoRead mmio_read(uint64_t offset, unsigned) override { return IoRead::of(0x20u + offset); }
  IoStatus mmio_write(uint64_t, unsigned, uint64_t) override { return IoStatus::ok; }
};

struct Router final : LineSink {
  std::map<unsigned, bool> levels;
  void set_line(unsigned index, bool level) override { levels[index] = level; }
};

class Pci : public ::testing::Test {
 protected:
  void SetUp() override {
    bus.set_router(router);
    bus.attach(pci_devfn(3, 0), card);
  }
  uint32_t read(unsigned offset, unsigned size) { return bus.config_read(0, pci_devfn(3, 0), offset, size); }
  void write(unsigned offset, unsigned size, uint32_t value) {
    bus.config_write(0, pci_devfn(3, 0), offset, size, value);
  }
  PortBus ports;
  MmioBus mmio;
  Router router;
  PciBus bus;
  Card card{PciSpaces{ports, mmio}};
};

TEST_F(Pci, reset_values) {
  EXPECT_EQ(read(0x00, 4), 0x56781234u);
  EXPECT_EQ(read(0x08, 4), 0x02030409u);
  EXPECT_EQ(read(0x2c, 4), 0x11001af4u);
  EXPECT_EQ(read(0x10, 4), 0u);
  EXPECT_EQ(read(0x14, 4), 1u);  // an I/O window
  EXPECT_EQ(read(0x3d, 1), 1u);
}

TEST_F(Pci, read_only_registers) {
  write(0x00, 4, 0xffffffff);
  write(0x08, 4, 0xffffffff);
  EXPECT_EQ(read(0x00, 4), 0x56781234u);
  EXPECT_EQ(read(0x08, 4), 0x02030409u);
}

TEST_F(Pci, absent_functions_read_as_ones) {
  EXPECT_EQ(bus.config_read(0, pci_devfn(4, 0), 0, 4), 0xffffffffu);
  EXPECT_EQ(bus.config_read(1, pci_devfn(3, 0), 0, 2), 0xffffu);
  EXPECT_EQ(bus.free_slot(3), 4u);
}

TEST_F(Pci, all_ones_in_a_bar_tell_its_size) {
  write(0x10, 4, 0xffffffff);
  write(0x14, 4, 0xffffffff);
  EXPECT_EQ(read(0x10, 4), 0xfffff000u);
  EXPECT_EQ(read(0x14, 4), 0xffffff01u);
}

TEST_F(Pci, windows_open_when_decoding_is_on_and_follow_their_bars) {
  write(0x10, 4, 0xfebf0000);
  write(0x14, 4, 0xc000);
  EXPECT_EQ(mmio.read(0xfebf0004, 4), 0xffffffffu);
  write(0x04, 2, 3);
  EXPECT_EQ(mmio.read(0xfebf0004, 4), 0x24u);
  EXPECT_EQ(ports.read(0xc008, 4), 0x18u);
  write(0x10, 4, 0xfebe0000);
  EXPECT_EQ(mmio.read(0xfebf0004, 4), 0xffffffffu);
  EXPECT_EQ(mmio.read(0xfebe0004, 4), 0x24u);
  card.reset_config();
  EXPECT_EQ(mmio.read(0xfebe0004, 4), 0xffffffffu);
  EXPECT_EQ(ports.read(0xc008, 4), 0xffffffffu);
}

TEST_F(Pci, io_windows_beyond_port_space_stay_closed) {
  write(0x14, 4, 0x1000c000);
  write(0x04, 2, 1);
  EXPECT_EQ(ports.read(0xc008, 4), 0xffffffffu);
}

TEST_F(Pci, interrupt_pin_reaches_the_router_unless_disabled) {
  card.set_intx(true);
  EXPECT_TRUE(router.levels[12]);  // slot 3, INTA#
  EXPECT_EQ(read(0x06, 2) & 8u, 8u);
  write(0x04, 2, 0x400);
  EXPECT_FALSE(router.levels[12]);
  EXPECT_EQ(read(0x06, 2) & 8u, 8u);  // the status bit shows the device's wish
  card.set_intx(false);
  EXPECT_EQ(read(0x06, 2) & 8u, 0u);
}

}  // namespace
}  // namespace mullion
