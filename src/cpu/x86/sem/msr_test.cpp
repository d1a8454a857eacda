// RDMSR to MWAIT as instructions: privileges, register halves, XCR0's and PKRU's rules.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/sys/events.hpp"
#include "cpu/x86/sys/msr_index.hpp"
#include "support/flat_port.hpp"

#include <gtest/gtest.h>

namespace mullion::x86::sem {
Status rdmsr(Cpu&, const Insn&);
Status wrmsr(Cpu&, const Insn&);
Status rdtsc(Cpu&, const Insn&);
Status rdtscp(Cpu&, const Insn&);
Status rdpmc(Cpu&, const Insn&);
Status cpuid(Cpu&, const Insn&);
Status xgetbv(Cpu&, const Insn&);
Status xsetbv(Cpu&, const Insn&);
Status rdpkru(Cpu&, const Insn&);
Status wrpkru(Cpu&, const Insn&);
Status monitor(Cpu&, const Insn&);
Status mwait(Cpu&, const Insn&);

namespace {

struct MsrInstructions : ::testing::Test {
  MsrInstructions() : model(make()), cpu(port, model) { reset(cpu); }
  static CpuModel make() {
    std::vector<std::string> warnings;
    return CpuModel::parse("max", warnings).value();
  }
  void regs(uint64_t rax, uint64_t rcx, uint64_t rdx) {
    cpu.st.gpr[RAX] = rax;
    cpu.st.gpr[RCX] = rcx;
    cpu.st.gpr[RDX] = rdx;
  }
  // The vector that `f` raises, -1 for none.
  int vector(Status (*f)(Cpu&, const Insn&)) {
    Status const s = f(cpu, insn);
    return s == Status::Fault ? cpu.fault.vector : -1;
  }

  test::FlatPort port;
  CpuModel model;
  Cpu cpu;
  Insn insn{.addrsize = 1};
};

TEST_F(MsrInstructions, halves_are_zero_extended) {
  regs(~uint64_t{0}, 0xFFFFFFFF00000000 | MSR_STAR, ~uint64_t{0});
  cpu.st.msr.star = 0x1122334455667788;
  EXPECT_EQ(vector(rdmsr), -1);
  EXPECT_EQ(cpu.st.gpr[RAX], 0x55667788u);
  EXPECT_EQ(cpu.st.gpr[RDX], 0x11223344u);
  regs(0xAAAAAAAA00000001, MSR_STAR, 0xBBBBBBBB00000002);
  EXPECT_EQ(wrmsr(cpu, insn), Status::BlockEnd);
  EXPECT_EQ(cpu.st.msr.star, 0x0000000200000001u);
}

TEST_F(MsrInstructions, time_stamps_obey_tsd) {
  port.now = 0x123456789A;
  cpu.st.msr.tsc_offset = 0;
  cpu.st.msr.tsc_aux = 5;
  EXPECT_EQ(vector(rdtscp), -1);
  EXPECT_EQ(cpu.st.gpr[RAX], 0x3456789Au);
  EXPECT_EQ(cpu.st.gpr[RDX], 0x12u);
  EXPECT_EQ(cpu.st.gpr[RCX], 5u);
  cpu.st.cr4 |= CR4_TSD;
  EXPECT_EQ(vector(rdtsc), -1);
  cpu.st.cpl = 3;
  EXPECT_EQ(vector(rdtsc), kGP);
  EXPECT_EQ(vector(rdtscp), kGP);
  EXPECT_EQ(vector(rdpmc), kGP);
}

TEST_F(MsrInstructions, cpuid_answers_the_model) {
  regs(0xFFFFFFFF00000001, 0, 0);
  cpu.st.gpr[RBX] = ~uint64_t{0};
  EXPECT_EQ(vector(cpuid), -1);
  EXPECT_EQ(cpu.st.gpr[RAX], model.signature());
  EXPECT_EQ(cpu.st.gpr[RBX] >> 32, 0u);
}

TEST_F(MsrInstructions, xsetbv_wants_each_state_with_those_below) {
  cpu.st.cr4 |= CR4_OSXSAVE;
  auto set = [&](uint64_t v, uint64_t index = 0) { regs(uint32_t(v), index, v >> 32); return vector(xsetbv); };
  EXPECT_EQ(set(1), -1);
  EXPECT_EQ(set(3), -1);
  EXPECT_EQ(set(0), kGP);   // x87 is always on
  EXPECT_EQ(set(2), kGP);
  EXPECT_EQ(set(5), kGP);   // AVX without SSE
  EXPECT_EQ(set(3, 1), kGP);
  EXPECT_EQ(set(uint64_t{1} << 62 | 3), kGP);
  EXPECT_EQ(set(0x23), kGP);  // opmask alone
  if (model.has(Feature::AVX)) {
    EXPECT_EQ(set(7), -1);
  }
  if (model.has(Feature::AVX512F)) {
    EXPECT_EQ(set(0xE7), -1);
    EXPECT_EQ(set(0xE3), kGP);
  }
  regs(0, 0, 0);
  EXPECT_EQ(vector(xgetbv), -1);
  EXPECT_EQ(cpu.st.gpr[RAX], cpu.st.xcr0);
}

TEST_F(MsrInstructions, xgetbv_of_1_tells_what_is_in_use) {
  cpu.st.xcr0 = 3;
  regs(0, 1, 0);
  EXPECT_EQ(vector(xgetbv), -1);
  EXPECT_EQ(cpu.st.gpr[RAX], 0u);
  cpu.st.zmm[3].bytes[2] = 1;
  regs(0, 1, 0);
  EXPECT_EQ(vector(xgetbv), -1);
  EXPECT_EQ(cpu.st.gpr[RAX], 2u);
  regs(0, 2, 0);
  EXPECT_EQ(vector(xgetbv), kGP);
}

TEST_F(MsrInstructions, pkru_needs_cr4_and_zero_registers) {
  regs(0x55, 0, 0);
  EXPECT_EQ(vector(wrpkru), kUD);
  EXPECT_EQ(vector(rdpkru), kUD);
  cpu.st.cr4 |= CR4_PKE;
  EXPECT_EQ(vector(wrpkru), -1);
  EXPECT_EQ(cpu.st.pkru, 0x55u);
  regs(1, 0, 1);
  EXPECT_EQ(vector(wrpkru), kGP);
  regs(0, 1, 0);
  EXPECT_EQ(vector(rdpkru), kGP);
  regs(0, 0, 9);
  EXPECT_EQ(vector(rdpkru), -1);
  EXPECT_EQ(cpu.st.gpr[RAX], 0x55u);
  EXPECT_EQ(cpu.st.gpr[RDX], 0u);
}

TEST_F(MsrInstructions, monitor_and_mwait_check_and_go_on) {
  regs(0x1000, 0, 0);
  EXPECT_EQ(vector(monitor), -1);
  EXPECT_EQ(mwait(cpu, insn), Status::BlockEnd);
  regs(0, 1, 0);
  EXPECT_EQ(vector(monitor), kGP);
  EXPECT_EQ(vector(mwait), -1);
  regs(0, 2, 0);
  EXPECT_EQ(vector(mwait), kGP);
  cpu.st.cpl = 3;
  EXPECT_EQ(vector(monitor), kUD);
  EXPECT_EQ(vector(mwait), kUD);
}

}  // namespace
}  // namespace mullion::x86::sem
