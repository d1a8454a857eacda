// The host bridge: configuration ports, shadow RAM, SMRAM.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/i440fx/i440fx.hpp"

#include <gtest/gtest.h>

namespace mullion {
namespace {

struct ResetControl final : PioTarget {
  uint32_t written = 0;
  IoRead pio_read(uint16_t, unsigned) override { return IoRead::of(0x5a); }
  IoStatus pio_write(uint16_t, unsigned, uint32_t value) override {
    written = value;
    return IoStatus::ok;
  }
};

class HostBridge : public ::testing::Test {
 protected:
  static constexpr uint64_t kRomSize = 0x40000;

  HostBridge() {
    ram = *memory.add_block("ram", 0x200000);
    rom = *memory.add_block("rom", kRomSize);
    (void)memory.map(0, 0xa0000, RangeUse::ram(ram, 0));
    memory.block_bytes(rom)[0x20000] = 0xe0;  // shows at E0000h
    memory.block_bytes(rom)[0x3fff0] = 0xea;  // shows at FFFF0h
    bridge = std::make_unique<I440fx>(bus, PciSpaces{ports, mmio}, memory, I440fxMemory{ram, rom, kRomSize}, reset);
    bus.attach(0, *bridge);
    ports.map({.first = I440fx::kFirstPort, .count = I440fx::kPortCount, .max_size = 4}, *bridge);
  }
  uint32_t read(unsigned reg, unsigned size) {
    ports.write(0xcf8, 4, 0x80000000 | (reg & 0xfc));
    return ports.read(static_cast<uint16_t>(0xcfc + (reg & 3)), size);
  }
  void write(unsigned reg, unsigned size, uint32_t value) {
    ports.write(0xcf8, 4, 0x80000000 | (reg & 0xfc));
    ports.write(static_cast<uint16_t>(0xcfc + (reg & 3)), size, value);
  }
  uint8_t byte(uint64_t gpa) { return *memory.copy_in<uint8_t>(gpa); }
  bool device(uint64_t gpa) { return memory.resolve_page(gpa).read == nullptr; }

  GuestMemory memory;
  PortBus ports;
  MmioBus mmio;
  PciBus bus;
  ResetControl reset;
  BlockId ram{}, rom{};
  std::unique_ptr<I440fx> bridge;
};

TEST_F(HostBridge, reset_values) {
  EXPECT_EQ(read(0x00, 4), 0x12378086u);
  EXPECT_EQ(read(0x08, 4), 0x06000002u);
  EXPECT_EQ(read(0x2c, 4), 0x11001af4u);  // how firmware knows the virtual board
  EXPECT_EQ(read(0x72, 1), 0x02u);
}

TEST_F(HostBridge, read_only_registers) {
  write(0x00, 4, 0);
  EXPECT_EQ(read(0x00, 4), 0x12378086u);
}

TEST_F(HostBridge, invalid_registers) {
  ports.write(0xcf8, 4, 0);  // enable bit off
  EXPECT_EQ(ports.read(0xcfc, 4), 0xffffffffu);
  ports.write(0xcf8, 4, 0x8000f800);  // function 00:1f.0 is not there
  EXPECT_EQ(ports.read(0xcfc, 4), 0xffffffffu);
}

TEST_F(HostBridge, cf9_is_the_reset_control_register_and_dwords_are_not) {
  ports.write(0xcf9, 1, 6);
  EXPECT_EQ(reset.written, 6u);
  EXPECT_EQ(ports.read(0xcf9, 1), 0x5au);
  ports.write(0xcf8, 4, 0x80001234);
  EXPECT_EQ(reset.written, 6u);
  EXPECT_EQ(ports.read(0xcf8, 4), 0x80001234u);
}

TEST_F(HostBridge, bios_shows_below_1_mib_after_reset_and_cannot_be_written) {
  EXPECT_EQ(byte(0xe0000), 0xe0);
  EXPECT_EQ(byte(0xffff0), 0xea);
  EXPECT_TRUE(memory.copy_out<uint8_t>(0xffff0, 0));
  EXPECT_EQ(byte(0xffff0), 0xea);
  EXPECT_TRUE(device(0xc0000));
}

TEST_F(HostBridge, pam_shadows_a_segment_in_steps_as_firmware_does) {
  write(0x59, 1, 0x20);  // F0000h: reads from ROM, writes to RAM
  EXPECT_TRUE(memory.copy_out<uint8_t>(0xffff0, 0x11));
  EXPECT_EQ(byte(0xffff0), 0xea);
  write(0x59, 1, 0x10);  // reads from RAM, writes dropped
  EXPECT_EQ(byte(0xffff0), 0x11);
  EXPECT_TRUE(memory.copy_out<uint8_t>(0xffff0, 0x22));
  EXPECT_EQ(byte(0xffff0), 0x11);
  write(0x59, 1, 0x30);
  EXPECT_TRUE(memory.copy_out<uint8_t>(0xffff0, 0x33));
  EXPECT_EQ(byte(0xffff0), 0x33);
}

TEST_F(HostBridge, each_pam_nibble_has_its_16_kib) {
  write(0x5a, 1, 0x30);  // PAM1 high: C4000h–C7FFFh
  EXPECT_TRUE(device(0xc3000));
  EXPECT_FALSE(device(0xc4000));
  EXPECT_FALSE(device(0xc7000));
  EXPECT_TRUE(device(0xc8000));
  write(0x5f, 1, 0x03);  // PAM6 low: E8000h–EBFFFh
  EXPECT_TRUE(memory.resolve_page(0xe8000).is_ram);
  EXPECT_FALSE(memory.resolve_page(0xec000).is_ram);
}

TEST_F(HostBridge, smram_opens_and_locks) {
  EXPECT_TRUE(device(0xa0000));
  write(0x72, 1, 0x4a);  // D_OPEN, G_SMRAME
  EXPECT_FALSE(device(0xa0000));
  write(0x72, 1, 0x1a);  // D_LCK closes for good
  EXPECT_TRUE(device(0xa0000));
  write(0x72, 1, 0x42);
  EXPECT_TRUE(device(0xa0000));
  EXPECT_EQ(read(0x72, 1), 0x1au);
  EXPECT_FALSE(bridge->smram_visible(false));
  EXPECT_TRUE(bridge->smram_visible(true));
  bridge->reset();
  EXPECT_EQ(read(0x72, 1), 0x02u);
  write(0x72, 1, 0x42);
  EXPECT_FALSE(device(0xa0000));
}

TEST_F(HostBridge, save_restore_save_is_identical) {
  write(0x59, 1, 0x30);
  write(0x72, 1, 0x1a);
  StateWriter first;
  bridge->save(first);
  bridge->reset();
  auto reader = StateReader::parse(first.bytes());
  ASSERT_TRUE(reader.has_value());
  ASSERT_TRUE(bridge->restore(*reader).has_value());
  StateWriter second;
  bridge->save(second);
  EXPECT_EQ(first.bytes(), second.bytes());
  write(0x72, 1, 0x42);
  EXPECT_EQ(read(0x72, 1), 0x1au);  // still locked
  EXPECT_TRUE(memory.resolve_page(0xf0000).is_ram);
}

}  // namespace
}  // namespace mullion
