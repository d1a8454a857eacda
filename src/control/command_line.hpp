// QEMU's command line, parsed into a VmConfig.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "control/config.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mullion::control {

inline constexpr std::string_view kVersionLine { "QEMU emulator version 7.2.0 (Mullion 0.1.0)" };

struct CommandLine {
  enum class Kind {
    run,    // start `config`
    print,  // write `text` to standard output and end with status 0
    fail,   // write `text` to standard error and end with status 1
  };
  Kind kind { Kind::run };
  VmConfig config;
  std::string text;
};

// `program` is the name in messages; `arguments` are those after it.
[[nodiscard]] CommandLine parse_command_line(std::string_view program, std::vector<std::string> const& arguments);

}  // namespace mullion::control
