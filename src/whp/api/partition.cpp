// WHvGetCapability and the calls on whole partitions.
// SPDX-License-Identifier: Apache-2.0
#include "whp/call_log.hpp"
#include "whp/features.hpp"
#include "whp/handles.hpp"
#include "whp/include/WinHvPlatform.h"

#include <new>

using namespace mullion::whp;

HRESULT WHvGetCapability(WHV_CAPABILITY_CODE CapabilityCode, void* CapabilityBuffer,
                         UINT32 CapabilityBufferSizeInBytes, UINT32* WrittenSizeInBytes) {
  return logged(
      "WHvGetCapability",
      [&] { return get_capability(CapabilityCode, CapabilityBuffer, CapabilityBufferSizeInBytes, WrittenSizeInBytes); },
      "{:#x}, {} bytes", uint32_t(CapabilityCode), CapabilityBufferSizeInBytes);
}

HRESULT WHvCreatePartition(WHV_PARTITION_HANDLE* Partition) {
  return logged(
      "WHvCreatePartition",
      [&]() -> HRESULT {
        if (Partition == nullptr) return E_POINTER;
        *Partition = add_partition(std::make_shared<mullion::whp::Partition>());
        return S_OK;
      },
      "");
}

HRESULT WHvSetupPartition(WHV_PARTITION_HANDLE Partition) {
  return logged(
      "WHvSetupPartition", [&] { return with_partition(Partition, [](auto& p) { return p.set_up(); }); }, "{}",
      Partition);
}

HRESULT WHvResetPartition(WHV_PARTITION_HANDLE Partition) {
  return logged(
      "WHvResetPartition", [&] { return with_partition(Partition, [](auto& p) { return p.reset(); }); }, "{}",
      Partition);
}

// A processor that runs comes back as canceled; the partition goes with its last call.
HRESULT WHvDeletePartition(WHV_PARTITION_HANDLE Partition) {
  return logged(
      "WHvDeletePartition",
      [&]() -> HRESULT {
        auto const gone = take_partition(Partition);
        if (gone == nullptr) return E_HANDLE;
        gone->cancel_all();
        return S_OK;
      },
      "{}", Partition);
}

HRESULT WHvGetPartitionProperty(WHV_PARTITION_HANDLE Partition, WHV_PARTITION_PROPERTY_CODE PropertyCode,
                                void* PropertyBuffer, UINT32 PropertyBufferSizeInBytes, UINT32* WrittenSizeInBytes) {
  return logged(
      "WHvGetPartitionProperty",
      [&] {
        return with_partition(Partition, [&](auto& p) {
          return p.get_property(PropertyCode, PropertyBuffer, PropertyBufferSizeInBytes, WrittenSizeInBytes);
        });
      },
      "{}, {:#x}, {} bytes", Partition, uint32_t(PropertyCode), PropertyBufferSizeInBytes);
}

HRESULT WHvSetPartitionProperty(WHV_PARTITION_HANDLE Partition, WHV_PARTITION_PROPERTY_CODE PropertyCode,
                                const void* PropertyBuffer, UINT32 PropertyBufferSizeInBytes) {
  return logged(
      "WHvSetPartitionProperty",
      [&] {
        return with_partition(
            Partition, [&](auto& p) { return p.set_property(PropertyCode, PropertyBuffer, PropertyBufferSizeInBytes); });
      },
      "{}, {:#x}, {} bytes", Partition, uint32_t(PropertyCode), PropertyBufferSizeInBytes);
}

HRESULT WHvSuspendPartitionTime(WHV_PARTITION_HANDLE Partition) {
  return logged(
      "WHvSuspendPartitionTime", [&] { return with_partition(Partition, [](auto& p) { return p.suspend_time(); }); },
      "{}", Partition);
}

HRESULT WHvResumePartitionTime(WHV_PARTITION_HANDLE Partition) {
  return logged(
      "WHvResumePartitionTime", [&] { return with_partition(Partition, [](auto& p) { return p.resume_time(); }); },
      "{}", Partition);
}

HRESULT WHvGetPartitionCounters(WHV_PARTITION_HANDLE Partition, WHV_PARTITION_COUNTER_SET CounterSet, void* Buffer,
                                UINT32 BufferSizeInBytes, UINT32* BytesWritten) {
  return logged(
      "WHvGetPartitionCounters",
      [&] {
        return with_partition(Partition, [&](auto& p) -> HRESULT {
          if (CounterSet != WHvPartitionCounterSetMemory) return WHV_E_UNKNOWN_PROPERTY;
          WHV_PARTITION_MEMORY_COUNTERS const c{
              .Mapped4KPageCount = p.mapped_pages(), .Mapped2MPageCount = 0, .Mapped1GPageCount = 0};
          return answer(&c, sizeof c, Buffer, BufferSizeInBytes, BytesWritten);
        });
      },
      "{}, {}", Partition, uint32_t(CounterSet));
}
