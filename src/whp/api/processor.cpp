// The calls on virtual processors.
// SPDX-License-Identifier: Apache-2.0
#include "whp/call_log.hpp"
#include "whp/features.hpp"
#include "whp/handles.hpp"
#include "whp/include/WinHvPlatform.h"
#include "whp/vp.hpp"

#include <algorithm>
#include <cstring>

using namespace mullion::whp;

namespace {

// What programs built with the first SDK pass.
constexpr UINT32 kSmallestExitContext = 144;

HRESULT create(WHV_PARTITION_HANDLE partition, UINT32 index) {
  return with_partition(partition, [&](auto& p) { return p.create_vp(index); });
}

}  // namespace

HRESULT WHvCreateVirtualProcessor(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, UINT32 Flags) {
  return logged(
      "WHvCreateVirtualProcessor", [&] { return Flags != 0 ? E_INVALIDARG : create(Partition, VpIndex); }, "{}, {}",
      Partition, VpIndex);
}

HRESULT WHvCreateVirtualProcessor2(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex,
                                   const WHV_VIRTUAL_PROCESSOR_PROPERTY* Properties, UINT32 PropertyCount) {
  return logged(
      "WHvCreateVirtualProcessor2",
      [&]() -> HRESULT {
        if (Properties == nullptr && PropertyCount != 0) return E_INVALIDARG;
        for (UINT32 n = 0; n < PropertyCount; ++n) {
          WHV_VIRTUAL_PROCESSOR_PROPERTY const& p = Properties[n];
          if (p.PropertyCode != WHvVirtualProcessorPropertyCodeNumaNode || p.NumaNode != 0) return E_INVALIDARG;
        }
        return create(Partition, VpIndex);
      },
      "{}, {}, {} properties", Partition, VpIndex, PropertyCount);
}

HRESULT WHvDeleteVirtualProcessor(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex) {
  return logged(
      "WHvDeleteVirtualProcessor",
      [&] { return with_partition(Partition, [&](auto& p) { return p.delete_vp(VpIndex); }); }, "{}, {}", Partition,
      VpIndex);
}

HRESULT WHvRunVirtualProcessor(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, void* ExitContext,
                               UINT32 ExitContextSizeInBytes) {
  WHV_RUN_VP_EXIT_CONTEXT exit;
  std::memset(&exit, 0, sizeof exit);
  UINT32 reason = 0;
  return logged(
      "WHvRunVirtualProcessor",
      [&] {
        return with_vp(Partition, VpIndex, [&](Vp& vp) -> HRESULT {
          if (ExitContext == nullptr) return E_POINTER;
          if (ExitContextSizeInBytes < kSmallestExitContext) return WHV_E_INSUFFICIENT_BUFFER;
          if (HRESULT const hr = vp.run(exit); FAILED(hr)) return hr;
          reason = exit.ExitReason;
          std::memcpy(ExitContext, &exit, std::min<size_t>(ExitContextSizeInBytes, sizeof exit));
          return S_OK;
        });
      },
      "{}, {}: reason {:#x}, rip {:#x}", Partition, VpIndex, reason, exit.VpContext.Rip);
}

HRESULT WHvCancelRunVirtualProcessor(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, UINT32 Flags) {
  return logged(
      "WHvCancelRunVirtualProcessor",
      [&] {
        return with_vp(Partition, VpIndex, [&](Vp& vp) -> HRESULT {
          if (Flags != 0) return E_INVALIDARG;
          vp.cancel();
          return S_OK;
        });
      },
      "{}, {}", Partition, VpIndex);
}

HRESULT WHvGetVirtualProcessorRegisters(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex,
                                        const WHV_REGISTER_NAME* RegisterNames, UINT32 RegisterCount,
                                        WHV_REGISTER_VALUE* RegisterValues) {
  return logged(
      "WHvGetVirtualProcessorRegisters",
      [&] {
        return with_vp(Partition, VpIndex, [&](Vp& vp) -> HRESULT {
          if (RegisterNames == nullptr || RegisterValues == nullptr || RegisterCount == 0) return E_INVALIDARG;
          return vp.get_registers(RegisterNames, RegisterCount, RegisterValues);
        });
      },
      "{}, {}, {} registers", Partition, VpIndex, RegisterCount);
}

HRESULT WHvSetVirtualProcessorRegisters(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex,
                                        const WHV_REGISTER_NAME* RegisterNames, UINT32 RegisterCount,
                                        const WHV_REGISTER_VALUE* RegisterValues) {
  return logged(
      "WHvSetVirtualProcessorRegisters",
      [&] {
        return with_vp(Partition, VpIndex, [&](Vp& vp) -> HRESULT {
          if (RegisterNames == nullptr || RegisterValues == nullptr || RegisterCount == 0) return E_INVALIDARG;
          return vp.set_registers(RegisterNames, RegisterCount, RegisterValues);
        });
      },
      "{}, {}, {} registers", Partition, VpIndex, RegisterCount);
}

HRESULT WHvTranslateGva(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, WHV_GUEST_VIRTUAL_ADDRESS Gva,
                        WHV_TRANSLATE_GVA_FLAGS TranslateFlags, WHV_TRANSLATE_GVA_RESULT* TranslationResult,
                        WHV_GUEST_PHYSICAL_ADDRESS* Gpa) {
  return logged(
      "WHvTranslateGva",
      [&] {
        return with_vp(Partition, VpIndex, [&](Vp& vp) -> HRESULT {
          if (TranslationResult == nullptr || Gpa == nullptr) return E_POINTER;
          return vp.translate(Gva, TranslateFlags, *TranslationResult, *Gpa);
        });
      },
      "{}, {}, {:#x}, {:#x}", Partition, VpIndex, Gva, uint32_t(TranslateFlags));
}

HRESULT WHvGetVirtualProcessorCpuidOutput(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex, UINT32 Eax, UINT32 Ecx,
                                          WHV_CPUID_OUTPUT* CpuidOutput) {
  return logged(
      "WHvGetVirtualProcessorCpuidOutput",
      [&] {
        return with_vp(Partition, VpIndex, [&](Vp& vp) -> HRESULT {
          return CpuidOutput == nullptr ? E_POINTER : vp.cpuid_output(Eax, Ecx, *CpuidOutput);
        });
      },
      "{}, {}, {:#x}, {:#x}", Partition, VpIndex, Eax, Ecx);
}

HRESULT WHvGetVirtualProcessorCounters(WHV_PARTITION_HANDLE Partition, UINT32 VpIndex,
                                       WHV_PROCESSOR_COUNTER_SET CounterSet, void* Buffer, UINT32 BufferSizeInBytes,
                                       UINT32* BytesWritten) {
  return logged(
      "WHvGetVirtualProcessorCounters",
      [&] {
        return with_vp(Partition, VpIndex,
                       [&](Vp& vp) { return vp.counters(CounterSet, Buffer, BufferSizeInBytes, BytesWritten); });
      },
      "{}, {}, {}", Partition, VpIndex, uint32_t(CounterSet));
}
