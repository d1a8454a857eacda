// key=value lists, JSON objects, booleans, numbers and sizes as QEMU's command line writes them.
// SPDX-License-Identifier: Apache-2.0
#include "control/keyval.hpp"

#include <gtest/gtest.h>

namespace mullion::control {
namespace {

using Pairs = std::vector<KeyValue>;

TEST(Keyval, splits_at_commas_in_order) {
  EXPECT_EQ(parse_keyval("b=1,a=2").value(), (Pairs { { "b", "1" }, { "a", "2" } }));
}

TEST(Keyval, two_commas_are_one_literal_comma) {
  EXPECT_EQ(parse_keyval("file=a,,b,format=raw").value(), (Pairs { { "file", "a,b" }, { "format", "raw" } }));
  EXPECT_EQ(parse_keyval("a=x,,,b=y").value(), (Pairs { { "a", "x," }, { "b", "y" } }));
}

TEST(Keyval, first_item_without_equals_is_the_implied_key) {
  EXPECT_EQ(parse_keyval("q35,usb=off", "type").value(), (Pairs { { "type", "q35" }, { "usb", "off" } }));
  EXPECT_EQ(parse_keyval("usb=off,q35", "type").value(), (Pairs { { "usb", "off" }, { "q35", "on", true } }));
}

TEST(Keyval, item_without_equals_is_a_flag) {
  EXPECT_EQ(parse_keyval("socket,server,nowait", "backend").value(),
            (Pairs { { "backend", "socket" }, { "server", "on", true }, { "nowait", "on", true } }));
}

TEST(Keyval, values_keep_later_equals_signs_and_dotted_keys) {
  EXPECT_EQ(parse_keyval("file.filename=a=b").value(), (Pairs { { "file.filename", "a=b" } }));
}

TEST(Keyval, empty_names_are_refused) {
  EXPECT_FALSE(parse_keyval("=x"));
  EXPECT_FALSE(parse_keyval("a=1,=x"));
}

TEST(Keyval, json_object_becomes_the_same_list) {
  auto const pairs = parse_keyval(R"({"driver":"isa-serial","index":1,"multifunction":true,"a":{"b":["x","y"]}})");
  ASSERT_TRUE(pairs);
  EXPECT_EQ(pairs->size(), 5u);
  EXPECT_NE(std::find(pairs->begin(), pairs->end(), KeyValue { "a.b.1", "y" }), pairs->end());
  EXPECT_NE(std::find(pairs->begin(), pairs->end(), KeyValue { "multifunction", "on" }), pairs->end());
  EXPECT_NE(std::find(pairs->begin(), pairs->end(), KeyValue { "index", "1" }), pairs->end());
}

TEST(Keyval, broken_or_hostile_json_is_refused) {
  EXPECT_FALSE(parse_keyval("{"));
  EXPECT_FALSE(parse_keyval(R"({"a":null})"));
  EXPECT_FALSE(parse_keyval(R"({"a":1} trailing)"));
  std::string const deep { R"({"a":)" + std::string(100'000, '[') };
  EXPECT_FALSE(parse_keyval(deep));
  EXPECT_TRUE(parse_keyval(R"({"a":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"[["})"));
}

TEST(Bool, all_spellings) {
  for (auto const* text : { "on", "yes", "true", "y" }) EXPECT_EQ(parse_bool(text), true) << text;
  for (auto const* text : { "off", "no", "false", "n" }) EXPECT_EQ(parse_bool(text), false) << text;
  EXPECT_FALSE(parse_bool("maybe"));
  EXPECT_FALSE(parse_bool(""));
}

TEST(Number, follows_c_notation_and_refuses_the_rest) {
  EXPECT_EQ(parse_number("1281"), 1281u);
  EXPECT_EQ(parse_number("0x501"), 0x501u);
  EXPECT_EQ(parse_number("010"), 8u);
  EXPECT_EQ(parse_number("18446744073709551615"), ~0ull);
  for (auto const* text : { "", "-1", "0x", "12x", "18446744073709551616", " 1" }) {
    EXPECT_FALSE(parse_number(text)) << text;
  }
}

TEST(Size, suffixes_and_default_unit) {
  EXPECT_EQ(parse_size("512", 1 << 20), 512ull << 20);
  EXPECT_EQ(parse_size("512M"), 512ull << 20);
  EXPECT_EQ(parse_size("1G", 1 << 20), 1ull << 30);
  EXPECT_EQ(parse_size("2k"), 2048u);
  EXPECT_EQ(parse_size("1.5G"), 3ull << 29);
  EXPECT_EQ(parse_size("0x1000"), 0x1000u);
  EXPECT_EQ(parse_size("7b", 1 << 20), 7u);
}

TEST(Size, refuses_what_does_not_fit_or_is_no_number) {
  for (auto const* text : { "", "M", "-1", "1X", "16E", "99999999999999999999", "1.", "1.x", ".5M" }) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

}  // namespace
}  // namespace mullion::control
