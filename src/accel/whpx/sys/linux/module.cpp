// A library of functions loaded at run time: Linux, where no system has the platform of its own.
// SPDX-License-Identifier: Apache-2.0
#include "accel/whpx/module.hpp"

#include <dlfcn.h>

namespace mullion::whpx {

Result<Module> Module::load(const std::string& path) {
  if (path.empty()) {
    return failure("Linux has no Windows Hypervisor Platform of its own; name one with library=PATH, "
                   "for example library=whp/libWinHvPlatform.so of the build folder");
  }
  // A name without a slash would be searched along the library path: a file is meant.
  std::string const file = path.find('/') == std::string::npos ? "./" + path : path;
  // The platform keeps its handles for the life of the process: its code and data stay too.
  void* const handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == nullptr) {
    const char* const why = dlerror();
    return failure("cannot load the platform '{}': {}", path, why != nullptr ? why : "no reason given");
  }
  return Module(handle, path);
}

Module::~Module() {
  if (handle_ != nullptr) dlclose(handle_);
}

void* Module::find(const char* function) const { return dlsym(handle_, function); }

}  // namespace mullion::whpx
