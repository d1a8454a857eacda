// Refusals of files and memory before a machine is built, and the search for firmware.
// SPDX-License-Identifier: Apache-2.0
#include "control/boot_files.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace mullion::control {
namespace {

namespace fs = std::filesystem;

class BootFiles : public testing::Test {
 protected:
  BootFiles() : folder_ { fs::temp_directory_path() / "mullion-boot-files-test" } {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~BootFiles() override {
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

TEST_F(BootFiles, missing_empty_and_folder_are_told_apart) {
  EXPECT_TRUE(check_file("-kernel", write("good", "x")));
  EXPECT_NE(check_file("-kernel", (folder_ / "no").string()).error().message.find("no such file"), std::string::npos);
  EXPECT_NE(check_file("-kernel", write("empty", "")).error().message.find("is empty"), std::string::npos);
  EXPECT_NE(check_file("-kernel", folder_.string()).error().message.find("this is a folder"), std::string::npos);
}

TEST_F(BootFiles, firmware_is_found_in_the_first_data_folder_that_has_it) {
  auto const path = write("bios-test.bin", "x");
  EXPECT_EQ(fs::path { find_firmware("bios-test.bin", { "nowhere", folder_.string() }).value() }, fs::path { path });
  EXPECT_EQ(find_firmware("some/bios.bin", {}).value(), "some/bios.bin");
  auto const missing = find_firmware("no-such-bios.bin", { folder_.string() });
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find(folder_.string()), std::string::npos) << "names where it looked";
  EXPECT_NE(missing.error().message.find("-L"), std::string::npos);
}

TEST_F(BootFiles, multiboot_modules_are_files_with_arguments) {
  auto const a = write("a", "x");
  auto const b = write("b", "x");
  EXPECT_EQ(initrd_files(a + " with arguments," + b), (std::vector { a, b }));
  EXPECT_TRUE(initrd_files("").empty());
}

TEST_F(BootFiles, file_whose_name_has_a_comma_is_one_file) {
  auto const path = write("a,b c", "x");
  EXPECT_EQ(initrd_files(path), std::vector { path });
}

TEST_F(BootFiles, memory_beyond_the_host_is_refused_with_both_amounts) {
  VmConfig config;
  config.memory_bytes = 1ull << 60;
  auto const checked = check_host(config);
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().message.find("this host has"), std::string::npos);
}

TEST_F(BootFiles, every_file_of_a_configuration_is_looked_at) {
  VmConfig config;
  EXPECT_TRUE(check_host(config));
  config.boot.kernel = write("kernel", "x");
  config.boot.initrd = (folder_ / "missing").string();
  EXPECT_NE(check_host(config).error().message.find("-initrd"), std::string::npos);
  config.boot.initrd.clear();
  config.boot.data_dirs = { (folder_ / "missing").string() };
  EXPECT_NE(check_host(config).error().message.find("-L"), std::string::npos);
  config.boot.data_dirs.clear();
  config.boot.firmware = "no-such-bios.bin";
  EXPECT_NE(check_host(config).error().message.find("-bios no-such-bios.bin"), std::string::npos);
}

}  // namespace
}  // namespace mullion::control
