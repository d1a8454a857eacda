// The functions of a Windows Hypervisor Platform, found at run time: those that must be there and those that may.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "accel/whpx/module.hpp"

#include <whp_api.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mullion::whpx {

// Those of the first release (Windows 10 1803): nothing works without them.
#define MULLION_WHP_REQUIRED(X)                                                                        \
  X(WHvGetCapability) X(WHvCreatePartition) X(WHvSetupPartition) X(WHvDeletePartition)                 \
  X(WHvGetPartitionProperty) X(WHvSetPartitionProperty) X(WHvMapGpaRange) X(WHvUnmapGpaRange)          \
  X(WHvTranslateGva) X(WHvCreateVirtualProcessor) X(WHvDeleteVirtualProcessor)                         \
  X(WHvRunVirtualProcessor) X(WHvCancelRunVirtualProcessor) X(WHvGetVirtualProcessorRegisters)         \
  X(WHvSetVirtualProcessorRegisters)

// Later ones that Mullion has a use for; each missing one costs what its second argument says.
#define MULLION_WHP_OPTIONAL(X)                                                                        \
  X(WHvRequestInterrupt, "interrupts by the hypervisor's own APIC")                                    \
  X(WHvQueryGpaRangeDirtyBitmap, "tracking of changed pages")                                          \
  X(WHvSuspendPartitionTime, "a clock that stands still while the guest is paused")                    \
  X(WHvResumePartitionTime, "a clock that stands still while the guest is paused")                     \
  X(WHvGetVirtualProcessorState, "AVX registers and the APIC's state")                                 \
  X(WHvSetVirtualProcessorState, "AVX registers and the APIC's state")                                 \
  X(WHvGetVirtualProcessorCpuidOutput, "knowledge of the CPUID leaves that the host can give")         \
  X(WHvAdviseGpaRange, "guest memory brought in ahead of its first use")                               \
  X(WHvResetPartition, "reset in place")

struct Functions {
#define X(name) decltype(&::name) name = nullptr;
  MULLION_WHP_REQUIRED(X)
#undef X
#define X(name, use) decltype(&::name) name = nullptr;
  MULLION_WHP_OPTIONAL(X)
#undef X
};

struct MissingFunction {
  const char* name;
  const char* use;
};

// What a module answers for a name. Split from Library so that tests give their own functions.
using FindFunction = std::function<void*(const char*)>;
// Error: names of the required functions that are not there. `missing` gets the optional ones.
Result<Functions> bind_functions(const FindFunction& find, const std::string& module_name,
                                 std::vector<MissingFunction>& missing);

class Library {
 public:
  // Empty: the system's own.
  static Result<Library> open(const std::string& path);

  const Functions& functions() const { return functions_; }
  const std::string& name() const { return module_.name(); }
  const std::vector<MissingFunction>& missing() const { return missing_; }

 private:
  Library(Module module, Functions functions, std::vector<MissingFunction> missing)
      : module_(std::move(module)), functions_(functions), missing_(std::move(missing)) {}
  Module module_;
  Functions functions_;
  std::vector<MissingFunction> missing_;
};

// "0x80370302 (the property is unknown to this Windows: ...)": the code, what it means and what to do.
std::string explain(HRESULT result);

}  // namespace mullion::whpx
