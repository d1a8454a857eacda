// The host's own features: CPUID, and XGETBV for what its operating system has switched on.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/cpuid/catalogue.hpp"
#include "cpu/x86/cpuid/model.hpp"

#include <cpuid.h>

#include <array>

namespace mullion::x86 {

namespace {

uint64_t host_xcr0() {
  uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t{high} << 32) | low;
}

FeatureSet read_host() {
  FeatureSet set;
  auto const table = feature_table();
  for (size_t n = 0; n < table.size(); ++n) {
    FeatureInfo const& f = table[n];
    std::array<uint32_t, 4> r{};
    if (__get_cpuid_count(f.leaf, f.subleaf, &r[0], &r[1], &r[2], &r[3]) == 0) continue;
    if ((r[size_t(f.reg)] >> f.bit) & 1) set.set(Feature(n + 1));
  }
  // AMD's name for integer instructions that SSE has too.
  if (set.has(Feature::SSE)) set.set(Feature::MMXEXT);

  unsigned a, b, c, d;
  bool const osxsave = __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_OSXSAVE) != 0;
  uint64_t const xcr0 = osxsave ? host_xcr0() : 0;
  constexpr uint64_t kAvx = XCR0_SSE | XCR0_AVX;
  constexpr uint64_t kAvx512 = kAvx | XCR0_OPMASK | XCR0_ZMM_HI256 | XCR0_HI16_ZMM;
  if ((xcr0 & kAvx) != kAvx) set.set(Feature::AVX, false);
  if ((xcr0 & kAvx512) != kAvx512) set.set(Feature::AVX512F, false);
  drop_dependents(set);
  return set;
}

}  // namespace

const FeatureSet& host_features() {
  static const FeatureSet set = read_host();
  return set;
}

}  // namespace mullion::x86
