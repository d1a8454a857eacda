// The search list of firmware images.
// SPDX-License-Identifier: Apache-2.0
#include "machine/firmware.hpp"

#include "machine/loaders/blob.hpp"
#include "machine/memory_map.hpp"

#include <filesystem>

namespace mullion {
namespace {

constexpr uint64_t kUnit = 65536;
constexpr uint64_t kLargest = 16 * kMiB;

std::vector<std::string> folders(const FirmwareSearch& search) {
  auto list = search.data_dirs;
  list.insert(list.end(), {"/usr/share/seabios", "/usr/share/qemu", "/usr/share/ovmf"});
  if (!search.program_dir.empty()) list.push_back(search.program_dir);
  return list;
}

bool is_file(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error);
}

Result<std::string> find(const FirmwareSearch& search) {
  if (!search.name.empty() && is_file(search.name)) return search.name;
  const std::vector<std::string> names = search.name.empty() ? std::vector<std::string>{"bios-256k.bin", "bios.bin"}
                                                             : std::vector<std::string>{search.name};
  std::string tried;
  for (const auto& folder : folders(search)) {
    for (const auto& name : names) {
      const auto path = std::filesystem::path{folder} / name;
      if (is_file(path)) return path.string();
    }
    tried += (tried.empty() ? "" : ", ") + folder;
  }
  if (search.name.empty()) {
    return failure(
        "cannot find the firmware bios-256k.bin or bios.bin in {}; install the package seabios, or name a folder "
        "with -L or a file with -bios",
        tried);
  }
  return failure(
      "cannot find the firmware '{}' (-bios): it is no file, nor in {}; check the name or add a folder with -L",
      search.name, tried);
}

}  // namespace

Result<std::vector<uint8_t>> load_firmware(const FirmwareSearch& search) {
  const auto path = find(search);
  if (!path) return tl::unexpected(path.error());
  const auto blob = open_blob(*path, "firmware");
  if (!blob) return tl::unexpected(blob.error());
  const uint64_t size = (*blob)->size();
  if (size % kUnit != 0 || size > kLargest) {
    return failure("the firmware '{}' has {} bytes; a PC firmware image is a multiple of 64 KiB and at most {} MiB",
                   *path, size, kLargest / kMiB);
  }
  auto bytes = blob_head(**blob, size);
  if (bytes.size() != size) return failure("cannot read the firmware '{}'", *path);
  return bytes;
}

}  // namespace mullion
