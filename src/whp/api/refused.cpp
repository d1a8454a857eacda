// Calls that are there and refuse: what they ask for is not served (docs/not-there-yet.md).
// SPDX-License-Identifier: Apache-2.0
#include "whp/call_log.hpp"
#include "whp/handles.hpp"
#include "whp/include/WinHvPlatform.h"

using namespace mullion::whp;

namespace {

HRESULT refuse(const char* name, HRESULT hr) {
  return logged(name, [hr] { return hr; }, "refused");
}

// Device assignment and migration: what Windows answers where the host cannot.
HRESULT unsupported(const char* name) { return refuse(name, WHV_E_NOT_SUPPORTED); }
// Not written yet.
HRESULT missing(const char* name) { return refuse(name, E_NOTIMPL); }

}  // namespace

HRESULT WHvGetVirtualProcessorInterruptControllerState(WHV_PARTITION_HANDLE, UINT32, void*, UINT32, UINT32*) {
  return missing("WHvGetVirtualProcessorInterruptControllerState");
}
HRESULT WHvSetVirtualProcessorInterruptControllerState(WHV_PARTITION_HANDLE, UINT32, const void*, UINT32) {
  return missing("WHvSetVirtualProcessorInterruptControllerState");
}
HRESULT WHvRegisterPartitionDoorbellEvent(WHV_PARTITION_HANDLE, const WHV_DOORBELL_MATCH_DATA*, HANDLE) {
  return missing("WHvRegisterPartitionDoorbellEvent");
}
HRESULT WHvUnregisterPartitionDoorbellEvent(WHV_PARTITION_HANDLE, const WHV_DOORBELL_MATCH_DATA*) {
  return missing("WHvUnregisterPartitionDoorbellEvent");
}
HRESULT WHvSignalVirtualProcessorSynicEvent(WHV_PARTITION_HANDLE, WHV_SYNIC_EVENT_PARAMETERS, BOOL*) {
  return missing("WHvSignalVirtualProcessorSynicEvent");
}
HRESULT WHvAllocateVpciResource(const GUID*, WHV_ALLOCATE_VPCI_RESOURCE_FLAGS, const void*, UINT32, HANDLE*) {
  return unsupported("WHvAllocateVpciResource");
}
HRESULT WHvCreateVpciDevice(WHV_PARTITION_HANDLE, UINT64, HANDLE, WHV_CREATE_VPCI_DEVICE_FLAGS, HANDLE) {
  return unsupported("WHvCreateVpciDevice");
}
HRESULT WHvDeleteVpciDevice(WHV_PARTITION_HANDLE, UINT64) {
  return unsupported("WHvDeleteVpciDevice");
}
HRESULT WHvGetVpciDeviceProperty(WHV_PARTITION_HANDLE, UINT64, WHV_VPCI_DEVICE_PROPERTY_CODE, void*, UINT32, UINT32*)
    {
  return unsupported("WHvGetVpciDeviceProperty");
}
HRESULT WHvGetVpciDeviceNotification(WHV_PARTITION_HANDLE, UINT64, WHV_VPCI_DEVICE_NOTIFICATION*, UINT32) {
  return unsupported("WHvGetVpciDeviceNotification");
}
HRESULT WHvMapVpciDeviceMmioRanges(WHV_PARTITION_HANDLE, UINT64, UINT32*, WHV_VPCI_MMIO_MAPPING**) {
  return unsupported("WHvMapVpciDeviceMmioRanges");
}
HRESULT WHvUnmapVpciDeviceMmioRanges(WHV_PARTITION_HANDLE, UINT64) {
  return unsupported("WHvUnmapVpciDeviceMmioRanges");
}
HRESULT WHvSetVpciDevicePowerState(WHV_PARTITION_HANDLE, UINT64, DEVICE_POWER_STATE) {
  return unsupported("WHvSetVpciDevicePowerState");
}
HRESULT WHvReadVpciDeviceRegister(WHV_PARTITION_HANDLE, UINT64, const WHV_VPCI_DEVICE_REGISTER*, void*) {
  return unsupported("WHvReadVpciDeviceRegister");
}
HRESULT WHvWriteVpciDeviceRegister(WHV_PARTITION_HANDLE, UINT64, const WHV_VPCI_DEVICE_REGISTER*, const void*) {
  return unsupported("WHvWriteVpciDeviceRegister");
}
HRESULT WHvMapVpciDeviceInterrupt(WHV_PARTITION_HANDLE, UINT64, UINT32, UINT32, const WHV_VPCI_INTERRUPT_TARGET*,
    UINT64*, UINT32*) {
  return unsupported("WHvMapVpciDeviceInterrupt");
}
HRESULT WHvUnmapVpciDeviceInterrupt(WHV_PARTITION_HANDLE, UINT64, UINT32) {
  return unsupported("WHvUnmapVpciDeviceInterrupt");
}
HRESULT WHvRetargetVpciDeviceInterrupt(WHV_PARTITION_HANDLE, UINT64, UINT64, UINT32, const WHV_VPCI_INTERRUPT_TARGET*)
    {
  return unsupported("WHvRetargetVpciDeviceInterrupt");
}
HRESULT WHvRequestVpciDeviceInterrupt(WHV_PARTITION_HANDLE, UINT64, UINT64, UINT32) {
  return unsupported("WHvRequestVpciDeviceInterrupt");
}
HRESULT WHvGetVpciDeviceInterruptTarget(WHV_PARTITION_HANDLE, UINT64, UINT32, UINT32, WHV_VPCI_INTERRUPT_TARGET*,
    UINT32, UINT32*) {
  return unsupported("WHvGetVpciDeviceInterruptTarget");
}
HRESULT WHvCreateTrigger(WHV_PARTITION_HANDLE, const WHV_TRIGGER_PARAMETERS*, WHV_TRIGGER_HANDLE*, HANDLE*) {
  return missing("WHvCreateTrigger");
}
HRESULT WHvUpdateTriggerParameters(WHV_PARTITION_HANDLE, const WHV_TRIGGER_PARAMETERS*, WHV_TRIGGER_HANDLE) {
  return missing("WHvUpdateTriggerParameters");
}
HRESULT WHvDeleteTrigger(WHV_PARTITION_HANDLE, WHV_TRIGGER_HANDLE) {
  return missing("WHvDeleteTrigger");
}
HRESULT WHvCreateNotificationPort(WHV_PARTITION_HANDLE, const WHV_NOTIFICATION_PORT_PARAMETERS*, HANDLE,
    WHV_NOTIFICATION_PORT_HANDLE*) {
  return missing("WHvCreateNotificationPort");
}
HRESULT WHvSetNotificationPortProperty(WHV_PARTITION_HANDLE, WHV_NOTIFICATION_PORT_HANDLE,
    WHV_NOTIFICATION_PORT_PROPERTY_CODE, WHV_NOTIFICATION_PORT_PROPERTY) {
  return missing("WHvSetNotificationPortProperty");
}
HRESULT WHvDeleteNotificationPort(WHV_PARTITION_HANDLE, WHV_NOTIFICATION_PORT_HANDLE) {
  return missing("WHvDeleteNotificationPort");
}
HRESULT WHvPostVirtualProcessorSynicMessage(WHV_PARTITION_HANDLE, UINT32, UINT32, const void*, UINT32) {
  return missing("WHvPostVirtualProcessorSynicMessage");
}
HRESULT WHvStartPartitionMigration(WHV_PARTITION_HANDLE, HANDLE*) {
  return unsupported("WHvStartPartitionMigration");
}
HRESULT WHvCancelPartitionMigration(WHV_PARTITION_HANDLE) {
  return unsupported("WHvCancelPartitionMigration");
}
HRESULT WHvCompletePartitionMigration(WHV_PARTITION_HANDLE) {
  return unsupported("WHvCompletePartitionMigration");
}
HRESULT WHvAcceptPartitionMigration(HANDLE, WHV_PARTITION_HANDLE*) {
  return unsupported("WHvAcceptPartitionMigration");
}
