// Property tables: types, defaults, refusals, help.
// SPDX-License-Identifier: Apache-2.0
#include "control/property.hpp"

#include <array>

#include <gtest/gtest.h>

namespace mullion::control {
namespace {

constexpr std::array<PropertySpec, 5> kSpecs { {
    { "path", PropertyType::text, "", "the file" },
    { "wait", PropertyType::boolean, "on", "waiting" },
    { "irq", PropertyType::uint8, "4", "interrupt" },
    { "size", PropertyType::size, "2M", "bytes" },
    { "clock", PropertyType::text, "host", "clock source", "host|vm" },
} };

Result<PropertyValues> bind(std::vector<KeyValue> const& pairs) { return bind_properties(kSpecs, pairs); }

TEST(Property, defaults_stand_for_what_is_not_given) {
  auto const values = bind({});
  ASSERT_TRUE(values);
  EXPECT_TRUE(values->flag("wait"));
  EXPECT_EQ(values->number("irq"), 4u);
  EXPECT_EQ(values->number("size"), 2u << 20);
  EXPECT_FALSE(values->given("path"));
  EXPECT_EQ(values->number_if_given<std::uint8_t>("irq"), std::nullopt);
}

TEST(Property, later_value_wins) {
  auto const values = bind({ { "irq", "5" }, { "irq", "0x7" } });
  ASSERT_TRUE(values);
  EXPECT_EQ(values->number("irq"), 7u);
}

TEST(Property, bare_booleans_and_their_old_negation) {
  EXPECT_TRUE(bind({ { "wait", "on", true } })->flag("wait"));
  EXPECT_FALSE(bind({ { "nowait", "on", true } })->flag("wait"));
  EXPECT_FALSE(bind({ { "path", "on", true } })) << "a text needs a value";
}

TEST(Property, wrong_types_are_refused_with_the_name) {
  using Wrong = std::pair<char const*, char const*>;
  for (auto const& [key, value] : { Wrong { "wait", "maybe" }, { "irq", "256" }, { "irq", "x" }, { "size", "big" } }) {
    auto const values = bind({ { key, value } });
    ASSERT_FALSE(values) << key << '=' << value;
    EXPECT_NE(values.error().message.find(key), std::string::npos);
    EXPECT_NE(values.error().message.find(value), std::string::npos);
  }
}

TEST(Property, unknown_name_is_refused_with_the_nearest) {
  auto const values = bind({ { "pth", "x" } });
  ASSERT_FALSE(values);
  EXPECT_EQ(values.error().message, "'pth' is not a known property; the nearest known is 'path'");
}

TEST(Property, value_outside_the_choices_is_not_supported_yet) {
  EXPECT_TRUE(bind({ { "clock", "vm" } }));
  auto const values = bind({ { "clock", "rt" } });
  ASSERT_FALSE(values);
  EXPECT_NE(values.error().message.find("not supported yet"), std::string::npos);
}

TEST(Property, help_names_type_default_and_meaning) {
  auto const text = property_help(kSpecs);
  EXPECT_NE(text.find("  irq=<uint8>            - interrupt (default: 4)\n"), std::string::npos) << text;
  EXPECT_NE(text.find("  path=<str>             - the file\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace mullion::control
