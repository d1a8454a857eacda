// The pc machine: i440FX and PIIX with their legacy chips, firmware, loaders and one processor.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "accel/vcpu.hpp"
#include "cpu/x86/sys/apic_bus.hpp"
#include "machine/machine_core.hpp"
#include "machine/pc_config.hpp"
#include "memory/guest_memory.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace mullion {

class Device;
struct PcChips;

// Thread: create() and run() on one thread, which becomes the processor's; MachineCore takes requests from all.
class Pc final : private CpuBus {
 public:
  // What an accelerator needs to make the processor. All of it outlives the processor.
  struct VcpuEnvironment {
    GuestMemory& memory;
    HostTimers& timers;
    MachineLock& lock;
    CpuBus& bus;
    x86::ApicBus& apics;
  };
  using VcpuFactory = std::function<Result<std::unique_ptr<Vcpu>>(const VcpuEnvironment&)>;

  // Reads firmware and kernel and checks the whole configuration; nothing runs yet.
  static Result<std::unique_ptr<Pc>> create(MachineCore& core, const PcConfig& config, const VcpuFactory& make_vcpu);
  ~Pc();
  Pc(const Pc&) = delete;
  Pc& operator=(const Pc&) = delete;

  // Runs the guest until the machine stops. Virtual time starts here, unless the core was paused.
  MachineExit run();

  GuestMemory& memory() { return memory_; }
  CpuBus& bus() { return *this; }
  Vcpu& vcpu() { return *vcpu_; }
  const std::vector<Device*>& devices() const { return devices_; }

 private:
  Pc(MachineCore& core, const PcConfig& config);
  Result<void> build_memory();
  Result<void> build_chips();
  Result<void> add_devices();
  void map_ports();
  void own(Device& device) { devices_.push_back(&device); }
  void power_off();
  // RESET# to everything; true if the machine goes on.
  Result<void> reset_all();
  Result<void> start_without_firmware();

  uint64_t mmio_read(uint64_t gpa, unsigned size) override;
  void mmio_write(uint64_t gpa, unsigned size, uint64_t value) override;
  uint32_t port_in(uint16_t port, unsigned size) override;
  void port_out(uint16_t port, unsigned size, uint32_t value) override;
  int acknowledge_pic() override;
  void eoi(uint8_t vector) override;
  void triple_fault(const char* report) override;

  MachineCore& core_;
  PcConfig config_;
  RamLayout ram_;
  GuestMemory memory_;
  BlockId ram_block_ = 0;
  std::optional<BlockId> rom_block_;
  uint64_t rom_size_ = 0;
  std::optional<KernelBoot> kernel_;
  x86::ApicBus apics_;
  std::unique_ptr<PcChips> chips_;
  std::vector<Device*> devices_;
  unsigned triple_faults_ = 0;
  std::unique_ptr<Vcpu> vcpu_;
};

}  // namespace mullion
