/* Microsoft's instruction emulator for clients: its types. The functions are not served yet. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MULLION_WINHVEMULATION_H
#define MULLION_WINHVEMULATION_H
#include "WinHvPlatform.h"

typedef union WHV_EMULATOR_STATUS {
  struct {
    UINT32 EmulationSuccessful : 1, InternalEmulationFailure : 1, IoPortCallbackFailed : 1, MemoryCallbackFailed : 1,
        TranslateGvaPageCallbackFailed : 1, TranslateGvaPageCallbackGpaIsNotAligned : 1,
        GetVirtualProcessorRegistersCallbackFailed : 1, SetVirtualProcessorRegistersCallbackFailed : 1,
        InterruptCausedIntercept : 1, GuestCannotBeFaulted : 1, Reserved : 22;
  };
  UINT32 AsUINT32;
} WHV_EMULATOR_STATUS;

/* Direction: 0 the guest reads, 1 it writes. */
typedef struct WHV_EMULATOR_MEMORY_ACCESS_INFO {
  WHV_GUEST_PHYSICAL_ADDRESS GpaAddress;
  UINT8 Direction;
  UINT8 AccessSize;
  UINT8 Data[8];
} WHV_EMULATOR_MEMORY_ACCESS_INFO;

typedef struct WHV_EMULATOR_IO_ACCESS_INFO {
  UINT8 Direction;
  UINT16 Port;
  UINT16 AccessSize;
  UINT32 Data;
} WHV_EMULATOR_IO_ACCESS_INFO;

typedef HRESULT (*WHV_EMULATOR_IO_PORT_CALLBACK)(void *Context, WHV_EMULATOR_IO_ACCESS_INFO *IoAccess);
typedef HRESULT (*WHV_EMULATOR_MEMORY_CALLBACK)(void *Context, WHV_EMULATOR_MEMORY_ACCESS_INFO *MemoryAccess);
typedef HRESULT (*WHV_EMULATOR_GET_VIRTUAL_PROCESSOR_REGISTERS_CALLBACK)(
    void *Context, const WHV_REGISTER_NAME *RegisterNames, UINT32 RegisterCount, WHV_REGISTER_VALUE *RegisterValues);
typedef HRESULT (*WHV_EMULATOR_SET_VIRTUAL_PROCESSOR_REGISTERS_CALLBACK)(
    void *Context, const WHV_REGISTER_NAME *RegisterNames, UINT32 RegisterCount,
    const WHV_REGISTER_VALUE *RegisterValues);
typedef HRESULT (*WHV_EMULATOR_TRANSLATE_GVA_PAGE_CALLBACK)(
    void *Context, WHV_GUEST_VIRTUAL_ADDRESS Gva, WHV_TRANSLATE_GVA_FLAGS TranslateFlags,
    WHV_TRANSLATE_GVA_RESULT_CODE *TranslationResult, WHV_GUEST_PHYSICAL_ADDRESS *Gpa);

typedef struct WHV_EMULATOR_CALLBACKS {
  UINT32 Size;
  UINT32 Reserved;
  WHV_EMULATOR_IO_PORT_CALLBACK WHvEmulatorIoPortCallback;
  WHV_EMULATOR_MEMORY_CALLBACK WHvEmulatorMemoryCallback;
  WHV_EMULATOR_GET_VIRTUAL_PROCESSOR_REGISTERS_CALLBACK WHvEmulatorGetVirtualProcessorRegisters;
  WHV_EMULATOR_SET_VIRTUAL_PROCESSOR_REGISTERS_CALLBACK WHvEmulatorSetVirtualProcessorRegisters;
  WHV_EMULATOR_TRANSLATE_GVA_PAGE_CALLBACK WHvEmulatorTranslateGvaPage;
} WHV_EMULATOR_CALLBACKS;

typedef void *WHV_EMULATOR_HANDLE;

#endif
