// The firmware configuration device: byte port, DMA, directory, hostile descriptors.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/fw_cfg/fw_cfg.hpp"

#include "base/bytes.hpp"
#include "bus/port_bus.hpp"

#include <gtest/gtest.h>

namespace mullion {
namespace {

class FwCfgDevice : public ::testing::Test {
 protected:
  static constexpr uint64_t kRamSize = 0x100000;
  static constexpr uint64_t kDescriptor = 0x1000;

  FwCfgDevice() {
    const auto ram = *memory.add_block("ram", kRamSize);
    (void)memory.map(0, kRamSize, RangeUse::ram(ram, 0));
    ports.map({.first = 0x510, .count = 2, .max_size = 2}, device.data_ports());
    ports.map({.first = 0x514, .count = 8, .max_size = 4}, device.dma_ports());
  }
  std::string read(uint16_t key, size_t length) {
    ports.write(0x510, 2, key);
    std::string text;
    for (size_t i = 0; i < length; ++i) text.push_back(static_cast<char>(ports.read(0x511, 1)));
    return text;
  }
  // The control word that the device leaves behind.
  uint32_t dma(uint32_t control, uint32_t length, uint64_t address, uint64_t descriptor = kDescriptor) {
    (void)memory.copy_out<uint32_t>(descriptor, byte_swap(control));
    (void)memory.copy_out<uint32_t>(descriptor + 4, byte_swap(length));
    (void)memory.copy_out<uint64_t>(descriptor + 8, byte_swap(address));
    ports.write(0x514, 4, byte_swap(static_cast<uint32_t>(descriptor >> 32)));
    ports.write(0x518, 4, byte_swap(static_cast<uint32_t>(descriptor)));
    return byte_swap(memory.copy_in<uint32_t>(descriptor).value_or(0xdead));
  }
  static constexpr uint32_t select_and_read(uint16_t key) { return uint32_t{key} << 16 | 8 | 2; }

  GuestMemory memory;
  PortBus ports;
  FwCfg device{memory};
};

TEST_F(FwCfgDevice, reset_values) {
  EXPECT_EQ(read(0, 4), "QEMU");
  EXPECT_EQ(read(1, 4), std::string("\3\0\0\0", 4));                 // byte port and DMA
  EXPECT_EQ(ports.read(0x514, 4), byte_swap(uint32_t{0x51454d55}));  // "QEMU CFG", first byte first
  EXPECT_EQ(ports.read(0x518, 4), byte_swap(uint32_t{0x20434647}));
}

TEST_F(FwCfgDevice, read_only_registers) {
  ports.write(0x510, 2, 0);
  ports.write(0x511, 1, 'X');
  EXPECT_EQ(read(0, 4), "QEMU");
}

TEST_F(FwCfgDevice, invalid_registers) {
  EXPECT_EQ(read(0x7777, 2), std::string("\0\0", 2));
  EXPECT_EQ(read(0, 6), std::string("QEMU\0\0", 6));  // zeros past the end
}

TEST_F(FwCfgDevice, directory_is_sorted_and_big_endian) {
  ASSERT_TRUE(device.add_file("etc/b", {1, 2, 3}).has_value());
  ASSERT_TRUE(device.add_file("etc/a", {7}).has_value());
  const auto directory = read(0x19, 4 + 2 * 64);
  EXPECT_EQ(load_be<uint32_t>(directory.data()), 2u);
  EXPECT_STREQ(directory.data() + 12, "etc/a");
  EXPECT_EQ(load_be<uint32_t>(directory.data() + 68), 3u);
  EXPECT_STREQ(directory.data() + 76, "etc/b");
  const auto key = load_be<uint16_t>(directory.data() + 72);
  EXPECT_GE(key, 0x20);
  EXPECT_EQ(read(key, 3), "\1\2\3");
}

TEST_F(FwCfgDevice, double_and_overlong_names_are_refused) {
  EXPECT_TRUE(device.add_file(std::string(55, 'x'), {1}).has_value());
  EXPECT_FALSE(device.add_file(std::string(55, 'x'), {1}).has_value());
  EXPECT_FALSE(device.add_file(std::string(56, 'x'), {1}).has_value());
}

TEST_F(FwCfgDevice, dma_reads_an_item_and_continues_where_it_stopped) {
  device.add_bytes(0x100, {1, 2, 3, 4, 5});
  EXPECT_EQ(dma(select_and_read(0x100), 2, 0x2000), 0u);
  EXPECT_EQ(dma(2, 2, 0x2002), 0u);  // read on without select
  EXPECT_EQ(memory.copy_in<uint32_t>(0x2000), 0x04030201u);
}

TEST_F(FwCfgDevice, dma_fills_with_zeros_past_the_end) {
  device.add_bytes(0x100, {1});
  (void)memory.fill(0x2000, 0xff, 16);
  EXPECT_EQ(dma(select_and_read(0x100), 8, 0x2000), 0u);
  EXPECT_EQ(memory.copy_in<uint64_t>(0x2000), 1u);
  EXPECT_EQ(memory.copy_in<uint64_t>(0x2008), ~uint64_t{0});
}

TEST_F(FwCfgDevice, dma_skips) {
  device.add_bytes(0x100, {1, 2, 3, 4});
  EXPECT_EQ(dma(0x100u << 16 | 8 | 4, 3, 0), 0u);
  EXPECT_EQ(ports.read(0x511, 1), 4u);
}

TEST_F(FwCfgDevice, hostile_dma_is_an_error_and_nothing_else) {
  device.add_bytes(0x100, std::vector<uint8_t>(100'000, 7));
  EXPECT_EQ(dma(select_and_read(0x100), 100'000, kRamSize - 10) & 1, 1u);
  EXPECT_EQ(dma(select_and_read(0x100), 0xffffffff, 0x2000) & 1, 1u);
  EXPECT_EQ(dma(select_and_read(0x100), 16, ~uint64_t{0} - 8) & 1, 1u);
  EXPECT_EQ(dma(0x10, 4, 0x2000) & 1, 1u);                                                  // no item may be written
  EXPECT_EQ(dma(select_and_read(0x100), 4, 0x2000, kRamSize - 8), select_and_read(0x100));  // outside RAM
  EXPECT_EQ(dma(0x100u << 16 | 8 | 4, 0xffffffff, 0), 0u);
  EXPECT_EQ(dma(4, 0xffffffff, 0), 0u);  // skips do not wrap
  EXPECT_EQ(ports.read(0x511, 1), 0u);
}

TEST_F(FwCfgDevice, save_restore_save_is_identical) {
  (void)read(0, 2);
  StateWriter first;
  device.save(first);
  device.reset();
  auto reader = StateReader::parse(first.bytes());
  ASSERT_TRUE(device.restore(*reader).has_value());
  EXPECT_EQ(ports.read(0x511, 1), static_cast<uint32_t>('M'));
}

}  // namespace
}  // namespace mullion
