// The accelerators that -accel knows: those that are there, and for the others why not and what to do.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "control/parse_state.hpp"

#include <span>
#include <string>
#include <string_view>

namespace mullion::control {

struct AcceleratorSpec {
  std::string_view name;
  std::string_view alias;
  std::string_view description;
  std::string_view why_not;  // empty when it can be used
};

[[nodiscard]] std::span<AcceleratorSpec const> accelerators();
[[nodiscard]] std::string accelerator_help();

// Takes the first usable one of those asked for with -accel or -machine accel=; a warning says what was passed over.
[[nodiscard]] Result<void> choose_accelerator(ParseState& state);

}  // namespace mullion::control
