// State by groups: the lists of names of each level, and calls and registers that each mask costs.
// SPDX-License-Identifier: Apache-2.0
#include "accel/whpx/register_groups.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace mullion::whpx {
namespace {

using namespace x86;

// A platform that is nothing but registers.
std::map<WHV_REGISTER_NAME, WHV_REGISTER_VALUE> platform;
HRESULT answer;

class WhpRegisters : public ::testing::Test {
 protected:
  void SetUp() override {
    platform.clear();
    answer = 0;
    functions.WHvGetVirtualProcessorRegisters = [](WHV_PARTITION_HANDLE, UINT32, const WHV_REGISTER_NAME* names,
                                                   UINT32 count, WHV_REGISTER_VALUE* values) -> HRESULT {
      for (unsigned n = 0; n < count; ++n) values[n] = platform[names[n]];
      return answer;
    };
    functions.WHvSetVirtualProcessorRegisters = [](WHV_PARTITION_HANDLE, UINT32, const WHV_REGISTER_NAME* names,
                                                   UINT32 count, const WHV_REGISTER_VALUE* values) -> HRESULT {
      for (unsigned n = 0; n < count; ++n) platform[names[n]] = values[n];
      return answer;
    };
  }
  Functions functions;
  ProcessorRegisters registers{functions, nullptr, 0, [](uint64_t gpa) { return gpa + 1; }};
};

TEST_F(WhpRegisters, TheFastLevelIsTheGeneralRegistersRipAndFlags) {
  auto const batch = registers_of(kLevelFast);
  ASSERT_EQ(batch.count, 18u);
  for (unsigned n = 0; n < 16; ++n) EXPECT_EQ(unsigned(batch.names[n]), n);
  EXPECT_EQ(batch.names[16], WHvX64RegisterRflags);
  EXPECT_EQ(batch.names[17], WHvX64RegisterRip);
}

TEST_F(WhpRegisters, TheRuntimeLevelIsFortyTwoNames) {
  auto const batch = registers_of(kLevelRuntime);
  EXPECT_EQ(batch.count, 42u);
  std::set<unsigned> expected;
  for (unsigned name = WHvX64RegisterRax; name <= WHvX64RegisterCr4; ++name) expected.insert(name);
  for (unsigned name : {0x2001, 0x2002, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200A, 0x200B}) {
    expected.insert(name);
  }
  std::set<unsigned> const got(batch.names.begin(), batch.names.begin() + batch.count);
  EXPECT_EQ(got, expected);
}

TEST_F(WhpRegisters, EveryGroupFitsABatchAndNoNameComesTwice) {
  auto const batch = registers_of(kRegisterGroups);
  EXPECT_LE(batch.count, kMaxRegisters);
  EXPECT_EQ(std::set<unsigned>(batch.names.begin(), batch.names.begin() + batch.count).size(), batch.count);
  EXPECT_EQ(registers_of(kStateX87 | kStateSse | kStateMxcsr).count, 26u);
}

TEST_F(WhpRegisters, AMaskIsOneCallWhateverItHolds) {
  ArchState s;
  ASSERT_TRUE(registers.store(kStateRip | state_gpr(RAX), s));
  EXPECT_EQ(registers.counters.sets, 1u);
  EXPECT_EQ(registers.counters.registers_set, 2u);
  ASSERT_TRUE(registers.fetch(kLevelRuntime, s));
  EXPECT_EQ(registers.counters.gets, 1u);
  EXPECT_EQ(registers.counters.registers_got, 42u);
}

TEST_F(WhpRegisters, WhatWasStoredIsFetchedAgain) {
  ArchState a;
  for (unsigned n = 0; n < 16; ++n) a.gpr[n] = 0x1111 * (n + 1);
  a.rip = 0x123456;
  a.flags.set_rflags(0x246);
  for (unsigned n = 0; n < 6; ++n) {
    a.seg[n] = {.base = n, .limit = 0xFFFFF + n, .selector = uint16_t(8 * n), .attributes = 0xC0F3};
  }
  a.gdtr = {.base = 0xFFFF800000000000, .limit = 0x7F};
  a.cr2 = 0xABC;
  a.dr[6] = 0xFFFF0FF1;
  a.x87.fop = 0x5A5;
  a.x87.fdp = 0x1234567890;
  a.x87.st[7] = {.mantissa = 0xC000000000000000, .sign_exponent = 0xBFFF};
  a.x87.mxcsr = 0x1FA0;
  a.zmm[15].bytes[15] = 0x77;
  a.msr.sfmask = 0x47700;
  a.activity = Activity::Halted;
  a.nmi_blocked = true;
  ASSERT_TRUE(registers.store(kRegisterGroups, a));
  ArchState b;
  ASSERT_TRUE(registers.fetch(kRegisterGroups, b));
  EXPECT_EQ(b.gpr[15], 0x11110u);
  EXPECT_EQ(b.rip, a.rip);
  EXPECT_EQ(b.flags.rflags(), a.flags.rflags());
  EXPECT_EQ(b.seg[GS].limit, 0x100004u);
  EXPECT_EQ(b.seg[GS].attributes, 0xC0F3u);
  EXPECT_EQ(b.cpl, 3u);
  EXPECT_EQ(b.gdtr.base, a.gdtr.base);
  EXPECT_EQ(b.gdtr.limit, a.gdtr.limit);
  EXPECT_EQ(b.cr2, a.cr2);
  EXPECT_EQ(b.dr[6], a.dr[6]);
  EXPECT_EQ(b.x87.fop, a.x87.fop);
  EXPECT_EQ(b.x87.fdp, a.x87.fdp);
  EXPECT_EQ(b.x87.st[7].mantissa, a.x87.st[7].mantissa);
  EXPECT_EQ(b.x87.st[7].sign_exponent, a.x87.st[7].sign_exponent);
  EXPECT_EQ(b.x87.mxcsr, a.x87.mxcsr);
  EXPECT_EQ(b.zmm[15].bytes[15], 0x77u);
  EXPECT_EQ(b.msr.sfmask, a.msr.sfmask);
  EXPECT_EQ(b.activity, Activity::Halted);
  EXPECT_TRUE(b.nmi_blocked);
}

TEST_F(WhpRegisters, MxcsrAloneLeavesTheDataPointerOfTheX87) {
  platform[WHvX64RegisterXmmControlStatus].XmmControlStatus.LastFpRdp = 0x5555;
  ArchState s;
  s.x87.mxcsr = 0x1F00;
  ASSERT_TRUE(registers.store(kStateMxcsr, s));
  EXPECT_EQ(platform[WHvX64RegisterXmmControlStatus].XmmControlStatus.LastFpRdp, 0x5555u);
  EXPECT_EQ(platform[WHvX64RegisterXmmControlStatus].XmmControlStatus.XmmStatusControl, 0x1F00u);
}

TEST_F(WhpRegisters, ThePageDirectoryPointersComeFromMemoryWithCr3) {
  platform[WHvX64RegisterCr3].Reg64 = 0x2020;
  ArchState s;
  ASSERT_TRUE(registers.fetch(kStateCr3, s));
  EXPECT_EQ(s.pdpte[3], 0x2039u);
}

TEST_F(WhpRegisters, ARefusalIsReportedAndLeavesTheStateAlone) {
  answer = HRESULT(0x80370308u);
  ArchState s;
  s.gpr[RAX] = 7;
  EXPECT_FALSE(registers.fetch(kStateGprs, s));
  EXPECT_EQ(s.gpr[RAX], 7u);
  EXPECT_EQ(registers.last_error(), HRESULT(0x80370308u));
}

TEST_F(WhpRegisters, GroupsThatTheGuestDoesNotHaveCostNothing) {
  ProcessorRegisters without{functions, nullptr, 0, [](uint64_t) { return uint64_t{0}; }, kStatePkru};
  ArchState s;
  EXPECT_TRUE(without.fetch(kStatePkru, s));
  EXPECT_EQ(without.counters.gets, 0u);
  EXPECT_TRUE(without.fetch(kStatePkru | kStateCr4, s));
  EXPECT_EQ(without.counters.registers_got, 1u);
}

TEST_F(WhpRegisters, GroupsOfTheXsaveImageAreRefused) {
  ArchState s;
  EXPECT_FALSE(registers.fetch(kStateAvx, s));
  EXPECT_FALSE(registers.store(kStatePkru, s));
  EXPECT_EQ(registers.counters.gets + registers.counters.sets, 0u);
}

}  // namespace
}  // namespace mullion::whpx
