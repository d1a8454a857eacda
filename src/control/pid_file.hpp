// The file of -pidfile, there for as long as the machine is.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"

#include <string>

namespace mullion::control {

class PidFile final {
 public:
  // Writes this process's id; an empty path makes no file.
  [[nodiscard]] static Result<PidFile> create(std::string path);
  PidFile(PidFile&& other) noexcept : path_ { std::move(other.path_) } { other.path_.clear(); }
  PidFile& operator=(PidFile&&) = delete;
  ~PidFile();

 private:
  explicit PidFile(std::string path) : path_ { std::move(path) } {}

  std::string path_;
};

}  // namespace mullion::control
