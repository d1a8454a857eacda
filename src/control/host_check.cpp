// Looking at files and memory, with messages that say what to do.
// SPDX-License-Identifier: Apache-2.0
#include "control/host_check.hpp"

#include "control/host.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

namespace mullion::control {
namespace {

namespace fs = std::filesystem;

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
  return {};
}

}  // namespace mullion::control
