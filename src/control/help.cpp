// -help from the option tables, -version.
// SPDX-License-Identifier: Apache-2.0
#include "control/help.hpp"

#include "control/command_line.hpp"
#include "control/option.hpp"

#include <fmt/format.h>

namespace mullion::control {
namespace {

constexpr std::string_view kIndent { "                " };  // help starts in the 17th column, as in QEMU

// `-name usage` and the help beside it, or below it when the head is too long.
std::string option_help(OptionSpec const& option) {
  std::string out { "-" };
  out += option.name;
  if (option.argument != OptionArgument::none) out += fmt::format(" {}", option.usage);
  if (out.size() < kIndent.size()) {
    out.resize(kIndent.size(), ' ');
  } else {
    out += fmt::format("\n{}", kIndent);
  }
  for (char const c : option.help) {
    out += c;
    if (c == '\n') out += kIndent;
  }
  return out + '\n';
}

}  // namespace

std::string version_text() {
  return fmt::format("{}\nCopyright the Mullion authors; licence Apache-2.0\n", kVersionLine);
}

std::string help_text(std::string_view program) {
  std::string out { version_text() };
  out += fmt::format("usage: {} [options]\n", program);
  for (auto const& group : option_groups()) {
    std::string part;
    for (auto const& option : group.options) {
      if (!option.usage.empty() || option.argument == OptionArgument::none) part += option_help(option);
    }
    if (!part.empty() && group.options.data() != unsupported_options().data()) {
      out += fmt::format("\n{}:\n{}", group.title, part);
    }
  }
  out += fmt::format("\nA list of values is shown by 'help', as in: {} -device help\n", program);
  return out;
}

}  // namespace mullion::control
