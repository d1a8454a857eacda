// The option registry: one table line is the name, argument, help and handler of one command-line option.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "control/parse_state.hpp"
#include "control/property.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace mullion::control {

enum class OptionArgument {
  none,
  text,   // taken as it is
  keys,   // a keyval list or a JSON object, handed over split
  bound,  // the same, checked against `properties`
};

// What a handler is given. `pairs` is filled for keys and bound, `values` for bound.
struct OptionUse {
  std::string_view name;   // as registered, without dashes
  std::string_view text;
  std::span<KeyValue const> pairs;
  PropertyValues const& values;
};

using OptionHandler = Result<void> (*)(ParseState&, OptionUse const&);

struct OptionSpec {
  std::string_view name;
  OptionArgument argument;
  std::string_view implied_key;              // of the first item of a list
  std::span<PropertySpec const> properties;  // for bound
  std::string_view usage;                    // what follows the name in -help; empty hides the option there
  std::string_view help;                     // lines separated by \n
  OptionHandler handler;
};

// The tables, in the order in which -help shows them.
struct OptionGroup {
  std::string_view title;
  std::span<OptionSpec const> options;
};
[[nodiscard]] std::span<OptionGroup const> option_groups();
[[nodiscard]] OptionSpec const* find_option(std::string_view name);
[[nodiscard]] std::vector<std::string_view> option_names();

// Each is defined beside its handlers.
[[nodiscard]] std::span<OptionSpec const> machine_options();
[[nodiscard]] std::span<OptionSpec const> boot_options();
[[nodiscard]] std::span<OptionSpec const> character_options();
[[nodiscard]] std::span<OptionSpec const> device_options();
[[nodiscard]] std::span<OptionSpec const> process_options();
[[nodiscard]] std::span<OptionSpec const> unsupported_options();

}  // namespace mullion::control
