// The I/O APIC against its data sheet.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/ioapic/ioapic.hpp"

#include "support/devices.hpp"

namespace mullion {
namespace {

class IoApicTest : public testing::Test {
 protected:
  uint32_t get(uint8_t index) {
    apic_.mmio_write(0x00, 4, index);
    return static_cast<uint32_t>(apic_.mmio_read(0x10, 4).value);
  }
  void set(uint8_t index, uint32_t value) {
    apic_.mmio_write(0x00, 4, index);
    EXPECT_EQ(apic_.mmio_write(0x10, 4, value), IoStatus::ok);
  }
  void entry(unsigned pin, uint32_t low, uint8_t destination = 0) {
    set(static_cast<uint8_t>(0x11 + pin * 2), uint32_t{destination} << 24);
    set(static_cast<uint8_t>(0x10 + pin * 2), low);
  }
  void pulse(unsigned pin) {
    apic_.set_line(pin, true);
    apic_.set_line(pin, false);
  }
  FakeMessages messages_;
  IoApic apic_{{}, messages_};
};

TEST_F(IoApicTest, reset_values) {
  EXPECT_EQ(get(0), 0u);
  EXPECT_EQ(get(1), 0x00170020u);
  for (unsigned pin = 0; pin < 24; ++pin) {
    EXPECT_EQ(get(static_cast<uint8_t>(0x10 + pin * 2)), 0x10000u);
    EXPECT_EQ(get(static_cast<uint8_t>(0x11 + pin * 2)), 0u);
  }
}

TEST_F(IoApicTest, read_only_registers) {
  set(1, 0xFFFFFFFF);
  set(2, 0xFFFFFFFF);
  EXPECT_EQ(get(1), 0x00170020u);
  EXPECT_EQ(get(2), 0u);
  set(0x10, 0xFFFFFFFF);
  set(0x11, 0xFFFFFFFF);
  EXPECT_EQ(get(0x10), 0x0001AFFFu);  // delivery status, remote IRR and bits 17..31 cannot be written
  EXPECT_EQ(get(0x11), 0xFF000000u);
  set(0, 0xFFFFFFFF);
  EXPECT_EQ(get(0), 0x0F000000u);
}

TEST_F(IoApicTest, invalid_registers) {
  set(0x40, 1);
  set(0xFF, 1);
  EXPECT_EQ(get(0x40), 0u);
  EXPECT_EQ(get(0x03), 0u);
  EXPECT_EQ(apic_.mmio_read(0x10, 1).status, IoStatus::bad_size);
  EXPECT_EQ(apic_.mmio_read(0x20, 4).value, 0u);
  apic_.set_line(24, true);
  EXPECT_TRUE(messages_.sent.empty());
}

TEST_F(IoApicTest, an_edge_sends_one_message) {
  entry(4, 0x34, 3);
  apic_.set_line(4, true);
  apic_.set_line(4, true);
  apic_.set_line(4, false);
  ASSERT_EQ(messages_.sent.size(), 1u);
  EXPECT_EQ(messages_.sent[0].first, 0xFEE03000u);
  EXPECT_EQ(messages_.sent[0].second, 0x4034u);
  pulse(4);
  EXPECT_EQ(messages_.sent.size(), 2u);
}

TEST_F(IoApicTest, logical_lowest_priority_messages) {
  entry(2, 0x0931, 0xFF);
  pulse(2);
  ASSERT_EQ(messages_.sent.size(), 1u);
  EXPECT_EQ(messages_.sent[0].first, 0xFEEFF00Cu);
  EXPECT_EQ(messages_.sent[0].second, 0x4131u);
}

TEST_F(IoApicTest, an_edge_at_a_masked_pin_is_lost_and_a_level_waits) {
  entry(5, 0x10035);
  pulse(5);
  entry(5, 0x35);
  EXPECT_TRUE(messages_.sent.empty());
  entry(6, 0x18036);
  apic_.set_line(6, true);
  EXPECT_TRUE(messages_.sent.empty());
  entry(6, 0x8036);
  EXPECT_EQ(messages_.sent.size(), 1u);
}

TEST_F(IoApicTest, a_level_sends_again_after_eoi_while_it_lasts) {
  entry(11, 0x8041);
  apic_.set_line(11, true);
  ASSERT_EQ(messages_.sent.size(), 1u);
  EXPECT_EQ(messages_.sent[0].second, 0xC041u);
  EXPECT_EQ(get(0x10 + 22) & 0x4000, 0x4000u);  // remote IRR
  apic_.eoi(0x40);
  EXPECT_EQ(messages_.sent.size(), 1u);
  apic_.eoi(0x41);
  EXPECT_EQ(messages_.sent.size(), 2u);
  apic_.set_line(11, false);
  apic_.eoi(0x41);
  EXPECT_EQ(messages_.sent.size(), 2u);
  EXPECT_EQ(get(0x10 + 22) & 0x4000, 0u);
}

TEST_F(IoApicTest, the_eoi_register_of_version_20h_acts_as_the_broadcast) {
  entry(11, 0x8041);
  apic_.set_line(11, true);
  apic_.set_line(11, false);
  apic_.mmio_write(0x40, 4, 0x41);
  EXPECT_EQ(get(0x10 + 22) & 0x4000, 0u);
  IoApic old{{.version = 0x11}, messages_};
  old.mmio_write(0x40, 4, 0x41);
  old.mmio_write(0, 4, 1);
  EXPECT_EQ(old.mmio_read(0x10, 4).value, 0x00170011u);
}

TEST_F(IoApicTest, a_visit_to_edge_mode_clears_remote_irr) {
  entry(9, 0x8049);
  apic_.set_line(9, true);
  set(0x10 + 18, 0x10049);
  EXPECT_EQ(get(0x10 + 18), 0x10049u);
  set(0x10 + 18, 0x8049);
  EXPECT_EQ(messages_.sent.size(), 2u);
}

TEST_F(IoApicTest, save_and_restore) {
  entry(9, 0x8049, 1);
  apic_.set_line(9, true);
  set(0, 0x05000000);
  IoApic other{{}, messages_};
  expect_round_trip(apic_, other);
}

}  // namespace
}  // namespace mullion
