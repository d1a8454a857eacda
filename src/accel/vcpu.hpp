// One virtual processor of any accelerator.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "accel/cpu_bus.hpp"

#include <cstdint>
#include <string>

namespace mullion {

enum class VcpuExit : uint8_t {
  Kicked,       // kick() was called
  Reset,        // request_reset() was called: the machine resets its devices, then calls reset()
  TripleFault,  // the processor is in shutdown; CpuBus::triple_fault has been told why
};

// Bound to the thread that calls run(); the rest of VcpuControl may come from any thread.
class Vcpu : public VcpuControl {
 public:
  virtual ~Vcpu() = default;
  // Runs the guest until one of the reasons above; a halted processor waits inside without using the host's.
  virtual VcpuExit run() = 0;
  // RESET#. While run() is not active.
  virtual void reset() = 0;
  // Registers for the monitor, `-d cpu` and reports, as text. While run() is not active.
  virtual std::string describe() const = 0;
  // Sets the registers a loader asks for (PVH, multiboot: 32-bit protected mode, flat segments, paging off).
  struct FlatStart {
    uint32_t eip = 0;
    uint32_t eax = 0;
    uint32_t ebx = 0;
    uint32_t esi = 0;
  };
  virtual void start_flat32(const FlatStart& start) = 0;
};

}  // namespace mullion
