// Looking for boot files, with messages that say what to do.
// SPDX-License-Identifier: Apache-2.0
#include "control/boot_files.hpp"

#include "control/host.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mullion::control {
namespace {

namespace fs = std::filesystem;

bool has_folder(std::string const& name) { return fs::path { name }.has_parent_path(); }

std::string in_mib(std::uint64_t bytes) { return fmt::format("{} MiB", bytes >> 20); }

}  // namespace

Result<void> check_file(std::string_view option, std::string const& path) {
  std::error_code error;
  auto const status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    return failure("{} {}: there is no such file; check the path", option, path);
  }
  if (fs::is_directory(status)) return failure("{} {}: this is a folder; name a file", option, path);
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> const file { std::fopen(path.c_str(), "rb"), std::fclose };
  if (file == nullptr) {
    return failure("{} {}: cannot be opened: {}; check its permissions", option, path, std::strerror(errno));
  }
  if (fs::is_regular_file(status) && fs::file_size(path, error) == 0) {
    return failure("{} {}: the file is empty; was it copied or downloaded whole?", option, path);
  }
  return {};
}

Result<std::string> find_firmware(std::string const& name, std::vector<std::string> const& data_dirs) {
  if (has_folder(name)) return name;
  auto folders = data_dirs;
  folders.push_back(program_folder());
  for (auto& folder : firmware_folders()) folders.push_back(std::move(folder));
  folders.emplace_back(".");
  for (auto const& folder : folders) {
    auto const path = fs::path { folder } / name;
    std::error_code error;
    if (!folder.empty() && fs::is_regular_file(path, error)) return path.string();
  }
  return failure("firmware '{}' is not in any of: {}; install Debian's seabios, or name its folder with -L", name,
                 fmt::join(folders, ", "));
}

std::vector<std::string> initrd_files(std::string const& option) {
  std::error_code error;
  if (option.empty()) return {};
  if (fs::exists(option, error)) return { option };
  std::vector<std::string> files;
  for (std::string_view rest { option }; !rest.empty();) {
    auto const item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), item.size() + 1));
    files.emplace_back(item.substr(0, item.find(' ')));
  }
  return files;
}

Result<void> check_host(VmConfig const& config) {
  auto const available = host_memory_bytes();
  if (available != 0 && config.memory_bytes > available) {
    return failure("-m {}: the guest would get {}, this host has {}; give it less", config.memory_bytes >> 20,
                   in_mib(config.memory_bytes), in_mib(available));
  }
  if (!config.boot.kernel.empty()) {
    if (auto ok = check_file("-kernel", config.boot.kernel); !ok) return ok;
  }
  for (auto const& file : initrd_files(config.boot.initrd)) {
    if (auto ok = check_file("-initrd", file); !ok) return ok;
  }
  for (auto const& folder : config.boot.data_dirs) {
    std::error_code error;
    if (!fs::is_directory(folder, error)) return failure("-L {}: there is no such folder; check the path", folder);
  }
  if (!config.boot.firmware.empty()) {
    auto const path = find_firmware(config.boot.firmware, config.boot.data_dirs);
    if (!path) return tl::unexpected { path.error().within("-bios " + config.boot.firmware) };
    if (auto ok = check_file("-bios", *path); !ok) return ok;
  }
  return {};
}

}  // namespace mullion::control
