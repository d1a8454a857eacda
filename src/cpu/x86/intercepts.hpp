// What a hypervisor's owner may look at before it happens: CPUID, MSRs, exceptions, the moment interrupts are possible.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/status.hpp"

#include <cstdint>
#include <optional>

namespace mullion::x86 {

// Cpu::intercepts; a processor without one pays a test of a null pointer in each of these rare places. Called on the
// processor's thread, between instructions or inside one that is not committed yet. Status::Exit from any of them
// stops the run with StopReason::Exit and the instruction not committed.
class Intercepts {
 public:
  // `result` is what the model answers and may be changed. Done or Exit.
  virtual Status cpuid(uint32_t leaf, uint32_t subleaf, CpuidResult& result) = 0;
  // Done: `value` counts. Fault: Cpu::fault was raised. Nothing: as without intercepts.
  virtual std::optional<Status> read_msr(uint32_t index, uint64_t& value) = 0;
  virtual std::optional<Status> write_msr(uint32_t index, uint64_t value) = 0;
  // True: not delivered. A fault ends the run with StopReason::Exit; for a trap (Fault::trap), whose instruction is
  // committed, the owner asks for kAttnStop itself. `software`: INT3, INTO, INT1.
  virtual bool exception(const Fault& fault, bool software) = 0;
  // kAttnWindow is set and the processor is between two instructions. True: run() returns StopReason::Stop.
  virtual bool window() = 0;

 protected:
  ~Intercepts() = default;
};

}  // namespace mullion::x86
