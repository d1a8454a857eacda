// A whole virtual machine on the public header alone: prints what its guest writes to port E9.
// SPDX-License-Identifier: Apache-2.0
#include <WinHvPlatform.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#define CHECK(call)                                                      \
  do {                                                                   \
    HRESULT const hr = (call);                                           \
    if (FAILED(hr)) {                                                    \
      fprintf(stderr, "%s: %#010x\n", #call, (unsigned)hr);              \
      return 1;                                                          \
    }                                                                    \
  } while (0)

// Real mode: prints the text behind it, reads a device register at B8000, prints that and halts.
static const unsigned char kGuest[] = {
    0xBE, 0x17, 0x10,       // 1000 MOV SI, 1017
    0xAC,                   // 1003 LODSB
    0x84, 0xC0,             // 1004 TEST AL, AL
    0x74, 0x04,             // 1006 JZ 100C
    0xE6, 0xE9,             // 1008 OUT E9, AL
    0xEB, 0xF7,             // 100A JMP 1003
    0xB8, 0x00, 0xB8,       // 100C MOV AX, B800
    0x8E, 0xD8,             // 100F MOV DS, AX
    0xA0, 0x00, 0x00,       // 1011 MOV AL, [0]
    0xE6, 0xE9,             // 1014 OUT E9, AL
    0xF4,                   // 1016 HLT
    'h', 'e', 'l', 'l', 'o', ' ', 0,
};

static HRESULT put(WHV_PARTITION_HANDLE vm, WHV_REGISTER_NAME name, UINT64 value) {
  WHV_REGISTER_VALUE v;
  memset(&v, 0, sizeof v);
  v.Reg64 = value;
  return WHvSetVirtualProcessorRegisters(vm, 0, &name, 1, &v);
}

int main() {
  BOOL present = FALSE;
  UINT32 size = 0;
  CHECK(WHvGetCapability(WHvCapabilityCodeHypervisorPresent, &present, sizeof present, &size));
  if (!present) return 1;
  WHV_PARTITION_HANDLE vm;
  CHECK(WHvCreatePartition(&vm));
  WHV_PARTITION_PROPERTY p;
  memset(&p, 0, sizeof p);
  p.ProcessorCount = 1;
  CHECK(WHvSetPartitionProperty(vm, WHvPartitionPropertyCodeProcessorCount, &p, sizeof p));
  CHECK(WHvSetupPartition(vm));
  unsigned char* memory = static_cast<unsigned char*>(aligned_alloc(4096, 0x10000));
  if (memory == nullptr) return 1;
  memset(memory, 0, 0x10000);
  memcpy(memory + 0x1000, kGuest, sizeof kGuest);
  CHECK(WHvMapGpaRange(vm, memory, 0, 0x10000,
                       WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagExecute));
  CHECK(WHvCreateVirtualProcessor(vm, 0, 0));
  WHV_REGISTER_NAME const cs = WHvX64RegisterCs;
  WHV_REGISTER_VALUE segment;
  CHECK(WHvGetVirtualProcessorRegisters(vm, 0, &cs, 1, &segment));
  segment.Segment.Base = segment.Segment.Selector = 0;
  CHECK(WHvSetVirtualProcessorRegisters(vm, 0, &cs, 1, &segment));
  CHECK(put(vm, WHvX64RegisterRip, 0x1000));

  for (;;) {
    WHV_RUN_VP_EXIT_CONTEXT exit;
    CHECK(WHvRunVirtualProcessor(vm, 0, &exit, sizeof exit));
    UINT64 const next = exit.VpContext.Rip + exit.VpContext.InstructionLength;
    switch (exit.ExitReason) {
      case WHvRunVpExitReasonX64IoPortAccess:
        if (exit.IoPortAccess.AccessInfo.IsWrite && exit.IoPortAccess.PortNumber == 0xE9) {
          putchar((int)(exit.IoPortAccess.Rax & 0xFF));
        }
        CHECK(put(vm, WHvX64RegisterRip, next));
        break;
      case WHvRunVpExitReasonMemoryAccess:
        // The only device access of this guest: MOV AL, [0].
        if (exit.MemoryAccess.Gpa != 0xB8000) return 1;
        CHECK(put(vm, WHvX64RegisterRax, '!'));
        CHECK(put(vm, WHvX64RegisterRip, next));
        break;
      case WHvRunVpExitReasonX64Halt:
        putchar('\n');
        CHECK(WHvDeletePartition(vm));
        free(memory);
        return 0;
      default:
        fprintf(stderr, "exit %#x at %#llx\n", (unsigned)exit.ExitReason, (unsigned long long)exit.VpContext.Rip);
        return 1;
    }
  }
}
