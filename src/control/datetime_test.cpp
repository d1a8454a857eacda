// Dates of -rtc base=.
// SPDX-License-Identifier: Apache-2.0
#include "control/datetime.hpp"

#include <gtest/gtest.h>

namespace mullion::control {
namespace {

TEST(Datetime, counts_seconds_from_1970) {
  EXPECT_EQ(parse_datetime("1970-01-01"), 0);
  EXPECT_EQ(parse_datetime("1970-01-02T00:00:01"), 86401);
  EXPECT_EQ(parse_datetime("2006-06-17T16:01:21"), 1150560081);  // the example of QEMU's manual page
  EXPECT_EQ(parse_datetime("2000-02-29"), 951782400);            // 2000 is a leap year
}

TEST(Datetime, refuses_dates_that_do_not_exist) {
  for (auto const* text : { "", "2023-02-29", "2023-13-01", "2023-1-1", "2023-01-01T24:00:00", "2023-01-01T",
                            "2023-01-01T10:00", "tomorrow", "2023-01-01T10:00:00Z" }) {
    EXPECT_FALSE(parse_datetime(text)) << text;
  }
}

// No place is further than 14 hours from UTC, and offsets are quarters of an hour.
TEST(Datetime, local_time_is_near_utc) {
  auto const offset = local_offset_seconds(1'700'000'000);
  EXPECT_LE(std::abs(offset), 14 * 3600);
  EXPECT_EQ(offset % 900, 0);
}

}  // namespace
}  // namespace mullion::control
