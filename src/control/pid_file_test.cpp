// The pid file's life.
// SPDX-License-Identifier: Apache-2.0
#include "control/pid_file.hpp"

#include "control/host.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace mullion::control {
namespace {

TEST(PidFile, holds_this_process_and_goes_with_the_object) {
  auto const path = (std::filesystem::temp_directory_path() / "mullion-pid-test").string();
  {
    auto const file = PidFile::create(path);
    ASSERT_TRUE(file);
    std::uint64_t id { 0 };
    std::ifstream { path } >> id;
    EXPECT_EQ(id, process_id());
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(PidFile, empty_path_makes_none_and_a_bad_one_is_refused) {
  EXPECT_TRUE(PidFile::create(""));
  auto const refused = PidFile::create("no-such-folder/pid");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("-pidfile no-such-folder/pid"), std::string::npos);
}

}  // namespace
}  // namespace mullion::control
