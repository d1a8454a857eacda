// Log items, trace patterns and the rate limit.
// SPDX-License-Identifier: Apache-2.0
#include "base/log.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>

namespace mullion {
namespace {

TraceEvent trace_first{"unit_first", "an event of this test"};
TraceEvent trace_second{"unit_second", "another"};

struct LogFile {
  LogFile() { EXPECT_TRUE(log_open_file(path)); }
  ~LogFile() {
    log_set_mask(0);
    EXPECT_TRUE(log_open_file(""));
    std::remove(path.c_str());
  }
  std::string text() const {
    log_flush();
    std::ifstream in{path};
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
  }
  std::string path = testing::TempDir() + "mullion_log_test.txt";
};

TEST(Log, items_are_enabled_by_name) {
  ASSERT_TRUE(log_enable("int,guest_errors"));
  EXPECT_TRUE(log_enabled(LogItem::int_));
  EXPECT_TRUE(log_enabled(LogItem::guest_errors));
  EXPECT_FALSE(log_enabled(LogItem::exec));
  log_set_mask(0);
}

TEST(Log, an_unknown_item_is_named_and_nothing_is_enabled) {
  const auto r = log_enable("int,bogus");
  ASSERT_FALSE(r);
  EXPECT_NE(r.error().message.find("'bogus'"), std::string::npos);
  EXPECT_EQ(log_mask(), 0u);
}

TEST(Log, guest_errors_are_limited_by_device) {
  const LogFile file;
  log_set_mask(static_cast<uint32_t>(LogItem::guest_errors));
  for (int i = 0; i < 1000; ++i) guest_error("unit-noisy", "write {}", i);
  guest_error("unit-quiet", "only one");
  const std::string text = file.text();
  EXPECT_NE(text.find("unit-noisy: write 0\n"), std::string::npos);
  EXPECT_EQ(text.find("unit-noisy: write 999\n"), std::string::npos);
  EXPECT_NE(text.find("unit-quiet: only one\n"), std::string::npos);
}

TEST(Log, guest_errors_are_silent_unless_asked_for) {
  const LogFile file;
  guest_error("unit-silent", "nothing");
  EXPECT_EQ(file.text(), "");
}

TEST(Log, a_log_file_that_cannot_be_made_is_an_error) {
  EXPECT_FALSE(log_open_file("/nonexistent-folder/log"));
}

TEST(Trace, patterns_turn_events_on_and_off) {
  ASSERT_TRUE(trace_enable("unit_*"));
  EXPECT_TRUE(trace_first.enabled());
  ASSERT_TRUE(trace_enable("-unit_s?cond"));
  EXPECT_TRUE(trace_first.enabled());
  EXPECT_FALSE(trace_second.enabled());
  EXPECT_FALSE(trace_enable("no_such_event"));
  const LogFile file;
  trace(trace_first, "value {}", 7);
  trace(trace_second, "value {}", 8);
  EXPECT_EQ(file.text(), "unit_first value 7\n");
  ASSERT_TRUE(trace_enable("-*"));
}

TEST(Trace, events_are_listed_by_name) {
  const auto events = trace_events();
  ASSERT_GE(events.size(), 2u);
  for (size_t i = 1; i < events.size(); ++i) EXPECT_LT(std::string{events[i - 1]->name()}, events[i]->name());
}

}  // namespace
}  // namespace mullion
