// Lookup over the option tables.
// SPDX-License-Identifier: Apache-2.0
#include "control/option.hpp"

#include <array>

namespace mullion::control {

std::span<OptionGroup const> option_groups() {
  static std::array<OptionGroup, 6> const groups { {
      { "Standard options", machine_options() },
      { "Kernel and firmware options", boot_options() },
      { "Character device and display options", character_options() },
      { "Device options", device_options() },
      { "Process and debug options", process_options() },
      { "Options known but not supported yet", unsupported_options() },
  } };
  return groups;
}

OptionSpec const* find_option(std::string_view name) {
  for (auto const& group : option_groups()) {
    for (auto const& option : group.options) {
      if (option.name == name) return &option;
    }
  }
  return nullptr;
}

std::vector<std::string_view> option_names() {
  std::vector<std::string_view> names;
  for (auto const& group : option_groups()) {
    for (auto const& option : group.options) names.push_back(option.name);
  }
  return names;
}

}  // namespace mullion::control
