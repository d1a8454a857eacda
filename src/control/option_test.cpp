// The option registry as a whole: every line has what a user needs, and -help shows it in QEMU's shape.
// SPDX-License-Identifier: Apache-2.0
#include "control/option.hpp"

#include "control/devices.hpp"
#include "control/help.hpp"
#include "control/machines.hpp"

#include <set>

#include <gtest/gtest.h>

namespace mullion::control {
namespace {

TEST(Options, every_option_has_help_and_a_handler) {
  for (auto const& group : option_groups()) {
    EXPECT_FALSE(group.title.empty());
    for (auto const& option : group.options) {
      EXPECT_FALSE(option.help.empty()) << option.name;
      EXPECT_NE(option.handler, nullptr) << option.name;
    }
  }
}

TEST(Options, names_are_unique) {
  std::set<std::string_view> seen;
  for (auto const name : option_names()) EXPECT_TRUE(seen.insert(name).second) << name;
}

TEST(Options, every_property_of_every_option_has_a_meaning) {
  for (auto const& group : option_groups()) {
    for (auto const& option : group.options) {
      for (auto const& property : option.properties) {
        EXPECT_FALSE(property.meaning.empty()) << option.name << ' ' << property.name;
      }
    }
  }
}

TEST(Options, tables_of_machines_and_devices_are_documented) {
  for (auto const& machine : machines()) EXPECT_FALSE(machine.description.empty()) << machine.name;
  for (auto const& property : machine_properties()) EXPECT_FALSE(property.meaning.empty()) << property.name;
  for (auto const& device : device_specs()) {
    EXPECT_FALSE(device.description.empty()) << device.name;
    for (auto const& property : device.properties) {
      EXPECT_FALSE(property.meaning.empty()) << device.name << ' ' << property.name;
    }
  }
}

// The defaults in the tables are themselves acceptable values.
TEST(Options, fallbacks_are_valid_values_of_their_type) {
  for (auto const& device : device_specs()) {
    for (auto const& property : device.properties) {
      if (property.fallback.empty()) continue;
      PropertyValues values { device.properties };
      auto const set = values.set({ std::string { property.name }, std::string { property.fallback } });
      EXPECT_TRUE(set) << device.name << ' ' << property.name << ": " << set.error().message;
    }
  }
}

TEST(Help, shows_every_supported_option_on_a_line_of_its_own) {
  auto const text = help_text("mullion");
  for (auto const& group : option_groups()) {
    bool const hidden { group.options.data() == unsupported_options().data() };
    for (auto const& option : group.options) {
      auto const line = "\n-" + std::string { option.name } + (option.argument == OptionArgument::none ? " " : " ");
      EXPECT_EQ(text.find(line) == std::string::npos, hidden) << option.name;
    }
  }
}

TEST(Help, explanations_begin_in_the_seventeenth_column) {
  auto const text = help_text("mullion");
  EXPECT_NE(text.find("\n-S              freeze CPU at startup\n"), std::string::npos);
  EXPECT_NE(text.find("\n-initrd file    use 'file' as initial ram disk"), std::string::npos);
  EXPECT_NE(text.find("\n-machine [type=]name[,prop[=value][,...]]\n                selects"), std::string::npos);
}

TEST(Version, first_line_is_what_clients_parse) {
  EXPECT_TRUE(version_text().starts_with("QEMU emulator version 7.2.0 (Mullion 0.1.0)\n"));
}

}  // namespace
}  // namespace mullion::control
