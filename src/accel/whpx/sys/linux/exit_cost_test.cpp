// What an exit costs in calls and registers, against the platform of this tree, loaded as a guest's would be.
// SPDX-License-Identifier: Apache-2.0
#include "accel/whpx/port_exit.hpp"
#include "accel/whpx/register_groups.hpp"
#include "cpu/x86/cpu.hpp"
#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/interp/exit_step.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <vector>

namespace mullion::whpx {
namespace {

using namespace x86;

// Devices that answer 0x5A in every byte.
struct Devices final : CpuPort {
  explicit Devices(uint8_t* memory, uint64_t size) : memory(memory), size(size) {}
  PhysPage resolve(uint64_t gpa) override {
    uint8_t* const host = gpa < size ? memory + (gpa & ~uint64_t{4095}) : nullptr;
    return {.host = host, .read = host != nullptr, .write = host != nullptr, .exec = host != nullptr,
            .write_host = host};
  }
  PortStatus mmio_read(uint64_t, unsigned, uint64_t& value) override {
    value = 0x5A5A5A5A5A5A5A5A;
    return PortStatus::Done;
  }
  PortStatus mmio_write(uint64_t gpa, unsigned, uint64_t value) override {
    written = value;
    written_at = gpa;
    return PortStatus::Done;
  }
  PortStatus port_in(uint16_t, unsigned, uint32_t& value) override {
    value = 0x5A5A5A5A;
    return PortStatus::Done;
  }
  PortStatus port_out(uint16_t, unsigned, uint32_t value) override {
    written = value;
    return PortStatus::Done;
  }
  int acknowledge_pic() override { return -1; }
  void eoi(uint8_t) override {}
  uint64_t now_ns() override { return 0; }
  uint8_t* memory;
  uint64_t size;
  uint64_t written = 0, written_at = 0;
};

class WhpExitCost : public ::testing::Test {
 protected:
  static constexpr uint64_t kMemory = 0x10000, kCode = 0x1000;

  void SetUp() override {
    auto opened = Library::open(MULLION_WHP_LIBRARY);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    library.emplace(std::move(*opened));
    auto const& f = library->functions();
    ASSERT_EQ(f.WHvCreatePartition(&partition), S_OK);
    uint32_t const one = 1;
    ASSERT_EQ(f.WHvSetPartitionProperty(partition, WHvPartitionPropertyCodeProcessorCount, &one, 4), S_OK);
    ASSERT_EQ(f.WHvSetupPartition(partition), S_OK);
    room.assign(kMemory + 4095, 0);
    memory = room.data() + (4096 - reinterpret_cast<uintptr_t>(room.data()) % 4096) % 4096;
    ASSERT_EQ(f.WHvMapGpaRange(partition, memory, 0, kMemory,
                               WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagExecute), S_OK);
    ASSERT_EQ(f.WHvCreateVirtualProcessor(partition, 0, 0), S_OK);
  }
  void TearDown() override {
    if (partition != nullptr) library->functions().WHvDeletePartition(partition);
  }

  // Real mode, DS at 0xA0000 where there is a device; one exit, one instruction, everything dirty written back.
  void one_exit(std::initializer_list<uint8_t> code) {
    auto const& f = library->functions();
    std::copy(code.begin(), code.end(), memory + kCode);
    ProcessorRegisters registers(f, partition, 0, [](uint64_t) { return uint64_t{0}; },
                                 kStatePkru | kStateAvx | kStateAvx512 | kStateOpmask);
    std::vector<std::string> warnings;
    auto const model = CpuModel::parse("max", warnings).value();
    Devices devices(memory, kMemory);
    Cpu cpu(devices, model);
    ArchState& st = cpu.st;
    ASSERT_TRUE(registers.fetch(kLevelRuntime, st)) << explain(registers.last_error());
    st.seg[CS] = {.base = 0, .limit = 0xFFFF, .selector = 0, .attributes = 0x9B};
    st.seg[DS] = {.base = 0xA0000, .limit = 0xFFFF, .selector = 0xA000, .attributes = 0x93};
    st.rip = kCode;
    st.gpr[RAX] = 0x1234;
    st.gpr[RBX] = 0x10;
    st.gpr[RDX] = 0x80;
    ASSERT_TRUE(registers.store(kLevelRuntime, st)) << explain(registers.last_error());
    registers.counters = {};
    std::fill_n(st.gpr.begin(), 16, 0xBAD);  // what is used without being fetched shows

    WHV_RUN_VP_EXIT_CONTEXT exit;
    ASSERT_EQ(f.WHvRunVirtualProcessor(partition, 0, &exit, sizeof exit), S_OK);
    StateView view(st, registers);
    st.rip = exit.VpContext.Rip;
    st.flags.set_rflags(exit.VpContext.Rflags);
    view.seed(kExitContext);
    if (exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess) {
      ASSERT_EQ(plain_port_exit(exit, devices, st, view), PlainPort::Done);
    } else {
      ASSERT_EQ(exit.ExitReason, WHvRunVpExitReasonMemoryAccess);
      auto const& m = exit.MemoryAccess;
      ASSERT_TRUE(m.AccessInfo.GvaValid);
      auto const status = exit_step(cpu, view, {m.InstructionBytes, std::min<size_t>(m.InstructionByteCount, 15)},
                                    ExitAccess{m.Gva, m.Gpa});
      ASSERT_TRUE(status.has_value());
      ASSERT_NE(*status, Status::Fault);
    }
    ASSERT_TRUE(view.flush());
    counters = registers.counters;
    written = devices.written;
    written_at = devices.written_at;
    ASSERT_TRUE(registers.fetch(kLevelFast, after));
    EXPECT_EQ(after.rip, kCode + code.size());
  }

  std::optional<Library> library;
  WHV_PARTITION_HANDLE partition = nullptr;
  std::vector<uint8_t> room;
  uint8_t* memory = nullptr;
  CallCounters counters;
  uint64_t written = 0, written_at = 0;
  ArchState after;
};

TEST_F(WhpExitCost, ALoadOfAWholeRegisterIsOneSetOfTwo) {
  one_exit({0x66, 0x8B, 0x0F});  // MOV ECX, [BX]
  EXPECT_EQ(after.gpr[RCX], 0x5A5A5A5Au);
  EXPECT_EQ(counters.gets, 0u);
  EXPECT_EQ(counters.sets, 1u);
  EXPECT_EQ(counters.registers_set, 2u);
}

TEST_F(WhpExitCost, AStoreOfARegisterIsOneGetOfOneAndOneSetOfOne) {
  one_exit({0x89, 0x07});  // MOV [BX], AX
  EXPECT_EQ(written, 0x1234u);
  EXPECT_EQ(written_at, 0xA0010u);
  EXPECT_EQ(counters.gets, 1u);
  EXPECT_EQ(counters.registers_got, 1u);
  EXPECT_EQ(counters.sets, 1u);
  EXPECT_EQ(counters.registers_set, 1u);
}

TEST_F(WhpExitCost, AStoreOfAnImmediateIsOneSetOfOne) {
  one_exit({0xC6, 0x07, 0x77});  // MOV BYTE [BX], 77h
  EXPECT_EQ(written, 0x77u);
  EXPECT_EQ(counters.gets, 0u);
  EXPECT_EQ(counters.sets, 1u);
  EXPECT_EQ(counters.registers_set, 1u);
}

TEST_F(WhpExitCost, InIsOneSetOfTwo) {
  one_exit({0xE4, 0x60});  // IN AL, 60h
  EXPECT_EQ(after.gpr[RAX], 0x125Au);
  EXPECT_EQ(counters.gets, 0u);
  EXPECT_EQ(counters.sets, 1u);
  EXPECT_EQ(counters.registers_set, 2u);
}

TEST_F(WhpExitCost, OutIsOneSetOfOne) {
  one_exit({0xE7, 0x80});  // OUT 80h, AX
  EXPECT_EQ(written, 0x1234u);
  EXPECT_EQ(counters.gets, 0u);
  EXPECT_EQ(counters.sets, 1u);
  EXPECT_EQ(counters.registers_set, 1u);
}

}  // namespace
}  // namespace mullion::whpx
