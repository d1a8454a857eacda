// The calls on guest-physical memory.
// SPDX-License-Identifier: Apache-2.0
#include "whp/call_log.hpp"
#include "whp/handles.hpp"
#include "whp/include/WinHvPlatform.h"

using namespace mullion::whp;

namespace {

// NULL, or what GetCurrentProcess() gives on Windows: this process.
bool own_process(HANDLE process) { return process == nullptr || process == reinterpret_cast<HANDLE>(intptr_t{-1}); }

}  // namespace

HRESULT WHvMapGpaRange(WHV_PARTITION_HANDLE Partition, void* SourceAddress, WHV_GUEST_PHYSICAL_ADDRESS GuestAddress,
                       UINT64 SizeInBytes, WHV_MAP_GPA_RANGE_FLAGS Flags) {
  return logged(
      "WHvMapGpaRange",
      [&] {
        return with_partition(Partition, [&](auto& p) { return p.map(SourceAddress, GuestAddress, SizeInBytes, Flags); });
      },
      "{}, {}, {:#x}, {:#x}, {}", Partition, SourceAddress, GuestAddress, SizeInBytes, uint32_t(Flags));
}

HRESULT WHvMapGpaRange2(WHV_PARTITION_HANDLE Partition, HANDLE Process, void* SourceAddress,
                        WHV_GUEST_PHYSICAL_ADDRESS GuestAddress, UINT64 SizeInBytes, WHV_MAP_GPA_RANGE_FLAGS Flags) {
  return logged(
      "WHvMapGpaRange2",
      [&] {
        return with_partition(Partition, [&](auto& p) -> HRESULT {
          if (!own_process(Process)) return WHV_E_NOT_SUPPORTED;
          return p.map(SourceAddress, GuestAddress, SizeInBytes, Flags);
        });
      },
      "{}, {}, {}, {:#x}, {:#x}, {}", Partition, Process, SourceAddress, GuestAddress, SizeInBytes, uint32_t(Flags));
}

HRESULT WHvUnmapGpaRange(WHV_PARTITION_HANDLE Partition, WHV_GUEST_PHYSICAL_ADDRESS GuestAddress,
                         UINT64 SizeInBytes) {
  return logged(
      "WHvUnmapGpaRange",
      [&] { return with_partition(Partition, [&](auto& p) { return p.unmap(GuestAddress, SizeInBytes); }); },
      "{}, {:#x}, {:#x}", Partition, GuestAddress, SizeInBytes);
}

HRESULT WHvQueryGpaRangeDirtyBitmap(WHV_PARTITION_HANDLE Partition, WHV_GUEST_PHYSICAL_ADDRESS GuestAddress,
                                    UINT64 RangeSizeInBytes, UINT64* Bitmap, UINT32 BitmapSizeInBytes) {
  return logged(
      "WHvQueryGpaRangeDirtyBitmap",
      [&] {
        return with_partition(Partition, [&](auto& p) {
          return p.query_dirty(GuestAddress, RangeSizeInBytes, Bitmap, BitmapSizeInBytes);
        });
      },
      "{}, {:#x}, {:#x}", Partition, GuestAddress, RangeSizeInBytes);
}

HRESULT WHvAdviseGpaRange(WHV_PARTITION_HANDLE Partition, const WHV_MEMORY_RANGE_ENTRY* GpaRanges,
                          UINT32 GpaRangesCount, WHV_ADVISE_GPA_RANGE_CODE Advice, const void* AdviceBuffer,
                          UINT32 AdviceBufferSizeInBytes) {
  return logged(
      "WHvAdviseGpaRange",
      [&] {
        return with_partition(Partition, [&](auto& p) {
          return p.advise(GpaRanges, GpaRangesCount, Advice, AdviceBuffer, AdviceBufferSizeInBytes);
        });
      },
      "{}, {} ranges, {}", Partition, GpaRangesCount, uint32_t(Advice));
}

HRESULT WHvReadGpaRange(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, WHV_GUEST_PHYSICAL_ADDRESS GuestAddress,
                        WHV_ACCESS_GPA_CONTROLS, void* Data, UINT32 DataSizeInBytes) {
  return logged(
      "WHvReadGpaRange",
      [&] {
        return with_partition(Partition, [&](auto& p) { return p.access(GuestAddress, Data, DataSizeInBytes, false); });
      },
      "{}, {}, {:#x}, {}", Partition, VpIndex, GuestAddress, DataSizeInBytes);
}

HRESULT WHvWriteGpaRange(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, WHV_GUEST_PHYSICAL_ADDRESS GuestAddress,
                         WHV_ACCESS_GPA_CONTROLS, const void* Data, UINT32 DataSizeInBytes) {
  return logged(
      "WHvWriteGpaRange",
      [&] {
        return with_partition(Partition, [&](auto& p) {
          return p.access(GuestAddress, const_cast<void*>(Data), DataSizeInBytes, true);  // SAFETY: read alone
        });
      },
      "{}, {}, {:#x}, {}", Partition, VpIndex, GuestAddress, DataSizeInBytes);
}
