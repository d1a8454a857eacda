// The registers of the 8237A pair.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/i8237_dma/i8237_dma.hpp"

#include "support/devices.hpp"

namespace mullion {
namespace {

struct I8237DmaTest : testing::Test {
  I8237Dma dma;
  PioTarget& low = dma.low_ports();
  PioTarget& high = dma.high_ports();
  PioTarget& page = dma.page_ports();
};

TEST_F(I8237DmaTest, reset_values) {
  EXPECT_EQ(pio_in(low, 8), 0u);
  EXPECT_EQ(pio_in(low, 15), 0xFFu);  // all channels masked
  EXPECT_EQ(pio_in(page, 0), 0u);
}

TEST_F(I8237DmaTest, read_only_registers) {
  pio_out(low, 15, 0x05);
  EXPECT_EQ(pio_in(low, 15), 0xF5u);
  pio_out(low, 14, 0);
  EXPECT_EQ(pio_in(low, 15), 0xF0u);
}

TEST_F(I8237DmaTest, invalid_registers) {
  // The mode register and the software commands cannot be read.
  for (const uint16_t reg : {9, 10, 11, 12, 14}) EXPECT_EQ(low.pio_read(reg, 1).status, IoStatus::nobody);
}

TEST_F(I8237DmaTest, words_go_byte_by_byte_and_the_pointer_can_be_cleared) {
  pio_out(low, 12, 0);
  pio_out(low, 2, 0x34);
  pio_out(low, 2, 0x12);
  EXPECT_EQ(pio_in(low, 2), 0x34u);
  EXPECT_EQ(pio_in(low, 2), 0x12u);
  pio_in(low, 2);
  pio_out(low, 12, 0);
  EXPECT_EQ(pio_in(low, 2), 0x34u);
}

TEST_F(I8237DmaTest, the_second_controller_has_its_registers_at_even_ports) {
  pio_out(high, 0x18, 0);
  pio_out(high, 0x06, 0x77);
  pio_out(high, 0x18, 0);
  EXPECT_EQ(pio_in(high, 0x06), 0x77u);
  EXPECT_EQ(pio_in(low, 3), 0u);
}

TEST_F(I8237DmaTest, master_clear_masks_all_channels) {
  pio_out(low, 15, 0);
  pio_out(low, 10, 0x06);
  EXPECT_EQ(pio_in(low, 15), 0xF4u);
  pio_out(low, 13, 0);
  EXPECT_EQ(pio_in(low, 15), 0xFFu);
}

TEST_F(I8237DmaTest, page_registers_hold) {
  pio_out(page, 0, 0xAB);
  pio_out(page, 0x0F, 0x12);
  EXPECT_EQ(pio_in(page, 0), 0xABu);
  EXPECT_EQ(pio_in(page, 0x0F), 0x12u);
}

TEST_F(I8237DmaTest, save_and_restore) {
  pio_out(low, 2, 0x34);
  pio_out(high, 0x16, 0x41);
  pio_out(page, 7, 9);
  I8237Dma other;
  expect_round_trip(dma, other);
}

}  // namespace
}  // namespace mullion
