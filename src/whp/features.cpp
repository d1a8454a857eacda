// Capabilities of the platform.
// SPDX-License-Identifier: Apache-2.0
#include "whp/features.hpp"

#include <array>
#include <cstring>

namespace mullion::whp {
namespace {

using enum x86::Feature;
using x86::Feature;

struct Bit {
  Bank bank;
  uint8_t bit;
  Feature feature;
};

// WHV_PROCESSOR_FEATURES, WHV_PROCESSOR_FEATURES1, WHV_PROCESSOR_XSAVE_FEATURES.
constexpr Bit kBits[] = {
    {Bank::Features0, 0, SSE3},        {Bank::Features0, 1, LAHF_LM},      {Bank::Features0, 2, SSSE3},
    {Bank::Features0, 3, SSE4_1},      {Bank::Features0, 4, SSE4_2},       {Bank::Features0, 5, SSE4A},
    {Bank::Features0, 6, XOP},         {Bank::Features0, 7, POPCNT},       {Bank::Features0, 8, CMPXCHG16B},
    {Bank::Features0, 9, CR8_LEGACY},  {Bank::Features0, 10, LZCNT},       {Bank::Features0, 11, MISALIGNSSE},
    {Bank::Features0, 12, MMXEXT},     {Bank::Features0, 13, AMD3DNOW},    {Bank::Features0, 14, AMD3DNOWEXT},
    {Bank::Features0, 15, PDPE1GB},    {Bank::Features0, 16, AES},         {Bank::Features0, 17, PCLMULQDQ},
    {Bank::Features0, 18, PCID},       {Bank::Features0, 19, FMA4},        {Bank::Features0, 20, F16C},
    {Bank::Features0, 21, RDRAND},     {Bank::Features0, 22, FSGSBASE},    {Bank::Features0, 23, SMEP},
    {Bank::Features0, 24, ERMS},       {Bank::Features0, 25, BMI1},        {Bank::Features0, 26, BMI2},
    {Bank::Features0, 29, MOVBE},      {Bank::Features0, 32, RDSEED},      {Bank::Features0, 33, ADX},
    {Bank::Features0, 34, PREFETCHW},  {Bank::Features0, 35, SMAP},        {Bank::Features0, 36, HLE},
    {Bank::Features0, 37, RTM},        {Bank::Features0, 38, RDTSCP},      {Bank::Features0, 39, CLFLUSHOPT},
    {Bank::Features0, 40, CLWB},       {Bank::Features0, 41, SHA},         {Bank::Features0, 43, INVPCID},
    {Bank::Features0, 44, SPEC_CTRL},  {Bank::Features0, 45, STIBP},       {Bank::Features0, 46, IBPB},
    {Bank::Features0, 48, SSBD},       {Bank::Features0, 49, FSRM},        {Bank::Features0, 57, RDPID},
    {Bank::Features0, 58, UMIP},       {Bank::Features0, 60, MD_CLEAR},    {Bank::Features1, 1, INVTSC},
    {Bank::Features1, 2, CLZERO},      {Bank::Features1, 12, WAITPKG},     {Bank::Features1, 13, MOVDIRI},
    {Bank::Features1, 14, MOVDIR64B},  {Bank::Features1, 15, CLDEMOTE},    {Bank::Features1, 16, SERIALIZE},
    {Bank::Features1, 17, TSC_DEADLINE}, {Bank::Features1, 18, TSC_ADJUST}, {Bank::Xsave, 0, XSAVE},
    {Bank::Xsave, 1, XSAVEOPT},        {Bank::Xsave, 2, AVX},              {Bank::Xsave, 3, AVX2},
    {Bank::Xsave, 4, FMA},             {Bank::Xsave, 6, AVX512F},          {Bank::Xsave, 7, AVX512DQ},
    {Bank::Xsave, 8, AVX512CD},        {Bank::Xsave, 9, AVX512BW},         {Bank::Xsave, 10, AVX512VL},
    {Bank::Xsave, 11, XSAVEC},         {Bank::Xsave, 12, XSAVES},          {Bank::Xsave, 13, XGETBV1},
    {Bank::Xsave, 14, AVX512_BITALG},  {Bank::Xsave, 15, AVX512_IFMA},     {Bank::Xsave, 16, AVX512_VBMI},
    {Bank::Xsave, 17, AVX512_VBMI2},   {Bank::Xsave, 18, AVX512_VNNI},     {Bank::Xsave, 19, GFNI},
    {Bank::Xsave, 20, VAES},           {Bank::Xsave, 21, AVX512_VPOPCNTDQ}, {Bank::Xsave, 22, VPCLMULQDQ},
    {Bank::Xsave, 23, AVX512_BF16},    {Bank::Xsave, 25, AVX512_FP16},     {Bank::Xsave, 30, AVX_VNNI},
};

Result<x86::CpuModel> parse(const std::string& spec) {
  std::vector<std::string> ignored;
  return x86::CpuModel::parse(spec, ignored);
}

}  // namespace

const x86::CpuModel& full_model() {
  static const x86::CpuModel model = *parse("max");
  return model;
}

uint64_t offered_bank(Bank bank) {
  uint64_t bits = 0;
  for (Bit const& b : kBits) {
    if (b.bank == bank && full_model().has(b.feature)) bits |= uint64_t{1} << b.bit;
  }
  return bits;
}

Result<x86::CpuModel> restricted_model(uint64_t bank0, uint64_t bank1, uint64_t xsave, bool x2apic) {
  std::array<uint64_t, 3> const wanted{bank0, bank1, xsave};
  std::string spec = "max";
  for (Bit const& b : kBits) {
    bool const has = full_model().has(b.feature);
    if (has && !((wanted[size_t(b.bank)] >> b.bit) & 1)) spec += ",-" + std::string(feature_info(b.feature).name);
  }
  if (!x2apic && full_model().has(X2APIC)) spec += ",-" + std::string(feature_info(X2APIC).name);
  return parse(spec);
}

HRESULT answer(const void* value, uint32_t value_size, void* buffer, uint32_t size, uint32_t* written) {
  if (written != nullptr) *written = value_size;
  if (size < value_size) return WHV_E_INSUFFICIENT_BUFFER;
  if (buffer == nullptr) return E_POINTER;
  std::memcpy(buffer, value, value_size);
  return S_OK;
}

HRESULT get_capability(uint32_t code, void* buffer, uint32_t size, uint32_t* written) {
  WHV_CAPABILITY c;
  std::memset(&c, 0, sizeof c);
  auto const give = [&](uint32_t n) { return answer(&c, n, buffer, size, written); };
  switch (code) {
    case WHvCapabilityCodeHypervisorPresent: c.HypervisorPresent = TRUE; return give(4);
    case WHvCapabilityCodeFeatures:
      c.Features.PartialUnmap = c.Features.LocalApicEmulation = c.Features.Xsave = c.Features.DirtyPageTracking = 1;
      return give(8);
    case WHvCapabilityCodeExtendedVmExits: c.ExtendedVmExits.AsUINT64 = kOfferedExits; return give(8);
    case WHvCapabilityCodeExceptionExitBitmap: c.ExceptionExitBitmap = kOfferedExceptions; return give(8);
    case WHvCapabilityCodeX64MsrExitBitmap: c.X64MsrExitBitmap.AsUINT64 = kOfferedMsrExits; return give(8);
    case WHvCapabilityCodeGpaRangePopulateFlags: c.GpaRangePopulateFlags.AsUINT32 = 3; return give(4);
    case WHvCapabilityCodeSchedulerFeatures: return give(8);
    case WHvCapabilityCodeProcessorVendor:
      c.ProcessorVendor =
          full_model().vendor() == x86::Vendor::Amd ? WHvProcessorVendorAmd : WHvProcessorVendorIntel;
      return give(4);
    case WHvCapabilityCodeProcessorFeatures: c.ProcessorFeatures.AsUINT64 = offered_bank(Bank::Features0); return give(8);
    case WHvCapabilityCodeProcessorFeaturesBanks:
      c.ProcessorFeaturesBanks.BanksCount = WHV_PROCESSOR_FEATURES_BANKS_COUNT;
      c.ProcessorFeaturesBanks.AsUINT64[0] = offered_bank(Bank::Features0);
      c.ProcessorFeaturesBanks.AsUINT64[1] = offered_bank(Bank::Features1);
      return give(24);
    case WHvCapabilityCodeProcessorClFlushSize: c.ProcessorClFlushSize = 6; return give(1);  // 64 bytes, as a power of 2
    case WHvCapabilityCodeProcessorXsaveFeatures: c.ProcessorXsaveFeatures.AsUINT64 = offered_bank(Bank::Xsave); return give(8);
    case WHvCapabilityCodeProcessorClockFrequency: c.ProcessorClockFrequency = x86::kTscHz; return give(8);
    case WHvCapabilityCodeInterruptClockFrequency: c.InterruptClockFrequency = x86::kApicTimerHz; return give(8);
    case WHvCapabilityCodeProcessorFrequencyCap: return give(20);  // not supported
    case WHvCapabilityCodeSyntheticProcessorFeaturesBanks:
      c.SyntheticProcessorFeaturesBanks.BanksCount = WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS_COUNT;
      return give(16);
    case WHvCapabilityCodeProcessorPerfmonFeatures: return give(8);
    case WHvCapabilityCodePhysicalAddressWidth: {
      uint32_t const width = full_model().physical_bits();
      return answer(&width, 4, buffer, size, written);
    }
    default: return WHV_E_UNKNOWN_CAPABILITY;
  }
}

}  // namespace mullion::whp
