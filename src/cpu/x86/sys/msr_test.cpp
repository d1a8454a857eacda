// MSRs against SDM vol. 4 and AMD APM vol. 2: which exist for a model, what they refuse, what they do.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/msr.hpp"

#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/sys/events.hpp"
#include "cpu/x86/sys/local_apic.hpp"
#include "cpu/x86/sys/msr_index.hpp"
#include "cpu/x86/sys/tsc.hpp"
#include "support/flat_port.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace mullion::x86 {
namespace {

// A processor of the model that `spec` names, just reset.
struct Machine {
  explicit Machine(std::string_view spec) : model(make(spec)), cpu(port, model) { reset(cpu); }
  static CpuModel make(std::string_view spec) {
    std::vector<std::string> warnings;
    return CpuModel::parse(spec, warnings).value();
  }
  // Nothing: #GP(0).
  std::optional<uint64_t> read(uint32_t index) {
    uint64_t v = 0;
    Status const s = read_msr(cpu, index, v);
    if (s == Status::Done) return v;
    EXPECT_TRUE(s == Status::Fault && cpu.fault.vector == kGP && cpu.fault.has_error && cpu.fault.error == 0);
    return std::nullopt;
  }
  bool write(uint32_t index, uint64_t v) {
    Status const s = write_msr(cpu, index, v);
    if (s == Status::Done) return true;
    EXPECT_TRUE(s == Status::Fault && cpu.fault.vector == kGP && cpu.fault.has_error && cpu.fault.error == 0);
    return false;
  }
  // Written and read back.
  bool keeps(uint32_t index, uint64_t v) { return write(index, v) && read(index) == v; }

  test::FlatPort port;
  CpuModel model;
  Cpu cpu;
};

constexpr std::string_view kIntel = "max,vendor=GenuineIntel,family=6,model=106,+spec-ctrl,+ssbd,+arch-capabilities";
constexpr std::string_view kAmd = "EPYC-v2,check=off";

TEST(Msr, unknown_registers_are_gp) {
  Machine m(kIntel);
  EXPECT_EQ(m.read(0x12345678), std::nullopt);
  EXPECT_FALSE(m.write(0x12345678, 0));
  EXPECT_EQ(m.read(0x4B564D00), std::nullopt);  // KVM's clock
  EXPECT_EQ(m.read(0x40000000), std::nullopt);  // Hyper-V's guest id
}

TEST(Msr, registers_follow_features) {
  Machine old("486");
  for (uint32_t index : {MSR_TSC, MSR_APIC_BASE, MSR_MTRRCAP, MSR_PAT, MSR_EFER, MSR_STAR, MSR_MCG_CAP, MSR_SYSENTER_CS,
                         MSR_TSC_AUX, MSR_XSS, MSR_TSC_DEADLINE, MSR_DEBUGCTL, MSR_SPEC_CTRL, MSR_MISC_ENABLE})
    EXPECT_EQ(old.read(index), std::nullopt) << std::hex << index;
  Machine m(kIntel);
  for (uint32_t index : {MSR_TSC, MSR_APIC_BASE, MSR_MTRRCAP, MSR_PAT, MSR_EFER, MSR_STAR, MSR_MCG_CAP, MSR_SYSENTER_CS,
                         MSR_TSC_AUX, MSR_XSS, MSR_TSC_DEADLINE, MSR_DEBUGCTL, MSR_SPEC_CTRL, MSR_MISC_ENABLE})
    EXPECT_NE(m.read(index), std::nullopt) << std::hex << index;
  EXPECT_EQ(m.read(MSR_HWCR), std::nullopt);
  EXPECT_NE(Machine(kAmd).read(MSR_HWCR), std::nullopt);
  EXPECT_EQ(Machine(kAmd).read(MSR_MISC_ENABLE), std::nullopt);
}

TEST(Msr, addresses_must_be_canonical) {
  Machine m(kIntel);
  for (uint32_t index : {MSR_LSTAR, MSR_CSTAR, MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE, MSR_SYSENTER_ESP,
                         MSR_SYSENTER_EIP}) {
    EXPECT_TRUE(m.keeps(index, 0xFFFF800000000000)) << std::hex << index;
    EXPECT_FALSE(m.write(index, 0x0000800000000000)) << std::hex << index;
    EXPECT_EQ(m.read(index), 0xFFFF800000000000) << std::hex << index;
  }
  m.cpu.st.cr4 |= CR4_LA57;
  EXPECT_TRUE(m.write(MSR_LSTAR, 0x0000800000000000));
}

TEST(Msr, segment_bases_take_effect) {
  Machine m(kIntel);
  EXPECT_TRUE(m.write(MSR_FS_BASE, 0x123000));
  EXPECT_EQ(m.cpu.view_of[FS].base, 0x123000u);
}

TEST(Msr, upper_halves_are_reserved_by_intel_and_ignored_by_amd) {
  Machine intel(kIntel), amd("EPYC-v2,check=off,+rdtscp");
  EXPECT_FALSE(intel.write(MSR_TSC_AUX, uint64_t{1} << 32));
  EXPECT_TRUE(intel.keeps(MSR_TSC_AUX, 7));
  EXPECT_TRUE(amd.write(MSR_TSC_AUX, (uint64_t{1} << 32) | 7));
  EXPECT_EQ(amd.read(MSR_TSC_AUX), 7u);
}

TEST(Msr, memory_types_are_checked) {
  Machine m(kIntel);
  EXPECT_EQ(m.read(MSR_PAT), 0x0007040600070406u);
  EXPECT_TRUE(m.keeps(MSR_PAT, 0x0100070406050401));
  EXPECT_FALSE(m.write(MSR_PAT, 2));
  EXPECT_FALSE(m.write(MSR_PAT, 0x0800000000000000));
  EXPECT_EQ(m.read(MSR_MTRRCAP), 0x508u);
  EXPECT_FALSE(m.write(MSR_MTRRCAP, 0x508));
  EXPECT_TRUE(m.keeps(MSR_MTRR_FIX64K_00000, 0x0606060606060606));
  EXPECT_TRUE(m.keeps(MSR_MTRR_FIX16K_A0000, 0));
  EXPECT_TRUE(m.keeps(MSR_MTRR_FIX4K_F8000, 0x0505050505050505));
  EXPECT_FALSE(m.write(MSR_MTRR_FIX4K_C0000, 7));
  EXPECT_TRUE(m.keeps(MSR_MTRR_DEF_TYPE, 0xC06));
  EXPECT_FALSE(m.write(MSR_MTRR_DEF_TYPE, 0x1000));
  EXPECT_FALSE(m.write(MSR_MTRR_DEF_TYPE, 2));
  EXPECT_TRUE(m.keeps(MSR_MTRR_PHYSBASE0, 0x80000006));
  EXPECT_FALSE(m.write(MSR_MTRR_PHYSBASE0, 0x80000106));
  EXPECT_FALSE(m.write(MSR_MTRR_PHYSBASE0, 0x80000003));
  EXPECT_TRUE(m.keeps(MSR_MTRR_PHYSMASK7, 0xFF80000800));
  EXPECT_FALSE(m.write(MSR_MTRR_PHYSMASK7, 0x10080000800));  // beyond 40 bits
  EXPECT_EQ(m.read(MSR_MTRR_PHYSMASK7 + 1), std::nullopt);
}

TEST(Msr, machine_check_banks) {
  Machine m(kIntel);
  EXPECT_EQ(m.read(MSR_MCG_CAP).value() & 0xFF, 10u);
  EXPECT_TRUE(m.keeps(MSR_MC0_CTL, ~uint64_t{0}));
  EXPECT_TRUE(m.keeps(MSR_MC0_CTL, ~uint64_t{0x401}));
  EXPECT_FALSE(m.write(MSR_MC0_CTL, 0xAAAA));  // all zeros or all ones
  EXPECT_TRUE(m.keeps(MSR_MC0_CTL + 1, 0));
  EXPECT_FALSE(m.write(MSR_MC0_CTL + 1, 1));  // STATUS is written with zero
  EXPECT_EQ(m.read(MSR_MC0_CTL + 40), std::nullopt);
  EXPECT_FALSE(m.write(MSR_MCG_CTL, 5));
  Machine amd(kAmd);
  EXPECT_FALSE(amd.write(MSR_MC0_CTL + 1, 1));
  EXPECT_TRUE(amd.write(MSR_HWCR, 1u << 18));  // McStatusWrEn
  EXPECT_TRUE(amd.keeps(MSR_MC0_CTL + 1, 1));
}

TEST(Msr, tsc_and_adjust_move_together) {
  Machine m(kIntel);
  m.port.now = 5000;
  EXPECT_EQ(m.read(MSR_TSC), 5000u);
  EXPECT_TRUE(m.write(MSR_TSC, 100'000));
  EXPECT_EQ(m.read(MSR_TSC), 100'000u);
  EXPECT_EQ(m.read(MSR_TSC_ADJUST), 95'000u);
  EXPECT_TRUE(m.write(MSR_TSC_ADJUST, 0));
  EXPECT_EQ(m.read(MSR_TSC), 5000u);
  m.port.now = 6000;
  EXPECT_EQ(m.read(MSR_TSC), 6000u);
}

TEST(Msr, tsc_deadline_follows_the_tsc) {
  Machine m(kIntel);
  m.cpu.apic->write(APIC_SVR, 0x1FF);
  m.cpu.apic->write(APIC_LVT_TIMER, 0x40030);
  EXPECT_TRUE(m.keeps(MSR_TSC_DEADLINE, 10'000));
  EXPECT_EQ(m.cpu.apic->next_deadline_ns(), 10'000u);
  EXPECT_TRUE(m.write(MSR_TSC_ADJUST, 4000));
  EXPECT_EQ(m.cpu.apic->next_deadline_ns(), 6000u);
}

TEST(Msr, apic_base_and_x2apic_registers) {
  Machine m(kIntel);
  EXPECT_EQ(m.read(MSR_APIC_BASE), 0xFEE00900u);
  EXPECT_EQ(m.read(0x802), std::nullopt);
  EXPECT_FALSE(m.write(MSR_APIC_BASE, 0xFEE00901));
  EXPECT_TRUE(m.keeps(MSR_APIC_BASE, 0xFEE00D00));
  EXPECT_EQ(m.read(0x803), 0x01050014u);
  EXPECT_FALSE(m.write(0x803, 0));
}

TEST(Msr, speculation_controls_by_feature) {
  Machine m(kIntel);
  EXPECT_TRUE(m.keeps(MSR_SPEC_CTRL, 5));
  EXPECT_FALSE(m.write(MSR_SPEC_CTRL, 8));
  EXPECT_TRUE(m.write(MSR_PRED_CMD, 1));
  EXPECT_FALSE(m.write(MSR_PRED_CMD, 2));
  EXPECT_EQ(m.read(MSR_PRED_CMD), std::nullopt);
  EXPECT_NE(m.read(MSR_ARCH_CAPABILITIES).value() & 1, 0u);
  EXPECT_FALSE(m.write(MSR_ARCH_CAPABILITIES, 0));
  EXPECT_FALSE(Machine("Nehalem,check=off").write(MSR_PRED_CMD, 1));
  EXPECT_TRUE(Machine(kAmd).write(MSR_PRED_CMD, 1));  // IBPB
}

TEST(Msr, intel_identification_is_read_only) {
  Machine m(kIntel);
  EXPECT_EQ(m.read(MSR_PLATFORM_INFO), 0xA00u);  // 10 × 100 MHz
  EXPECT_FALSE(m.write(MSR_PLATFORM_INFO, 0));
  EXPECT_EQ(m.read(MSR_FEATURE_CONTROL), 1u);
  EXPECT_FALSE(m.write(MSR_FEATURE_CONTROL, 5));
  EXPECT_EQ(m.read(MSR_SMBASE), std::nullopt);
  m.cpu.st.smm = true;
  EXPECT_EQ(m.read(MSR_SMBASE), 0x30000u);
  EXPECT_NE(m.read(MSR_MISC_ENABLE).value() & 1, 0u);
  EXPECT_FALSE(m.write(MSR_MISC_ENABLE, uint64_t{1} << 63));
  uint64_t const fixed = m.read(MSR_MISC_ENABLE).value() & 0x41800;
  EXPECT_TRUE(m.keeps(MSR_MISC_ENABLE, fixed | 0x400C10009));
  EXPECT_TRUE(m.write(MSR_BIOS_SIGN_ID, 0));
  EXPECT_EQ(m.read(MSR_BIOS_SIGN_ID).value() >> 32, 1u);
}

TEST(Msr, debugctl_has_lbr_and_btf) {
  Machine m(kIntel);
  EXPECT_TRUE(m.keeps(MSR_DEBUGCTL, 3));
  EXPECT_FALSE(m.write(MSR_DEBUGCTL, 0x40));
}

TEST(Msr, xss_takes_what_the_model_has) {
  Machine m(kIntel);
  EXPECT_TRUE(m.write(MSR_XSS, 0));
  EXPECT_FALSE(m.write(MSR_XSS, 0x100));
}

TEST(Msr, efer_goes_through_its_rules) {
  Machine m(kIntel);
  EXPECT_TRUE(m.keeps(MSR_EFER, EFER_SCE | EFER_NXE));
  EXPECT_FALSE(m.write(MSR_EFER, 1u << 1));
}

}  // namespace
}  // namespace mullion::x86
