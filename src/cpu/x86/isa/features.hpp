// CPU features by name: the enumeration and the table of features.def.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace mullion::x86 {

// None is what every x86 processor has; forms of the opcode table that need no feature carry it.
enum class Feature : uint16_t {
  None,
#define FEATURE(id, name, leaf, subleaf, reg, bit, provider) id,
#include "cpu/x86/isa/features.def"
#undef FEATURE
  Count,
};

inline constexpr size_t kFeatureCount = size_t(Feature::Count);

enum class CpuidReg : uint8_t { EAX, EBX, ECX, EDX };

// Who makes a feature work. Host: the host's processor runs the instructions, so it must have them.
enum class FeatureProvider : uint8_t { Soft, Host, Never };

struct FeatureInfo {
  std::string_view id;    // SDM name, as in the opcode table
  std::string_view name;  // on the command line
  uint32_t leaf;
  uint8_t subleaf;
  CpuidReg reg;
  uint8_t bit;
  FeatureProvider provider;
};

// All but None, in the order of features.def: feature_table()[size_t(f) - 1].
std::span<const FeatureInfo> feature_table();
inline const FeatureInfo& feature_info(Feature f) { return feature_table()[size_t(f) - 1]; }

class FeatureSet {
 public:
  bool has(Feature f) const { return bits_[size_t(f)]; }
  void set(Feature f, bool on = true) { bits_[size_t(f)] = on; }
  FeatureSet& operator&=(const FeatureSet& o) { bits_ &= o.bits_; return *this; }
  FeatureSet& operator|=(const FeatureSet& o) { bits_ |= o.bits_; return *this; }
  FeatureSet without(const FeatureSet& o) const { FeatureSet r; r.bits_ = bits_ & ~o.bits_; return r; }
  bool empty() const { return bits_.none(); }
  bool operator==(const FeatureSet&) const = default;

 private:
  std::bitset<kFeatureCount> bits_;
};

}  // namespace mullion::x86
