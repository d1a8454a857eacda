// The backends that need no thread: null and file.
// SPDX-License-Identifier: Apache-2.0
#include "chardev/backends.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace mullion {
namespace {

class NullChardev final : public Chardev {
 public:
  size_t write(std::span<const uint8_t> bytes) override { return bytes.size(); }
  void attach(ChardevClient*) override {}
};

class FileChardev final : public Chardev {
 public:
  explicit FileChardev(std::FILE* file) : file_(file) { std::setvbuf(file, nullptr, _IONBF, 0); }
  ~FileChardev() override { std::fclose(file_); }
  // What a full disk does not take is lost: the guest shall not wait for it.
  size_t write(std::span<const uint8_t> bytes) override {
    std::fwrite(bytes.data(), 1, bytes.size(), file_);
    return bytes.size();
  }
  void attach(ChardevClient*) override {}

 private:
  std::FILE* file_;
};

}  // namespace

std::unique_ptr<Chardev> make_null_chardev() { return std::make_unique<NullChardev>(); }

Result<std::unique_ptr<Chardev>> open_file_chardev(const std::string& path, bool append) {
  std::FILE* file = std::fopen(path.c_str(), append ? "ab" : "wb");
  if (file == nullptr) {
    return failure("cannot open '{}' for writing: {}; choose a file in a folder that exists and can be written", path,
                   std::strerror(errno));
  }
  return std::make_unique<FileChardev>(file);
}

}  // namespace mullion
