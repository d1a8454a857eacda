// The option ROM: its headers, checksums and parameters.
// SPDX-License-Identifier: Apache-2.0
#include "machine/kernel_rom/kernel_rom.hpp"

#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace mullion {
namespace {

KernelBoot linux_boot() {
  KernelBoot boot;
  boot.kernel = {0x100000, bytes_blob(std::vector<uint8_t>(0x1234))};
  boot.cmdline = {0x20000, bytes_blob({0})};
  boot.setup = {0x10000, bytes_blob(std::vector<uint8_t>(1024))};
  boot.real_mode = {.segment = 0x1000, .stack = 0xfff0};
  return boot;
}

TEST(KernelRom, has_the_headers_that_firmware_looks_for) {
  const auto rom = build_kernel_rom(linux_boot());
  ASSERT_EQ(rom.size(), rom[2] * 512u);
  EXPECT_EQ(load_le<uint16_t>(rom.data()), 0xaa55);
  EXPECT_EQ(std::accumulate(rom.begin(), rom.end(), uint8_t{0}), 0);
  const auto pnp = load_le<uint16_t>(&rom[0x1a]);
  EXPECT_EQ(std::string(&rom[pnp], &rom[pnp] + 4), "$PnP");
  EXPECT_EQ(std::accumulate(&rom[pnp], &rom[pnp] + rom[pnp + 5u] * 16, uint8_t{0}), 0);
  const auto boot_entry = load_le<uint16_t>(&rom[pnp + 0x1au]);
  EXPECT_EQ(rom[boot_entry], 0xfa);  // cli
}

TEST(KernelRom, reads_each_part_to_its_place) {
  const auto rom = build_kernel_rom(linux_boot());
  const auto* load = &rom[0x60];
  EXPECT_EQ(load_be<uint32_t>(load), 0x0011000au);  // KERNEL_DATA, select and read
  EXPECT_EQ(load_be<uint32_t>(load + 4), 0x1234u);
  EXPECT_EQ(load_be<uint64_t>(load + 8), 0x100000u);
  EXPECT_EQ(load_be<uint32_t>(load + 16), 0x0015000au);  // CMDLINE_DATA: there is no initrd
  EXPECT_EQ(load_be<uint32_t>(load + 32), 0x0018000au);
  EXPECT_EQ(load_be<uint32_t>(load + 48), 0u);
}

TEST(KernelRom, protected_entry_carries_registers_and_map_slot) {
  auto boot = linux_boot();
  boot.format = KernelFormat::multiboot;
  boot.setup.gpa = 0x9000;
  boot.protected_mode = {.eip = 0x100020, .eax = 0x2badb002, .ebx = 0x9000};
  boot.map = {.gpa = 0x9104, .count_gpa = 0x902c, .count_scale = 24};
  const auto rom = build_kernel_rom(boot);
  const std::vector<uint16_t> words{1, 0, 0, 0x900, 0x104, 0x2c, 24, MapSlot::kMaxEntries};
  for (size_t i = 0; i < words.size(); ++i) EXPECT_EQ(load_le<uint16_t>(&rom[0x40 + 2 * i]), words[i]) << i;
  EXPECT_EQ(load_le<uint32_t>(&rom[0x50]), 0x100020u);
  EXPECT_EQ(load_le<uint32_t>(&rom[0x54]), 0x2badb002u);
  EXPECT_EQ(load_le<uint32_t>(&rom[0x58]), 0x9000u);
}

}  // namespace
}  // namespace mullion
