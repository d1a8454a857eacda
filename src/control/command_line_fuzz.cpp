// Fuzz target: any bytes as a command line, one argument a line. It must answer, never crash or hang.
// SPDX-License-Identifier: Apache-2.0
#include "control/command_line.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::vector<std::string> arguments(1);
  for (std::size_t i { 0 }; i < size; ++i) {
    if (data[i] == '\n') {
      arguments.emplace_back();
    } else if (data[i] != 0) {
      arguments.back() += static_cast<char>(data[i]);
    }
  }
  auto const out = mullion::control::parse_command_line("mullion", arguments);
  return out.kind == mullion::control::CommandLine::Kind::fail && out.text.empty() ? -1 : 0;
}
