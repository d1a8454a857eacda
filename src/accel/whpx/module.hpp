// A library of functions loaded at run time.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"

#include <string>

namespace mullion::whpx {

// Unloaded when it goes. `load` with an empty path takes the system's own platform, only from the system's folder.
class Module {
 public:
  static Result<Module> load(const std::string& path);
  Module(Module&& other) noexcept : handle_(other.handle_), name_(std::move(other.name_)) { other.handle_ = nullptr; }
  Module& operator=(Module&&) = delete;
  ~Module();

  void* find(const char* function) const;  // null: not there
  const std::string& name() const { return name_; }

 private:
  Module(void* handle, std::string name) : handle_(handle), name_(std::move(name)) {}
  void* handle_;
  std::string name_;
};

}  // namespace mullion::whpx
