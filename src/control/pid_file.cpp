// Writing and removing of the pid file.
// SPDX-License-Identifier: Apache-2.0
#include "control/pid_file.hpp"

#include "control/host.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace mullion::control {

Result<PidFile> PidFile::create(std::string path) {
  if (path.empty()) return PidFile { std::move(path) };
  auto* file = std::fopen(path.c_str(), "w");
  bool written { false };
  if (file != nullptr) {
    auto const text = fmt::format("{}\n", process_id());
    written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    written = std::fclose(file) == 0 && written;
  }
  if (!written) {
    return failure("-pidfile {}: cannot be written: {}; choose a writable place", path, std::strerror(errno));
  }
  return PidFile { std::move(path) };
}

PidFile::~PidFile() {
  if (!path_.empty()) std::remove(path_.c_str());
}

}  // namespace mullion::control
