// The functions of a Windows Hypervisor Platform, found at run time: those that must be there and those that may.
// SPDX-License-Identifier: Apache-2.0
#include "accel/whpx/library.hpp"

#include <fmt/format.h>

#include <bit>

namespace mullion::whpx {

namespace {

template <class Function>
Function as(void* address) {
  return std::bit_cast<Function>(address);
}

struct Explanation {
  uint32_t code;
  const char* text;
};

constexpr Explanation kExplanations[] = {
    {0x80370300, "this platform does not know the capability: an older Windows, the feature stays off"},
    {0x80370301, "the buffer is too small: an error of Mullion's"},
    {0x80370302, "this platform does not know the property: an older Windows, the feature stays off"},
    {0x80370303, "the host's hypervisor settings do not allow it: look at other users of virtualisation"},
    {0x80370304, "a required property of the partition is missing"},
    {0x80370305, "the guest memory range is not mapped or not tracked"},
    {0x80370306, "the virtual processor exists already: an error of Mullion's"},
    {0x80370307, "the virtual processor does not exist: an error of Mullion's"},
    {0x80370308, "the virtual processor is running or not ready"},
    {0x80370309, "this platform does not know one of the registers"},
    {0x80370310, "the processor features asked for are not possible here: choose a smaller -cpu model"},
    {0xC0351000, "the hypervisor is not running: turn on virtualisation in the firmware and the Windows feature "
                 "'Windows Hypervisor Platform', then restart"},
    {0xC0350005, "the hypervisor refuses a parameter: at setup a mix of properties, often after a Windows update; "
                 "at an interrupt a bad vector"},
    {0x80070057, "an argument is not valid: an error of Mullion's"},
    {0x80070005, "access denied"},
    {0x80070032, "not supported by this platform"},
    {0x80070490, "not found"},
    {0x8007139F, "the partition is in another state"},
};

}  // namespace

std::string explain(HRESULT result) {
  auto const code = static_cast<uint32_t>(result);
  for (auto const& e : kExplanations) {
    if (e.code == code) return fmt::format("{:#010x} ({})", code, e.text);
  }
  if ((code & 0xFFFF0000) == 0xC0350000) return fmt::format("{:#010x} (hypervisor status {:#x})", code, code & 0xFFFF);
  return fmt::format("{:#010x}", code);
}

Result<Functions> bind_functions(const FindFunction& find, const std::string& module_name,
                                 std::vector<MissingFunction>& missing) {
  Functions f;
  std::string lost;
#define X(name)                                                          \
  if (void* const address = find(#name)) {                               \
    f.name = as<decltype(f.name)>(address);                              \
  } else {                                                               \
    lost += lost.empty() ? #name : ", " #name;                           \
  }
  MULLION_WHP_REQUIRED(X)
#undef X
  if (!lost.empty()) {
    return failure("'{}' is not a Windows Hypervisor Platform that can be used, it lacks {}: it needs Windows 10 "
                   "version 1803 or later, or library=PATH of another platform",
                   module_name, lost);
  }
#define X(name, use)                              \
  if (void* const address = find(#name)) {        \
    f.name = as<decltype(f.name)>(address);       \
  } else {                                        \
    missing.push_back({#name, use});              \
  }
  MULLION_WHP_OPTIONAL(X)
#undef X
  return f;
}

Result<Library> Library::open(const std::string& path) {
  auto module = Module::load(path);
  if (!module) return tl::unexpected(module.error());
  std::vector<MissingFunction> missing;
  auto functions = bind_functions([&](const char* name) { return module->find(name); }, module->name(), missing);
  if (!functions) return tl::unexpected(functions.error());
  return Library(std::move(*module), *functions, std::move(missing));
}

}  // namespace mullion::whpx
