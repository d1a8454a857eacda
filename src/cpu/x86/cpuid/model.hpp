// A processor model: what CPUID says, which features exist, which control-register bits may be set.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "cpu/x86/isa/features.hpp"
#include "cpu/x86/state/arch_state.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mullion::x86 {

// Whose manual decides where Intel and AMD differ.
enum class Vendor : uint8_t { Intel, Amd };

struct CpuidResult {
  uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
  bool operator==(const CpuidResult&) const = default;
};

// How processors are laid out; APIC ids follow from it.
struct CpuTopology {
  unsigned sockets = 1;
  unsigned cores = 1;    // a socket
  unsigned threads = 1;  // a core
  bool operator==(const CpuTopology&) const = default;
};

// The guest's TSC and the APIC timer's input run at 1 GHz of the VM's clock.
inline constexpr uint64_t kTscHz = 1'000'000'000;
inline constexpr uint64_t kApicTimerHz = 1'000'000'000;

// A constant after parse() and set_topology(); shared by all processors of a machine.
class CpuModel {
 public:
  // `-cpu` as on the command line: MODEL[,+feature][,-feature][,property=value]... What the model's default would
  // bring and cannot be had goes into `warnings` as one sentence.
  static Result<CpuModel> parse(std::string_view spec, std::vector<std::string>& warnings);
  // The same on a host that has `host`; for tests, and for hosts that are not this one.
  static Result<CpuModel> parse(std::string_view spec, std::vector<std::string>& warnings, const FeatureSet& host);
  // The text of `-cpu help`.
  static std::string help();
  static std::vector<std::string_view> names();

  void set_topology(const CpuTopology& topology) { topology_ = topology; }

  std::string_view name() const { return name_; }
  Vendor vendor() const { return vendor_; }
  bool has(Feature f) const { return features_.has(f); }
  const FeatureSet& features() const { return features_; }
  // CPUID.1:EAX, in EDX after reset.
  uint32_t signature() const { return signature_; }
  unsigned family() const;
  // `st` supplies what mirrors control registers: OSXSAVE, OSPKE, the XSAVE sizes, the APIC's enable bit.
  CpuidResult cpuid(uint32_t leaf, uint32_t subleaf, const ArchState& st, uint32_t apic_id = 0) const;

  unsigned physical_bits() const { return physical_bits_; }
  // Bits that a physical address may have.
  uint64_t physical_mask() const { return (uint64_t{1} << physical_bits_) - 1; }
  // Bits that may be written; others are reserved: #GP (CR0 bits 0-31 that are not defined are ignored).
  uint64_t cr0_valid() const { return cr0_valid_; }
  uint64_t cr4_valid() const { return cr4_valid_; }
  uint64_t efer_valid() const { return efer_valid_; }
  uint64_t xcr0_valid() const { return xcr0_valid_; }
  uint64_t xss_valid() const { return xss_valid_; }
  // IA32_ARCH_CAPABILITIES.
  uint64_t arch_capabilities() const { return arch_capabilities_; }

 private:
  CpuModel() = default;
  struct Options;
  void finish();
  uint32_t needed_level(uint32_t range) const;
  void add_features(CpuidResult& r, uint32_t leaf, uint32_t subleaf) const;
  CpuidResult basic(uint32_t leaf, uint32_t subleaf, const ArchState& st, uint32_t apic_id) const;
  CpuidResult extended(uint32_t leaf, uint32_t subleaf, uint32_t apic_id) const;
  CpuidResult cache(uint32_t subleaf) const;
  CpuidResult levels(uint32_t subleaf, uint32_t apic_id) const;
  CpuidResult xsave(uint32_t subleaf, const ArchState& st) const;

  std::string name_;
  std::string vendor_id_;  // 12 characters
  std::string model_id_;
  Vendor vendor_ = Vendor::Intel;
  FeatureSet features_;
  CpuTopology topology_;
  uint32_t signature_ = 0;
  uint32_t level_ = 1;
  uint32_t xlevel_ = 0;
  unsigned physical_bits_ = 36;
  bool hypervisor_leaves_ = true;
  uint64_t cr0_valid_ = 0, cr4_valid_ = 0, efer_valid_ = 0, xcr0_valid_ = 0, xss_valid_ = 0;
  uint64_t arch_capabilities_ = 0;
};

// What the processor that this program runs on has and its operating system lets programs use.
const FeatureSet& host_features();
inline bool host_has(Feature f) { return host_features().has(f); }

}  // namespace mullion::x86
