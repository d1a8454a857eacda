// The machines that -machine knows and their properties.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "control/config.hpp"
#include "control/property.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mullion::control {

struct MachineSpec {
  std::string_view name;
  std::string_view alias_of;  // empty for the real name
  std::string_view description;
  MachineKind kind;
};

[[nodiscard]] std::span<MachineSpec const> machines();
[[nodiscard]] std::span<PropertySpec const> machine_properties();
[[nodiscard]] std::string machine_help();

// Puts the machine `name` and the properties into the configuration.
[[nodiscard]] Result<void> set_machine(MachineConfig& config, std::string_view name);
[[nodiscard]] Result<void> set_machine_properties(MachineConfig& config, std::span<KeyValue const> pairs);

}  // namespace mullion::control
