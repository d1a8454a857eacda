// For tests: a partition with one processor and a little memory, driven through the public header alone.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "whp/include/WinHvPlatform.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <vector>

namespace mullion::whp {

class GuestTest : public ::testing::Test {
 protected:
  static constexpr uint64_t kMemory = 0x100000;  // from guest address 0
  static constexpr uint64_t kCode = 0x1000;

  struct Setup {
    uint32_t apic = 0;
    uint64_t exits = 0, exceptions = 0, msrs = 0;
    std::vector<uint32_t> cpuid_exits{};
    uint32_t processors = 1;
  };

  void make(const Setup& s) {
    ASSERT_EQ(WHvCreatePartition(&partition), S_OK);
    set(WHvPartitionPropertyCodeProcessorCount, s.processors);
    set(WHvPartitionPropertyCodeLocalApicEmulationMode, s.apic);
    set(WHvPartitionPropertyCodeExtendedVmExits, s.exits);
    set(WHvPartitionPropertyCodeExceptionExitBitmap, s.exceptions);
    set(WHvPartitionPropertyCodeX64MsrExitBitmap, s.msrs);
    if (!s.cpuid_exits.empty()) {
      ASSERT_EQ(WHvSetPartitionProperty(partition, WHvPartitionPropertyCodeCpuidExitList, s.cpuid_exits.data(),
                                        uint32_t(4 * s.cpuid_exits.size())), S_OK);
    }
  }
  void start() {
    ASSERT_EQ(WHvSetupPartition(partition), S_OK);
    room.assign(kMemory + 4095, 0);
    memory = room.data() + (4096 - reinterpret_cast<uintptr_t>(room.data()) % 4096) % 4096;
    ASSERT_EQ(WHvMapGpaRange(partition, memory, 0, kMemory, kRwx), S_OK);
    ASSERT_EQ(WHvCreateVirtualProcessor(partition, 0, 0), S_OK);
  }
  void start(const Setup& s) {
    make(s);
    start();
  }
  void TearDown() override {
    if (partition != nullptr) {
      EXPECT_EQ(WHvDeletePartition(partition), S_OK);
    }
  }

  static constexpr WHV_MAP_GPA_RANGE_FLAGS kRwx =
      WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagExecute;

  template <class T> void set(WHV_PARTITION_PROPERTY_CODE code, T value) {
    ASSERT_EQ(WHvSetPartitionProperty(partition, code, &value, sizeof value), S_OK);
  }

  void put(uint64_t at, std::initializer_list<uint8_t> bytes) { std::copy(bytes.begin(), bytes.end(), memory + at); }

  uint64_t get(WHV_REGISTER_NAME name) {
    WHV_REGISTER_VALUE v;
    EXPECT_EQ(WHvGetVirtualProcessorRegisters(partition, 0, &name, 1, &v), S_OK) << std::hex << name;
    return v.Reg64;
  }
  HRESULT put(WHV_REGISTER_NAME name, uint64_t value) {
    WHV_REGISTER_VALUE v;
    std::memset(&v, 0, sizeof v);
    v.Reg64 = value;
    return WHvSetVirtualProcessorRegisters(partition, 0, &name, 1, &v);
  }
  void put_segment(WHV_REGISTER_NAME name, uint16_t selector, uint64_t base, uint32_t limit, uint16_t attributes) {
    WHV_REGISTER_VALUE v;
    std::memset(&v, 0, sizeof v);
    v.Segment.Base = base;
    v.Segment.Limit = limit;
    v.Segment.Selector = selector;
    v.Segment.Attributes = attributes;
    ASSERT_EQ(WHvSetVirtualProcessorRegisters(partition, 0, &name, 1, &v), S_OK);
  }

  // Real mode, CS base 0, at kCode; the interrupt table is all zero.
  void real_mode(std::initializer_list<uint8_t> code) {
    put(kCode, code);
    put_segment(WHvX64RegisterCs, 0, 0, 0xFFFF, 0x9B);
    put(WHvX64RegisterRip, kCode);
    put(WHvX64RegisterRsp, 0x8000);
  }

  // 64-bit mode at kCode with tables at 0x10000: the low 2 MiB one to one by 4 KiB pages, the entry of GVA
  // 0x10000000 points to GPA 0x40000000, where there is no memory.
  void long_mode(std::initializer_list<uint8_t> code) {
    put(kCode, code);
    auto const entry = [&](uint64_t at, uint64_t value) { std::memcpy(memory + at, &value, 8); };
    entry(0x10000, 0x11007);
    entry(0x11000, 0x12007);
    entry(0x12000, 0x13007);
    for (uint64_t n = 0; n < 512; ++n) entry(0x13000 + 8 * n, (n << 12) | 7);
    entry(0x12000 + 8 * 128, 0x40000000 | 0x87);
    put(WHvX64RegisterCr3, 0x10000);
    put(WHvX64RegisterCr4, 0x20);
    put(WHvX64RegisterEfer, 0x500);
    put(WHvX64RegisterCr0, 0x80000011);
    put_segment(WHvX64RegisterCs, 8, 0, 0xFFFFFFFF, 0xA09B);
    put_segment(WHvX64RegisterSs, 16, 0, 0xFFFFFFFF, 0xC093);
    put(WHvX64RegisterRip, kCode);
    put(WHvX64RegisterRsp, 0x8000);
  }

  const WHV_RUN_VP_EXIT_CONTEXT& run() {
    std::memset(&exit, 0xEE, sizeof exit);
    EXPECT_EQ(WHvRunVirtualProcessor(partition, 0, &exit, sizeof exit), S_OK);
    return exit;
  }
  // Past the instruction of the last exit.
  void skip() { put(WHvX64RegisterRip, exit.VpContext.Rip + exit.VpContext.InstructionLength); }

  WHV_PARTITION_HANDLE partition = nullptr;
  std::vector<uint8_t> room;
  uint8_t* memory = nullptr;  // page-aligned in `room`
  WHV_RUN_VP_EXIT_CONTEXT exit;
};

}  // namespace mullion::whp
