// Port 92h.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/port92/port92.hpp"

#include "support/devices.hpp"

namespace mullion {
namespace {

struct Port92Test : testing::Test {
  FakeLines lines;
  Port92 port{lines, 1, lines.line(2)};
};

TEST_F(Port92Test, reset_values) {
  pio_out(port, 0, 2);
  port.reset();
  EXPECT_EQ(pio_in(port, 0), 0u);
}

TEST_F(Port92Test, read_only_registers) {
  pio_out(port, 0, 0xFE);
  EXPECT_EQ(pio_in(port, 0), 0xFEu);  // none: all bits hold
}

TEST_F(Port92Test, invalid_registers) {
  pio_out(port, 0, 0xF0);
  EXPECT_FALSE(lines.level(1));
  EXPECT_EQ(lines.rises(2), 0);
}

TEST_F(Port92Test, bit_1_gates_a20) {
  pio_out(port, 0, 2);
  EXPECT_TRUE(lines.level(1));
  pio_out(port, 0, 0);
  EXPECT_FALSE(lines.level(1));
}

TEST_F(Port92Test, bit_0_resets_as_it_rises) {
  pio_out(port, 0, 1);
  pio_out(port, 0, 1);
  EXPECT_EQ(lines.rises(2), 1);
  pio_out(port, 0, 0);
  pio_out(port, 0, 3);
  EXPECT_EQ(lines.rises(2), 2);
}

TEST_F(Port92Test, save_and_restore) {
  pio_out(port, 0, 2);
  Port92 other{lines, 1, Line{}};
  expect_round_trip(port, other);
}

}  // namespace
}  // namespace mullion
