// The devices that -device knows, their properties and the configuration made of them.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "control/parse_state.hpp"
#include "control/property.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mullion::control {

using DeviceVariant = decltype(DeviceConfig::device);

struct DeviceSpec {
  std::string_view name;
  std::string_view alias;
  std::string_view category;   // the heading in -device help
  std::string_view bus;
  std::string_view description;
  std::span<PropertySpec const> properties;
  Result<DeviceVariant> (*make)(PropertyValues const& values);
};

[[nodiscard]] std::span<DeviceSpec const> device_specs();
[[nodiscard]] DeviceSpec const* find_device(std::string_view name_or_alias);
// Whether QEMU has a device of this name which is still missing here.
[[nodiscard]] bool device_is_missing_yet(std::string_view name);

[[nodiscard]] std::string device_list_help();
[[nodiscard]] std::string device_property_help(DeviceSpec const& spec);

// Why `name` is refused: not yet, or not known with the nearest known name.
[[nodiscard]] Error unknown_device(std::string_view name);

// One -device, with the defaults that -global set before its own properties.
[[nodiscard]] Result<DeviceConfig> make_device(std::span<KeyValue const> pairs, std::span<GlobalDefault> globals);

}  // namespace mullion::control
