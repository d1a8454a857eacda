// Signals that ask the program to end reach the watcher, not the process.
// SPDX-License-Identifier: Apache-2.0
#include "control/host.hpp"

#include <csignal>
#include <future>

#include <unistd.h>

#include <gtest/gtest.h>

namespace mullion::control {
namespace {

TEST(TerminationRequests, each_signal_calls_back_with_its_name) {
  for (auto const [number, name] : { std::pair { SIGTERM, "SIGTERM" }, { SIGINT, "SIGINT" }, { SIGHUP, "SIGHUP" } }) {
    std::promise<std::string> told;
    auto const watching = watch_termination([&](std::string const& what) { told.set_value(what); });
    ASSERT_TRUE(watching);
    kill(getpid(), number);
    EXPECT_EQ(told.get_future().get(), name);
  }
}

TEST(Host, has_memory_and_a_program_folder) {
  EXPECT_GT(host_memory_bytes(), 1u << 20);
  EXPECT_FALSE(program_folder().empty());
}

}  // namespace
}  // namespace mullion::control
