// Processor models: names, options, refusals, and what CPUID says.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/cpuid/model.hpp"

#include "cpu/x86/cpuid/catalogue.hpp"
#include "cpu/x86/cpuid/xsave_layout.hpp"

#include <gtest/gtest.h>

namespace mullion::x86 {
namespace {

FeatureSet full_host() {
  FeatureSet set;
  for (size_t n = 1; n < kFeatureCount; ++n) set.set(Feature(n));
  return set;
}

struct Parsed {
  Result<CpuModel> model;
  std::vector<std::string> warnings;
};
Parsed parse(std::string_view spec, const FeatureSet& host = full_host()) {
  std::vector<std::string> warnings;
  auto model = CpuModel::parse(spec, warnings, host);
  return {std::move(model), warnings};
}
CpuModel good(std::string_view spec) {
  Parsed p = parse(spec);
  EXPECT_TRUE(p.model) << (p.model ? "" : p.model.error().message);
  return *p.model;
}
std::string refusal(std::string_view spec) {
  Parsed p = parse(spec);
  EXPECT_FALSE(p.model) << spec;
  return p.model ? "" : p.model.error().message;
}
bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

TEST(CpuModel, every_name_parses_and_is_found_in_help) {
  std::string const help = CpuModel::help();
  for (std::string_view name : CpuModel::names()) {
    EXPECT_TRUE(parse(name).model) << name;
    EXPECT_TRUE(contains(help, std::string("x86 ") + std::string(name) + " ")) << name;
  }
}

TEST(CpuModel, feature_names_are_found_and_unique) {
  for (size_t n = 1; n < kFeatureCount; ++n) {
    FeatureInfo const& f = feature_info(Feature(n));
    EXPECT_EQ(find_feature(f.name), Feature(n)) << f.name;
  }
  EXPECT_EQ(find_feature("sse4_1"), Feature::SSE4_1);
  EXPECT_EQ(find_feature("sse3"), Feature::SSE3);
  EXPECT_EQ(find_feature("lahf_lm"), Feature::LAHF_LM);
  EXPECT_EQ(find_feature("no-such"), Feature::None);
}

TEST(CpuModel, feature_bits_are_those_of_the_manual) {
  auto at = [](Feature f) { return std::tuple(feature_info(f).leaf, feature_info(f).reg, feature_info(f).bit); };
  EXPECT_EQ(at(Feature::AVX2), std::tuple(7u, CpuidReg::EBX, 5));
  EXPECT_EQ(at(Feature::LM), std::tuple(0x80000001u, CpuidReg::EDX, 29));
  EXPECT_EQ(at(Feature::AVX512_FP16), std::tuple(7u, CpuidReg::EDX, 23));
}

TEST(CpuModel, aliases_mean_their_version) {
  EXPECT_EQ(good("Haswell").name(), "Haswell-v1");
  EXPECT_EQ(good("Haswell-noTSX-IBRS").name(), "Haswell-v4");
  EXPECT_EQ(good("EPYC-IBPB").name(), "EPYC-v2");
  EXPECT_EQ(good("Haswell-v2").signature() & 15, 1u);  // stepping of the version without TSX
}

TEST(CpuModel, signature_has_family_model_and_stepping_in_their_fields) {
  EXPECT_EQ(good("Haswell").signature(), 0x306C4u);        // 6, 60, 4
  EXPECT_EQ(good("EPYC").signature(), 0x800F12u);          // 23, 1, 2
  EXPECT_EQ(good("qemu64").signature(), 0x60FB1u);         // 15, 107, 1
  EXPECT_EQ(good("486").signature(), 0x480u);              // 4, 8, 0
  EXPECT_EQ(good("EPYC").family(), 23u);
  EXPECT_EQ(good("Haswell,family=5,model=4,stepping=3").signature(), 0x543u);
}

TEST(CpuModel, defaults_that_cannot_be_had_give_one_warning) {
  Parsed const p = parse("Haswell");
  ASSERT_TRUE(p.model);
  ASSERT_EQ(p.warnings.size(), 1u);
  EXPECT_TRUE(contains(p.warnings[0], "hle")) << p.warnings[0];
  EXPECT_TRUE(contains(p.warnings[0], "rtm"));
  EXPECT_FALSE(p.model->has(Feature::RTM));
  EXPECT_TRUE(p.model->has(Feature::AVX2));
  EXPECT_TRUE(parse("Haswell,check=off").warnings.empty());
  EXPECT_TRUE(parse("Haswell-noTSX").warnings.empty());
  EXPECT_TRUE(parse("Haswell,-hle,rtm=off").warnings.empty());
  EXPECT_TRUE(contains(parse("qemu64").warnings.at(0), "svm"));
  EXPECT_TRUE(contains(parse("EPYC").warnings.at(0), "sse4a"));
  EXPECT_TRUE(parse("max").warnings.empty());
}

TEST(CpuModel, features_asked_for_by_name_are_refused_when_missing) {
  EXPECT_TRUE(contains(refusal("qemu64,+rtm,+avx2,+svm"), "svm, rtm") ||
              contains(refusal("qemu64,+rtm,+avx2,+svm"), "rtm, svm"));
  EXPECT_TRUE(contains(refusal("Haswell,enforce"), "hle, rtm"));
  EXPECT_TRUE(parse("Haswell-noTSX,enforce").model);
  EXPECT_TRUE(contains(refusal("max,vmx-ept=on"), "vmx-ept"));
  EXPECT_TRUE(parse("max,vmx-ept=off,kvm_pv_eoi=off").model);
}

TEST(CpuModel, what_the_host_runs_needs_the_host) {
  FeatureSet host = full_host();
  host.set(Feature::AVX, false);
  drop_dependents(host);
  EXPECT_FALSE(host.has(Feature::AVX512VL));
  Parsed const haswell = parse("Haswell-noTSX", host);
  ASSERT_TRUE(haswell.model);
  EXPECT_FALSE(haswell.model->has(Feature::AVX2));
  EXPECT_TRUE(haswell.model->has(Feature::BMI2));
  EXPECT_TRUE(contains(haswell.warnings.at(0), "the host's processor lacks it"));
  Parsed const asked = parse("Nehalem,+avx", host);
  ASSERT_FALSE(asked.model);
  EXPECT_TRUE(contains(asked.model.error().message, "avx"));
}

TEST(CpuModel, a_feature_goes_with_what_it_needs) {
  EXPECT_FALSE(good("Haswell-noTSX,-avx").has(Feature::AVX2));
  EXPECT_FALSE(good("max,-xsave").has(Feature::AVX512F));
  EXPECT_TRUE(contains(refusal("Nehalem,+avx2"), "avx2 needs avx"));
  EXPECT_TRUE(good("Nehalem,+avx2,+avx,+xsave").has(Feature::AVX2));
}

TEST(CpuModel, minus_wins_over_plus_and_properties) {
  EXPECT_FALSE(good("max,-aes,+aes").has(Feature::AES));
  EXPECT_FALSE(good("max,-aes,aes=on").has(Feature::AES));
  EXPECT_TRUE(good("max,aes=off,+aes").has(Feature::AES));
  EXPECT_FALSE(good("max,la57=off").has(Feature::LA57));
}

TEST(CpuModel, mistakes_are_named_with_the_nearest_known) {
  EXPECT_TRUE(contains(refusal("Haswel"), "'Haswell'"));
  EXPECT_TRUE(contains(refusal("skylake-server"), "'Skylake-Server'"));
  EXPECT_TRUE(contains(refusal("max,+avx3"), "'avx"));
  EXPECT_TRUE(contains(refusal("max,aes=maybe"), "on or off"));
  EXPECT_TRUE(contains(refusal("max,level=many"), "number"));
  EXPECT_TRUE(contains(refusal("max,vendor=Intel"), "12 characters"));
  EXPECT_TRUE(contains(refusal("host"), "'max'"));
  EXPECT_TRUE(contains(refusal(""), "unknown CPU model"));
  EXPECT_TRUE(contains(refusal("max,"), "empty"));
}

TEST(CpuModel, vendor_and_names_are_in_their_leaves) {
  ArchState st;
  CpuidResult const leaf0 = good("EPYC").cpuid(0, 0, st);
  EXPECT_EQ(leaf0.ebx, 0x68747541u);  // "Auth"
  EXPECT_EQ(leaf0.edx, 0x69746E65u);  // "enti"
  EXPECT_EQ(leaf0.ecx, 0x444D4163u);  // "cAMD"
  EXPECT_EQ(good("EPYC").vendor(), Vendor::Amd);
  EXPECT_EQ(good("EPYC,vendor=GenuineIntel").vendor(), Vendor::Intel);
  CpuidResult const name = good("Haswell,model-id=A,,B").cpuid(0x80000002, 0, st);
  EXPECT_EQ(name.eax, 0x422C41u);  // "A,B"
  CpuidResult const hypervisor = good("max").cpuid(0x40000000, 0, st);
  EXPECT_EQ(hypervisor.ebx, 0x6C6C754Du);  // "Mull"
  EXPECT_NE(good("max,-hypervisor").cpuid(0x40000000, 0, st), hypervisor);
}

TEST(CpuModel, levels_bound_the_leaves) {
  ArchState st;
  EXPECT_EQ(good("486").cpuid(0, 0, st).eax, 1u);
  EXPECT_EQ(good("Nehalem").cpuid(0, 0, st).eax, 11u);
  EXPECT_EQ(good("Nehalem,+xsave,+avx,+avx2").cpuid(0, 0, st).eax, 11u);  // leaf 7 is below
  EXPECT_EQ(good("Nehalem,+xsave,+xsaveopt").cpuid(0, 0, st).eax, 13u);
  EXPECT_EQ(good("Haswell,level=4").cpuid(0, 0, st).eax, 4u);
  // Beyond the highest basic leaf Intel repeats that leaf, AMD answers zero.
  CpuModel const penryn = good("Penryn,level=5");
  EXPECT_EQ(penryn.cpuid(0x1234, 0, st), penryn.cpuid(5, 0, st));
  EXPECT_EQ(good("EPYC").cpuid(0x1234, 0, st), CpuidResult{});
}

TEST(CpuModel, control_registers_are_mirrored) {
  CpuModel const m = good("max,vendor=GenuineIntel");
  ArchState st;
  EXPECT_EQ(m.cpuid(1, 0, st).ecx & (1u << 27), 0u);
  st.cr4 = CR4_OSXSAVE | CR4_PKE;
  EXPECT_NE(m.cpuid(1, 0, st).ecx & (1u << 27), 0u);
  EXPECT_NE(m.cpuid(7, 0, st).ecx & (1u << 4), 0u);
  EXPECT_NE(m.cpuid(1, 0, st).edx & (1u << 9), 0u);
  st.msr.apic_base &= ~uint64_t{0x800};
  EXPECT_EQ(m.cpuid(1, 0, st).edx & (1u << 9), 0u);
  EXPECT_EQ(m.cpuid(1, 0, st, 5).ebx >> 24, 5u);
}

TEST(CpuModel, xsave_sizes_follow_xcr0) {
  CpuModel const m = good("max");
  ArchState st;
  EXPECT_EQ(m.cpuid(0xD, 0, st).ebx, 576u);   // legacy and header
  EXPECT_EQ(m.cpuid(0xD, 0, st).ecx, 2696u);  // up to PKRU at 2688
  st.xcr0 = 7;
  EXPECT_EQ(m.cpuid(0xD, 0, st).ebx, 832u);
  st.xcr0 = 0xE7;
  EXPECT_EQ(m.cpuid(0xD, 0, st).ebx, 2688u);
  EXPECT_EQ(m.cpuid(0xD, 1, st).ebx, 576u + 256 + 64 + 512 + 1024);
  EXPECT_EQ(m.cpuid(0xD, 2, st), (CpuidResult{256, 576, 0, 0}));
  EXPECT_EQ(m.cpuid(0xD, 3, st), CpuidResult{});
  EXPECT_EQ(good("Haswell-noTSX").cpuid(0xD, 5, st), CpuidResult{});
  EXPECT_EQ(xsave_compacted_offset(0x207, 9), 576u + 256);
}

TEST(CpuModel, masks_follow_from_features) {
  EXPECT_EQ(good("486").cr4_valid(), uint64_t{CR4_VME | CR4_PVI | CR4_PSE});
  EXPECT_EQ(good("486").efer_valid(), 0u);
  EXPECT_EQ(good("qemu64").efer_valid(), uint64_t{EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE});
  EXPECT_EQ(good("Haswell-noTSX").xcr0_valid(), 7u);
  EXPECT_EQ(good("max").xcr0_valid(), 0x2E7u);
  EXPECT_EQ(good("Haswell").cr4_valid() & CR4_SMAP, 0u);
  EXPECT_EQ(good("qemu64").physical_bits(), 40u);
  EXPECT_EQ(good("qemu64,phys-bits=46").physical_mask(), (uint64_t{1} << 46) - 1);
  EXPECT_EQ(good("pentium").physical_bits(), 32u);
}

TEST(CpuModel, tsc_frequency_is_told) {
  ArchState st;
  EXPECT_EQ(good("max,vendor=GenuineIntel,level=0x16").cpuid(0x15, 0, st), (CpuidResult{1, 1, 1'000'000'000, 0}));
}

TEST(CpuModel, leaf_7_tells_its_last_subleaf) {
  ArchState st;
  EXPECT_EQ(good("Haswell").cpuid(7, 0, st).eax, 0u);
  EXPECT_EQ(good("Haswell,+bhi-ctrl").cpuid(7, 0, st).eax, 2u);
  EXPECT_EQ(good("Haswell,+bhi-ctrl").cpuid(7, 2, st), (CpuidResult{0, 0, 0, 16}));
  EXPECT_EQ(good("Cooperlake").cpuid(7, 0, st).eax, 1u);  // AVX512_BF16
  EXPECT_EQ(good("Haswell").cpuid(7, 3, st), CpuidResult{});
}

TEST(CpuModel, topology_is_told) {
  ArchState st;
  CpuModel m = good("Nehalem");
  EXPECT_EQ(m.cpuid(1, 0, st).edx & (1u << 28), 0u);
  m.set_topology({.sockets = 1, .cores = 3, .threads = 2});
  EXPECT_NE(m.cpuid(1, 0, st).edx & (1u << 28), 0u);
  EXPECT_EQ((m.cpuid(1, 0, st).ebx >> 16) & 0xFF, 8u);  // ids reserved
  EXPECT_EQ(m.cpuid(0xB, 0, st, 5), (CpuidResult{1, 2, 0x100, 5}));
  EXPECT_EQ(m.cpuid(0xB, 1, st, 5), (CpuidResult{3, 6, 0x201, 5}));
}

TEST(CpuModel, amd_repeats_leaf_1_in_its_own) {
  ArchState st;
  uint32_t const edx = good("EPYC").cpuid(0x80000001, 0, st).edx;
  EXPECT_NE(edx & 1, 0u);  // FPU
  EXPECT_EQ(good("Haswell").cpuid(0x80000001, 0, st).edx & 1, 0u);
}

TEST(HostFeatures, are_consistent) {
  FeatureSet host = host_features();
  EXPECT_TRUE(host.has(Feature::SSE2));
  FeatureSet reduced = host;
  drop_dependents(reduced);
  EXPECT_EQ(host, reduced);
}

}  // namespace
}  // namespace mullion::x86
