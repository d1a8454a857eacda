// Registers, XSAVE and APIC images keep what is written; memory, dirty pages, translation.
// SPDX-License-Identifier: Apache-2.0
#include "whp/test_guest.hpp"

#include <random>

namespace mullion::whp {
namespace {

class State : public GuestTest {
 protected:
  std::vector<uint8_t> state(WHV_VIRTUAL_PROCESSOR_STATE_TYPE type) {
    uint32_t size = 0;
    EXPECT_EQ(WHvGetVirtualProcessorState(partition, 0, type, nullptr, 0, &size), WHV_E_INSUFFICIENT_BUFFER);
    std::vector<uint8_t> bytes(size);
    EXPECT_EQ(WHvGetVirtualProcessorState(partition, 0, type, bytes.data(), size, &size), S_OK);
    return bytes;
  }
};

std::vector<WHV_REGISTER_NAME> free_registers() {
  std::vector<WHV_REGISTER_NAME> names;
  auto const range = [&](uint32_t first, uint32_t last) {
    for (uint32_t n = first; n <= last; ++n) names.push_back(WHV_REGISTER_NAME(n));
  };
  range(WHvX64RegisterRax, WHvX64RegisterRip);
  range(WHvX64RegisterEs, WHvX64RegisterTr);
  range(WHvX64RegisterDr0, WHvX64RegisterDr3);
  range(WHvX64RegisterXmm0, WHvX64RegisterXmm15);
  range(WHvX64RegisterKernelGsBase, WHvX64RegisterKernelGsBase);
  range(WHvX64RegisterPat, WHvX64RegisterSfmask);
  range(WHvX64RegisterMsrMtrrPhysBase0, WHvX64RegisterMsrMtrrPhysBase7);
  range(WHvX64RegisterMsrMtrrFix64k00000, WHvX64RegisterMsrMtrrFix4kF8000);
  names.push_back(WHvX64RegisterCr2);
  names.push_back(WHvX64RegisterCr3);
  names.push_back(WHvX64RegisterTscAux);
  names.push_back(WHvRegisterPendingEvent);
  return names;
}

TEST_F(State, random_registers_come_back_as_they_were_set) {
  start({});
  std::mt19937_64 random(7);
  auto const names = free_registers();
  std::vector<WHV_REGISTER_VALUE> in(names.size()), out(names.size());
  for (unsigned round = 0; round < 20; ++round) {
    for (size_t n = 0; n < names.size(); ++n) {
      std::memset(&in[n], 0, sizeof in[n]);
      in[n].Reg64 = random();
      bool const wide = names[n] >= WHvX64RegisterXmm0 && names[n] <= WHvX64RegisterXmm15;
      bool const segment = names[n] >= WHvX64RegisterEs && names[n] <= WHvX64RegisterTr;
      if (wide || segment || names[n] == WHvRegisterPendingEvent) in[n].Reg128.High64 = random();
    }
    ASSERT_EQ(WHvSetVirtualProcessorRegisters(partition, 0, names.data(), uint32_t(names.size()), in.data()), S_OK);
    ASSERT_EQ(WHvGetVirtualProcessorRegisters(partition, 0, names.data(), uint32_t(names.size()), out.data()), S_OK);
    for (size_t n = 0; n < names.size(); ++n) {
      EXPECT_EQ(std::memcmp(&in[n], &out[n], 16), 0) << std::hex << names[n];
    }
  }
}

TEST_F(State, registers_with_few_bits) {
  start({});
  EXPECT_EQ(put(WHvX64RegisterCr8, 9), S_OK);
  EXPECT_EQ(get(WHvX64RegisterCr8), 9u);
  EXPECT_EQ(put(WHvX64RegisterRflags, 0x246), S_OK);
  EXPECT_EQ(get(WHvX64RegisterRflags), 0x246u);
  EXPECT_EQ(put(WHvRegisterInterruptState, 3), S_OK);
  EXPECT_EQ(get(WHvRegisterInterruptState), 3u);
  EXPECT_EQ(put(WHvRegisterInternalActivityState, 1), S_OK);
  EXPECT_EQ(get(WHvRegisterInternalActivityState), 1u);
  EXPECT_EQ(put(WHvX64RegisterPendingDebugException, 0x15), S_OK);
  EXPECT_EQ(get(WHvX64RegisterPendingDebugException), 0x15u);
  EXPECT_EQ(put(WHvX64RegisterXCr0, 7), S_OK);
  EXPECT_EQ(get(WHvX64RegisterXCr0), 7u);
  EXPECT_EQ(put(WHvX64RegisterApicBase, 0xFEC10800), S_OK);
  EXPECT_EQ(get(WHvX64RegisterApicBase), 0xFEC10800u);
  EXPECT_EQ(get(WHvX64RegisterInitialApicId), 0u);
  EXPECT_EQ(get(WHvX64RegisterMsrMtrrPhysMaskF), 0u);
}

TEST_F(State, x87_registers_have_80_bits) {
  start({});
  WHV_REGISTER_NAME const names[] = {WHvX64RegisterFpMmx0, WHvX64RegisterFpMmx7, WHvX64RegisterFpControlStatus,
                                     WHvX64RegisterXmmControlStatus};
  WHV_REGISTER_VALUE in[4], out[4];
  std::memset(in, 0, sizeof in);
  in[0].Fp.Mantissa = 0x8000000000000001;
  in[0].Fp.BiasedExponent = 0x4001;
  in[0].Fp.Sign = 1;
  in[1].Fp.Mantissa = 5;
  in[2].FpControlStatus.FpControl = 0x27F;
  in[2].FpControlStatus.FpStatus = 0x3800;
  in[2].FpControlStatus.FpTag = 0x81;
  in[2].FpControlStatus.LastFpRip = 0x123456789A;
  in[3].XmmControlStatus.XmmStatusControl = 0x1FA0;
  in[3].XmmControlStatus.XmmStatusControlMask = 0xFFFF;
  in[3].XmmControlStatus.LastFpRdp = 0x77;
  ASSERT_EQ(WHvSetVirtualProcessorRegisters(partition, 0, names, 4, in), S_OK);
  ASSERT_EQ(WHvGetVirtualProcessorRegisters(partition, 0, names, 4, out), S_OK);
  EXPECT_EQ(std::memcmp(in, out, sizeof in), 0);
}

TEST_F(State, a_batch_with_an_unknown_name_changes_nothing) {
  start({});
  put(WHvX64RegisterRax, 1);
  WHV_REGISTER_NAME const names[] = {WHvX64RegisterRax, WHV_REGISTER_NAME(0x777)};
  WHV_REGISTER_VALUE values[2];
  std::memset(values, 0, sizeof values);
  EXPECT_EQ(WHvSetVirtualProcessorRegisters(partition, 0, names, 2, values), WHV_E_INVALID_VP_REGISTER_NAME);
  EXPECT_EQ(get(WHvX64RegisterRax), 1u);
  EXPECT_EQ(WHvGetVirtualProcessorRegisters(partition, 0, names, 2, values), WHV_E_INVALID_VP_REGISTER_NAME);
}

TEST_F(State, the_xsave_image_is_compacted_exact_and_the_same_registers) {
  start({});
  WHV_REGISTER_NAME const name = WHvX64RegisterXmm3;
  WHV_REGISTER_VALUE v;
  v.Reg128.Low64 = 0x1122334455667788;
  v.Reg128.High64 = 42;
  ASSERT_EQ(WHvSetVirtualProcessorRegisters(partition, 0, &name, 1, &v), S_OK);
  auto image = state(WHvVirtualProcessorStateTypeXsaveState);
  EXPECT_EQ(std::memcmp(&image[160 + 16 * 3], &v, 16), 0);
  EXPECT_EQ(image[512 + 15] & 0x80, 0x80) << "XCOMP_BV bit 63";
  image[160 + 16 * 3] = 0x99;
  auto const size = uint32_t(image.size());
  auto const type = WHvVirtualProcessorStateTypeXsaveState;
  EXPECT_EQ(WHvSetVirtualProcessorState(partition, 0, type, image.data(), size - 1), E_INVALIDARG);
  EXPECT_EQ(WHvSetVirtualProcessorXsaveState(partition, 0, image.data(), size), S_OK);
  EXPECT_EQ(get(WHvX64RegisterXmm3), 0x1122334455667799u);
  EXPECT_EQ(state(type), image);
  image[512] = 0;  // XSTATE_BV: nothing is there
  std::fill(image.begin() + 512, image.begin() + 520, 0);
  EXPECT_EQ(WHvSetVirtualProcessorState(partition, 0, type, image.data(), size), S_OK);
  EXPECT_EQ(get(WHvX64RegisterXmm3), 0u);
}

TEST_F(State, the_apic_page_comes_back_and_is_refused_without_an_apic) {
  start({.apic = WHvX64LocalApicEmulationModeXApic});
  put(WHvX64RegisterApicSpurious, 0x1FF);
  put(WHvX64RegisterApicTpr, 0x20);
  put(WHvX64RegisterApicIrr1, 0x10000);  // vector 0x30
  auto const page = state(WHvVirtualProcessorStateTypeInterruptControllerState2);
  ASSERT_EQ(page.size(), 4096u);
  EXPECT_EQ(page[0x80], 0x20);
  EXPECT_EQ(page[0x212], 1);
  put(WHvX64RegisterApicTpr, 0);
  EXPECT_EQ(WHvSetVirtualProcessorInterruptControllerState2(partition, 0, page.data(), 4096), S_OK);
  EXPECT_EQ(get(WHvX64RegisterApicTpr), 0x20u);
  EXPECT_EQ(get(WHvX64RegisterCr8), 2u);
  EXPECT_EQ(state(WHvVirtualProcessorStateTypeInterruptControllerState2), page);
}

TEST_F(State, dirty_pages_are_those_that_were_written_since_the_last_query) {
  start({});
  ASSERT_EQ(WHvMapGpaRange(partition, memory + 0x40000, 0x40000, 0x10000,
                           kRwx | WHvMapGpaRangeFlagTrackDirtyPages), S_OK);
  uint64_t bits = 0;
  ASSERT_EQ(WHvQueryGpaRangeDirtyBitmap(partition, 0x40000, 0x10000, &bits, 8), S_OK);
  EXPECT_EQ(bits, 0xFFFFu) << "a fresh mapping is dirty";
  real_mode({0x8A, 0x07, 0x88, 0x87, 0x00, 0x30, 0xF4});  // MOV AL, [BX]; MOV [BX+3000h], AL; HLT
  put_segment(WHvX64RegisterDs, 0, 0x40000, 0xFFFF, 0x93);
  for (unsigned round = 0; round < 3; ++round) {
    put(WHvX64RegisterRip, kCode);
    EXPECT_EQ(run().ExitReason, WHvRunVpExitReasonX64Halt);
    ASSERT_EQ(WHvQueryGpaRangeDirtyBitmap(partition, 0x40000, 0x10000, &bits, 8), S_OK);
    EXPECT_EQ(bits, 1u << 3) << round;
  }
  ASSERT_EQ(WHvQueryGpaRangeDirtyBitmap(partition, 0x40000, 0x10000, &bits, 8), S_OK);
  EXPECT_EQ(bits, 0u);
  WHV_ACCESS_GPA_CONTROLS const controls{};
  EXPECT_EQ(WHvWriteGpaRange(partition, 0, 0x41FFE, controls, "abcd", 4), S_OK);
  ASSERT_EQ(WHvQueryGpaRangeDirtyBitmap(partition, 0x40000, 0x10000, &bits, 8), S_OK);
  EXPECT_EQ(bits, 6u);
  EXPECT_EQ(WHvQueryGpaRangeDirtyBitmap(partition, 0x40000, 0x10000, nullptr, 0), S_OK);
  EXPECT_EQ(WHvQueryGpaRangeDirtyBitmap(partition, 0x30000, 0x20000, &bits, 8), WHV_E_GPA_RANGE_NOT_FOUND);
}

TEST_F(State, mappings_are_split_replaced_and_unmapped_page_by_page) {
  start({});
  EXPECT_EQ(WHvUnmapGpaRange(partition, 0x20000, 0x2000), S_OK);
  EXPECT_EQ(WHvUnmapGpaRange(partition, 0x1F000, 0x4000), WHV_E_GPA_RANGE_NOT_FOUND) << "with a hole";
  memory[0x30000] = 7;
  EXPECT_EQ(WHvMapGpaRange(partition, memory + 0x30000, 0x21000, 0x1000, kRwx), S_OK);
  uint8_t byte = 0;
  WHV_ACCESS_GPA_CONTROLS const controls{};
  EXPECT_EQ(WHvReadGpaRange(partition, 0, 0x21000, controls, &byte, 1), S_OK);
  EXPECT_EQ(byte, 7);
  EXPECT_EQ(WHvReadGpaRange(partition, 0, 0x20000, controls, &byte, 1), E_ACCESSDENIED);
  WHV_PARTITION_MEMORY_COUNTERS c;
  uint32_t size = 0;
  EXPECT_EQ(WHvGetPartitionCounters(partition, WHvPartitionCounterSetMemory, &c, sizeof c, &size), S_OK);
  EXPECT_EQ(c.Mapped4KPageCount, kMemory / 4096 - 1);
}

TEST_F(State, translations_and_why_they_fail) {
  start({});
  long_mode({0xF4});
  WHV_TRANSLATE_GVA_RESULT r;
  uint64_t gpa = 0;
  auto const translate = [&](uint64_t gva, uint32_t flags) {
    EXPECT_EQ(WHvTranslateGva(partition, 0, gva, WHV_TRANSLATE_GVA_FLAGS(flags), &r, &gpa), S_OK);
    return r.ResultCode;
  };
  EXPECT_EQ(translate(0x5123, WHvTranslateGvaFlagValidateRead), WHvTranslateGvaResultSuccess);
  EXPECT_EQ(gpa, 0x5123u);
  EXPECT_EQ(translate(0x10000000, 0), WHvTranslateGvaResultGpaUnmapped);
  EXPECT_EQ(translate(0x8000000, 0), WHvTranslateGvaResultPageNotPresent);
  uint64_t const entry = 0x6005;  // present, user, read-only
  std::memcpy(memory + 0x13000 + 8 * 6, &entry, 8);
  put(WHvX64RegisterCr0, 0x80010011);
  EXPECT_EQ(translate(0x6000, WHvTranslateGvaFlagValidateRead), WHvTranslateGvaResultSuccess);
  EXPECT_EQ(translate(0x6000, WHvTranslateGvaFlagValidateWrite), WHvTranslateGvaResultPrivilegeViolation);
  EXPECT_EQ(WHvTranslateGva(partition, 0, 0x6000, WHV_TRANSLATE_GVA_FLAGS(0x400), &r, &gpa), E_INVALIDARG);
}

TEST_F(State, reset_makes_new_processors_and_keeps_memory) {
  start({});
  real_mode({0xF4});
  put(WHvX64RegisterRax, 5);
  WHvCancelRunVirtualProcessor(partition, 0, 0);
  EXPECT_EQ(WHvResetPartition(partition), S_OK);
  EXPECT_EQ(get(WHvX64RegisterRax), 0u);
  EXPECT_EQ(get(WHvX64RegisterRip), 0xFFF0u);
  real_mode({0xF4});
  EXPECT_EQ(run().ExitReason, WHvRunVpExitReasonX64Halt) << "the cancel is forgotten";
}

}  // namespace
}  // namespace mullion::whp
