// Refusals of files and memory before a machine is built.
// SPDX-License-Identifier: Apache-2.0
#include "control/host_check.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace mullion::control {
namespace {

namespace fs = std::filesystem;

class HostCheck : public testing::Test {
 protected:
  HostCheck() : folder_ { fs::temp_directory_path() / "mullion-host-check-test" } {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~HostCheck() override {
    std::error_code error;
    fs::remove_all(folder_, error);
  }
  std::string write(std::string const& name, std::string const& content) const {
    auto const path = (folder_ / name).string();
    std::ofstream { path, std::ios::binary } << content;
    return path;
  }
  fs::path folder_;
};

TEST_F(HostCheck, missing_empty_and_folder_are_told_apart) {
  EXPECT_TRUE(check_file("-kernel", write("good", "x")));
  EXPECT_NE(check_file("-kernel", (folder_ / "no").string()).error().message.find("no such file"), std::string::npos);
  EXPECT_NE(check_file("-kernel", write("empty", "")).error().message.find("is empty"), std::string::npos);
  EXPECT_NE(check_file("-kernel", folder_.string()).error().message.find("this is a folder"), std::string::npos);
}

TEST_F(HostCheck, multiboot_modules_are_files_with_arguments) {
  auto const a = write("a", "x");
  auto const b = write("b", "x");
  EXPECT_EQ(initrd_files(a + " with arguments," + b), (std::vector { a, b }));
  EXPECT_TRUE(initrd_files("").empty());
}

TEST_F(HostCheck, file_whose_name_has_a_comma_is_one_file) {
  auto const path = write("a,b c", "x");
  EXPECT_EQ(initrd_files(path), std::vector { path });
}

TEST_F(HostCheck, memory_beyond_the_host_is_refused_with_both_amounts) {
  VmConfig config;
  config.memory_bytes = 1ull << 60;
  auto const checked = check_host(config);
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().message.find("this host has"), std::string::npos);
}

TEST_F(HostCheck, every_file_of_a_configuration_is_looked_at) {
  VmConfig config;
  EXPECT_TRUE(check_host(config));
  config.boot.kernel = write("kernel", "x");
  config.boot.initrd = (folder_ / "missing").string();
  EXPECT_NE(check_host(config).error().message.find("-initrd"), std::string::npos);
  config.boot.initrd.clear();
  config.boot.data_dirs = { (folder_ / "missing").string() };
  EXPECT_NE(check_host(config).error().message.find("-L"), std::string::npos);
}

}  // namespace
}  // namespace mullion::control
