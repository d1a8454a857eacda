// The properties of a partition: sizes, defaults, checks, and the rules for exits that follow from them.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpuid/model.hpp"
#include "whp/include/WinHvPlatformDefs.h"

#include <cstdint>
#include <map>
#include <vector>

namespace mullion::whp {

inline constexpr uint32_t kMaxProcessors = 64;

// What the processors look up while they run.
struct ExitRules {
  uint64_t exits = 0;  // WHV_EXTENDED_VM_EXITS
  uint64_t exceptions = 0;
  uint64_t msrs = 0;  // WHV_X64_MSR_EXIT_BITMAP
  std::vector<uint32_t> cpuid_exits;
  std::vector<WHV_X64_CPUID_RESULT> cpuid_results;
  std::vector<WHV_X64_CPUID_RESULT2> cpuid_results2;
  std::map<uint32_t, WHV_MSR_ACTION_ENTRY> msr_actions;
  uint32_t unimplemented_msr = 0;

  bool cpuid_exit(uint32_t leaf) const;
  void apply_results(uint32_t leaf, uint32_t subleaf, uint32_t vp, x86::CpuidResult& r) const;
};

class Properties {
 public:
  // `set_up`: only those that may change afterwards are accepted.
  HRESULT set(uint32_t code, const void* value, uint32_t size, bool set_up);
  HRESULT get(uint32_t code, void* value, uint32_t size, uint32_t* written) const;
  // The fixed-size ones as a number; 0 while not set, unless it has a default.
  uint64_t number(uint32_t code) const;
  bool was_set(uint32_t code) const { return values_.count(code) != 0; }
  ExitRules rules() const;

 private:
  std::map<uint32_t, std::vector<uint8_t>> values_;
};

}  // namespace mullion::whp
