// Power management: PM1a, PM timer, GPE0, soft-off, SMI command port.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/piix4_pm/piix4_pm.hpp"

#include "chipset/piix4_pm/piix4_pm_regs.hpp"
#include "support/fake_clock.hpp"

#include <gtest/gtest.h>

namespace mullion {
namespace {

struct Sci final : LineSink {
  bool level = false;
  void set_line(unsigned, bool now) override { level = now; }
};

class PowerManagement : public ::testing::Test {
 protected:
  PowerManagement() {
    pm.config_write(0x40, 4, 0x600);
    pm.config_write(0x80, 1, 1);
    ports.map({.first = 0xb2, .count = 2}, pm.apm_ports());
    ports.map({.first = 0xafe0, .count = 4}, pm.gpe_ports());
  }
  void enable_acpi() { ports.write(0xb2, 1, 0xf1); }

  PortBus ports;
  MmioBus mmio;
  FakeClock clock;
  Sci sci;
  unsigned power_offs = 0;
  Piix4Pm pm{PciSpaces{ports, mmio}, clock, Line{sci, 0}, {.power_off = [this] { ++power_offs; }, .smi = {}}};
};

TEST_F(PowerManagement, reset_values) {
  pm.reset();
  EXPECT_EQ(pm.config_read(0x00, 4), 0x71138086u);
  EXPECT_EQ(pm.config_read(0x08, 4), 0x06800003u);
  EXPECT_EQ(pm.config_read(0x3d, 1), 1u);
  EXPECT_EQ(pm.config_read(0x40, 4), 1u);
  EXPECT_EQ(pm.config_read(0x5b, 1), 2u);        // no SMM: firmware shall not wait for its handler
  EXPECT_EQ(ports.read(0x608, 4), 0xffffffffu);  // the window is closed
}

TEST_F(PowerManagement, read_only_registers) {
  clock.advance(kNsPerSecond);
  const auto before = ports.read(0x608, 4);
  ports.write(0x608, 4, 0);
  EXPECT_EQ(ports.read(0x608, 4), before);
}

TEST_F(PowerManagement, invalid_registers) { EXPECT_EQ(ports.read(0x630, 4), 0u); }

TEST_F(PowerManagement, window_follows_pmba_and_pmiose) {
  EXPECT_NE(ports.read(0x604, 2), 0xffffu);
  pm.config_write(0x40, 4, 0xb000);
  EXPECT_EQ(ports.read(0x604, 2), 0xffffu);
  EXPECT_EQ(ports.read(0xb004, 2), 0u);
  pm.config_write(0x80, 1, 0);
  EXPECT_EQ(ports.read(0xb004, 2), 0xffffu);
}

TEST_F(PowerManagement, timer_counts_at_3_579545_mhz_in_24_bits) {
  clock.advance(kNsPerSecond);
  EXPECT_EQ(ports.read(0x608, 4), 3'579'545u);
  clock.advance(4 * kNsPerSecond);
  EXPECT_EQ(ports.read(0x608, 4), 5u * 3'579'545 - (1u << 24));  // wrapped
  EXPECT_EQ(ports.read(0x608, 2), (5u * 3'579'545) & 0xffff);
}

TEST_F(PowerManagement, acpi_is_switched_by_apmc) {
  enable_acpi();
  EXPECT_EQ(ports.read(0x604, 2) & 1, 1u);
  EXPECT_EQ(ports.read(0xb2, 1), 0xf1u);
  ports.write(0xb2, 1, 0xf0);
  EXPECT_EQ(ports.read(0x604, 2) & 1, 0u);
}

TEST_F(PowerManagement, apmc_raises_an_smi_when_devactb_says_so) {
  unsigned smis = 0;
  Piix4Pm with_smm{PciSpaces{ports, mmio}, clock, Line{}, {.power_off = {}, .smi = [&] { ++smis; }}};
  EXPECT_EQ(with_smm.config_read(0x5b, 1), 0u);
  with_smm.apm_ports().pio_write(0, 1, 0x55);
  EXPECT_EQ(smis, 0u);
  with_smm.config_write(0x58, 4, 1u << 25);
  with_smm.apm_ports().pio_write(0, 1, 0x55);
  EXPECT_EQ(smis, 1u);
}

TEST_F(PowerManagement, timer_overflow_raises_the_sci_until_cleared) {
  enable_acpi();
  ports.write(0x602, 2, 1);  // TMROF_EN
  EXPECT_FALSE(sci.level);
  clock.advance(2'343'500'000);  // bit 23 changes after 2^23 / 3579545 Hz = 2.34348 s
  EXPECT_TRUE(sci.level);
  EXPECT_EQ(ports.read(0x600, 2) & 1, 1u);
  ports.write(0x600, 2, 1);
  EXPECT_FALSE(sci.level);
  EXPECT_EQ(ports.read(0x600, 2) & 1, 0u);
  clock.advance(2'343'500'000);
  EXPECT_TRUE(sci.level);
}

TEST_F(PowerManagement, power_button_raises_the_sci_if_enabled) {
  enable_acpi();
  pm.power_button();
  EXPECT_FALSE(sci.level);
  ports.write(0x602, 2, 0x100);
  EXPECT_TRUE(sci.level);
  ports.write(0x600, 2, 0x100);
  EXPECT_FALSE(sci.level);
}

TEST_F(PowerManagement, gpe_status_clears_by_writing_ones) {
  enable_acpi();
  ports.write(0xafe2, 2, 0xffff);
  EXPECT_EQ(ports.read(0xafe0, 4), 0xffff0000u);
  EXPECT_FALSE(sci.level);
}

TEST_F(PowerManagement, soft_off_is_suspend_type_0) {
  ports.write(0x604, 2, 0x0400);  // a type without SUS_EN
  ports.write(0x604, 2, 0x2400);  // suspend to RAM is not there
  EXPECT_EQ(power_offs, 0u);
  ports.write(0x604, 2, 0x2000);
  EXPECT_EQ(power_offs, 1u);
  EXPECT_EQ(ports.read(0x604, 2) & 0x2000, 0u);
}

TEST_F(PowerManagement, smbus_transactions_end_with_a_device_error) {
  pm.config_write(0x90, 4, 0x700);
  pm.config_write(0xd2, 1, 9);
  EXPECT_EQ(ports.read(0x700, 1), 0u);
  ports.write(0x702, 1, 0x48);
  EXPECT_EQ(ports.read(0x700, 1), 0x06u);
  ports.write(0x700, 1, 0xff);
  EXPECT_EQ(ports.read(0x700, 1), 0u);
}

TEST_F(PowerManagement, save_restore_save_is_identical) {
  enable_acpi();
  ports.write(0x602, 2, 0x101);
  pm.power_button();
  StateWriter first;
  pm.save(first);
  pm.reset();
  EXPECT_FALSE(sci.level);
  auto reader = StateReader::parse(first.bytes());
  ASSERT_TRUE(pm.restore(*reader).has_value());
  EXPECT_TRUE(sci.level);
  StateWriter second;
  pm.save(second);
  EXPECT_EQ(first.bytes(), second.bytes());
  EXPECT_EQ(ports.read(0x602, 2), 0x101u);
}

}  // namespace
}  // namespace mullion
