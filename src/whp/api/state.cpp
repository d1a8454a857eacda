// XSAVE and interrupt-controller state, and interrupts.
// SPDX-License-Identifier: Apache-2.0
#include "whp/call_log.hpp"
#include "whp/handles.hpp"
#include "whp/include/WinHvPlatform.h"
#include "whp/vp.hpp"

using namespace mullion::whp;

namespace {

HRESULT get_state(Vp& vp, UINT32 type, void* buffer, UINT32 size, UINT32* written) {
  switch (type) {
    case WHvVirtualProcessorStateTypeXsaveState: return vp.get_xsave(buffer, size, written);
    case WHvVirtualProcessorStateTypeInterruptControllerState2: return vp.get_apic(buffer, size, written);
    case WHvVirtualProcessorStateTypeSynicMessagePage: case WHvVirtualProcessorStateTypeSynicEventFlagPage:
    case WHvVirtualProcessorStateTypeSynicTimerState: return WHV_E_NOT_SUPPORTED;
    default: return E_INVALIDARG;
  }
}

HRESULT set_state(Vp& vp, UINT32 type, const void* buffer, UINT32 size) {
  switch (type) {
    case WHvVirtualProcessorStateTypeXsaveState: return vp.set_xsave(buffer, size);
    case WHvVirtualProcessorStateTypeInterruptControllerState2: return vp.set_apic(buffer, size);
    case WHvVirtualProcessorStateTypeSynicMessagePage: case WHvVirtualProcessorStateTypeSynicEventFlagPage:
    case WHvVirtualProcessorStateTypeSynicTimerState: return WHV_E_NOT_SUPPORTED;
    default: return E_INVALIDARG;
  }
}

HRESULT get_logged(const char* name, WHV_PARTITION_HANDLE partition, UINT32 index, UINT32 type, void* buffer,
                   UINT32 size, UINT32* written) {
  return logged(
      name,
      [&] { return with_vp(partition, index, [&](Vp& vp) { return get_state(vp, type, buffer, size, written); }); },
      "{}, {}, {:#x}, {} bytes", partition, index, type, size);
}

HRESULT set_logged(const char* name, WHV_PARTITION_HANDLE partition, UINT32 index, UINT32 type, const void* buffer,
                   UINT32 size) {
  return logged(
      name, [&] { return with_vp(partition, index, [&](Vp& vp) { return set_state(vp, type, buffer, size); }); },
      "{}, {}, {:#x}, {} bytes", partition, index, type, size);
}

}  // namespace

HRESULT WHvGetVirtualProcessorState(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex,
                                    WHV_VIRTUAL_PROCESSOR_STATE_TYPE StateType, void* Buffer,
                                    UINT32 BufferSizeInBytes, UINT32* BytesWritten) {
  return get_logged("WHvGetVirtualProcessorState", Partition, VpIndex, StateType, Buffer, BufferSizeInBytes,
                    BytesWritten);
}

HRESULT WHvSetVirtualProcessorState(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex,
                                    WHV_VIRTUAL_PROCESSOR_STATE_TYPE StateType, const void* Buffer,
                                    UINT32 BufferSizeInBytes) {
  return set_logged("WHvSetVirtualProcessorState", Partition, VpIndex, StateType, Buffer, BufferSizeInBytes);
}

HRESULT WHvGetVirtualProcessorXsaveState(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, void* Buffer,
                                         UINT32 BufferSizeInBytes, UINT32* BytesWritten) {
  return get_logged("WHvGetVirtualProcessorXsaveState", Partition, VpIndex, WHvVirtualProcessorStateTypeXsaveState,
                    Buffer, BufferSizeInBytes, BytesWritten);
}

HRESULT WHvSetVirtualProcessorXsaveState(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, const void* Buffer,
                                         UINT32 BufferSizeInBytes) {
  return set_logged("WHvSetVirtualProcessorXsaveState", Partition, VpIndex, WHvVirtualProcessorStateTypeXsaveState,
                    Buffer, BufferSizeInBytes);
}

HRESULT WHvGetVirtualProcessorInterruptControllerState2(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, void* State,
                                                        UINT32 StateSize, UINT32* WrittenSize) {
  return get_logged("WHvGetVirtualProcessorInterruptControllerState2", Partition, VpIndex,
                    WHvVirtualProcessorStateTypeInterruptControllerState2, State, StateSize, WrittenSize);
}

HRESULT WHvSetVirtualProcessorInterruptControllerState2(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex,
                                                        const void* State, UINT32 StateSize) {
  return set_logged("WHvSetVirtualProcessorInterruptControllerState2", Partition, VpIndex,
                    WHvVirtualProcessorStateTypeInterruptControllerState2, State, StateSize);
}

HRESULT WHvRequestInterrupt(WHV_PARTITION_HANDLE Partition, const WHV_INTERRUPT_CONTROL* Interrupt,
                            UINT32 InterruptControlSize) {
  return logged(
      "WHvRequestInterrupt",
      [&] {
        return with_partition(Partition, [&](auto& p) -> HRESULT {
          if (Interrupt == nullptr || InterruptControlSize < sizeof *Interrupt) return E_INVALIDARG;
          return p.request_interrupt(*Interrupt);
        });
      },
      "{}, type {}, vector {:#x}, destination {:#x}", Partition, Interrupt == nullptr ? 0u : unsigned(Interrupt->Type),
      Interrupt == nullptr ? 0u : Interrupt->Vector, Interrupt == nullptr ? 0u : Interrupt->Destination);
}

HRESULT WHvGetInterruptTargetVpSet(WHV_PARTITION_HANDLE Partition, UINT64 Destination,
                                   WHV_INTERRUPT_DESTINATION_MODE DestinationMode, UINT32* TargetVps, UINT32 VpCount,
                                   UINT32* TargetVpCount) {
  return logged(
      "WHvGetInterruptTargetVpSet",
      [&] {
        return with_partition(Partition, [&](auto& p) {
          bool const logical = DestinationMode == WHvX64InterruptDestinationModeLogical;
          return p.interrupt_targets(Destination, logical, TargetVps, VpCount, TargetVpCount);
        });
      },
      "{}, {:#x}", Partition, Destination);
}
