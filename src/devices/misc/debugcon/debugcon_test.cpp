// The debug console.
// SPDX-License-Identifier: Apache-2.0
#include "devices/misc/debugcon/debugcon.hpp"

#include "support/devices.hpp"

#include <string>

namespace mullion {
namespace {

struct Sink final : Chardev {
  size_t write(std::span<const uint8_t> bytes) override {
    text.append(bytes.begin(), bytes.end());
    return bytes.size();
  }
  void attach(ChardevClient*) override {}
  std::string text;
};

TEST(Debugcon, reset_values) {
  Debugcon console{{}, nullptr};
  console.reset();
  EXPECT_EQ(pio_in(console, 0), 0xE9u);
}

TEST(Debugcon, read_only_registers) {
  Debugcon console{{.iobase = 0x402, .readback = 0x42}, nullptr};
  pio_out(console, 0, 'x');
  EXPECT_EQ(pio_in(console, 0), 0x42u);
}

TEST(Debugcon, invalid_registers) {
  // Without a chardev output goes nowhere.
  Debugcon console{{}, nullptr};
  pio_out(console, 0, 'x');
}

TEST(Debugcon, writes_are_output) {
  Sink sink;
  Debugcon console{{}, &sink};
  for (const char c : std::string{"hi"}) pio_out(console, 0, static_cast<uint8_t>(c));
  EXPECT_EQ(sink.text, "hi");
  Debugcon other{{}, nullptr};
  expect_round_trip(console, other);
}

}  // namespace
}  // namespace mullion
