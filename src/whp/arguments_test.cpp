// What calls answer to wrong arguments, states and handles; capabilities and properties.
// SPDX-License-Identifier: Apache-2.0
#include "whp/test_guest.hpp"

namespace mullion::whp {
namespace {

class Arguments : public GuestTest {};

WHV_PARTITION_HANDLE stranger() { return reinterpret_cast<WHV_PARTITION_HANDLE>(uintptr_t{0x12345}); }

TEST_F(Arguments, foreign_null_and_deleted_handles) {
  WHV_PARTITION_HANDLE gone = nullptr;
  ASSERT_EQ(WHvCreatePartition(&gone), S_OK);
  ASSERT_EQ(WHvDeletePartition(gone), S_OK);
  for (WHV_PARTITION_HANDLE const h : {WHV_PARTITION_HANDLE{nullptr}, stranger(), gone}) {
    uint32_t n = 0;
    EXPECT_EQ(WHvSetupPartition(h), E_HANDLE);
    EXPECT_EQ(WHvDeletePartition(h), E_HANDLE);
    EXPECT_EQ(WHvResetPartition(h), E_HANDLE);
    EXPECT_EQ(WHvCreateVirtualProcessor(h, 0, 0), E_HANDLE);
    EXPECT_EQ(WHvRunVirtualProcessor(h, 0, &exit, sizeof exit), E_HANDLE);
    EXPECT_EQ(WHvCancelRunVirtualProcessor(h, 0, 0), E_HANDLE);
    EXPECT_EQ(WHvMapGpaRange(h, this, 0, 0x1000, kRwx), E_HANDLE);
    EXPECT_EQ(WHvGetPartitionProperty(h, WHvPartitionPropertyCodeProcessorCount, &n, 4, &n), E_HANDLE);
  }
  EXPECT_EQ(WHvCreatePartition(nullptr), E_POINTER);
}

TEST_F(Arguments, calls_before_setup_and_properties_after_it) {
  make({});
  EXPECT_EQ(WHvCreateVirtualProcessor(partition, 0, 0), WHV_E_INVALID_STATE);
  EXPECT_EQ(WHvMapGpaRange(partition, this, 0, 0x1000, kRwx), WHV_E_INVALID_STATE);
  EXPECT_EQ(WHvRunVirtualProcessor(partition, 0, &exit, sizeof exit), WHV_E_INVALID_STATE);
  EXPECT_EQ(WHvResetPartition(partition), WHV_E_INVALID_STATE);
  start();
  EXPECT_EQ(WHvSetupPartition(partition), WHV_E_INVALID_STATE);
  uint64_t zero[6] = {};
  auto const set_zero = [&](uint32_t code, uint32_t size) {
    return WHvSetPartitionProperty(partition, WHV_PARTITION_PROPERTY_CODE(code), zero, size);
  };
  for (uint32_t const code : {0x1u, 0x2u, 0x5u}) EXPECT_EQ(set_zero(code, 8), S_OK) << code;
  EXPECT_EQ(set_zero(0x1003, 8), S_OK);
  zero[0] = 1;
  for (uint32_t const code : {0x3u, 0x1005u, 0x1fffu, 0x100Du, 0x1001u}) EXPECT_EQ(set_zero(code, 48), E_INVALIDARG) << code;
  EXPECT_EQ(set_zero(0x9999, 8), WHV_E_UNKNOWN_PROPERTY);
}

TEST_F(Arguments, setup_needs_a_processor_count) {
  ASSERT_EQ(WHvCreatePartition(&partition), S_OK);
  EXPECT_EQ(WHvSetupPartition(partition), WHV_E_INVALID_PARTITION_CONFIG);
}

TEST_F(Arguments, properties_take_larger_buffers_and_refuse_what_is_not_offered) {
  ASSERT_EQ(WHvCreatePartition(&partition), S_OK);
  auto const set_value = [&](uint32_t code, uint64_t value, uint32_t size) {
    uint64_t buffer[28] = {value};
    return WHvSetPartitionProperty(partition, WHV_PARTITION_PROPERTY_CODE(code), buffer, size);
  };
  for (uint32_t const size : {4u, 24u, 48u, 224u}) EXPECT_EQ(set_value(0x1fff, 2, size), S_OK);
  EXPECT_EQ(set_value(0x1fff, 2, 3), E_INVALIDARG);
  EXPECT_EQ(set_value(0x1fff, 0, 4), E_INVALIDARG);
  EXPECT_EQ(set_value(0x1fff, 65, 4), E_INVALIDARG);
  EXPECT_EQ(set_value(0x1005, 3, 4), E_INVALIDARG);
  EXPECT_EQ(set_value(0x1, 1u << 5, 8), E_INVALIDARG) << "hypercall exits";
  EXPECT_EQ(set_value(0x4, 1, 4), WHV_E_NOT_SUPPORTED) << "nested virtualisation";
  EXPECT_EQ(set_value(0x1003, 1, 6), E_INVALIDARG) << "half an entry";
  uint32_t written = 0;
  uint64_t big[6] = {~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull};
  EXPECT_EQ(WHvGetPartitionProperty(partition, WHvPartitionPropertyCodeProcessorCount, big, 48, &written), S_OK);
  EXPECT_EQ(written, 4u);
  EXPECT_EQ(big[0], 0xFFFFFFFF00000002u) << "the value's size alone is written";
  EXPECT_EQ(WHvGetPartitionProperty(partition, WHvPartitionPropertyCodeProcessorCount, big, 2, &written),
            WHV_E_INSUFFICIENT_BUFFER);
  EXPECT_EQ(WHvGetPartitionProperty(partition, WHvPartitionPropertyCodeCpuidExitList, big, 48, &written),
            WHV_E_NOT_SUPPORTED);
}

TEST_F(Arguments, capabilities_by_size) {
  struct { uint32_t code, size; } const known[] = {
      {0x0, 4}, {0x1, 8}, {0x2, 8}, {0x3, 8}, {0x4, 8}, {0x5, 4}, {0x6, 8}, {0x1000, 4}, {0x1001, 8}, {0x1002, 1},
      {0x1003, 8}, {0x1004, 8}, {0x1005, 8}, {0x1006, 24}, {0x1007, 20}, {0x1008, 16}, {0x1009, 8}, {0x100A, 4}};
  for (auto const& [code, size] : known) {
    uint8_t buffer[24] = {};
    uint32_t written = 0;
    auto const c = WHV_CAPABILITY_CODE(code);
    EXPECT_EQ(WHvGetCapability(c, buffer, 24, &written), S_OK) << code;
    EXPECT_EQ(written, size) << code;
    EXPECT_EQ(WHvGetCapability(c, buffer, size, nullptr), S_OK) << code;
    EXPECT_EQ(WHvGetCapability(c, buffer, size - 1, &written), WHV_E_INSUFFICIENT_BUFFER) << code;
    EXPECT_EQ(WHvGetCapability(c, nullptr, 24, &written), E_POINTER) << code;
  }
  uint32_t n;
  EXPECT_EQ(WHvGetCapability(WHV_CAPABILITY_CODE(0x2000), &n, 4, &n), WHV_E_UNKNOWN_CAPABILITY);
}

TEST_F(Arguments, processors) {
  start({.processors = 2});
  WHV_VIRTUAL_PROCESSOR_PROPERTY property;
  std::memset(&property, 0, sizeof property);
  EXPECT_EQ(WHvCreateVirtualProcessor(partition, 0, 0), WHV_E_VP_ALREADY_EXISTS);
  EXPECT_EQ(WHvCreateVirtualProcessor(partition, 2, 0), E_INVALIDARG);
  EXPECT_EQ(WHvCreateVirtualProcessor(partition, 1, 1), E_INVALIDARG);
  EXPECT_EQ(WHvDeleteVirtualProcessor(partition, 1), WHV_E_VP_DOES_NOT_EXIST);
  property.NumaNode = 3;
  EXPECT_EQ(WHvCreateVirtualProcessor2(partition, 1, &property, 1), E_INVALIDARG);
  property.NumaNode = 0;
  EXPECT_EQ(WHvCreateVirtualProcessor2(partition, 1, nullptr, 1), E_INVALIDARG);
  EXPECT_EQ(WHvCreateVirtualProcessor2(partition, 1, &property, 1), S_OK);
  EXPECT_EQ(WHvDeleteVirtualProcessor(partition, 1), S_OK);
  EXPECT_EQ(WHvRunVirtualProcessor(partition, 1, &exit, sizeof exit), WHV_E_VP_DOES_NOT_EXIST);
  EXPECT_EQ(WHvRunVirtualProcessor(partition, 0, nullptr, sizeof exit), E_POINTER);
  EXPECT_EQ(WHvCancelRunVirtualProcessor(partition, 0, 1), E_INVALIDARG);
  EXPECT_EQ(WHvGetVirtualProcessorRegisters(partition, 0, nullptr, 1, nullptr), E_INVALIDARG);
  EXPECT_EQ(WHvTranslateGva(partition, 0, 0, WHvTranslateGvaFlagNone, nullptr, nullptr), E_POINTER);
  EXPECT_EQ(WHvGetVirtualProcessorCpuidOutput(partition, 0, 0, 0, nullptr), E_POINTER);
  uint32_t n;
  EXPECT_EQ(WHvGetVirtualProcessorCounters(partition, 0, WHV_PROCESSOR_COUNTER_SET(9), &n, 4, &n), WHV_E_UNKNOWN_PROPERTY);
  EXPECT_EQ(WHvGetInterruptTargetVpSet(partition, 0, WHvX64InterruptDestinationModePhysical, &n, 2, &n),
            HV_STATUS_OPERATION_DENIED);
  EXPECT_EQ(WHvGetVirtualProcessorInterruptControllerState2(partition, 0, &n, 4, &n), HV_STATUS_OPERATION_DENIED);
}

TEST_F(Arguments, ranges_of_memory) {
  start({});
  EXPECT_EQ(WHvMapGpaRange(partition, memory, 0x800, 0x1000, kRwx), E_INVALIDARG);
  EXPECT_EQ(WHvMapGpaRange(partition, memory, 0, 0, kRwx), E_INVALIDARG);
  EXPECT_EQ(WHvMapGpaRange(partition, memory, 0, 0x1001, kRwx), E_INVALIDARG);
  EXPECT_EQ(WHvMapGpaRange(partition, memory + 1, 0, 0x1000, kRwx), E_INVALIDARG);
  EXPECT_EQ(WHvMapGpaRange(partition, nullptr, 0, 0x1000, kRwx), E_INVALIDARG);
  EXPECT_EQ(WHvMapGpaRange(partition, memory, ~0ull << 12, 0x2000, kRwx), E_INVALIDARG);
  EXPECT_EQ(WHvMapGpaRange(partition, memory, 0, 0x1000, WHV_MAP_GPA_RANGE_FLAGS(16)), E_INVALIDARG);
  HANDLE const other = reinterpret_cast<HANDLE>(uintptr_t{77});
  EXPECT_EQ(WHvMapGpaRange2(partition, other, memory, 0, 0x1000, kRwx), WHV_E_NOT_SUPPORTED);
  EXPECT_EQ(WHvMapGpaRange2(partition, nullptr, memory, 0, 0x1000, kRwx), S_OK);
  EXPECT_EQ(WHvUnmapGpaRange(partition, 0x10000000, 0x1000), WHV_E_GPA_RANGE_NOT_FOUND);
  uint8_t bytes[17];
  WHV_ACCESS_GPA_CONTROLS const controls{};
  EXPECT_EQ(WHvReadGpaRange(partition, 0, 0, controls, bytes, 17), E_INVALIDARG);
  EXPECT_EQ(WHvReadGpaRange(partition, 0, 0, controls, bytes, 16), S_OK);
  EXPECT_EQ(WHvReadGpaRange(partition, 0, kMemory, controls, bytes, 1), E_ACCESSDENIED);
  EXPECT_EQ(WHvReadGpaRange(partition, 0, kMemory - 1, controls, bytes, 2), E_ACCESSDENIED);
  WHV_MEMORY_RANGE_ENTRY range{.GuestAddress = 0, .SizeInBytes = 0x2000};
  WHV_ADVISE_GPA_RANGE_POPULATE how;
  std::memset(&how, 0, sizeof how);
  EXPECT_EQ(WHvAdviseGpaRange(partition, &range, 1, WHvAdviseGpaRangeCodePopulate, &how, sizeof how), S_OK);
  EXPECT_EQ(WHvAdviseGpaRange(partition, &range, 1, WHvAdviseGpaRangeCodePopulate, nullptr, 0), E_INVALIDARG);
  range.GuestAddress = kMemory;
  EXPECT_EQ(WHvAdviseGpaRange(partition, &range, 1, WHvAdviseGpaRangeCodePin, nullptr, 0), WHV_E_GPA_RANGE_NOT_FOUND);
}

TEST_F(Arguments, what_is_not_served_says_so) {
  start({});
  EXPECT_EQ(WHvCreateTrigger(partition, nullptr, nullptr, nullptr), E_NOTIMPL);
  EXPECT_EQ(WHvRegisterPartitionDoorbellEvent(partition, nullptr, nullptr), E_NOTIMPL);
  EXPECT_EQ(WHvCreateVpciDevice(partition, 0, nullptr, WHvCreateVpciDeviceFlagNone, nullptr), WHV_E_NOT_SUPPORTED);
  EXPECT_EQ(WHvStartPartitionMigration(partition, nullptr), WHV_E_NOT_SUPPORTED);
  uint32_t n;
  EXPECT_EQ(WHvGetVirtualProcessorState(partition, 0, WHvVirtualProcessorStateTypeSynicTimerState, &n, 4, &n),
            WHV_E_NOT_SUPPORTED);
  WHV_REGISTER_NAME const name = WHvRegisterScontrol;
  WHV_REGISTER_VALUE v;
  EXPECT_EQ(WHvGetVirtualProcessorRegisters(partition, 0, &name, 1, &v), HRESULT(0xC0350006u));
}

}  // namespace
}  // namespace mullion::whp
