// Named, typed, documented properties: the one mechanism behind every list of keys on the command line.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "control/keyval.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mullion::control {

enum class PropertyType { boolean, on_off_auto, uint8, uint16, uint32, uint64, size, text };

// `only`: choices separated by `|`; any other well-formed value is answered "not supported yet". Empty allows all.
struct PropertySpec {
  std::string_view name;
  PropertyType type;
  std::string_view fallback;  // the value when none is given; empty when there is none
  std::string_view meaning;
  std::string_view only {};
};

[[nodiscard]] std::string_view type_name(PropertyType type);

// The values given for a table of properties, each already checked against its type.
class PropertyValues final {
 public:
  explicit PropertyValues(std::span<PropertySpec const> specs) : specs_ { specs } {}

  // Whether the user gave the property; the readers below answer the table's fallback when not.
  [[nodiscard]] bool given(std::string_view name) const;
  [[nodiscard]] std::string text(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const;
  [[nodiscard]] std::uint64_t number(std::string_view name) const;
  template <class T>
  [[nodiscard]] std::optional<T> number_if_given(std::string_view name) const {
    return given(name) ? std::optional<T> { static_cast<T>(number(name)) } : std::nullopt;
  }

  // Checks one pair and keeps it; a later value of the same name wins.
  [[nodiscard]] Result<void> set(KeyValue const& pair);

 private:
  [[nodiscard]] PropertySpec const* find(std::string_view name) const;

  std::span<PropertySpec const> specs_;
  std::map<std::string, std::string, std::less<>> values_;
};

// All pairs against the table; an unknown key is refused with the nearest known one.
[[nodiscard]] Result<PropertyValues> bind_properties(std::span<PropertySpec const> specs,
                                                        std::span<KeyValue const> pairs);

// One line a property: name, type, meaning, default.
[[nodiscard]] std::string property_help(std::span<PropertySpec const> specs);

}  // namespace mullion::control
