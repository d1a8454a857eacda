// What the platform offers: capabilities, and the processor features in the platform's own bits.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpuid/model.hpp"
#include "whp/include/WinHvPlatformDefs.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mullion::whp {

inline constexpr uint64_t kOfferedExits = 0x7;     // CPUID, MSR, exception
inline constexpr uint64_t kOfferedMsrExits = 0x3F;
inline constexpr uint64_t kOfferedExceptions = 0xFFFFFFFF;

enum class Bank : uint8_t { Features0, Features1, Xsave };

// The model that a partition has unless its properties take something away.
const x86::CpuModel& full_model();
uint64_t offered_bank(Bank bank);
// The same with only what the three banks name, and x2APIC or not.
Result<x86::CpuModel> restricted_model(uint64_t bank0, uint64_t bank1, uint64_t xsave, bool x2apic);

HRESULT get_capability(uint32_t code, void* buffer, uint32_t size, uint32_t* written);

// Copies a value of fixed size as every Get function does: more room than needed is fine.
HRESULT answer(const void* value, uint32_t value_size, void* buffer, uint32_t size, uint32_t* written);

}  // namespace mullion::whp
