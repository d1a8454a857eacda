// Groups of the architectural state as registers of a WHP processor: which names they are, and one call for any mask.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "accel/whpx/library.hpp"
#include "cpu/x86/state/state_view.hpp"

#include <array>
#include <cstdint>
#include <functional>

namespace mullion::whpx {

// What is written and read at each occasion; constant sets, whose lists of names the tests hold.
enum Level : x86::StateMask {
  // An access to a device: the rest is in the exit's context.
  kLevelFast = x86::kStateGprs | x86::kStateRip | x86::kStateFlags,
  // A processor that was changed from outside: debugger, loader, bursts of the software CPU.
  kLevelRuntime = kLevelFast | x86::kStateSegments | x86::kStateLdtr | x86::kStateTr | x86::kStateGdtr |
                  x86::kStateIdtr | x86::kStateCr0 | x86::kStateCr2 | x86::kStateCr3 | x86::kStateCr4 |
                  x86::kStateEfer | x86::kStateMsrs,
  // After RESET# and INIT: with what only software's own processor loop needs otherwise.
  kLevelReset = kLevelRuntime | x86::kStateCr8 | x86::kStateXcr0 | x86::kStateDr | x86::kStateX87 | x86::kStateSse |
                x86::kStateMxcsr | x86::kStateActivity,
};

// The groups that are registers of WHP. The others (AVX, AVX-512, opmasks, PKRU) are in the XSAVE image alone.
inline constexpr x86::StateMask kRegisterGroups =
    x86::kStateAll & ~(x86::kStateAvx | x86::kStateAvx512 | x86::kStateOpmask | x86::kStatePkru);

// All names of all groups: no mask gives more.
inline constexpr unsigned kMaxRegisters = 96;

struct RegisterBatch {
  std::array<WHV_REGISTER_NAME, kMaxRegisters> names;
  unsigned count = 0;
};

// The names of `groups` in ascending order of the groups. `groups` is within kRegisterGroups.
RegisterBatch registers_of(x86::StateMask groups);

struct CallCounters {
  uint64_t gets = 0, registers_got = 0;
  uint64_t sets = 0, registers_set = 0;
};

// Purpose: the state of one virtual processor, by groups. Thread: the processor's, while it does not run.
class ProcessorRegisters final : public x86::StateSource {
 public:
  // Groups of `absent` do not exist for this guest, as its CPUID says: they keep their values and cost nothing.
  // `read_quad` reads guest memory: PAE's page directory pointers are no registers of WHP and come from where CR3 says.
  ProcessorRegisters(const Functions& functions, WHV_PARTITION_HANDLE partition, uint32_t index,
                     std::function<uint64_t(uint64_t)> read_quad, x86::StateMask absent = 0)
      : f_(functions), partition_(partition), index_(index), read_quad_(std::move(read_quad)), absent_(absent) {}

  // False: the platform refused, `last_error` says why; or a group is not in kRegisterGroups.
  bool fetch(x86::StateMask groups, x86::ArchState& into) override;
  bool store(x86::StateMask groups, const x86::ArchState& from) override;

  HRESULT last_error() const { return last_error_; }
  CallCounters counters;

 private:
  const Functions& f_;
  WHV_PARTITION_HANDLE partition_;
  uint32_t index_;
  std::function<uint64_t(uint64_t)> read_quad_;
  x86::StateMask absent_;
  HRESULT last_error_ = 0;
};

}  // namespace mullion::whpx
