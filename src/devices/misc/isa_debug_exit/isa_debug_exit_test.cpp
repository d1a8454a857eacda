// The exit port.
// SPDX-License-Identifier: Apache-2.0
#include "devices/misc/isa_debug_exit/isa_debug_exit.hpp"

#include "support/devices.hpp"

#include <vector>

namespace mullion {
namespace {

struct IsaDebugExitTest : testing::Test {
  std::vector<int> statuses;
  IsaDebugExit port{{.iobase = 0xF4, .iosize = 4}, [this](int status) { statuses.push_back(status); }};
};

TEST_F(IsaDebugExitTest, reset_values) {
  port.reset();
  EXPECT_EQ(pio_in(port, 0), 0u);
  EXPECT_EQ(port.config().iobase, 0xF4);
}

TEST_F(IsaDebugExitTest, read_only_registers) {
  pio_out(port, 0, 5);
  EXPECT_EQ(pio_in(port, 0), 0u);
}

TEST_F(IsaDebugExitTest, invalid_registers) {
  pio_in(port, 3);
  EXPECT_TRUE(statuses.empty());
}

TEST_F(IsaDebugExitTest, the_status_is_odd) {
  pio_out(port, 0, 0, 4);
  pio_out(port, 0, 0x10, 1);
  pio_out(port, 0, 0xFFFFFFFF, 4);
  EXPECT_EQ(statuses, (std::vector<int>{1, 0x21, -1}));
  IsaDebugExit other{{}, [](int) {}};
  expect_round_trip(port, other);
}

}  // namespace
}  // namespace mullion
