/* Types and constants of the Windows Hypervisor Platform for programs on Linux: same names, layouts and values. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MULLION_WINHVPLATFORMDEFS_H
#define MULLION_WINHVPLATFORMDEFS_H
#include <stdint.h>
#ifndef __cplusplus
#include <assert.h>
#define WHV_STATIC_ASSERT(condition) _Static_assert(condition, #condition)
#define WHV_ENUM
#else
#define WHV_STATIC_ASSERT(condition) static_assert(condition)
#define WHV_ENUM : uint32_t /* any code may be passed, known or not */
#endif

/* The few Windows types of the interface. A HANDLE of an event is the number of an eventfd. */
typedef int32_t HRESULT;
typedef uint8_t UINT8;
typedef uint16_t UINT16;
typedef uint32_t UINT32;
typedef uint64_t UINT64;
typedef int32_t INT32;
typedef int32_t BOOL;
typedef void VOID;
typedef void *HANDLE;
typedef struct GUID {
  uint32_t Data1;
  uint16_t Data2, Data3;
  uint8_t Data4[8];
} GUID;
typedef enum DEVICE_POWER_STATE {
  PowerDeviceUnspecified = 0, PowerDeviceD0, PowerDeviceD1, PowerDeviceD2, PowerDeviceD3, PowerDeviceMaximum
} DEVICE_POWER_STATE;

#ifndef TRUE
#define TRUE 1
#define FALSE 0
#endif
#define SUCCEEDED(hr) ((HRESULT)(hr) >= 0)
#define FAILED(hr) ((HRESULT)(hr) < 0)
#define WHV_HRESULT(code) ((HRESULT)(code))

#define S_OK WHV_HRESULT(0)
#define E_NOTIMPL WHV_HRESULT(0x80004001u)
#define E_POINTER WHV_HRESULT(0x80004003u)
#define E_UNEXPECTED WHV_HRESULT(0x8000FFFFu)
#define E_ACCESSDENIED WHV_HRESULT(0x80070005u)
#define E_HANDLE WHV_HRESULT(0x80070006u)
#define E_OUTOFMEMORY WHV_HRESULT(0x8007000Eu)
#define WHV_E_NOT_SUPPORTED WHV_HRESULT(0x80070032u) /* HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED) */
#define E_INVALIDARG WHV_HRESULT(0x80070057u)
#define WHV_E_NOT_FOUND WHV_HRESULT(0x80070490u)     /* HRESULT_FROM_WIN32(ERROR_NOT_FOUND) */
#define WHV_E_INVALID_STATE WHV_HRESULT(0x8007139Fu) /* HRESULT_FROM_WIN32(ERROR_INVALID_STATE) */
#define WHV_E_UNKNOWN_CAPABILITY WHV_HRESULT(0x80370300u)
#define WHV_E_INSUFFICIENT_BUFFER WHV_HRESULT(0x80370301u)
#define WHV_E_UNKNOWN_PROPERTY WHV_HRESULT(0x80370302u)
#define WHV_E_UNSUPPORTED_HYPERVISOR_CONFIG WHV_HRESULT(0x80370303u)
#define WHV_E_INVALID_PARTITION_CONFIG WHV_HRESULT(0x80370304u)
#define WHV_E_GPA_RANGE_NOT_FOUND WHV_HRESULT(0x80370305u)
#define WHV_E_VP_ALREADY_EXISTS WHV_HRESULT(0x80370306u)
#define WHV_E_VP_DOES_NOT_EXIST WHV_HRESULT(0x80370307u)
#define WHV_E_INVALID_VP_STATE WHV_HRESULT(0x80370308u)
#define WHV_E_INVALID_VP_REGISTER_NAME WHV_HRESULT(0x80370309u)
#define WHV_E_UNSUPPORTED_PROCESSOR_CONFIG WHV_HRESULT(0x80370310u)
/* Status of the hypervisor itself, facility 0x35. */
#define HV_STATUS_INVALID_PARAMETER WHV_HRESULT(0xC0350005u)
#define HV_STATUS_OPERATION_DENIED WHV_HRESULT(0xC0350008u)

/* Flag types combine with |, & and ~ in C++ as well. */
#ifdef __cplusplus
#define WHV_FLAG_OPERATORS(type) \
  inline constexpr type operator|(type a, type b) { return (type)((UINT32)a | (UINT32)b); } \
  inline constexpr type operator&(type a, type b) { return (type)((UINT32)a & (UINT32)b); } \
  inline constexpr type operator~(type a) { return (type)~(UINT32)a; } \
  inline type &operator|=(type &a, type b) { return a = a | b; } \
  inline type &operator&=(type &a, type b) { return a = a & b; }
#else
#define WHV_FLAG_OPERATORS(type)
#endif

/* What WHvGetCapability answers. */
typedef enum WHV_CAPABILITY_CODE WHV_ENUM {
  WHvCapabilityCodeHypervisorPresent = 0x0, WHvCapabilityCodeFeatures = 0x1, WHvCapabilityCodeExtendedVmExits = 0x2,
  WHvCapabilityCodeExceptionExitBitmap = 0x3, WHvCapabilityCodeX64MsrExitBitmap = 0x4,
  WHvCapabilityCodeGpaRangePopulateFlags = 0x5, WHvCapabilityCodeSchedulerFeatures = 0x6,
  WHvCapabilityCodeProcessorVendor = 0x1000, WHvCapabilityCodeProcessorFeatures = 0x1001,
  WHvCapabilityCodeProcessorClFlushSize = 0x1002, WHvCapabilityCodeProcessorXsaveFeatures = 0x1003,
  WHvCapabilityCodeProcessorClockFrequency = 0x1004, WHvCapabilityCodeInterruptClockFrequency = 0x1005,
  WHvCapabilityCodeProcessorFeaturesBanks = 0x1006, WHvCapabilityCodeProcessorFrequencyCap = 0x1007,
  WHvCapabilityCodeSyntheticProcessorFeaturesBanks = 0x1008, WHvCapabilityCodeProcessorPerfmonFeatures = 0x1009,
  WHvCapabilityCodePhysicalAddressWidth = 0x100A
} WHV_CAPABILITY_CODE;

typedef union WHV_CAPABILITY_FEATURES {
  struct {
    UINT64 PartialUnmap : 1, LocalApicEmulation : 1, Xsave : 1, DirtyPageTracking : 1, SpeculationControl : 1,
        ApicRemoteRead : 1, IdleSuspend : 1, VirtualPciDeviceSupport : 1, IommuSupport : 1, VpHotAddRemove : 1,
        Reserved : 54;
  };
  UINT64 AsUINT64;
} WHV_CAPABILITY_FEATURES;
WHV_STATIC_ASSERT(sizeof(WHV_CAPABILITY_FEATURES) == sizeof(UINT64));

typedef union WHV_EXTENDED_VM_EXITS {
  struct {
    UINT64 X64CpuidExit : 1, X64MsrExit : 1, ExceptionExit : 1, X64RdtscExit : 1, X64ApicSmiExitTrap : 1,
        HypercallExit : 1, X64ApicInitSipiExitTrap : 1, X64ApicWriteLint0ExitTrap : 1, X64ApicWriteLint1ExitTrap : 1,
        X64ApicWriteSvrExitTrap : 1, UnknownSynicConnection : 1, RetargetUnknownVpciDevice : 1,
        X64ApicWriteLdrExitTrap : 1, X64ApicWriteDfrExitTrap : 1, GpaAccessFaultExit : 1, Reserved : 49;
  };
  UINT64 AsUINT64;
} WHV_EXTENDED_VM_EXITS;
WHV_STATIC_ASSERT(sizeof(WHV_EXTENDED_VM_EXITS) == sizeof(UINT64));

typedef enum WHV_PROCESSOR_VENDOR WHV_ENUM {
  WHvProcessorVendorAmd = 0x0, WHvProcessorVendorIntel = 0x1, WHvProcessorVendorHygon = 0x2
} WHV_PROCESSOR_VENDOR;

typedef union WHV_PROCESSOR_FEATURES {
  struct {
    UINT64 Sse3Support : 1, LahfSahfSupport : 1, Ssse3Support : 1, Sse4_1Support : 1, Sse4_2Support : 1,
        Sse4aSupport : 1, XopSupport : 1, PopCntSupport : 1, Cmpxchg16bSupport : 1, Altmovcr8Support : 1,
        LzcntSupport : 1, MisAlignSseSupport : 1, MmxExtSupport : 1, Amd3DNowSupport : 1, ExtendedAmd3DNowSupport : 1,
        Page1GbSupport : 1, AesSupport : 1, PclmulqdqSupport : 1, PcidSupport : 1, Fma4Support : 1, F16CSupport : 1,
        RdRandSupport : 1, RdWrFsGsSupport : 1, SmepSupport : 1, EnhancedFastStringSupport : 1, Bmi1Support : 1,
        Bmi2Support : 1, Reserved1 : 2, MovbeSupport : 1, Npiep1Support : 1, DepX87FPUSaveSupport : 1,
        RdSeedSupport : 1, AdxSupport : 1, IntelPrefetchSupport : 1, SmapSupport : 1, HleSupport : 1, RtmSupport : 1,
        RdtscpSupport : 1, ClflushoptSupport : 1, ClwbSupport : 1, ShaSupport : 1, X87PointersSavedSupport : 1,
        InvpcidSupport : 1, IbrsSupport : 1, StibpSupport : 1, IbpbSupport : 1, Reserved2 : 1, SsbdSupport : 1,
        FastShortRepMovSupport : 1, Reserved3 : 1, RdclNo : 1, IbrsAllSupport : 1, Reserved4 : 1, SsbNo : 1,
        RsbANo : 1, Reserved5 : 1, RdPidSupport : 1, UmipSupport : 1, MdsNoSupport : 1, MdClearSupport : 1,
        TaaNoSupport : 1, TsxCtrlSupport : 1, Reserved6 : 1;
  };
  UINT64 AsUINT64;
} WHV_PROCESSOR_FEATURES;
WHV_STATIC_ASSERT(sizeof(WHV_PROCESSOR_FEATURES) == sizeof(UINT64));

typedef union WHV_PROCESSOR_FEATURES1 {
  struct {
    UINT64 ACountMCountSupport : 1, TscInvariantSupport : 1, ClZeroSupport : 1, RdpruSupport : 1, Reserved2 : 2,
        NestedVirtSupport : 1, PsfdSupport : 1, CetSsSupport : 1, CetIbtSupport : 1, VmxExceptionInjectSupport : 1,
        Reserved4 : 1, UmwaitTpauseSupport : 1, MovdiriSupport : 1, Movdir64bSupport : 1, CldemoteSupport : 1,
        SerializeSupport : 1, TscDeadlineTmrSupport : 1, TscAdjustSupport : 1, FZLRepMovsb : 1, FSRepStosb : 1,
        FSRepCmpsb : 1, Reserved5 : 42;
  };
  UINT64 AsUINT64;
} WHV_PROCESSOR_FEATURES1;
WHV_STATIC_ASSERT(sizeof(WHV_PROCESSOR_FEATURES1) == sizeof(UINT64));
#define WHV_PROCESSOR_FEATURES_BANKS_COUNT 2

typedef struct WHV_PROCESSOR_FEATURES_BANKS {
  UINT32 BanksCount;
  UINT32 Reserved0;
  union {
    struct {
      WHV_PROCESSOR_FEATURES Bank0;
      WHV_PROCESSOR_FEATURES1 Bank1;
    };
    UINT64 AsUINT64[WHV_PROCESSOR_FEATURES_BANKS_COUNT];
  };
} WHV_PROCESSOR_FEATURES_BANKS;
WHV_STATIC_ASSERT(sizeof(WHV_PROCESSOR_FEATURES_BANKS) == sizeof(UINT64) * (WHV_PROCESSOR_FEATURES_BANKS_COUNT + 1));

typedef union WHV_SYNTHETIC_PROCESSOR_FEATURES {
  struct {
    UINT64 HypervisorPresent : 1, Hv1 : 1, AccessVpRunTimeReg : 1, AccessPartitionReferenceCounter : 1,
        AccessSynicRegs : 1, AccessSyntheticTimerRegs : 1, AccessIntrCtrlRegs : 1, AccessHypercallRegs : 1,
        AccessVpIndex : 1, AccessPartitionReferenceTsc : 1, AccessGuestIdleReg : 1, AccessFrequencyRegs : 1,
        ReservedZ12 : 1, ReservedZ13 : 1, ReservedZ14 : 1, EnableExtendedGvaRangesForFlushVirtualAddressList : 1,
        ReservedZ16 : 1, ReservedZ17 : 1, FastHypercallOutput : 1, ReservedZ19 : 1, ReservedZ20 : 1, ReservedZ21 : 1,
        DirectSyntheticTimers : 1, ReservedZ23 : 1, ExtendedProcessorMasks : 1, TbFlushHypercalls : 1,
        SyntheticClusterIpi : 1, NotifyLongSpinWait : 1, QueryNumaDistance : 1, SignalEvents : 1,
        RetargetDeviceInterrupt : 1, Reserved : 33;
  };
  UINT64 AsUINT64;
} WHV_SYNTHETIC_PROCESSOR_FEATURES;
WHV_STATIC_ASSERT(sizeof(WHV_SYNTHETIC_PROCESSOR_FEATURES) == 8);
#define WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS_COUNT 1

typedef struct WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS {
  UINT32 BanksCount;
  UINT32 Reserved0;
  union {
    struct {
      WHV_SYNTHETIC_PROCESSOR_FEATURES Bank0;
    };
    UINT64 AsUINT64[WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS_COUNT];
  };
} WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS;
WHV_STATIC_ASSERT(sizeof(WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS) == 16);

typedef union _WHV_PROCESSOR_XSAVE_FEATURES {
  struct {
    UINT64 XsaveSupport : 1, XsaveoptSupport : 1, AvxSupport : 1, Avx2Support : 1, FmaSupport : 1, MpxSupport : 1,
        Avx512Support : 1, Avx512DQSupport : 1, Avx512CDSupport : 1, Avx512BWSupport : 1, Avx512VLSupport : 1,
        XsaveCompSupport : 1, XsaveSupervisorSupport : 1, Xcr1Support : 1, Avx512BitalgSupport : 1,
        Avx512IfmaSupport : 1, Avx512VBmiSupport : 1, Avx512VBmi2Support : 1, Avx512VnniSupport : 1, GfniSupport : 1,
        VaesSupport : 1, Avx512VPopcntdqSupport : 1, VpclmulqdqSupport : 1, Avx512Bf16Support : 1,
        Avx512Vp2IntersectSupport : 1, Avx512Fp16Support : 1, XfdSupport : 1, AmxTileSupport : 1, AmxBf16Support : 1,
        AmxInt8Support : 1, AvxVnniSupport : 1, Reserved : 33;
  };
  UINT64 AsUINT64;
} WHV_PROCESSOR_XSAVE_FEATURES, *PWHV_PROCESSOR_XSAVE_FEATURES;
WHV_STATIC_ASSERT(sizeof(WHV_PROCESSOR_XSAVE_FEATURES) == sizeof(UINT64));

typedef union WHV_PROCESSOR_PERFMON_FEATURES {
  struct {
    UINT64 PmuSupport : 1, LbrSupport : 1, Reserved : 62;
  };
  UINT64 AsUINT64;
} WHV_PROCESSOR_PERFMON_FEATURES, *PWHV_PROCESSOR_PERFMON_FEATURES;
WHV_STATIC_ASSERT(sizeof(WHV_PROCESSOR_PERFMON_FEATURES) == 8);

typedef union WHV_X64_MSR_EXIT_BITMAP {
  UINT64 AsUINT64;
  struct {
    UINT64 UnhandledMsrs : 1, TscMsrWrite : 1, TscMsrRead : 1, ApicBaseMsrWrite : 1, MiscEnableMsrRead : 1,
        McUpdatePatchLevelMsrRead : 1, Reserved : 58;
  };
} WHV_X64_MSR_EXIT_BITMAP;
WHV_STATIC_ASSERT(sizeof(WHV_X64_MSR_EXIT_BITMAP) == sizeof(UINT64));

typedef struct WHV_MEMORY_RANGE_ENTRY {
  UINT64 GuestAddress;
  UINT64 SizeInBytes;
} WHV_MEMORY_RANGE_ENTRY;
WHV_STATIC_ASSERT(sizeof(WHV_MEMORY_RANGE_ENTRY) == 16);

typedef union WHV_ADVISE_GPA_RANGE_POPULATE_FLAGS {
  UINT32 AsUINT32;
  struct {
    UINT32 Prefetch : 1, AvoidHardFaults : 1, Reserved : 30;
  };
} WHV_ADVISE_GPA_RANGE_POPULATE_FLAGS;
WHV_STATIC_ASSERT(sizeof(WHV_ADVISE_GPA_RANGE_POPULATE_FLAGS) == 4);

typedef enum WHV_MEMORY_ACCESS_TYPE WHV_ENUM {
  WHvMemoryAccessRead = 0, WHvMemoryAccessWrite = 1, WHvMemoryAccessExecute = 2
} WHV_MEMORY_ACCESS_TYPE;

typedef struct WHV_ADVISE_GPA_RANGE_POPULATE {
  WHV_ADVISE_GPA_RANGE_POPULATE_FLAGS Flags;
  WHV_MEMORY_ACCESS_TYPE AccessType;
} WHV_ADVISE_GPA_RANGE_POPULATE;
WHV_STATIC_ASSERT(sizeof(WHV_ADVISE_GPA_RANGE_POPULATE) == 8);

typedef struct WHV_CAPABILITY_PROCESSOR_FREQUENCY_CAP {
  UINT32 IsSupported : 1, Reserved : 31;
  UINT32 HighestFrequencyMhz;
  UINT32 NominalFrequencyMhz;
  UINT32 LowestFrequencyMhz;
  UINT32 FrequencyStepMhz;
} WHV_CAPABILITY_PROCESSOR_FREQUENCY_CAP;
WHV_STATIC_ASSERT(sizeof(WHV_CAPABILITY_PROCESSOR_FREQUENCY_CAP) == 20);

typedef union WHV_SCHEDULER_FEATURES {
  struct {
    UINT64 CpuReserve : 1, CpuCap : 1, CpuWeight : 1, CpuGroupId : 1, DisableSmt : 1, Reserved : 59;
  };
  UINT64 AsUINT64;
} WHV_SCHEDULER_FEATURES;
WHV_STATIC_ASSERT(sizeof(WHV_SCHEDULER_FEATURES) == 8);

typedef union WHV_CAPABILITY {
  BOOL HypervisorPresent;
  WHV_CAPABILITY_FEATURES Features;
  WHV_EXTENDED_VM_EXITS ExtendedVmExits;
  WHV_PROCESSOR_VENDOR ProcessorVendor;
  WHV_PROCESSOR_FEATURES ProcessorFeatures;
  WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS SyntheticProcessorFeaturesBanks;
  WHV_PROCESSOR_XSAVE_FEATURES ProcessorXsaveFeatures;
  UINT8 ProcessorClFlushSize;
  UINT64 ExceptionExitBitmap;
  WHV_X64_MSR_EXIT_BITMAP X64MsrExitBitmap;
  UINT64 ProcessorClockFrequency;
  UINT64 InterruptClockFrequency;
  WHV_PROCESSOR_FEATURES_BANKS ProcessorFeaturesBanks;
  WHV_ADVISE_GPA_RANGE_POPULATE_FLAGS GpaRangePopulateFlags;
  WHV_CAPABILITY_PROCESSOR_FREQUENCY_CAP ProcessorFrequencyCap;
  WHV_PROCESSOR_PERFMON_FEATURES ProcessorPerfmonFeatures;
  WHV_SCHEDULER_FEATURES SchedulerFeatures;
} WHV_CAPABILITY;
typedef void *WHV_PARTITION_HANDLE;

/* Properties of a partition; those marked in docs/whp.md may change after setup. */
typedef enum WHV_PARTITION_PROPERTY_CODE WHV_ENUM {
  WHvPartitionPropertyCodeExtendedVmExits = 0x1, WHvPartitionPropertyCodeExceptionExitBitmap = 0x2,
  WHvPartitionPropertyCodeSeparateSecurityDomain = 0x3, WHvPartitionPropertyCodeNestedVirtualization = 0x4,
  WHvPartitionPropertyCodeX64MsrExitBitmap = 0x5, WHvPartitionPropertyCodePrimaryNumaNode = 0x6,
  WHvPartitionPropertyCodeCpuReserve = 0x7, WHvPartitionPropertyCodeCpuCap = 0x8,
  WHvPartitionPropertyCodeCpuWeight = 0x9, WHvPartitionPropertyCodeCpuGroupId = 0xA,
  WHvPartitionPropertyCodeProcessorFrequencyCap = 0xB, WHvPartitionPropertyCodeAllowDeviceAssignment = 0xC,
  WHvPartitionPropertyCodeDisableSmt = 0xD, WHvPartitionPropertyCodeProcessorFeatures = 0x1001,
  WHvPartitionPropertyCodeProcessorClFlushSize = 0x1002, WHvPartitionPropertyCodeCpuidExitList = 0x1003,
  WHvPartitionPropertyCodeCpuidResultList = 0x1004, WHvPartitionPropertyCodeLocalApicEmulationMode = 0x1005,
  WHvPartitionPropertyCodeProcessorXsaveFeatures = 0x1006, WHvPartitionPropertyCodeProcessorClockFrequency = 0x1007,
  WHvPartitionPropertyCodeInterruptClockFrequency = 0x1008, WHvPartitionPropertyCodeApicRemoteReadSupport = 0x1009,
  WHvPartitionPropertyCodeProcessorFeaturesBanks = 0x100A, WHvPartitionPropertyCodeReferenceTime = 0x100B,
  WHvPartitionPropertyCodeSyntheticProcessorFeaturesBanks = 0x100C, WHvPartitionPropertyCodeCpuidResultList2 = 0x100D,
  WHvPartitionPropertyCodeProcessorPerfmonFeatures = 0x100E, WHvPartitionPropertyCodeMsrActionList = 0x100F,
  WHvPartitionPropertyCodeUnimplementedMsrAction = 0x1010, WHvPartitionPropertyCodePhysicalAddressWidth = 0x1011,
  WHvPartitionPropertyCodeProcessorCount = 0x1fff
} WHV_PARTITION_PROPERTY_CODE;

typedef struct WHV_X64_CPUID_RESULT {
  UINT32 Function;
  UINT32 Reserved[3];
  UINT32 Eax;
  UINT32 Ebx;
  UINT32 Ecx;
  UINT32 Edx;
} WHV_X64_CPUID_RESULT;
WHV_STATIC_ASSERT(sizeof(WHV_X64_CPUID_RESULT) == 32);

typedef enum WHV_X64_CPUID_RESULT2_FLAGS WHV_ENUM {
  WHvX64CpuidResult2FlagSubleafSpecific = 0x1, WHvX64CpuidResult2FlagVpSpecific = 0x2
} WHV_X64_CPUID_RESULT2_FLAGS;
WHV_FLAG_OPERATORS(WHV_X64_CPUID_RESULT2_FLAGS)

typedef struct WHV_CPUID_OUTPUT {
  UINT32 Eax;
  UINT32 Ebx;
  UINT32 Ecx;
  UINT32 Edx;
} WHV_CPUID_OUTPUT;
WHV_STATIC_ASSERT(sizeof(WHV_CPUID_OUTPUT) == 16);

typedef struct WHV_X64_CPUID_RESULT2 {
  UINT32 Function;
  UINT32 Index;
  UINT32 VpIndex;
  WHV_X64_CPUID_RESULT2_FLAGS Flags;
  WHV_CPUID_OUTPUT Output;
  WHV_CPUID_OUTPUT Mask;
} WHV_X64_CPUID_RESULT2;
WHV_STATIC_ASSERT(sizeof(WHV_X64_CPUID_RESULT2) == 48);

typedef struct WHV_MSR_ACTION_ENTRY {
  UINT32 Index;
  UINT8 ReadAction;
  UINT8 WriteAction;
  UINT16 Reserved;
} WHV_MSR_ACTION_ENTRY;
WHV_STATIC_ASSERT(sizeof(WHV_MSR_ACTION_ENTRY) == 8);

typedef enum WHV_MSR_ACTION WHV_ENUM {
  WHvMsrActionArchitectureDefault = 0, WHvMsrActionIgnoreWriteReadZero = 1, WHvMsrActionExit = 2
} WHV_MSR_ACTION;

typedef enum WHV_EXCEPTION_TYPE WHV_ENUM {
  WHvX64ExceptionTypeDivideErrorFault = 0x0, WHvX64ExceptionTypeDebugTrapOrFault = 0x1,
  WHvX64ExceptionTypeBreakpointTrap = 0x3, WHvX64ExceptionTypeOverflowTrap = 0x4,
  WHvX64ExceptionTypeBoundRangeFault = 0x5, WHvX64ExceptionTypeInvalidOpcodeFault = 0x6,
  WHvX64ExceptionTypeDeviceNotAvailableFault = 0x7, WHvX64ExceptionTypeDoubleFaultAbort = 0x8,
  WHvX64ExceptionTypeInvalidTaskStateSegmentFault = 0xA, WHvX64ExceptionTypeSegmentNotPresentFault = 0xB,
  WHvX64ExceptionTypeStackFault = 0xC, WHvX64ExceptionTypeGeneralProtectionFault = 0xD,
  WHvX64ExceptionTypePageFault = 0xE, WHvX64ExceptionTypeFloatingPointErrorFault = 0x10,
  WHvX64ExceptionTypeAlignmentCheckFault = 0x11, WHvX64ExceptionTypeMachineCheckAbort = 0x12,
  WHvX64ExceptionTypeSimdFloatingPointFault = 0x13
} WHV_EXCEPTION_TYPE;

typedef enum WHV_X64_LOCAL_APIC_EMULATION_MODE WHV_ENUM {
  WHvX64LocalApicEmulationModeNone, WHvX64LocalApicEmulationModeXApic, WHvX64LocalApicEmulationModeX2Apic
} WHV_X64_LOCAL_APIC_EMULATION_MODE;

typedef union WHV_PARTITION_PROPERTY {
  WHV_EXTENDED_VM_EXITS ExtendedVmExits;
  WHV_PROCESSOR_FEATURES ProcessorFeatures;
  WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS SyntheticProcessorFeaturesBanks;
  WHV_PROCESSOR_XSAVE_FEATURES ProcessorXsaveFeatures;
  UINT8 ProcessorClFlushSize;
  UINT32 ProcessorCount;
  UINT32 CpuidExitList[1];
  WHV_X64_CPUID_RESULT CpuidResultList[1];
  WHV_X64_CPUID_RESULT2 CpuidResultList2[1];
  WHV_MSR_ACTION_ENTRY MsrActionList[1];
  WHV_MSR_ACTION UnimplementedMsrAction;
  UINT64 ExceptionExitBitmap;
  WHV_X64_LOCAL_APIC_EMULATION_MODE LocalApicEmulationMode;
  BOOL SeparateSecurityDomain;
  BOOL NestedVirtualization;
  WHV_X64_MSR_EXIT_BITMAP X64MsrExitBitmap;
  UINT64 ProcessorClockFrequency;
  UINT64 InterruptClockFrequency;
  BOOL ApicRemoteRead;
  WHV_PROCESSOR_FEATURES_BANKS ProcessorFeaturesBanks;
  UINT64 ReferenceTime;
  UINT16 PrimaryNumaNode;
  UINT32 CpuReserve;
  UINT32 CpuCap;
  UINT32 CpuWeight;
  UINT64 CpuGroupId;
  UINT32 ProcessorFrequencyCap;
  BOOL AllowDeviceAssignment;
  WHV_PROCESSOR_PERFMON_FEATURES ProcessorPerfmonFeatures;
  BOOL DisableSmt;
} WHV_PARTITION_PROPERTY;
typedef UINT64 WHV_GUEST_PHYSICAL_ADDRESS;
typedef UINT64 WHV_GUEST_VIRTUAL_ADDRESS;

typedef enum WHV_MAP_GPA_RANGE_FLAGS WHV_ENUM {
  WHvMapGpaRangeFlagNone = 0x0, WHvMapGpaRangeFlagRead = 0x1, WHvMapGpaRangeFlagWrite = 0x2,
  WHvMapGpaRangeFlagExecute = 0x4, WHvMapGpaRangeFlagTrackDirtyPages = 0x8
} WHV_MAP_GPA_RANGE_FLAGS;
WHV_FLAG_OPERATORS(WHV_MAP_GPA_RANGE_FLAGS)

typedef enum WHV_TRANSLATE_GVA_FLAGS WHV_ENUM {
  WHvTranslateGvaFlagNone = 0x0, WHvTranslateGvaFlagValidateRead = 0x1, WHvTranslateGvaFlagValidateWrite = 0x2,
  WHvTranslateGvaFlagValidateExecute = 0x4, WHvTranslateGvaFlagPrivilegeExempt = 0x8,
  WHvTranslateGvaFlagSetPageTableBits = 0x10, WHvTranslateGvaFlagEnforceSmap = 0x100,
  WHvTranslateGvaFlagOverrideSmap = 0x200
} WHV_TRANSLATE_GVA_FLAGS;
WHV_FLAG_OPERATORS(WHV_TRANSLATE_GVA_FLAGS)

typedef enum WHV_TRANSLATE_GVA_RESULT_CODE WHV_ENUM {
  WHvTranslateGvaResultSuccess = 0, WHvTranslateGvaResultPageNotPresent = 1,
  WHvTranslateGvaResultPrivilegeViolation = 2, WHvTranslateGvaResultInvalidPageTableFlags = 3,
  WHvTranslateGvaResultGpaUnmapped = 4, WHvTranslateGvaResultGpaNoReadAccess = 5,
  WHvTranslateGvaResultGpaNoWriteAccess = 6, WHvTranslateGvaResultGpaIllegalOverlayAccess = 7,
  WHvTranslateGvaResultIntercept = 8
} WHV_TRANSLATE_GVA_RESULT_CODE;

typedef struct WHV_TRANSLATE_GVA_RESULT {
  WHV_TRANSLATE_GVA_RESULT_CODE ResultCode;
  UINT32 Reserved;
} WHV_TRANSLATE_GVA_RESULT;
WHV_STATIC_ASSERT(sizeof(WHV_TRANSLATE_GVA_RESULT) == 8);

typedef union WHV_ADVISE_GPA_RANGE {
  WHV_ADVISE_GPA_RANGE_POPULATE Populate;
} WHV_ADVISE_GPA_RANGE;
WHV_STATIC_ASSERT(sizeof(WHV_ADVISE_GPA_RANGE) == 8);

typedef enum WHV_CACHE_TYPE WHV_ENUM {
  WHvCacheTypeUncached = 0, WHvCacheTypeWriteCombining = 1, WHvCacheTypeWriteThrough = 4,
  WHvCacheTypeWriteProtected = 5, WHvCacheTypeWriteBack = 6
} WHV_CACHE_TYPE;

typedef union WHV_ACCESS_GPA_CONTROLS {
  UINT64 AsUINT64;
  struct {
    WHV_CACHE_TYPE CacheType;
    UINT32 Reserved;
  };
} WHV_ACCESS_GPA_CONTROLS;
WHV_STATIC_ASSERT(sizeof(WHV_ACCESS_GPA_CONTROLS) == 8);
#define WHV_READ_WRITE_GPA_RANGE_MAX_SIZE 16

/* Registers of a virtual processor. */
typedef enum WHV_REGISTER_NAME WHV_ENUM {
  WHvX64RegisterRax = 0x0, WHvX64RegisterRcx = 0x1, WHvX64RegisterRdx = 0x2, WHvX64RegisterRbx = 0x3,
  WHvX64RegisterRsp = 0x4, WHvX64RegisterRbp = 0x5, WHvX64RegisterRsi = 0x6, WHvX64RegisterRdi = 0x7,
  WHvX64RegisterR8 = 0x8, WHvX64RegisterR9 = 0x9, WHvX64RegisterR10 = 0xA, WHvX64RegisterR11 = 0xB,
  WHvX64RegisterR12 = 0xC, WHvX64RegisterR13 = 0xD, WHvX64RegisterR14 = 0xE, WHvX64RegisterR15 = 0xF,
  WHvX64RegisterRip = 0x10, WHvX64RegisterRflags = 0x11, WHvX64RegisterEs = 0x12, WHvX64RegisterCs = 0x13,
  WHvX64RegisterSs = 0x14, WHvX64RegisterDs = 0x15, WHvX64RegisterFs = 0x16, WHvX64RegisterGs = 0x17,
  WHvX64RegisterLdtr = 0x18, WHvX64RegisterTr = 0x19, WHvX64RegisterIdtr = 0x1A, WHvX64RegisterGdtr = 0x1B,
  WHvX64RegisterCr0 = 0x1C, WHvX64RegisterCr2 = 0x1D, WHvX64RegisterCr3 = 0x1E, WHvX64RegisterCr4 = 0x1F,
  WHvX64RegisterCr8 = 0x20, WHvX64RegisterDr0 = 0x21, WHvX64RegisterDr1 = 0x22, WHvX64RegisterDr2 = 0x23,
  WHvX64RegisterDr3 = 0x24, WHvX64RegisterDr6 = 0x25, WHvX64RegisterDr7 = 0x26, WHvX64RegisterXCr0 = 0x27,
  WHvX64RegisterVirtualCr0 = 0x28, WHvX64RegisterVirtualCr3 = 0x29, WHvX64RegisterVirtualCr4 = 0x2A,
  WHvX64RegisterVirtualCr8 = 0x2B, WHvX64RegisterXmm0 = 0x1000, WHvX64RegisterXmm1 = 0x1001,
  WHvX64RegisterXmm2 = 0x1002, WHvX64RegisterXmm3 = 0x1003, WHvX64RegisterXmm4 = 0x1004, WHvX64RegisterXmm5 = 0x1005,
  WHvX64RegisterXmm6 = 0x1006, WHvX64RegisterXmm7 = 0x1007, WHvX64RegisterXmm8 = 0x1008, WHvX64RegisterXmm9 = 0x1009,
  WHvX64RegisterXmm10 = 0x100A, WHvX64RegisterXmm11 = 0x100B, WHvX64RegisterXmm12 = 0x100C,
  WHvX64RegisterXmm13 = 0x100D, WHvX64RegisterXmm14 = 0x100E, WHvX64RegisterXmm15 = 0x100F,
  WHvX64RegisterFpMmx0 = 0x1010, WHvX64RegisterFpMmx1 = 0x1011, WHvX64RegisterFpMmx2 = 0x1012,
  WHvX64RegisterFpMmx3 = 0x1013, WHvX64RegisterFpMmx4 = 0x1014, WHvX64RegisterFpMmx5 = 0x1015,
  WHvX64RegisterFpMmx6 = 0x1016, WHvX64RegisterFpMmx7 = 0x1017, WHvX64RegisterFpControlStatus = 0x1018,
  WHvX64RegisterXmmControlStatus = 0x1019, WHvX64RegisterTsc = 0x2000, WHvX64RegisterEfer = 0x2001,
  WHvX64RegisterKernelGsBase = 0x2002, WHvX64RegisterApicBase = 0x2003, WHvX64RegisterPat = 0x2004,
  WHvX64RegisterSysenterCs = 0x2005, WHvX64RegisterSysenterEip = 0x2006, WHvX64RegisterSysenterEsp = 0x2007,
  WHvX64RegisterStar = 0x2008, WHvX64RegisterLstar = 0x2009, WHvX64RegisterCstar = 0x200A,
  WHvX64RegisterSfmask = 0x200B, WHvX64RegisterInitialApicId = 0x200C, WHvX64RegisterMsrMtrrCap = 0x200D,
  WHvX64RegisterMsrMtrrDefType = 0x200E, WHvX64RegisterMsrMtrrPhysBase0 = 0x2010,
  WHvX64RegisterMsrMtrrPhysBase1 = 0x2011, WHvX64RegisterMsrMtrrPhysBase2 = 0x2012,
  WHvX64RegisterMsrMtrrPhysBase3 = 0x2013, WHvX64RegisterMsrMtrrPhysBase4 = 0x2014,
  WHvX64RegisterMsrMtrrPhysBase5 = 0x2015, WHvX64RegisterMsrMtrrPhysBase6 = 0x2016,
  WHvX64RegisterMsrMtrrPhysBase7 = 0x2017, WHvX64RegisterMsrMtrrPhysBase8 = 0x2018,
  WHvX64RegisterMsrMtrrPhysBase9 = 0x2019, WHvX64RegisterMsrMtrrPhysBaseA = 0x201A,
  WHvX64RegisterMsrMtrrPhysBaseB = 0x201B, WHvX64RegisterMsrMtrrPhysBaseC = 0x201C,
  WHvX64RegisterMsrMtrrPhysBaseD = 0x201D, WHvX64RegisterMsrMtrrPhysBaseE = 0x201E,
  WHvX64RegisterMsrMtrrPhysBaseF = 0x201F, WHvX64RegisterMsrMtrrPhysMask0 = 0x2040,
  WHvX64RegisterMsrMtrrPhysMask1 = 0x2041, WHvX64RegisterMsrMtrrPhysMask2 = 0x2042,
  WHvX64RegisterMsrMtrrPhysMask3 = 0x2043, WHvX64RegisterMsrMtrrPhysMask4 = 0x2044,
  WHvX64RegisterMsrMtrrPhysMask5 = 0x2045, WHvX64RegisterMsrMtrrPhysMask6 = 0x2046,
  WHvX64RegisterMsrMtrrPhysMask7 = 0x2047, WHvX64RegisterMsrMtrrPhysMask8 = 0x2048,
  WHvX64RegisterMsrMtrrPhysMask9 = 0x2049, WHvX64RegisterMsrMtrrPhysMaskA = 0x204A,
  WHvX64RegisterMsrMtrrPhysMaskB = 0x204B, WHvX64RegisterMsrMtrrPhysMaskC = 0x204C,
  WHvX64RegisterMsrMtrrPhysMaskD = 0x204D, WHvX64RegisterMsrMtrrPhysMaskE = 0x204E,
  WHvX64RegisterMsrMtrrPhysMaskF = 0x204F, WHvX64RegisterMsrMtrrFix64k00000 = 0x2070,
  WHvX64RegisterMsrMtrrFix16k80000 = 0x2071, WHvX64RegisterMsrMtrrFix16kA0000 = 0x2072,
  WHvX64RegisterMsrMtrrFix4kC0000 = 0x2073, WHvX64RegisterMsrMtrrFix4kC8000 = 0x2074,
  WHvX64RegisterMsrMtrrFix4kD0000 = 0x2075, WHvX64RegisterMsrMtrrFix4kD8000 = 0x2076,
  WHvX64RegisterMsrMtrrFix4kE0000 = 0x2077, WHvX64RegisterMsrMtrrFix4kE8000 = 0x2078,
  WHvX64RegisterMsrMtrrFix4kF0000 = 0x2079, WHvX64RegisterMsrMtrrFix4kF8000 = 0x207A, WHvX64RegisterTscAux = 0x207B,
  WHvX64RegisterBndcfgs = 0x207C, WHvX64RegisterMCount = 0x207E, WHvX64RegisterACount = 0x207F,
  WHvX64RegisterSpecCtrl = 0x2084, WHvX64RegisterPredCmd = 0x2085, WHvX64RegisterTscVirtualOffset = 0x2087,
  WHvX64RegisterTsxCtrl = 0x2088, WHvX64RegisterXss = 0x208B, WHvX64RegisterUCet = 0x208C,
  WHvX64RegisterSCet = 0x208D, WHvX64RegisterSsp = 0x208E, WHvX64RegisterPl0Ssp = 0x208F,
  WHvX64RegisterPl1Ssp = 0x2090, WHvX64RegisterPl2Ssp = 0x2091, WHvX64RegisterPl3Ssp = 0x2092,
  WHvX64RegisterInterruptSspTableAddr = 0x2093, WHvX64RegisterTscDeadline = 0x2095, WHvX64RegisterTscAdjust = 0x2096,
  WHvX64RegisterUmwaitControl = 0x2098, WHvX64RegisterXfd = 0x2099, WHvX64RegisterXfdErr = 0x209A,
  WHvX64RegisterMsrIa32MiscEnable = 0x20A0, WHvX64RegisterIa32FeatureControl = 0x20A1,
  WHvX64RegisterApicId = 0x3002, WHvX64RegisterApicVersion = 0x3003, WHvX64RegisterApicTpr = 0x3008,
  WHvX64RegisterApicPpr = 0x300A, WHvX64RegisterApicEoi = 0x300B, WHvX64RegisterApicLdr = 0x300D,
  WHvX64RegisterApicSpurious = 0x300F, WHvX64RegisterApicIsr0 = 0x3010, WHvX64RegisterApicIsr1 = 0x3011,
  WHvX64RegisterApicIsr2 = 0x3012, WHvX64RegisterApicIsr3 = 0x3013, WHvX64RegisterApicIsr4 = 0x3014,
  WHvX64RegisterApicIsr5 = 0x3015, WHvX64RegisterApicIsr6 = 0x3016, WHvX64RegisterApicIsr7 = 0x3017,
  WHvX64RegisterApicTmr0 = 0x3018, WHvX64RegisterApicTmr1 = 0x3019, WHvX64RegisterApicTmr2 = 0x301A,
  WHvX64RegisterApicTmr3 = 0x301B, WHvX64RegisterApicTmr4 = 0x301C, WHvX64RegisterApicTmr5 = 0x301D,
  WHvX64RegisterApicTmr6 = 0x301E, WHvX64RegisterApicTmr7 = 0x301F, WHvX64RegisterApicIrr0 = 0x3020,
  WHvX64RegisterApicIrr1 = 0x3021, WHvX64RegisterApicIrr2 = 0x3022, WHvX64RegisterApicIrr3 = 0x3023,
  WHvX64RegisterApicIrr4 = 0x3024, WHvX64RegisterApicIrr5 = 0x3025, WHvX64RegisterApicIrr6 = 0x3026,
  WHvX64RegisterApicIrr7 = 0x3027, WHvX64RegisterApicEse = 0x3028, WHvX64RegisterApicIcr = 0x3030,
  WHvX64RegisterApicLvtTimer = 0x3032, WHvX64RegisterApicLvtThermal = 0x3033, WHvX64RegisterApicLvtPerfmon = 0x3034,
  WHvX64RegisterApicLvtLint0 = 0x3035, WHvX64RegisterApicLvtLint1 = 0x3036, WHvX64RegisterApicLvtError = 0x3037,
  WHvX64RegisterApicInitCount = 0x3038, WHvX64RegisterApicCurrentCount = 0x3039, WHvX64RegisterApicDivide = 0x303E,
  WHvX64RegisterApicSelfIpi = 0x303F, WHvRegisterSint0 = 0x4000, WHvRegisterSint1 = 0x4001, WHvRegisterSint2 = 0x4002,
  WHvRegisterSint3 = 0x4003, WHvRegisterSint4 = 0x4004, WHvRegisterSint5 = 0x4005, WHvRegisterSint6 = 0x4006,
  WHvRegisterSint7 = 0x4007, WHvRegisterSint8 = 0x4008, WHvRegisterSint9 = 0x4009, WHvRegisterSint10 = 0x400A,
  WHvRegisterSint11 = 0x400B, WHvRegisterSint12 = 0x400C, WHvRegisterSint13 = 0x400D, WHvRegisterSint14 = 0x400E,
  WHvRegisterSint15 = 0x400F, WHvRegisterScontrol = 0x4010, WHvRegisterSversion = 0x4011, WHvRegisterSiefp = 0x4012,
  WHvRegisterSimp = 0x4013, WHvRegisterEom = 0x4014, WHvRegisterVpRuntime = 0x5000, WHvX64RegisterHypercall = 0x5001,
  WHvRegisterGuestOsId = 0x5002, WHvRegisterVpAssistPage = 0x5013, WHvRegisterReferenceTsc = 0x5017,
  WHvRegisterReferenceTscSequence = 0x501A, WHvRegisterPendingInterruption = 0x80000000,
  WHvRegisterInterruptState = 0x80000001, WHvRegisterPendingEvent = 0x80000002,
  WHvX64RegisterDeliverabilityNotifications = 0x80000004, WHvRegisterInternalActivityState = 0x80000005,
  WHvX64RegisterPendingDebugException = 0x80000006,
  WHvRegisterPendingEvent1 = 0x80000003
} WHV_REGISTER_NAME;

typedef union __attribute__((aligned(16))) WHV_UINT128 {
  struct {
    UINT64 Low64;
    UINT64 High64;
  };
  UINT32 Dword[4];
} WHV_UINT128;
WHV_STATIC_ASSERT(sizeof(WHV_UINT128) == 16);

typedef union WHV_X64_FP_REGISTER {
  struct {
    UINT64 Mantissa;
    UINT64 BiasedExponent : 15, Sign : 1, Reserved : 48;
  };
  WHV_UINT128 AsUINT128;
} WHV_X64_FP_REGISTER;
WHV_STATIC_ASSERT(sizeof(WHV_X64_FP_REGISTER) == 16);

typedef union WHV_X64_FP_CONTROL_STATUS_REGISTER {
  struct {
    UINT16 FpControl;
    UINT16 FpStatus;
    UINT8 FpTag;
    UINT8 Reserved;
    UINT16 LastFpOp;
    union {
      UINT64 LastFpRip;
      struct {
        UINT32 LastFpEip;
        UINT16 LastFpCs;
        UINT16 Reserved2;
      };
    };
  };
  WHV_UINT128 AsUINT128;
} WHV_X64_FP_CONTROL_STATUS_REGISTER;
WHV_STATIC_ASSERT(sizeof(WHV_X64_FP_CONTROL_STATUS_REGISTER) == 16);

typedef union WHV_X64_XMM_CONTROL_STATUS_REGISTER {
  struct {
    union {
      UINT64 LastFpRdp;
      struct {
        UINT32 LastFpDp;
        UINT16 LastFpDs;
        UINT16 Reserved;
      };
    };
    UINT32 XmmStatusControl;
    UINT32 XmmStatusControlMask;
  };
  WHV_UINT128 AsUINT128;
} WHV_X64_XMM_CONTROL_STATUS_REGISTER;
WHV_STATIC_ASSERT(sizeof(WHV_X64_FP_CONTROL_STATUS_REGISTER) == 16);

/* Limit in bytes; attributes as in descriptor bits 40-55. */
typedef struct WHV_X64_SEGMENT_REGISTER {
  UINT64 Base;
  UINT32 Limit;
  UINT16 Selector;
  union {
    struct {
      UINT16 SegmentType : 4, NonSystemSegment : 1, DescriptorPrivilegeLevel : 2, Present : 1, Reserved : 4,
          Available : 1, Long : 1, Default : 1, Granularity : 1;
    };
    UINT16 Attributes;
  };
} WHV_X64_SEGMENT_REGISTER;
WHV_STATIC_ASSERT(sizeof(WHV_X64_SEGMENT_REGISTER) == 16);

typedef struct WHV_X64_TABLE_REGISTER {
  UINT16 Pad[3];
  UINT16 Limit;
  UINT64 Base;
} WHV_X64_TABLE_REGISTER;
WHV_STATIC_ASSERT(sizeof(WHV_X64_TABLE_REGISTER) == 16);

typedef union WHV_X64_INTERRUPT_STATE_REGISTER {
  struct {
    UINT64 InterruptShadow : 1, NmiMasked : 1, Reserved : 62;
  };
  UINT64 AsUINT64;
} WHV_X64_INTERRUPT_STATE_REGISTER;
WHV_STATIC_ASSERT(sizeof(WHV_X64_INTERRUPT_STATE_REGISTER) == 8);

typedef union WHV_X64_PENDING_INTERRUPTION_REGISTER {
  struct {
    UINT32 InterruptionPending : 1, InterruptionType : 3, DeliverErrorCode : 1, InstructionLength : 4,
        NestedEvent : 1, Reserved : 6, InterruptionVector : 16;
    UINT32 ErrorCode;
  };
  UINT64 AsUINT64;
} WHV_X64_PENDING_INTERRUPTION_REGISTER;
WHV_STATIC_ASSERT(sizeof(WHV_X64_PENDING_INTERRUPTION_REGISTER) == sizeof(UINT64));

typedef union WHV_X64_DELIVERABILITY_NOTIFICATIONS_REGISTER {
  struct {
    UINT64 NmiNotification : 1, InterruptNotification : 1, InterruptPriority : 4, Reserved : 58;
  };
  UINT64 AsUINT64;
} WHV_X64_DELIVERABILITY_NOTIFICATIONS_REGISTER;
WHV_STATIC_ASSERT(sizeof(WHV_X64_DELIVERABILITY_NOTIFICATIONS_REGISTER) == sizeof(UINT64));

typedef enum WHV_X64_PENDING_EVENT_TYPE WHV_ENUM {
  WHvX64PendingEventException = 0, WHvX64PendingEventExtInt = 5
} WHV_X64_PENDING_EVENT_TYPE;

typedef union WHV_X64_PENDING_EXCEPTION_EVENT {
  struct {
    UINT32 EventPending : 1, EventType : 3, Reserved0 : 4, DeliverErrorCode : 1, Reserved1 : 7, Vector : 16;
    UINT32 ErrorCode;
    UINT64 ExceptionParameter;
  };
  WHV_UINT128 AsUINT128;
} WHV_X64_PENDING_EXCEPTION_EVENT;
WHV_STATIC_ASSERT(sizeof(WHV_X64_PENDING_EXCEPTION_EVENT) == sizeof(WHV_UINT128));

typedef union WHV_X64_PENDING_EXT_INT_EVENT {
  struct {
    UINT64 EventPending : 1, EventType : 3, Reserved0 : 4, Vector : 8, Reserved1 : 48;
    UINT64 Reserved2;
  };
  WHV_UINT128 AsUINT128;
} WHV_X64_PENDING_EXT_INT_EVENT;
WHV_STATIC_ASSERT(sizeof(WHV_X64_PENDING_EXT_INT_EVENT) == sizeof(WHV_UINT128));

typedef union WHV_INTERNAL_ACTIVITY_REGISTER {
  struct {
    UINT64 StartupSuspend : 1, HaltSuspend : 1, IdleSuspend : 1, Reserved  : 61;
  };
  UINT64 AsUINT64;
} WHV_INTERNAL_ACTIVITY_REGISTER;
WHV_STATIC_ASSERT(sizeof(WHV_INTERNAL_ACTIVITY_REGISTER) == sizeof(UINT64));

typedef union WHV_X64_PENDING_DEBUG_EXCEPTION {
  UINT64 AsUINT64;
  struct {
    UINT64 Breakpoint0 : 1, Breakpoint1 : 1, Breakpoint2 : 1, Breakpoint3 : 1, SingleStep : 1, Reserved0 : 59;
  };
} WHV_X64_PENDING_DEBUG_EXCEPTION;
WHV_STATIC_ASSERT(sizeof(WHV_X64_PENDING_DEBUG_EXCEPTION) == sizeof(UINT64));

typedef struct WHV_SYNIC_SINT_DELIVERABLE_CONTEXT {
  UINT16 DeliverableSints;
  UINT16 Reserved1;
  UINT32 Reserved2;
} WHV_SYNIC_SINT_DELIVERABLE_CONTEXT;
WHV_STATIC_ASSERT(sizeof(WHV_SYNIC_SINT_DELIVERABLE_CONTEXT) == 8);

/* The value of any register. */
typedef union WHV_REGISTER_VALUE {
  WHV_UINT128 Reg128;
  UINT64 Reg64;
  UINT32 Reg32;
  UINT16 Reg16;
  UINT8 Reg8;
  WHV_X64_FP_REGISTER Fp;
  WHV_X64_FP_CONTROL_STATUS_REGISTER FpControlStatus;
  WHV_X64_XMM_CONTROL_STATUS_REGISTER XmmControlStatus;
  WHV_X64_SEGMENT_REGISTER Segment;
  WHV_X64_TABLE_REGISTER Table;
  WHV_X64_INTERRUPT_STATE_REGISTER InterruptState;
  WHV_X64_PENDING_INTERRUPTION_REGISTER PendingInterruption;
  WHV_X64_DELIVERABILITY_NOTIFICATIONS_REGISTER DeliverabilityNotifications;
  WHV_X64_PENDING_EXCEPTION_EVENT ExceptionEvent;
  WHV_X64_PENDING_EXT_INT_EVENT ExtIntEvent;
  WHV_INTERNAL_ACTIVITY_REGISTER InternalActivity;
  WHV_X64_PENDING_DEBUG_EXCEPTION PendingDebugException;
} WHV_REGISTER_VALUE;
WHV_STATIC_ASSERT(sizeof(WHV_REGISTER_VALUE) == 16);

/* Why WHvRunVirtualProcessor returned; names the member of the exit context that counts. */
typedef enum WHV_RUN_VP_EXIT_REASON WHV_ENUM {
  WHvRunVpExitReasonNone = 0x0, WHvRunVpExitReasonMemoryAccess = 0x1, WHvRunVpExitReasonX64IoPortAccess = 0x2,
  WHvRunVpExitReasonUnrecoverableException = 0x4, WHvRunVpExitReasonInvalidVpRegisterValue = 0x5,
  WHvRunVpExitReasonUnsupportedFeature = 0x6, WHvRunVpExitReasonX64InterruptWindow = 0x7,
  WHvRunVpExitReasonX64Halt = 0x8, WHvRunVpExitReasonX64ApicEoi = 0x9, WHvRunVpExitReasonSynicSintDeliverable = 0xA,
  WHvRunVpExitReasonX64MsrAccess = 0x1000, WHvRunVpExitReasonX64Cpuid = 0x1001, WHvRunVpExitReasonException = 0x1002,
  WHvRunVpExitReasonX64Rdtsc = 0x1003, WHvRunVpExitReasonX64ApicSmiTrap = 0x1004,
  WHvRunVpExitReasonHypercall = 0x1005, WHvRunVpExitReasonX64ApicInitSipiTrap = 0x1006,
  WHvRunVpExitReasonX64ApicWriteTrap = 0x1007, WHvRunVpExitReasonCanceled = 0x2001
} WHV_RUN_VP_EXIT_REASON;

typedef union WHV_X64_VP_EXECUTION_STATE {
  struct {
    UINT16 Cpl : 2, Cr0Pe : 1, Cr0Am : 1, EferLma : 1, DebugActive : 1, InterruptionPending : 1, Reserved0 : 5,
        InterruptShadow : 1, Reserved1 : 3;
  };
  UINT16 AsUINT16;
} WHV_X64_VP_EXECUTION_STATE;
WHV_STATIC_ASSERT(sizeof(WHV_X64_VP_EXECUTION_STATE) == sizeof(UINT16));

/* Valid for every exit. */
typedef struct WHV_VP_EXIT_CONTEXT {
  WHV_X64_VP_EXECUTION_STATE ExecutionState;
  UINT8 InstructionLength : 4, Cr8 : 4;
  UINT8 Reserved;
  UINT32 Reserved2;
  WHV_X64_SEGMENT_REGISTER Cs;
  UINT64 Rip;
  UINT64 Rflags;
} WHV_VP_EXIT_CONTEXT;
WHV_STATIC_ASSERT(sizeof(WHV_VP_EXIT_CONTEXT) == 40);

typedef union WHV_MEMORY_ACCESS_INFO {
  struct {
    UINT32 AccessType : 2, GpaUnmapped : 1, GvaValid : 1, Reserved : 28;
  };
  UINT32 AsUINT32;
} WHV_MEMORY_ACCESS_INFO;
WHV_STATIC_ASSERT(sizeof(WHV_MEMORY_ACCESS_INFO) == 4);

typedef struct WHV_MEMORY_ACCESS_CONTEXT {
  UINT8 InstructionByteCount;
  UINT8 Reserved[3];
  UINT8 InstructionBytes[16];
  WHV_MEMORY_ACCESS_INFO AccessInfo;
  WHV_GUEST_PHYSICAL_ADDRESS Gpa;
  WHV_GUEST_VIRTUAL_ADDRESS Gva;
} WHV_MEMORY_ACCESS_CONTEXT;
WHV_STATIC_ASSERT(sizeof(WHV_MEMORY_ACCESS_CONTEXT) == 40);

typedef union WHV_X64_IO_PORT_ACCESS_INFO {
  struct {
    UINT32 IsWrite : 1, AccessSize : 3, StringOp : 1, RepPrefix : 1, Reserved : 26;
  };
  UINT32 AsUINT32;
} WHV_X64_IO_PORT_ACCESS_INFO;
WHV_STATIC_ASSERT(sizeof(WHV_X64_IO_PORT_ACCESS_INFO) == sizeof(UINT32));

typedef struct WHV_X64_IO_PORT_ACCESS_CONTEXT {
  UINT8 InstructionByteCount;
  UINT8 Reserved[3];
  UINT8 InstructionBytes[16];
  WHV_X64_IO_PORT_ACCESS_INFO AccessInfo;
  UINT16 PortNumber;
  UINT16 Reserved2[3];
  UINT64 Rax;
  UINT64 Rcx;
  UINT64 Rsi;
  UINT64 Rdi;
  WHV_X64_SEGMENT_REGISTER Ds;
  WHV_X64_SEGMENT_REGISTER Es;
} WHV_X64_IO_PORT_ACCESS_CONTEXT;
WHV_STATIC_ASSERT(sizeof(WHV_X64_IO_PORT_ACCESS_CONTEXT) == 96);

typedef union WHV_X64_MSR_ACCESS_INFO {
  struct {
    UINT32 IsWrite : 1, Reserved : 31;
  };
  UINT32 AsUINT32;
} WHV_X64_MSR_ACCESS_INFO;
WHV_STATIC_ASSERT(sizeof(WHV_X64_MSR_ACCESS_INFO) == sizeof(UINT32));

typedef struct WHV_X64_MSR_ACCESS_CONTEXT {
  WHV_X64_MSR_ACCESS_INFO AccessInfo;
  UINT32 MsrNumber;
  UINT64 Rax;
  UINT64 Rdx;
} WHV_X64_MSR_ACCESS_CONTEXT;
WHV_STATIC_ASSERT(sizeof(WHV_X64_MSR_ACCESS_CONTEXT) == 24);

typedef struct WHV_X64_CPUID_ACCESS_CONTEXT {
  UINT64 Rax;
  UINT64 Rcx;
  UINT64 Rdx;
  UINT64 Rbx;
  UINT64 DefaultResultRax;
  UINT64 DefaultResultRcx;
  UINT64 DefaultResultRdx;
  UINT64 DefaultResultRbx;
} WHV_X64_CPUID_ACCESS_CONTEXT;
WHV_STATIC_ASSERT(sizeof(WHV_X64_CPUID_ACCESS_CONTEXT) == 64);

typedef union WHV_VP_EXCEPTION_INFO {
  struct {
    UINT32 ErrorCodeValid : 1, SoftwareException : 1, Reserved : 30;
  };
  UINT32 AsUINT32;
} WHV_VP_EXCEPTION_INFO;
WHV_STATIC_ASSERT(sizeof(WHV_VP_EXCEPTION_INFO) == sizeof(UINT32));

typedef struct WHV_VP_EXCEPTION_CONTEXT {
  UINT8 InstructionByteCount;
  UINT8 Reserved[3];
  UINT8 InstructionBytes[16];
  WHV_VP_EXCEPTION_INFO ExceptionInfo;
  UINT8 ExceptionType;
  UINT8 Reserved2[3];
  UINT32 ErrorCode;
  UINT64 ExceptionParameter;
} WHV_VP_EXCEPTION_CONTEXT;
WHV_STATIC_ASSERT(sizeof(WHV_VP_EXCEPTION_CONTEXT) == 40);

typedef enum WHV_X64_UNSUPPORTED_FEATURE_CODE WHV_ENUM {
  WHvUnsupportedFeatureIntercept = 1, WHvUnsupportedFeatureTaskSwitchTss = 2
} WHV_X64_UNSUPPORTED_FEATURE_CODE;

typedef struct WHV_X64_UNSUPPORTED_FEATURE_CONTEXT {
  WHV_X64_UNSUPPORTED_FEATURE_CODE FeatureCode;
  UINT32 Reserved;
  UINT64 FeatureParameter;
} WHV_X64_UNSUPPORTED_FEATURE_CONTEXT;
WHV_STATIC_ASSERT(sizeof(WHV_X64_UNSUPPORTED_FEATURE_CONTEXT) == 16);

typedef enum WHV_RUN_VP_CANCEL_REASON WHV_ENUM {
  WhvRunVpCancelReasonUser = 0
} WHV_RUN_VP_CANCEL_REASON;

typedef struct WHV_RUN_VP_CANCELED_CONTEXT {
  WHV_RUN_VP_CANCEL_REASON CancelReason;
} WHV_RUN_VP_CANCELED_CONTEXT;
WHV_STATIC_ASSERT(sizeof(WHV_RUN_VP_CANCELED_CONTEXT) == 4);

typedef enum WHV_X64_PENDING_INTERRUPTION_TYPE WHV_ENUM {
  WHvX64PendingInterrupt = 0, WHvX64PendingNmi = 2, WHvX64PendingException = 3
} WHV_X64_PENDING_INTERRUPTION_TYPE, *PWHV_X64_PENDING_INTERRUPTION_TYPE;

typedef struct WHV_X64_INTERRUPTION_DELIVERABLE_CONTEXT {
  WHV_X64_PENDING_INTERRUPTION_TYPE DeliverableType;
} WHV_X64_INTERRUPTION_DELIVERABLE_CONTEXT, *PWHV_X64_INTERRUPTION_DELIVERABLE_CONTEXT;
WHV_STATIC_ASSERT(sizeof(WHV_X64_INTERRUPTION_DELIVERABLE_CONTEXT) == 4);

typedef struct WHV_X64_APIC_EOI_CONTEXT {
  UINT32 InterruptVector;
} WHV_X64_APIC_EOI_CONTEXT;
WHV_STATIC_ASSERT(sizeof(WHV_X64_APIC_EOI_CONTEXT) == 4);

typedef union WHV_X64_RDTSC_INFO {
  struct {
    UINT64 IsRdtscp : 1, Reserved : 63;
  };
  UINT64 AsUINT64;
} WHV_X64_RDTSC_INFO;
WHV_STATIC_ASSERT(sizeof(WHV_X64_RDTSC_INFO) == 8);

typedef struct WHV_X64_RDTSC_CONTEXT {
  UINT64 TscAux;
  UINT64 VirtualOffset;
  UINT64 Tsc;
  UINT64 ReferenceTime;
  WHV_X64_RDTSC_INFO RdtscInfo;
} WHV_X64_RDTSC_CONTEXT;
WHV_STATIC_ASSERT(sizeof(WHV_X64_RDTSC_CONTEXT) == 40);

typedef struct WHV_X64_APIC_SMI_CONTEXT {
  UINT64 ApicIcr;
} WHV_X64_APIC_SMI_CONTEXT;
WHV_STATIC_ASSERT(sizeof(WHV_X64_APIC_SMI_CONTEXT) == 8);
#define WHV_HYPERCALL_CONTEXT_MAX_XMM_REGISTERS 6

typedef struct _WHV_HYPERCALL_CONTEXT {
  UINT64 Rax;
  UINT64 Rbx;
  UINT64 Rcx;
  UINT64 Rdx;
  UINT64 R8;
  UINT64 Rsi;
  UINT64 Rdi;
  UINT64 Reserved0;
  WHV_UINT128 XmmRegisters[WHV_HYPERCALL_CONTEXT_MAX_XMM_REGISTERS];
  UINT64 Reserved1[2];
} WHV_HYPERCALL_CONTEXT, *PWHV_HYPERCALL_CONTEXT;
WHV_STATIC_ASSERT(sizeof(WHV_HYPERCALL_CONTEXT) == 176);

typedef struct WHV_X64_APIC_INIT_SIPI_CONTEXT {
  UINT64 ApicIcr;
} WHV_X64_APIC_INIT_SIPI_CONTEXT;
WHV_STATIC_ASSERT(sizeof(WHV_X64_APIC_INIT_SIPI_CONTEXT) == 8);

typedef enum WHV_X64_APIC_WRITE_TYPE WHV_ENUM {
  WHvX64ApicWriteTypeLdr = 0xD0, WHvX64ApicWriteTypeDfr = 0xE0, WHvX64ApicWriteTypeSvr = 0xF0,
  WHvX64ApicWriteTypeLint0 = 0x350, WHvX64ApicWriteTypeLint1 = 0x360
} WHV_X64_APIC_WRITE_TYPE;

typedef struct WHV_X64_APIC_WRITE_CONTEXT {
  WHV_X64_APIC_WRITE_TYPE Type;
  UINT32 Reserved;
  UINT64 WriteValue;
} WHV_X64_APIC_WRITE_CONTEXT;
WHV_STATIC_ASSERT(sizeof(WHV_X64_APIC_WRITE_CONTEXT) == 16);

/* What WHvRunVirtualProcessor fills in. */
typedef struct WHV_RUN_VP_EXIT_CONTEXT {
  WHV_RUN_VP_EXIT_REASON ExitReason;
  UINT32 Reserved;
  WHV_VP_EXIT_CONTEXT VpContext;
  union {
    WHV_MEMORY_ACCESS_CONTEXT MemoryAccess;
    WHV_X64_IO_PORT_ACCESS_CONTEXT IoPortAccess;
    WHV_X64_MSR_ACCESS_CONTEXT MsrAccess;
    WHV_X64_CPUID_ACCESS_CONTEXT CpuidAccess;
    WHV_VP_EXCEPTION_CONTEXT VpException;
    WHV_X64_INTERRUPTION_DELIVERABLE_CONTEXT InterruptWindow;
    WHV_X64_UNSUPPORTED_FEATURE_CONTEXT UnsupportedFeature;
    WHV_RUN_VP_CANCELED_CONTEXT CancelReason;
    WHV_X64_APIC_EOI_CONTEXT ApicEoi;
    WHV_X64_RDTSC_CONTEXT ReadTsc;
    WHV_X64_APIC_SMI_CONTEXT ApicSmi;
    WHV_HYPERCALL_CONTEXT Hypercall;
    WHV_X64_APIC_INIT_SIPI_CONTEXT ApicInitSipi;
    WHV_X64_APIC_WRITE_CONTEXT ApicWrite;
    WHV_SYNIC_SINT_DELIVERABLE_CONTEXT SynicSintDeliverable;
  };
} WHV_RUN_VP_EXIT_CONTEXT;
WHV_STATIC_ASSERT(sizeof(WHV_RUN_VP_EXIT_CONTEXT) == 224);

typedef enum WHV_INTERRUPT_TYPE WHV_ENUM {
  WHvX64InterruptTypeFixed = 0, WHvX64InterruptTypeLowestPriority = 1, WHvX64InterruptTypeNmi = 4,
  WHvX64InterruptTypeInit = 5, WHvX64InterruptTypeSipi = 6, WHvX64InterruptTypeLocalInt1 = 9
} WHV_INTERRUPT_TYPE;

typedef enum WHV_INTERRUPT_DESTINATION_MODE WHV_ENUM {
  WHvX64InterruptDestinationModePhysical, WHvX64InterruptDestinationModeLogical
} WHV_INTERRUPT_DESTINATION_MODE;

typedef enum WHV_INTERRUPT_TRIGGER_MODE WHV_ENUM {
  WHvX64InterruptTriggerModeEdge, WHvX64InterruptTriggerModeLevel
} WHV_INTERRUPT_TRIGGER_MODE;

typedef struct WHV_INTERRUPT_CONTROL {
  UINT64 Type : 8, DestinationMode : 4, TriggerMode : 4, Reserved : 48;
  UINT32 Destination;
  UINT32 Vector;
} WHV_INTERRUPT_CONTROL;
WHV_STATIC_ASSERT(sizeof(WHV_INTERRUPT_CONTROL) == 16);

typedef struct WHV_DOORBELL_MATCH_DATA {
  WHV_GUEST_PHYSICAL_ADDRESS GuestAddress;
  UINT64 Value;
  UINT32 Length;
  UINT32 MatchOnValue : 1, MatchOnLength : 1, Reserved : 30;
} WHV_DOORBELL_MATCH_DATA;
WHV_STATIC_ASSERT(sizeof(WHV_DOORBELL_MATCH_DATA) == 24);

typedef enum WHV_PARTITION_COUNTER_SET WHV_ENUM {
  WHvPartitionCounterSetMemory
} WHV_PARTITION_COUNTER_SET;

typedef struct WHV_PARTITION_MEMORY_COUNTERS {
  UINT64 Mapped4KPageCount;
  UINT64 Mapped2MPageCount;
  UINT64 Mapped1GPageCount;
} WHV_PARTITION_MEMORY_COUNTERS;
WHV_STATIC_ASSERT(sizeof(WHV_PARTITION_MEMORY_COUNTERS) == 24);

typedef enum WHV_PROCESSOR_COUNTER_SET WHV_ENUM {
  WHvProcessorCounterSetRuntime, WHvProcessorCounterSetIntercepts, WHvProcessorCounterSetEvents,
  WHvProcessorCounterSetApic, WHvProcessorCounterSetSyntheticFeatures
} WHV_PROCESSOR_COUNTER_SET;

typedef struct WHV_PROCESSOR_RUNTIME_COUNTERS {
  UINT64 TotalRuntime100ns;
  UINT64 HypervisorRuntime100ns;
} WHV_PROCESSOR_RUNTIME_COUNTERS;
WHV_STATIC_ASSERT(sizeof(WHV_PROCESSOR_RUNTIME_COUNTERS) == 16);

typedef struct WHV_PROCESSOR_INTERCEPT_COUNTER {
  UINT64 Count;
  UINT64 Time100ns;
} WHV_PROCESSOR_INTERCEPT_COUNTER;
WHV_STATIC_ASSERT(sizeof(WHV_PROCESSOR_INTERCEPT_COUNTER) == 16);

typedef struct WHV_PROCESSOR_INTERCEPT_COUNTERS {
  WHV_PROCESSOR_INTERCEPT_COUNTER PageInvalidations;
  WHV_PROCESSOR_INTERCEPT_COUNTER ControlRegisterAccesses;
  WHV_PROCESSOR_INTERCEPT_COUNTER IoInstructions;
  WHV_PROCESSOR_INTERCEPT_COUNTER HaltInstructions;
  WHV_PROCESSOR_INTERCEPT_COUNTER CpuidInstructions;
  WHV_PROCESSOR_INTERCEPT_COUNTER MsrAccesses;
  WHV_PROCESSOR_INTERCEPT_COUNTER OtherIntercepts;
  WHV_PROCESSOR_INTERCEPT_COUNTER PendingInterrupts;
  WHV_PROCESSOR_INTERCEPT_COUNTER EmulatedInstructions;
  WHV_PROCESSOR_INTERCEPT_COUNTER DebugRegisterAccesses;
  WHV_PROCESSOR_INTERCEPT_COUNTER PageFaultIntercepts;
  WHV_PROCESSOR_INTERCEPT_COUNTER NestedPageFaultIntercepts;
  WHV_PROCESSOR_INTERCEPT_COUNTER Hypercalls;
  WHV_PROCESSOR_INTERCEPT_COUNTER RdpmcInstructions;
} WHV_PROCESSOR_ACTIVITY_COUNTERS;
WHV_STATIC_ASSERT(sizeof(WHV_PROCESSOR_ACTIVITY_COUNTERS) == 224);

typedef struct WHV_PROCESSOR_EVENT_COUNTERS {
  UINT64 PageFaultCount;
  UINT64 ExceptionCount;
  UINT64 InterruptCount;
} WHV_PROCESSOR_GUEST_EVENT_COUNTERS;
WHV_STATIC_ASSERT(sizeof(WHV_PROCESSOR_GUEST_EVENT_COUNTERS) == 24);

typedef struct WHV_PROCESSOR_APIC_COUNTERS {
  UINT64 MmioAccessCount;
  UINT64 EoiAccessCount;
  UINT64 TprAccessCount;
  UINT64 SentIpiCount;
  UINT64 SelfIpiCount;
} WHV_PROCESSOR_APIC_COUNTERS;
WHV_STATIC_ASSERT(sizeof(WHV_PROCESSOR_APIC_COUNTERS) == 40);

typedef struct WHV_PROCESSOR_SYNTHETIC_FEATURES_COUNTERS {
  UINT64 SyntheticInterruptsCount;
  UINT64 LongSpinWaitHypercallsCount;
  UINT64 OtherHypercallsCount;
  UINT64 SyntheticInterruptHypercallsCount;
  UINT64 VirtualInterruptHypercallsCount;
  UINT64 VirtualMmuHypercallsCount;
} WHV_PROCESSOR_SYNTHETIC_FEATURES_COUNTERS;
WHV_STATIC_ASSERT(sizeof(WHV_PROCESSOR_SYNTHETIC_FEATURES_COUNTERS) == 48);

typedef enum WHV_ADVISE_GPA_RANGE_CODE WHV_ENUM {
  WHvAdviseGpaRangeCodePopulate = 0x0, WHvAdviseGpaRangeCodePin = 0x1, WHvAdviseGpaRangeCodeUnpin = 0x2
} WHV_ADVISE_GPA_RANGE_CODE;

typedef enum WHV_VIRTUAL_PROCESSOR_STATE_TYPE WHV_ENUM {
  WHvVirtualProcessorStateTypeSynicMessagePage = 0x0, WHvVirtualProcessorStateTypeSynicEventFlagPage = 0x1,
  WHvVirtualProcessorStateTypeSynicTimerState = 0x2, WHvVirtualProcessorStateTypeInterruptControllerState2 = 0x1000,
  WHvVirtualProcessorStateTypeXsaveState = 0x1001
} WHV_VIRTUAL_PROCESSOR_STATE_TYPE;

typedef struct WHV_SYNIC_EVENT_PARAMETERS {
  UINT32 VpIndex;
  UINT8 TargetSint;
  UINT8 Reserved;
  UINT16 FlagNumber;
} WHV_SYNIC_EVENT_PARAMETERS;
WHV_STATIC_ASSERT(sizeof(WHV_SYNIC_EVENT_PARAMETERS) == 8);

typedef enum WHV_ALLOCATE_VPCI_RESOURCE_FLAGS WHV_ENUM {
  WHvAllocateVpciResourceFlagNone = 0x0, WHvAllocateVpciResourceFlagAllowDirectP2P = 0x1
} WHV_ALLOCATE_VPCI_RESOURCE_FLAGS;
WHV_FLAG_OPERATORS(WHV_ALLOCATE_VPCI_RESOURCE_FLAGS)
#define WHV_MAX_DEVICE_ID_SIZE_IN_CHARS 200

typedef struct WHV_SRIOV_RESOURCE_DESCRIPTOR {
  UINT16 PnpInstanceId[WHV_MAX_DEVICE_ID_SIZE_IN_CHARS];
  struct {
    UINT32 LowPart;
    INT32 HighPart;
  } VirtualFunctionId;
  UINT16 VirtualFunctionIndex;
  UINT16 Reserved;
} WHV_SRIOV_RESOURCE_DESCRIPTOR;
WHV_STATIC_ASSERT(sizeof(WHV_SRIOV_RESOURCE_DESCRIPTOR) == 412);

typedef enum WHV_VPCI_DEVICE_NOTIFICATION_TYPE WHV_ENUM {
  WHvVpciDeviceNotificationUndefined = 0, WHvVpciDeviceNotificationMmioRemapping = 1,
  WHvVpciDeviceNotificationSurpriseRemoval = 2
} WHV_VPCI_DEVICE_NOTIFICATION_TYPE;

typedef struct WHV_VPCI_DEVICE_NOTIFICATION {
  WHV_VPCI_DEVICE_NOTIFICATION_TYPE NotificationType;
  UINT32 Reserved1;
  union {
    UINT64 Reserved2;
  };
} WHV_VPCI_DEVICE_NOTIFICATION;
WHV_STATIC_ASSERT(sizeof(WHV_VPCI_DEVICE_NOTIFICATION) == 16);

typedef enum WHV_CREATE_VPCI_DEVICE_FLAGS WHV_ENUM {
  WHvCreateVpciDeviceFlagNone = 0x0, WHvCreateVpciDeviceFlagPhysicallyBacked = 0x1,
  WHvCreateVpciDeviceFlagUseLogicalInterrupts = 0x2
} WHV_CREATE_VPCI_DEVICE_FLAGS;
WHV_FLAG_OPERATORS(WHV_CREATE_VPCI_DEVICE_FLAGS)

typedef enum WHV_VPCI_DEVICE_PROPERTY_CODE WHV_ENUM {
  WHvVpciDevicePropertyCodeUndefined = 0, WHvVpciDevicePropertyCodeHardwareIDs = 1,
  WHvVpciDevicePropertyCodeProbedBARs = 2
} WHV_VPCI_DEVICE_PROPERTY_CODE;

typedef struct WHV_VPCI_HARDWARE_IDS {
  UINT16 VendorID;
  UINT16 DeviceID;
  UINT8 RevisionID;
  UINT8 ProgIf;
  UINT8 SubClass;
  UINT8 BaseClass;
  UINT16 SubVendorID;
  UINT16 SubSystemID;
} WHV_VPCI_HARDWARE_IDS;
WHV_STATIC_ASSERT(sizeof(WHV_VPCI_HARDWARE_IDS) == 12);
#define WHV_VPCI_TYPE0_BAR_COUNT 6

typedef struct WHV_VPCI_PROBED_BARS {
  UINT32 Value[WHV_VPCI_TYPE0_BAR_COUNT];
} WHV_VPCI_PROBED_BARS;
WHV_STATIC_ASSERT(sizeof(WHV_VPCI_PROBED_BARS) == 24);

typedef enum WHV_VPCI_MMIO_RANGE_FLAGS WHV_ENUM {
  WHvVpciMmioRangeFlagReadAccess = 0x1, WHvVpciMmioRangeFlagWriteAccess = 0x2
} WHV_VPCI_MMIO_RANGE_FLAGS;
WHV_FLAG_OPERATORS(WHV_VPCI_MMIO_RANGE_FLAGS)

typedef enum WHV_VPCI_DEVICE_REGISTER_SPACE {
  WHvVpciConfigSpace = -1, WHvVpciBar0 = 0, WHvVpciBar1 = 1, WHvVpciBar2 = 2, WHvVpciBar3 = 3, WHvVpciBar4 = 4,
  WHvVpciBar5 = 5
} WHV_VPCI_DEVICE_REGISTER_SPACE;

typedef struct WHV_VPCI_MMIO_MAPPING {
  WHV_VPCI_DEVICE_REGISTER_SPACE Location;
  WHV_VPCI_MMIO_RANGE_FLAGS Flags;
  UINT64 SizeInBytes;
  UINT64 OffsetInBytes;
  void *VirtualAddress;
} WHV_VPCI_MMIO_MAPPING;
WHV_STATIC_ASSERT(sizeof(WHV_VPCI_MMIO_MAPPING) == 32);

typedef struct WHV_VPCI_DEVICE_REGISTER {
  WHV_VPCI_DEVICE_REGISTER_SPACE Location;
  UINT32 SizeInBytes;
  UINT64 OffsetInBytes;
} WHV_VPCI_DEVICE_REGISTER;
WHV_STATIC_ASSERT(sizeof(WHV_VPCI_DEVICE_REGISTER) == 16);

typedef enum WHV_VPCI_INTERRUPT_TARGET_FLAGS WHV_ENUM {
  WHvVpciInterruptTargetFlagNone = 0x0, WHvVpciInterruptTargetFlagMulticast = 0x1
} WHV_VPCI_INTERRUPT_TARGET_FLAGS;
WHV_FLAG_OPERATORS(WHV_VPCI_INTERRUPT_TARGET_FLAGS)

typedef struct WHV_VPCI_INTERRUPT_TARGET {
  UINT32 Vector;
  WHV_VPCI_INTERRUPT_TARGET_FLAGS Flags;
  UINT32 ProcessorCount;
  UINT32 Processors[1];
} WHV_VPCI_INTERRUPT_TARGET;
WHV_STATIC_ASSERT(sizeof(WHV_VPCI_INTERRUPT_TARGET) == 16);

typedef enum WHV_TRIGGER_TYPE WHV_ENUM {
  WHvTriggerTypeInterrupt = 0, WHvTriggerTypeSynicEvent = 1, WHvTriggerTypeDeviceInterrupt = 2
} WHV_TRIGGER_TYPE;

typedef struct WHV_TRIGGER_PARAMETERS {
  WHV_TRIGGER_TYPE TriggerType;
  UINT32 Reserved;
  union {
    WHV_INTERRUPT_CONTROL Interrupt;
    WHV_SYNIC_EVENT_PARAMETERS SynicEvent;
    struct {
      UINT64 LogicalDeviceId;
      UINT64 MsiAddress;
      UINT32 MsiData;
      UINT32 Reserved;
    } DeviceInterrupt;
  };
} WHV_TRIGGER_PARAMETERS;
WHV_STATIC_ASSERT(sizeof(WHV_TRIGGER_PARAMETERS) == 32);
typedef void *WHV_TRIGGER_HANDLE;

typedef enum WHV_VIRTUAL_PROCESSOR_PROPERTY_CODE WHV_ENUM {
  WHvVirtualProcessorPropertyCodeNumaNode = 0x0
} WHV_VIRTUAL_PROCESSOR_PROPERTY_CODE;

typedef struct WHV_VIRTUAL_PROCESSOR_PROPERTY {
  WHV_VIRTUAL_PROCESSOR_PROPERTY_CODE PropertyCode;
  UINT32 Reserved;
  union {
    UINT16 NumaNode;
    UINT64 Padding;
  };
} WHV_VIRTUAL_PROCESSOR_PROPERTY;
WHV_STATIC_ASSERT(sizeof(WHV_VIRTUAL_PROCESSOR_PROPERTY) == 16);

typedef enum WHV_NOTIFICATION_PORT_TYPE WHV_ENUM {
  WHvNotificationPortTypeEvent = 2, WHvNotificationPortTypeDoorbell = 4
} WHV_NOTIFICATION_PORT_TYPE;

typedef struct WHV_NOTIFICATION_PORT_PARAMETERS {
  WHV_NOTIFICATION_PORT_TYPE NotificationPortType;
  UINT32 Reserved;
  union {
    WHV_DOORBELL_MATCH_DATA Doorbell;
    struct {
      UINT32 ConnectionId;
    } Event;
  };
} WHV_NOTIFICATION_PORT_PARAMETERS;
WHV_STATIC_ASSERT(sizeof(WHV_NOTIFICATION_PORT_PARAMETERS) == 32);

typedef enum WHV_NOTIFICATION_PORT_PROPERTY_CODE WHV_ENUM {
  WHvNotificationPortPropertyPreferredTargetVp = 1, WHvNotificationPortPropertyPreferredTargetDuration = 5
} WHV_NOTIFICATION_PORT_PROPERTY_CODE;
typedef UINT64 WHV_NOTIFICATION_PORT_PROPERTY;
#define WHV_ANY_VP (0xFFFFFFFF)
#define WHV_NOTIFICATION_PORT_PREFERRED_DURATION_MAX (0xFFFFFFFFFFFFFFFFULL)
typedef void *WHV_NOTIFICATION_PORT_HANDLE;
#define WHV_SYNIC_MESSAGE_SIZE 256

#undef WHV_STATIC_ASSERT
#undef WHV_ENUM
#undef WHV_FLAG_OPERATORS
#endif
