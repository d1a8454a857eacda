// Setting and reading the properties of a partition.
// SPDX-License-Identifier: Apache-2.0
#include "whp/properties.hpp"

#include "whp/features.hpp"

#include <algorithm>
#include <cstring>

namespace mullion::whp {
namespace {

struct Info {
  uint32_t code;
  uint32_t size;  // of the value, or of one entry of a list
  bool list = false;
  bool after_setup = false;
};

constexpr Info kProperties[] = {
    {WHvPartitionPropertyCodeExtendedVmExits, 8, false, true},
    {WHvPartitionPropertyCodeExceptionExitBitmap, 8, false, true},
    {WHvPartitionPropertyCodeSeparateSecurityDomain, 4},
    {WHvPartitionPropertyCodeNestedVirtualization, 4},
    {WHvPartitionPropertyCodeX64MsrExitBitmap, 8, false, true},
    {WHvPartitionPropertyCodePrimaryNumaNode, 2},
    {WHvPartitionPropertyCodeCpuReserve, 4},
    {WHvPartitionPropertyCodeCpuCap, 4},
    {WHvPartitionPropertyCodeCpuWeight, 4},
    {WHvPartitionPropertyCodeCpuGroupId, 8},
    {WHvPartitionPropertyCodeProcessorFrequencyCap, 4},
    {WHvPartitionPropertyCodeAllowDeviceAssignment, 4},
    {WHvPartitionPropertyCodeDisableSmt, 4},
    {WHvPartitionPropertyCodeProcessorFeatures, 8},
    {WHvPartitionPropertyCodeProcessorClFlushSize, 1},
    {WHvPartitionPropertyCodeCpuidExitList, 4, true, true},
    {WHvPartitionPropertyCodeCpuidResultList, 32, true},
    {WHvPartitionPropertyCodeLocalApicEmulationMode, 4},
    {WHvPartitionPropertyCodeProcessorXsaveFeatures, 8},
    {WHvPartitionPropertyCodeProcessorClockFrequency, 8},
    {WHvPartitionPropertyCodeInterruptClockFrequency, 8},
    {WHvPartitionPropertyCodeApicRemoteReadSupport, 4},
    {WHvPartitionPropertyCodeProcessorFeaturesBanks, 24},
    {WHvPartitionPropertyCodeReferenceTime, 8},
    {WHvPartitionPropertyCodeSyntheticProcessorFeaturesBanks, 16},
    {WHvPartitionPropertyCodeCpuidResultList2, 48, true},
    {WHvPartitionPropertyCodeProcessorPerfmonFeatures, 8},
    {WHvPartitionPropertyCodeMsrActionList, 8, true},
    {WHvPartitionPropertyCodeUnimplementedMsrAction, 4},
    {WHvPartitionPropertyCodePhysicalAddressWidth, 4},
    {WHvPartitionPropertyCodeProcessorCount, 4},
};

const Info* info_of(uint32_t code) {
  auto const* const it = std::find_if(std::begin(kProperties), std::end(kProperties),
                                      [code](Info const& i) { return i.code == code; });
  return it == std::end(kProperties) ? nullptr : it;
}

HRESULT within(uint64_t value, uint64_t offered, HRESULT refusal) { return (value & ~offered) == 0 ? S_OK : refusal; }

HRESULT check_banks(const WHV_PROCESSOR_FEATURES_BANKS& b) {
  if (b.BanksCount == 0 || b.BanksCount > WHV_PROCESSOR_FEATURES_BANKS_COUNT) return E_INVALIDARG;
  bool const good = (b.AsUINT64[0] & ~offered_bank(Bank::Features0)) == 0 &&
                    (b.BanksCount < 2 || (b.AsUINT64[1] & ~offered_bank(Bank::Features1)) == 0);
  return good ? S_OK : WHV_E_UNSUPPORTED_PROCESSOR_CONFIG;
}

HRESULT check_actions(const void* value, uint32_t size) {
  auto const* const entries = static_cast<const WHV_MSR_ACTION_ENTRY*>(value);
  for (uint32_t n = 0; n < size / sizeof *entries; ++n) {
    WHV_MSR_ACTION_ENTRY e;
    std::memcpy(&e, entries + n, sizeof e);
    if (e.ReadAction > WHvMsrActionExit || e.WriteAction > WHvMsrActionExit || e.Reserved != 0) return E_INVALIDARG;
  }
  return S_OK;
}

// `value` holds at least the property's size.
HRESULT check(uint32_t code, const void* value, uint32_t size) {
  uint64_t n = 0;
  std::memcpy(&n, value, std::min<size_t>(size, sizeof n));
  switch (code) {
    case WHvPartitionPropertyCodeExtendedVmExits: return within(n, kOfferedExits, E_INVALIDARG);
    case WHvPartitionPropertyCodeExceptionExitBitmap: return within(n, kOfferedExceptions, E_INVALIDARG);
    case WHvPartitionPropertyCodeX64MsrExitBitmap: return within(n, kOfferedMsrExits, E_INVALIDARG);
    case WHvPartitionPropertyCodeSeparateSecurityDomain: return within(n, 1, E_INVALIDARG);
    case WHvPartitionPropertyCodeProcessorCount: return n >= 1 && n <= kMaxProcessors ? S_OK : E_INVALIDARG;
    case WHvPartitionPropertyCodeLocalApicEmulationMode:
      return n <= WHvX64LocalApicEmulationModeX2Apic ? S_OK : E_INVALIDARG;
    case WHvPartitionPropertyCodeUnimplementedMsrAction: return n <= WHvMsrActionExit ? S_OK : E_INVALIDARG;
    case WHvPartitionPropertyCodeMsrActionList: return check_actions(value, size);
    case WHvPartitionPropertyCodeProcessorFeatures:
      return within(n, offered_bank(Bank::Features0), WHV_E_UNSUPPORTED_PROCESSOR_CONFIG);
    case WHvPartitionPropertyCodeProcessorXsaveFeatures:
      return within(n, offered_bank(Bank::Xsave), WHV_E_UNSUPPORTED_PROCESSOR_CONFIG);
    case WHvPartitionPropertyCodeProcessorFeaturesBanks: {
      WHV_PROCESSOR_FEATURES_BANKS banks;
      std::memcpy(&banks, value, sizeof banks);
      return check_banks(banks);
    }
    case WHvPartitionPropertyCodeSyntheticProcessorFeaturesBanks: {
      WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS banks;
      std::memcpy(&banks, value, sizeof banks);
      if (banks.BanksCount != WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS_COUNT) return E_INVALIDARG;
      return within(banks.AsUINT64[0], 0, WHV_E_UNSUPPORTED_PROCESSOR_CONFIG);
    }
    case WHvPartitionPropertyCodeProcessorClFlushSize: return n == 6 ? S_OK : WHV_E_UNSUPPORTED_PROCESSOR_CONFIG;
    // What is not offered may be refused, not asked for.
    case WHvPartitionPropertyCodeProcessorClockFrequency: return n == x86::kTscHz ? S_OK : WHV_E_NOT_SUPPORTED;
    case WHvPartitionPropertyCodeInterruptClockFrequency: return n == x86::kApicTimerHz ? S_OK : WHV_E_NOT_SUPPORTED;
    case WHvPartitionPropertyCodePhysicalAddressWidth:
      return n == full_model().physical_bits() ? S_OK : WHV_E_NOT_SUPPORTED;
    case WHvPartitionPropertyCodeNestedVirtualization: case WHvPartitionPropertyCodeApicRemoteReadSupport:
    case WHvPartitionPropertyCodeAllowDeviceAssignment: case WHvPartitionPropertyCodeDisableSmt:
    case WHvPartitionPropertyCodeProcessorPerfmonFeatures: case WHvPartitionPropertyCodePrimaryNumaNode:
    case WHvPartitionPropertyCodeCpuReserve: case WHvPartitionPropertyCodeCpuCap:
    case WHvPartitionPropertyCodeCpuWeight: case WHvPartitionPropertyCodeCpuGroupId:
    case WHvPartitionPropertyCodeProcessorFrequencyCap: case WHvPartitionPropertyCodeReferenceTime:
      return n == 0 ? S_OK : WHV_E_NOT_SUPPORTED;
    default: return S_OK;
  }
}

template <class T> std::vector<T> list_of(const std::map<uint32_t, std::vector<uint8_t>>& values, uint32_t code) {
  auto const it = values.find(code);
  if (it == values.end()) return {};
  std::vector<T> list(it->second.size() / sizeof(T));
  if (!list.empty()) std::memcpy(list.data(), it->second.data(), list.size() * sizeof(T));
  return list;
}

}  // namespace

bool ExitRules::cpuid_exit(uint32_t leaf) const {
  return (exits & 1) && std::find(cpuid_exits.begin(), cpuid_exits.end(), leaf) != cpuid_exits.end();
}

void ExitRules::apply_results(uint32_t leaf, uint32_t subleaf, uint32_t vp, x86::CpuidResult& r) const {
  for (auto const& e : cpuid_results) {
    if (e.Function == leaf) r = {e.Eax, e.Ebx, e.Ecx, e.Edx};
  }
  for (auto const& e : cpuid_results2) {
    if (e.Function != leaf) continue;
    if ((e.Flags & WHvX64CpuidResult2FlagSubleafSpecific) && e.Index != subleaf) continue;
    if ((e.Flags & WHvX64CpuidResult2FlagVpSpecific) && e.VpIndex != vp) continue;
    auto const mix = [](uint32_t old, uint32_t value, uint32_t mask) { return (old & ~mask) | (value & mask); };
    r = {mix(r.eax, e.Output.Eax, e.Mask.Eax), mix(r.ebx, e.Output.Ebx, e.Mask.Ebx),
         mix(r.ecx, e.Output.Ecx, e.Mask.Ecx), mix(r.edx, e.Output.Edx, e.Mask.Edx)};
  }
}

HRESULT Properties::set(uint32_t code, const void* value, uint32_t size, bool set_up) {
  Info const* const info = info_of(code);
  if (info == nullptr) return WHV_E_UNKNOWN_PROPERTY;
  if (set_up && !info->after_setup) return E_INVALIDARG;
  if (info->list ? size % info->size != 0 : size < info->size) return E_INVALIDARG;
  if (value == nullptr && size != 0) return E_INVALIDARG;
  uint32_t const kept = info->list ? size : info->size;
  if (kept != 0) {
    if (HRESULT const hr = check(code, value, kept); FAILED(hr)) return hr;
  }
  auto const* const bytes = static_cast<const uint8_t*>(value);
  values_[code].assign(bytes, bytes + kept);
  return S_OK;
}

uint64_t Properties::number(uint32_t code) const {
  uint64_t n = 0;
  auto const it = values_.find(code);
  if (it != values_.end()) {
    std::memcpy(&n, it->second.data(), std::min(it->second.size(), sizeof n));
    return n;
  }
  switch (code) {
    case WHvPartitionPropertyCodeSeparateSecurityDomain: return 1;
    case WHvPartitionPropertyCodeProcessorFeatures: return offered_bank(Bank::Features0);
    case WHvPartitionPropertyCodeProcessorXsaveFeatures: return offered_bank(Bank::Xsave);
    case WHvPartitionPropertyCodeProcessorClFlushSize: return 6;
    case WHvPartitionPropertyCodeProcessorClockFrequency: return x86::kTscHz;
    case WHvPartitionPropertyCodeInterruptClockFrequency: return x86::kApicTimerHz;
    case WHvPartitionPropertyCodePhysicalAddressWidth: return full_model().physical_bits();
    default: return 0;
  }
}

HRESULT Properties::get(uint32_t code, void* value, uint32_t size, uint32_t* written) const {
  Info const* const info = info_of(code);
  if (info == nullptr) return WHV_E_UNKNOWN_PROPERTY;
  if (info->list) return WHV_E_NOT_SUPPORTED;
  if (auto const it = values_.find(code); it != values_.end()) {
    return answer(it->second.data(), info->size, value, size, written);
  }
  uint8_t bytes[24] = {};
  if (code == WHvPartitionPropertyCodeProcessorFeaturesBanks) {
    WHV_PROCESSOR_FEATURES_BANKS banks{};
    banks.BanksCount = WHV_PROCESSOR_FEATURES_BANKS_COUNT;
    banks.AsUINT64[0] = offered_bank(Bank::Features0);
    banks.AsUINT64[1] = offered_bank(Bank::Features1);
    std::memcpy(bytes, &banks, sizeof banks);
  } else if (code == WHvPartitionPropertyCodeSyntheticProcessorFeaturesBanks) {
    bytes[0] = WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS_COUNT;
  } else {
    uint64_t const n = number(code);
    std::memcpy(bytes, &n, sizeof n);
  }
  return answer(bytes, info->size, value, size, written);
}

ExitRules Properties::rules() const {
  ExitRules r;
  r.exits = number(WHvPartitionPropertyCodeExtendedVmExits);
  r.exceptions = number(WHvPartitionPropertyCodeExceptionExitBitmap);
  r.msrs = number(WHvPartitionPropertyCodeX64MsrExitBitmap);
  r.cpuid_exits = list_of<uint32_t>(values_, WHvPartitionPropertyCodeCpuidExitList);
  r.cpuid_results = list_of<WHV_X64_CPUID_RESULT>(values_, WHvPartitionPropertyCodeCpuidResultList);
  r.cpuid_results2 = list_of<WHV_X64_CPUID_RESULT2>(values_, WHvPartitionPropertyCodeCpuidResultList2);
  for (auto const& e : list_of<WHV_MSR_ACTION_ENTRY>(values_, WHvPartitionPropertyCodeMsrActionList)) {
    r.msr_actions[e.Index] = e;
  }
  r.unimplemented_msr = uint32_t(number(WHvPartitionPropertyCodeUnimplementedMsrAction));
  return r;
}

}  // namespace mullion::whp
