// A library of functions loaded at run time: Windows, where the platform is a DLL of system32.
// SPDX-License-Identifier: Apache-2.0
#include "accel/whpx/module.hpp"

#include <whp_api.h>

namespace mullion::whpx {

Result<Module> Module::load(const std::string& path) {
  std::string const name = path.empty() ? "WinHvPlatform.dll" : path;
  // Only system32 for the system's own: a DLL beside the program or in the current folder is somebody else's.
  HMODULE const handle = path.empty() ? LoadLibraryExA(name.c_str(), nullptr, LOAD_LIBRARY_SEARCH_SYSTEM32)
                                      : LoadLibraryA(name.c_str());
  if (handle == nullptr) {
    auto const code = GetLastError();
    if (path.empty()) {
      return failure("cannot load WinHvPlatform.dll from system32 (error {}): turn on the Windows feature "
                     "'Windows Hypervisor Platform' "
                     "(DISM /online /Enable-Feature /FeatureName:HypervisorPlatform /All) and restart",
                     code);
    }
    return failure("cannot load the platform '{}' (error {})", path, code);
  }
  return Module(reinterpret_cast<void*>(handle), name);
}

Module::~Module() {
  if (handle_ != nullptr) FreeLibrary(static_cast<HMODULE>(handle_));
}

void* Module::find(const char* function) const {
  return reinterpret_cast<void*>(GetProcAddress(static_cast<HMODULE>(handle_), function));
}

}  // namespace mullion::whpx
