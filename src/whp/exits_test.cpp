// Each exit of a virtual processor, with every field of its context.
// SPDX-License-Identifier: Apache-2.0
#include "whp/test_guest.hpp"

namespace mullion::whp {
namespace {

class Exits : public GuestTest {};

TEST_F(Exits, in_stops_before_the_port_is_read_and_the_client_completes_it) {
  start({});
  real_mode({0xE4, 0x71, 0xF4});  // IN AL, 71; HLT
  put(WHvX64RegisterRax, 0x1234);
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonX64IoPortAccess);
  auto const& io = exit.IoPortAccess;
  EXPECT_EQ(io.PortNumber, 0x71);
  EXPECT_EQ(io.AccessInfo.AsUINT32, 1u << 1) << "read, one byte, no string";
  EXPECT_EQ(io.Rax, 0x1234u);
  EXPECT_GE(io.InstructionByteCount, 3);
  EXPECT_EQ(io.InstructionBytes[0], 0xE4);
  EXPECT_EQ(exit.VpContext.InstructionLength, 2);
  EXPECT_EQ(exit.VpContext.Rip, kCode);
  EXPECT_EQ(exit.VpContext.Cs.Limit, 0xFFFFu);
  EXPECT_EQ(exit.VpContext.ExecutionState.Cr0Pe, 0);
  EXPECT_EQ(exit.Reserved, 0u);
  put(WHvX64RegisterRax, 0x1299);
  skip();
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonX64Halt);
  EXPECT_EQ(exit.VpContext.Rip, kCode + 3) << "HLT is done";
  EXPECT_EQ(get(WHvX64RegisterRax), 0x1299u);
}

TEST_F(Exits, out_tells_size_and_direction) {
  start({});
  real_mode({0x66, 0xEF});  // OUT DX, EAX
  put(WHvX64RegisterRdx, 0xCF8);
  put(WHvX64RegisterRax, 0x80001234);
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonX64IoPortAccess);
  EXPECT_EQ(exit.IoPortAccess.PortNumber, 0xCF8);
  EXPECT_EQ(exit.IoPortAccess.AccessInfo.AsUINT32, 1u | 4u << 1);
  EXPECT_EQ(exit.IoPortAccess.Rax, 0x80001234u);
}

TEST_F(Exits, rep_outsb_is_a_string_access_with_its_registers) {
  start({});
  real_mode({0xF3, 0x6E});
  put(WHvX64RegisterRdx, 0x3F8);
  put(WHvX64RegisterRcx, 5);
  put(WHvX64RegisterRsi, 0x2000);
  put(WHvX64RegisterRdi, 0x3000);
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonX64IoPortAccess);
  EXPECT_EQ(exit.IoPortAccess.AccessInfo.AsUINT32, 1u | 1u << 1 | 1u << 4 | 1u << 5);
  EXPECT_EQ(exit.IoPortAccess.Rcx, 5u);
  EXPECT_EQ(exit.IoPortAccess.Rsi, 0x2000u);
  EXPECT_EQ(exit.IoPortAccess.Rdi, 0x3000u);
  EXPECT_EQ(exit.IoPortAccess.Ds.Limit, 0xFFFFu);
}

TEST_F(Exits, a_store_to_unmapped_memory_tells_both_addresses) {
  start({});
  real_mode({0x89, 0x07});  // MOV [BX], AX
  put(WHvX64RegisterRbx, 0x34);
  put_segment(WHvX64RegisterDs, 0, 0x300000, 0xFFFF, 0x93);
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonMemoryAccess);
  auto const& m = exit.MemoryAccess;
  EXPECT_EQ(m.AccessInfo.AsUINT32, WHvMemoryAccessWrite | 1u << 2 | 1u << 3);
  EXPECT_EQ(m.Gpa, 0x300034u);
  EXPECT_EQ(m.Gva, 0x300034u);
  EXPECT_EQ(m.InstructionBytes[0], 0x89);
  EXPECT_EQ(exit.VpContext.InstructionLength, 2);
}

TEST_F(Exits, a_store_to_rom_exits_as_mapped_and_a_load_does_not) {
  start({});
  ASSERT_EQ(WHvMapGpaRange(partition, memory + 0x20000, 0x20000, 0x1000,
                           WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagExecute), S_OK);
  memory[0x20010] = 0x5A;
  real_mode({0x8A, 0x07, 0x88, 0x07});  // MOV AL, [BX]; MOV [BX], AL
  put(WHvX64RegisterRbx, 0x10);
  put_segment(WHvX64RegisterDs, 0, 0x20000, 0xFFFF, 0x93);
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonMemoryAccess);
  EXPECT_EQ(exit.VpContext.Rip, kCode + 2);
  EXPECT_EQ(get(WHvX64RegisterRax) & 0xFF, 0x5Au);
  EXPECT_EQ(exit.MemoryAccess.AccessInfo.AsUINT32, WHvMemoryAccessWrite | 1u << 3);
}

TEST_F(Exits, a_fetch_from_where_nothing_is_mapped_or_executable) {
  start({});
  real_mode({0x90});
  put_segment(WHvX64RegisterCs, 0, 0x400000, 0xFFFF, 0x9B);
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonMemoryAccess);
  EXPECT_EQ(exit.MemoryAccess.AccessInfo.AsUINT32, WHvMemoryAccessExecute | 1u << 2 | 1u << 3);
  EXPECT_EQ(exit.MemoryAccess.Gpa, 0x401000u);
  EXPECT_EQ(exit.MemoryAccess.InstructionByteCount, 0);
  put_segment(WHvX64RegisterCs, 0, 0, 0xFFFF, 0x9B);
  ASSERT_EQ(WHvMapGpaRange(partition, memory + kCode, kCode, 0x1000,
                           WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite), S_OK);
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonMemoryAccess);
  EXPECT_EQ(exit.MemoryAccess.AccessInfo.AsUINT32, WHvMemoryAccessExecute | 1u << 3);
}

TEST_F(Exits, long_mode_loads_tell_the_virtual_address) {
  start({});
  long_mode({0x48, 0x8B, 0x83, 0x08, 0x00, 0x00, 0x00});  // MOV RAX, [RBX+8]
  put(WHvX64RegisterRbx, 0x10000123);
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonMemoryAccess);
  EXPECT_EQ(exit.MemoryAccess.Gva, 0x1000012Bu);
  EXPECT_EQ(exit.MemoryAccess.Gpa, 0x4000012Bu);
  EXPECT_EQ(exit.MemoryAccess.AccessInfo.AsUINT32, WHvMemoryAccessRead | 1u << 2 | 1u << 3);
  EXPECT_EQ(exit.VpContext.ExecutionState.EferLma, 1);
  EXPECT_EQ(exit.VpContext.ExecutionState.Cr0Pe, 1);
  EXPECT_EQ(exit.VpContext.ExecutionState.Cpl, 0);
  EXPECT_EQ(exit.VpContext.InstructionLength, 7);
}

TEST_F(Exits, a_page_table_outside_memory_is_an_exit_not_a_page_fault) {
  start({});
  long_mode({0x48, 0x8B, 0x03});  // MOV RAX, [RBX]
  uint64_t const entry = 0x50000007;
  std::memcpy(memory + 0x11000 + 8, &entry, 8);  // 1 GiB up
  put(WHvX64RegisterRbx, 0x40000000);
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonMemoryAccess);
  EXPECT_EQ(exit.MemoryAccess.Gpa, 0x50000000u);
  EXPECT_EQ(exit.MemoryAccess.AccessInfo.GvaValid, 0u);
  EXPECT_EQ(get(WHvX64RegisterCr2), 0u);
}

TEST_F(Exits, cpuid_exits_for_listed_leaves_alone) {
  make({.exits = 1, .cpuid_exits = {0x40000000}});
  WHV_X64_CPUID_RESULT2 results[1] = {};
  results[0].Function = 1;
  results[0].Output.Ecx = 0;
  results[0].Mask.Ecx = 1u << 31;
  results[0].Output.Eax = 0x12345;
  results[0].Mask.Eax = 0xFFFFFFFF;
  ASSERT_EQ(WHvSetPartitionProperty(partition, WHvPartitionPropertyCodeCpuidResultList2, results, sizeof results), S_OK);
  start();
  real_mode({0x66, 0xB8, 1, 0, 0, 0, 0x0F, 0xA2,                       // MOV EAX, 1; CPUID
             0x66, 0x89, 0xC6, 0x66, 0xB8, 0, 0, 0, 0x40, 0x0F, 0xA2});  // MOV ESI, EAX; MOV EAX, 40000000h; CPUID
  put(WHvX64RegisterRbx, 0xB0B);
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonX64Cpuid);
  EXPECT_EQ(get(WHvX64RegisterRsi), 0x12345u);
  EXPECT_EQ(get(WHvX64RegisterRcx) >> 31, 0u);
  EXPECT_EQ(exit.CpuidAccess.Rax, 0x40000000u);
  WHV_CPUID_OUTPUT out;
  ASSERT_EQ(WHvGetVirtualProcessorCpuidOutput(partition, 0, 0x40000000, 0, &out), S_OK);
  EXPECT_EQ(exit.CpuidAccess.DefaultResultRax, out.Eax);
  EXPECT_EQ(exit.CpuidAccess.DefaultResultRbx, out.Ebx);
  EXPECT_EQ(exit.VpContext.InstructionLength, 2);
}

TEST_F(Exits, msr_accesses_by_bitmap_and_by_action_list) {
  make({.exits = 2, .msrs = 1});
  WHV_MSR_ACTION_ENTRY const actions[] = {{.Index = 0x12345, .ReadAction = WHvMsrActionIgnoreWriteReadZero,
                                           .WriteAction = WHvMsrActionIgnoreWriteReadZero, .Reserved = 0}};
  ASSERT_EQ(WHvSetPartitionProperty(partition, WHvPartitionPropertyCodeMsrActionList, actions, sizeof actions), S_OK);
  start();
  real_mode({0x0F, 0x32, 0x0F, 0x30, 0x66, 0xB9, 0x99, 0x99, 0, 0, 0x0F, 0x30});  // RDMSR; WRMSR; MOV ECX; WRMSR
  put(WHvX64RegisterRcx, 0x12345);
  put(WHvX64RegisterRax, 77);
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonX64MsrAccess);
  EXPECT_EQ(exit.MsrAccess.AccessInfo.IsWrite, 1u);
  EXPECT_EQ(exit.MsrAccess.MsrNumber, 0x9999u);
  EXPECT_EQ(exit.MsrAccess.Rax, 0u) << "the ignored register reads as zero";
  put(WHvX64RegisterRip, kCode);
  put(WHvX64RegisterRcx, 0x8888);
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonX64MsrAccess);
  EXPECT_EQ(exit.MsrAccess.AccessInfo.IsWrite, 0u);
  EXPECT_EQ(exit.VpContext.Rip, kCode);
}

TEST_F(Exits, exceptions_by_bitmap_before_they_are_delivered) {
  start({.exits = 4, .exceptions = 1u << 3 | 1u << 13 | 1u << 14});
  long_mode({0xCC});
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonException);
  EXPECT_EQ(exit.VpException.ExceptionType, 3);
  EXPECT_EQ(exit.VpException.ExceptionInfo.AsUINT32, 2u) << "software, no error code";
  EXPECT_EQ(exit.VpContext.Rip, kCode);
  EXPECT_EQ(exit.VpContext.InstructionLength, 1);
  EXPECT_EQ(exit.VpException.InstructionBytes[0], 0xCC);
  put(kCode, {0x88, 0x03});  // MOV [RBX], AL
  put(WHvX64RegisterRbx, 0x8000000);
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonException) << "and the client's new code counts";
  EXPECT_EQ(exit.VpException.ExceptionType, 14);
  EXPECT_EQ(exit.VpException.ExceptionInfo.AsUINT32, 1u);
  EXPECT_EQ(exit.VpException.ErrorCode, 2u);
  EXPECT_EQ(exit.VpException.ExceptionParameter, 0x8000000u);
  EXPECT_EQ(get(WHvX64RegisterCr2), 0u);
}

TEST_F(Exits, a_triple_fault_is_unrecoverable) {
  start({});
  long_mode({0x0F, 0x0B});
  WHV_REGISTER_NAME const name = WHvX64RegisterIdtr;
  WHV_REGISTER_VALUE v;
  std::memset(&v, 0, sizeof v);
  ASSERT_EQ(WHvSetVirtualProcessorRegisters(partition, 0, &name, 1, &v), S_OK);
  EXPECT_EQ(run().ExitReason, WHvRunVpExitReasonUnrecoverableException);
  EXPECT_EQ(exit.VpContext.Rip, kCode);
}

TEST_F(Exits, state_that_hardware_would_refuse_is_told) {
  start({});
  real_mode({0xF4});
  put(WHvX64RegisterCr0, 0x80000010);  // PG without PE
  EXPECT_EQ(run().ExitReason, WHvRunVpExitReasonInvalidVpRegisterValue);
  put(WHvX64RegisterCr0, 0x10);
  EXPECT_EQ(run().ExitReason, WHvRunVpExitReasonX64Halt);
}

TEST_F(Exits, contexts_of_the_first_sdk_are_truncated) {
  start({});
  real_mode({0xF4});
  std::memset(&exit, 0xEE, sizeof exit);
  EXPECT_EQ(WHvRunVirtualProcessor(partition, 0, &exit, 143), WHV_E_INSUFFICIENT_BUFFER);
  EXPECT_EQ(WHvRunVirtualProcessor(partition, 0, &exit, 144), S_OK);
  EXPECT_EQ(exit.ExitReason, WHvRunVpExitReasonX64Halt);
  EXPECT_EQ(reinterpret_cast<uint8_t*>(&exit)[144], 0xEE);
}

}  // namespace
}  // namespace mullion::whp
