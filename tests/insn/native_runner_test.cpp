// The native runner itself: registers, faults and modes arrive as the manual says.
// SPDX-License-Identifier: Apache-2.0
#include "insn/native_runner.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

namespace mullion::insn {
namespace {

using namespace x86;

Outcome run(MachineState s, std::initializer_list<uint8_t> bytes, Until until = Until::Step) {
  NativeRunner& n = NativeRunner::instance();
  std::memset(n.code(), 0xCC, 64);
  std::memcpy(n.code(), bytes.begin(), bytes.size());
  return n.run(s, until);
}

TEST(NativeRunner, AddsIn64BitCode) {
  MachineState s = initial_state(Mode::k64);
  s.gpr[RAX] = ~uint64_t{0};
  s.gpr[RCX] = 1;
  Outcome const o = run(s, {0x48, 0x01, 0xC8});
  EXPECT_FALSE(o.fault);
  EXPECT_EQ(o.state.gpr[RAX], 0u);
  EXPECT_EQ(o.state.rip, kCode + 3);
  EXPECT_EQ(o.state.rflags & kArithmeticFlags, uint64_t{CF | ZF | PF | AF});
}

TEST(NativeRunner, AddressesThroughLdtSegmentsIn16BitCode) {
  NativeRunner& n = NativeRunner::instance();
  MachineState s = initial_state(Mode::k16);
  n.data()[0x1234] = 0x77;
  s.gpr[RBX] = 0x1234;
  Outcome const o = run(s, {0x8A, 0x07});  // mov al, [bx]
  EXPECT_FALSE(o.fault);
  EXPECT_EQ(o.state.gpr[RAX], 0x77u);
  EXPECT_EQ(o.state.rip, 2u);
  EXPECT_EQ(o.state.seg, s.seg);
}

TEST(NativeRunner, PushesIn32BitCode) {
  MachineState s = initial_state(Mode::k32);
  s.gpr[RSP] = kData + 0x100;
  s.gpr[RDI] = 0x12345678;
  Outcome const o = run(s, {0x57});
  EXPECT_FALSE(o.fault);
  EXPECT_EQ(o.state.gpr[RSP], kData + 0xFC);
  uint32_t v;
  std::memcpy(&v, NativeRunner::instance().data() + 0xFC, 4);
  EXPECT_EQ(v, 0x12345678u);
}

TEST(NativeRunner, ReportsPageFaults) {
  MachineState s = initial_state(Mode::k64);
  s.gpr[RBX] = kData + kHolePage * 4096 + 5;
  Outcome o = run(s, {0x88, 0x03});
  EXPECT_TRUE(o.fault);
  EXPECT_EQ(o.vector, kPF);
  EXPECT_EQ(o.error, 6u);
  EXPECT_EQ(o.address, s.gpr[RBX]);
  s.gpr[RBX] = kData + kReadOnlyPage * 4096 + 5;
  o = run(s, {0x88, 0x03});
  EXPECT_EQ(o.error, 7u);
}

TEST(NativeRunner, RunsRepToTheTrapBehindIt) {
  MachineState s = initial_state(Mode::k64);
  s.gpr[RCX] = 1000;
  s.gpr[RDI] = kData;
  Outcome const o = run(s, {0xF3, 0xAA}, Until::Trap);
  EXPECT_FALSE(o.fault);
  EXPECT_EQ(o.state.gpr[RCX], 0u);
  EXPECT_EQ(o.state.gpr[RDI], kData + 1000);
  EXPECT_EQ(o.state.rip, kCode + 2);
}

TEST(NativeRunner, CarriesVectorAndX87State) {
  NativeRunner& n = NativeRunner::instance();
  MachineState s = initial_state(Mode::k64);
  for (unsigned r = 0; r < 32; ++r)
    for (unsigned b = 0; b < 64; ++b) s.zmm[r].bytes[b] = uint8_t(r * 64 + b);
  for (unsigned r = 0; r < 8; ++r) s.k[r] = r * 0x0101010101010101;
  for (unsigned r = 0; r < 8; ++r) s.x87.st[r] = {0x8000000000000000 + r, uint16_t(0x3FFF + r)};
  s.x87.ftw = 0xFF;
  s.x87.mxcsr = 0x1FA0;
  Outcome const o = run(s, {0x90});
  for (unsigned r = 0; r < 8; ++r) EXPECT_EQ(o.state.x87.st[r].mantissa, s.x87.st[r].mantissa);
  EXPECT_EQ(o.state.x87.mxcsr, 0x1FA0u);
  EXPECT_EQ(o.state.x87.ftw, 0xFF);
  unsigned const width = n.has_avx512() ? 64 : n.has_avx() ? 32 : 16;
  for (unsigned r = 0; r < (n.has_avx512() ? 32 : 16); ++r)
    EXPECT_EQ(0, std::memcmp(o.state.zmm[r].bytes.data(), s.zmm[r].bytes.data(), width)) << r;
  if (n.has_avx512()) EXPECT_EQ(o.state.k, s.k);
}

TEST(NativeRunner, UsesFsAndGsBases) {
  NativeRunner& n = NativeRunner::instance();
  if (!n.has_fsgsbase()) GTEST_SKIP() << "the host's kernel does not offer FSGSBASE";
  MachineState s = initial_state(Mode::k64);
  s.fs_base = kData + 0x800;
  s.gs_base = kData + 0x900;
  n.data()[0x801] = 0x11;
  n.data()[0x901] = 0x22;
  s.gpr[RBX] = 1;
  EXPECT_EQ(run(s, {0x64, 0x8A, 0x03}).state.gpr[RAX], 0x11u);
  Outcome const o = run(s, {0x65, 0x8A, 0x03});
  EXPECT_EQ(o.state.gpr[RAX], 0x22u);
  EXPECT_EQ(o.state.gs_base, s.gs_base);
}

TEST(NativeRunner, ReportsOtherFaults) {
  MachineState s = initial_state(Mode::k64);
  EXPECT_EQ(run(s, {0xF7, 0xF1}).vector, kDE);       // div ecx by zero
  EXPECT_EQ(run(s, {0x0F, 0x0B}).vector, kUD);       // ud2
  EXPECT_EQ(run(s, {0xF4}).vector, kGP);             // hlt
  EXPECT_EQ(run(s, {0xCC}).vector, kBP);
  s.gpr[RAX] = kLdtNotPresent;
  Outcome const o = run(s, {0x8E, 0xD8});            // mov ds, eax
  EXPECT_EQ(o.vector, kNP);
  EXPECT_EQ(o.error, unsigned{kLdtNotPresent & ~3});
}

TEST(NativeRunner, StopsBehindTheShadowOfMovSs) {
  MachineState s = initial_state(Mode::k32);
  s.gpr[RAX] = kUserDs;
  Outcome const o = run(s, {0x8E, 0xD0});
  EXPECT_FALSE(o.fault);
  EXPECT_EQ(o.state.rip, kCode + 2);
}

}  // namespace
}  // namespace mullion::insn
