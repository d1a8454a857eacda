/* Functions of the Windows Hypervisor Platform, as libWinHvPlatform.so offers them; docs/whp.md says which are served. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MULLION_WINHVPLATFORM_H
#define MULLION_WINHVPLATFORM_H
#include "WinHvPlatformDefs.h"

#if defined(_WIN32) && defined(WHV_BUILD)
#define WHV_API __declspec(dllexport)
#elif defined(_WIN32)
#define WHV_API __declspec(dllimport)
#else
#define WHV_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

WHV_API HRESULT WHvGetCapability(WHV_CAPABILITY_CODE CapabilityCode, void *CapabilityBuffer, UINT32
    CapabilityBufferSizeInBytes, UINT32 *WrittenSizeInBytes);
WHV_API HRESULT WHvCreatePartition(WHV_PARTITION_HANDLE *Partition);
WHV_API HRESULT WHvSetupPartition(WHV_PARTITION_HANDLE Partition);
WHV_API HRESULT WHvResetPartition(WHV_PARTITION_HANDLE Partition);
WHV_API HRESULT WHvDeletePartition(WHV_PARTITION_HANDLE Partition);
WHV_API HRESULT WHvGetPartitionProperty(WHV_PARTITION_HANDLE Partition, WHV_PARTITION_PROPERTY_CODE PropertyCode, void
    *PropertyBuffer, UINT32 PropertyBufferSizeInBytes, UINT32 *WrittenSizeInBytes);
WHV_API HRESULT WHvSetPartitionProperty(WHV_PARTITION_HANDLE Partition, WHV_PARTITION_PROPERTY_CODE PropertyCode,
    const void *PropertyBuffer, UINT32 PropertyBufferSizeInBytes);
WHV_API HRESULT WHvSuspendPartitionTime(WHV_PARTITION_HANDLE Partition);
WHV_API HRESULT WHvResumePartitionTime(WHV_PARTITION_HANDLE Partition);
WHV_API HRESULT WHvMapGpaRange(WHV_PARTITION_HANDLE Partition, void *SourceAddress, WHV_GUEST_PHYSICAL_ADDRESS
    GuestAddress, UINT64 SizeInBytes, WHV_MAP_GPA_RANGE_FLAGS Flags);
WHV_API HRESULT WHvMapGpaRange2(WHV_PARTITION_HANDLE Partition, HANDLE Process, void *SourceAddress,
    WHV_GUEST_PHYSICAL_ADDRESS GuestAddress, UINT64 SizeInBytes, WHV_MAP_GPA_RANGE_FLAGS Flags);
WHV_API HRESULT WHvUnmapGpaRange(WHV_PARTITION_HANDLE Partition, WHV_GUEST_PHYSICAL_ADDRESS GuestAddress, UINT64
    SizeInBytes);
WHV_API HRESULT WHvTranslateGva(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, WHV_GUEST_VIRTUAL_ADDRESS Gva,
    WHV_TRANSLATE_GVA_FLAGS TranslateFlags, WHV_TRANSLATE_GVA_RESULT *TranslationResult, WHV_GUEST_PHYSICAL_ADDRESS
    *Gpa);
WHV_API HRESULT WHvCreateVirtualProcessor(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, UINT32 Flags);
WHV_API HRESULT WHvCreateVirtualProcessor2(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, const
    WHV_VIRTUAL_PROCESSOR_PROPERTY *Properties, UINT32 PropertyCount);
WHV_API HRESULT WHvDeleteVirtualProcessor(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex);
WHV_API HRESULT WHvRunVirtualProcessor(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, void *ExitContext, UINT32
    ExitContextSizeInBytes);
WHV_API HRESULT WHvCancelRunVirtualProcessor(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, UINT32 Flags);
WHV_API HRESULT WHvGetVirtualProcessorRegisters(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, const
    WHV_REGISTER_NAME *RegisterNames, UINT32 RegisterCount, WHV_REGISTER_VALUE *RegisterValues);
WHV_API HRESULT WHvSetVirtualProcessorRegisters(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, const
    WHV_REGISTER_NAME *RegisterNames, UINT32 RegisterCount, const WHV_REGISTER_VALUE *RegisterValues);
WHV_API HRESULT WHvGetVirtualProcessorInterruptControllerState(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, void
    *State, UINT32 StateSize, UINT32 *WrittenSize);
WHV_API HRESULT WHvSetVirtualProcessorInterruptControllerState(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, const
    void *State, UINT32 StateSize);
WHV_API HRESULT WHvRequestInterrupt(WHV_PARTITION_HANDLE Partition, const WHV_INTERRUPT_CONTROL *Interrupt, UINT32
    InterruptControlSize);
WHV_API HRESULT WHvGetVirtualProcessorXsaveState(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, void *Buffer, UINT32
    BufferSizeInBytes, UINT32 *BytesWritten);
WHV_API HRESULT WHvSetVirtualProcessorXsaveState(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, const void *Buffer,
    UINT32 BufferSizeInBytes);
WHV_API HRESULT WHvQueryGpaRangeDirtyBitmap(WHV_PARTITION_HANDLE Partition, WHV_GUEST_PHYSICAL_ADDRESS GuestAddress,
    UINT64 RangeSizeInBytes, UINT64 *Bitmap, UINT32 BitmapSizeInBytes);
WHV_API HRESULT WHvGetPartitionCounters(WHV_PARTITION_HANDLE Partition, WHV_PARTITION_COUNTER_SET CounterSet, void
    *Buffer, UINT32 BufferSizeInBytes, UINT32 *BytesWritten);
WHV_API HRESULT WHvGetVirtualProcessorCounters(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex,
    WHV_PROCESSOR_COUNTER_SET CounterSet, void *Buffer, UINT32 BufferSizeInBytes, UINT32 *BytesWritten);
WHV_API HRESULT WHvGetVirtualProcessorInterruptControllerState2(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, void
    *State, UINT32 StateSize, UINT32 *WrittenSize);
WHV_API HRESULT WHvSetVirtualProcessorInterruptControllerState2(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, const
    void *State, UINT32 StateSize);
WHV_API HRESULT WHvRegisterPartitionDoorbellEvent(WHV_PARTITION_HANDLE Partition, const WHV_DOORBELL_MATCH_DATA
    *MatchData, HANDLE EventHandle);
WHV_API HRESULT WHvUnregisterPartitionDoorbellEvent(WHV_PARTITION_HANDLE Partition, const WHV_DOORBELL_MATCH_DATA
    *MatchData);
WHV_API HRESULT WHvAdviseGpaRange(WHV_PARTITION_HANDLE Partition, const WHV_MEMORY_RANGE_ENTRY *GpaRanges, UINT32
    GpaRangesCount, WHV_ADVISE_GPA_RANGE_CODE Advice, const void *AdviceBuffer, UINT32 AdviceBufferSizeInBytes);
WHV_API HRESULT WHvReadGpaRange(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, WHV_GUEST_PHYSICAL_ADDRESS
    GuestAddress, WHV_ACCESS_GPA_CONTROLS Controls, void *Data, UINT32 DataSizeInBytes);
WHV_API HRESULT WHvWriteGpaRange(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, WHV_GUEST_PHYSICAL_ADDRESS
    GuestAddress, WHV_ACCESS_GPA_CONTROLS Controls, const void *Data, UINT32 DataSizeInBytes);
WHV_API HRESULT WHvSignalVirtualProcessorSynicEvent(WHV_PARTITION_HANDLE Partition, WHV_SYNIC_EVENT_PARAMETERS
    SynicEvent, BOOL *NewlySignaled);
WHV_API HRESULT WHvGetVirtualProcessorState(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex,
    WHV_VIRTUAL_PROCESSOR_STATE_TYPE StateType, void *Buffer, UINT32 BufferSizeInBytes, UINT32 *BytesWritten);
WHV_API HRESULT WHvSetVirtualProcessorState(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex,
    WHV_VIRTUAL_PROCESSOR_STATE_TYPE StateType, const void *Buffer, UINT32 BufferSizeInBytes);
WHV_API HRESULT WHvAllocateVpciResource(const GUID *ProviderId, WHV_ALLOCATE_VPCI_RESOURCE_FLAGS Flags, const void
    *ResourceDescriptor, UINT32 ResourceDescriptorSizeInBytes, HANDLE *VpciResource);
WHV_API HRESULT WHvCreateVpciDevice(WHV_PARTITION_HANDLE Partition, UINT64 LogicalDeviceId, HANDLE VpciResource,
    WHV_CREATE_VPCI_DEVICE_FLAGS Flags, HANDLE NotificationEventHandle);
WHV_API HRESULT WHvDeleteVpciDevice(WHV_PARTITION_HANDLE Partition, UINT64 LogicalDeviceId);
WHV_API HRESULT WHvGetVpciDeviceProperty(WHV_PARTITION_HANDLE Partition, UINT64 LogicalDeviceId,
    WHV_VPCI_DEVICE_PROPERTY_CODE PropertyCode, void *PropertyBuffer, UINT32 PropertyBufferSizeInBytes, UINT32
    *WrittenSizeInBytes);
WHV_API HRESULT WHvGetVpciDeviceNotification(WHV_PARTITION_HANDLE Partition, UINT64 LogicalDeviceId,
    WHV_VPCI_DEVICE_NOTIFICATION *Notification, UINT32 NotificationSizeInBytes);
WHV_API HRESULT WHvMapVpciDeviceMmioRanges(WHV_PARTITION_HANDLE Partition, UINT64 LogicalDeviceId, UINT32
    *MappingCount, WHV_VPCI_MMIO_MAPPING **Mappings);
WHV_API HRESULT WHvUnmapVpciDeviceMmioRanges(WHV_PARTITION_HANDLE Partition, UINT64 LogicalDeviceId);
WHV_API HRESULT WHvSetVpciDevicePowerState(WHV_PARTITION_HANDLE Partition, UINT64 LogicalDeviceId, DEVICE_POWER_STATE
    PowerState);
WHV_API HRESULT WHvReadVpciDeviceRegister(WHV_PARTITION_HANDLE Partition, UINT64 LogicalDeviceId, const
    WHV_VPCI_DEVICE_REGISTER *Register, void *Data);
WHV_API HRESULT WHvWriteVpciDeviceRegister(WHV_PARTITION_HANDLE Partition, UINT64 LogicalDeviceId, const
    WHV_VPCI_DEVICE_REGISTER *Register, const void *Data);
WHV_API HRESULT WHvMapVpciDeviceInterrupt(WHV_PARTITION_HANDLE Partition, UINT64 LogicalDeviceId, UINT32 Index, UINT32
    MessageCount, const WHV_VPCI_INTERRUPT_TARGET *Target, UINT64 *MsiAddress, UINT32 *MsiData);
WHV_API HRESULT WHvUnmapVpciDeviceInterrupt(WHV_PARTITION_HANDLE Partition, UINT64 LogicalDeviceId, UINT32 Index);
WHV_API HRESULT WHvRetargetVpciDeviceInterrupt(WHV_PARTITION_HANDLE Partition, UINT64 LogicalDeviceId, UINT64
    MsiAddress, UINT32 MsiData, const WHV_VPCI_INTERRUPT_TARGET *Target);
WHV_API HRESULT WHvRequestVpciDeviceInterrupt(WHV_PARTITION_HANDLE Partition, UINT64 LogicalDeviceId, UINT64
    MsiAddress, UINT32 MsiData);
WHV_API HRESULT WHvGetVpciDeviceInterruptTarget(WHV_PARTITION_HANDLE Partition, UINT64 LogicalDeviceId, UINT32 Index,
    UINT32 MultiMessageNumber, WHV_VPCI_INTERRUPT_TARGET *Target, UINT32 TargetSizeInBytes, UINT32 *BytesWritten);
WHV_API HRESULT WHvCreateTrigger(WHV_PARTITION_HANDLE Partition, const WHV_TRIGGER_PARAMETERS *Parameters,
    WHV_TRIGGER_HANDLE *TriggerHandle, HANDLE *EventHandle);
WHV_API HRESULT WHvUpdateTriggerParameters(WHV_PARTITION_HANDLE Partition, const WHV_TRIGGER_PARAMETERS *Parameters,
    WHV_TRIGGER_HANDLE TriggerHandle);
WHV_API HRESULT WHvDeleteTrigger(WHV_PARTITION_HANDLE Partition, WHV_TRIGGER_HANDLE TriggerHandle);
WHV_API HRESULT WHvCreateNotificationPort(WHV_PARTITION_HANDLE Partition, const WHV_NOTIFICATION_PORT_PARAMETERS
    *Parameters, HANDLE EventHandle, WHV_NOTIFICATION_PORT_HANDLE *PortHandle);
WHV_API HRESULT WHvSetNotificationPortProperty(WHV_PARTITION_HANDLE Partition, WHV_NOTIFICATION_PORT_HANDLE
    PortHandle, WHV_NOTIFICATION_PORT_PROPERTY_CODE PropertyCode, WHV_NOTIFICATION_PORT_PROPERTY PropertyValue);
WHV_API HRESULT WHvDeleteNotificationPort(WHV_PARTITION_HANDLE Partition, WHV_NOTIFICATION_PORT_HANDLE PortHandle);
WHV_API HRESULT WHvPostVirtualProcessorSynicMessage(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, UINT32 SintIndex,
    const void *Message, UINT32 MessageSizeInBytes);
WHV_API HRESULT WHvGetVirtualProcessorCpuidOutput(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, UINT32 Eax, UINT32
    Ecx, WHV_CPUID_OUTPUT *CpuidOutput);
WHV_API HRESULT WHvGetInterruptTargetVpSet(WHV_PARTITION_HANDLE Partition, UINT64 Destination,
    WHV_INTERRUPT_DESTINATION_MODE DestinationMode, UINT32 *TargetVps, UINT32 VpCount, UINT32 *TargetVpCount);
WHV_API HRESULT WHvStartPartitionMigration(WHV_PARTITION_HANDLE Partition, HANDLE *MigrationHandle);
WHV_API HRESULT WHvCancelPartitionMigration(WHV_PARTITION_HANDLE Partition);
WHV_API HRESULT WHvCompletePartitionMigration(WHV_PARTITION_HANDLE Partition);
WHV_API HRESULT WHvAcceptPartitionMigration(HANDLE MigrationHandle, WHV_PARTITION_HANDLE *Partition);

#ifdef __cplusplus
}
#endif
#endif
