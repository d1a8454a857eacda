// Options that add devices and set their defaults.
// SPDX-License-Identifier: Apache-2.0
#include "control/devices.hpp"
#include "control/option.hpp"

#include <array>

#include <fmt/format.h>

namespace mullion::control {
namespace {

bool asks_for_help(KeyValue const& pair) { return pair.bare && (pair.key == "help" || pair.key == "?"); }

Result<void> device(ParseState& state, OptionUse const& use) {
  if (use.text == "help" || use.text == "?") {
    state.printed = device_list_help();
    return {};
  }
  for (auto const& pair : use.pairs) {
    if (!asks_for_help(pair)) continue;
    auto const* spec = find_device(use.pairs.front().value);
    if (spec == nullptr) return tl::unexpected { unknown_device(use.pairs.front().value) };
    state.printed = device_property_help(*spec);
    return {};
  }
  state.devices.push_back({ std::string { use.text }, { use.pairs.begin(), use.pairs.end() }, state.current });
  return {};
}

// `driver.property=value` or `driver=…,property=…,value=…`.
Result<void> global(ParseState& state, OptionUse const& use) {
  auto const equals = use.text.find('=');
  auto const dot = use.text.find('.');
  if (dot != std::string_view::npos && equals != std::string_view::npos && dot < equals && dot > 0) {
    KeyValue pair { std::string { use.text.substr(dot + 1, equals - dot - 1) },
                    std::string { use.text.substr(equals + 1) } };
    state.globals.push_back({ std::string { use.text.substr(0, dot) }, std::move(pair), state.current });
    return {};
  }
  GlobalDefault parts;
  auto const pairs = parse_keyval(use.text);
  if (!pairs) return tl::unexpected { pairs.error() };
  for (auto const& pair : *pairs) {
    if (pair.key == "driver") parts.driver = pair.value;
    if (pair.key == "property") parts.pair.key = pair.value;
    if (pair.key == "value") parts.pair.value = pair.value;
  }
  if (parts.driver.empty() || parts.pair.key.empty()) return failure("is written DRIVER.PROPERTY=VALUE");
  parts.asked_as = state.current;
  state.globals.push_back(std::move(parts));
  return {};
}

constexpr std::array<OptionSpec, 2> kOptions { {
    { "device", OptionArgument::keys, "driver", {}, "driver[,prop[=value][,...]]",
      "add device (based on driver)\nprop=value,... sets driver properties\n"
      "use '-device help' to print all possible drivers\n"
      "use '-device driver,help' to print all possible properties",
      device },
    { "global", OptionArgument::text, "", {}, "driver.property=value", "set a global default for a driver property",
      global },
} };

}  // namespace

std::span<OptionSpec const> device_options() { return kOptions; }

}  // namespace mullion::control
