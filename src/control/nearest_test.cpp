// Edit distance and the nearest known name.
// SPDX-License-Identifier: Apache-2.0
#include "control/nearest.hpp"

#include <gtest/gtest.h>

namespace mullion::control {
namespace {

TEST(Nearest, distance_counts_edits_and_swaps) {
  EXPECT_EQ(edit_distance("kernel", "kernel"), 0u);
  EXPECT_EQ(edit_distance("kernel", "KERNEL"), 0u);
  EXPECT_EQ(edit_distance("kernle", "kernel"), 1u);
  EXPECT_EQ(edit_distance("kerne", "kernel"), 1u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
}

TEST(Nearest, names_the_nearest_and_says_nothing_without_candidates) {
  EXPECT_EQ(nearest_name("isa-serail", { "isa-debugcon", "isa-serial", "pc-testdev" }), "isa-serial");
  EXPECT_EQ(nearest_hint("x", {}), "");
  EXPECT_EQ(nearest_hint("pcc", { "pc", "none" }), "; the nearest known is 'pc'");
}

TEST(Nearest, very_long_names_cost_little) {
  std::string const huge(1'000'000, 'x');
  EXPECT_EQ(nearest_name(huge, { "a", "xxxx" }), "xxxx");
}

}  // namespace
}  // namespace mullion::control
