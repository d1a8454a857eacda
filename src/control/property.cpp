// Checking of property values against their table, and the help made of the table.
// SPDX-License-Identifier: Apache-2.0
#include "control/property.hpp"

#include "control/nearest.hpp"

#include <fmt/format.h>

namespace mullion::control {
namespace {

std::uint64_t greatest(PropertyType type) {
  switch (type) {
    case PropertyType::uint8: return 0xff;
    case PropertyType::uint16: return 0xffff;
    case PropertyType::uint32: return 0xffff'ffff;
    default: return ~0ull;
  }
}

Result<void> check_type(PropertySpec const& spec, std::string const& value) {
  switch (spec.type) {
    case PropertyType::text: return {};
    case PropertyType::boolean:
      if (parse_bool(value)) return {};
      return failure("'{}' is on or off, not '{}'", spec.name, value);
    case PropertyType::on_off_auto:
      if (parse_bool(value) || value == "auto") return {};
      return failure("'{}' is on, off or auto, not '{}'", spec.name, value);
    case PropertyType::size:
      if (parse_size(value)) return {};
      return failure("'{}' is a size such as 512M, not '{}'", spec.name, value);
    default: break;
  }
  auto const number = parse_number(value);
  if (!number) return failure("'{}' is a number, not '{}'", spec.name, value);
  if (*number > greatest(spec.type)) {
    return failure("'{}' is at most {}, not '{}'", spec.name, greatest(spec.type), value);
  }
  return {};
}

std::string canonical(PropertySpec const& spec, std::string const& value) {
  if (spec.type != PropertyType::boolean && spec.type != PropertyType::on_off_auto) return value;
  auto const flag = parse_bool(value);
  return flag ? (*flag ? "on" : "off") : value;
}

bool among(std::string_view choices, std::string_view value) {
  while (true) {
    auto const bar = choices.find('|');
    if (choices.substr(0, bar) == value) return true;
    if (bar == std::string_view::npos) return false;
    choices.remove_prefix(bar + 1);
  }
}

}  // namespace

std::string_view type_name(PropertyType type) {
  switch (type) {
    case PropertyType::boolean: return "bool";
    case PropertyType::on_off_auto: return "OnOffAuto";
    case PropertyType::uint8: return "uint8";
    case PropertyType::uint16: return "uint16";
    case PropertyType::uint32: return "uint32";
    case PropertyType::uint64: return "uint64";
    case PropertyType::size: return "size";
    case PropertyType::text: return "str";
  }
  return "";
}

PropertySpec const* PropertyValues::find(std::string_view name) const {
  for (auto const& spec : specs_) {
    if (spec.name == name) return &spec;
  }
  return nullptr;
}

bool PropertyValues::given(std::string_view name) const { return values_.find(name) != values_.end(); }

std::string PropertyValues::text(std::string_view name) const {
  if (auto const it = values_.find(name); it != values_.end()) return it->second;
  auto const* spec = find(name);
  return spec == nullptr ? std::string {} : std::string { spec->fallback };
}

bool PropertyValues::flag(std::string_view name) const { return parse_bool(text(name)).value_or(false); }

std::uint64_t PropertyValues::number(std::string_view name) const {
  auto const* spec = find(name);
  auto const value = text(name);
  if (spec != nullptr && spec->type == PropertyType::size) return parse_size(value).value_or(0);
  return parse_number(value).value_or(0);
}

Result<void> PropertyValues::set(KeyValue const& pair) {
  KeyValue asked { pair };
  auto const* spec = find(asked.key);
  bool const negated { spec == nullptr && asked.bare && asked.key.starts_with("no") };
  if (negated) {  // the old spelling `nowait` of `wait=off`
    auto const* positive = find(std::string_view { asked.key }.substr(2));
    if (positive != nullptr && positive->type == PropertyType::boolean) {
      spec = positive;
      asked = { std::string { positive->name }, "off", true };
    }
  }
  if (spec == nullptr) {
    std::vector<std::string_view> known;
    for (auto const& each : specs_) known.push_back(each.name);
    return failure("'{}' is not a known property{}", asked.key, nearest_hint(asked.key, known));
  }
  if (asked.bare && spec->type != PropertyType::boolean && spec->type != PropertyType::on_off_auto) {
    return failure("'{}' needs a value: {}=…", asked.key, asked.key);
  }
  if (auto checked = check_type(*spec, asked.value); !checked) return checked;
  auto const value = canonical(*spec, asked.value);
  if (!spec->only.empty() && !among(spec->only, value)) {
    return failure("{}={} is not supported yet ({})", spec->name, asked.value, spec->meaning);
  }
  values_[asked.key] = value;
  return {};
}

Result<PropertyValues> bind_properties(std::span<PropertySpec const> specs, std::span<KeyValue const> pairs) {
  PropertyValues values { specs };
  for (auto const& pair : pairs) {
    if (auto done = values.set(pair); !done) return tl::unexpected { done.error() };
  }
  return values;
}

std::string property_help(std::span<PropertySpec const> specs) {
  std::string out;
  for (auto const& spec : specs) {
    auto const head = fmt::format("{}=<{}>", spec.name, type_name(spec.type));
    out += fmt::format("  {:<22} - {}", head, spec.meaning);
    if (!spec.fallback.empty()) out += fmt::format(" (default: {})", spec.fallback);
    out += '\n';
  }
  return out;
}

}  // namespace mullion::control
