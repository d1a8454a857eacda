// A virtual processor of the accelerator `soft`: the software CPU between guest memory and the machine's buses.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "accel/vcpu.hpp"
#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "cpu/x86/cpu.hpp"
#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/sys/apic_bus.hpp"
#include "memory/guest_memory.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace mullion {

class SoftVcpu final : public Vcpu, private x86::CpuPort, private MappingListener, private CodeWatcher {
 public:
  struct Environment {
    GuestMemory& memory;
    TimerHost& timers;
    Mutex& machine_lock;  // held by whoever touches devices and timers
    CpuBus& bus;
    x86::ApicBus& apics;
  };

  SoftVcpu(const Environment& environment, x86::CpuModel model, uint32_t index);
  ~SoftVcpu() override;

  VcpuExit run() override;
  void reset() override;
  std::string describe() const override;
  void start_flat32(const FlatStart& start) override;

  void set_pic_request(bool level) override;
  void nmi() override;
  void smi() override;
  void kick() override;
  void request_reset() override;
  void deliver_msi(uint64_t address, uint32_t data) override;

  // For tests, tools and the monitor.
  x86::Cpu& cpu() { return cpu_; }

 private:
  // CpuPort
  x86::PhysPage resolve(uint64_t gpa) override;
  x86::PortStatus mmio_read(uint64_t gpa, unsigned size, uint64_t& value) override;
  x86::PortStatus mmio_write(uint64_t gpa, unsigned size, uint64_t value) override;
  x86::PortStatus port_in(uint16_t port, unsigned size, uint32_t& value) override;
  x86::PortStatus port_out(uint16_t port, unsigned size, uint32_t value) override;
  int acknowledge_pic() override;
  void eoi(uint8_t vector) override;
  uint64_t now_ns() override;

  void on_mapping_change(uint64_t gpa, uint64_t size) override;
  void dma_write(uint64_t gpa, uint64_t size) override;

  void announce(uint32_t attention);
  void wake();
  void wait();  // until there is something to do
  void arm_apic_timer();
  bool on_own_thread() const { return std::this_thread::get_id() == thread_.load(std::memory_order_relaxed); }
  void take_foreign_changes();

  Environment env_;
  x86::CpuModel model_;
  x86::Cpu cpu_;
  Timer apic_timer_;
  std::atomic<std::thread::id> thread_{};

  std::mutex sleep_;
  std::condition_variable woken_;
  // Pages that other threads changed: every decoded block and translation goes.
  std::atomic<bool> foreign_change_{false};
  std::atomic<bool> kicked_{false};
};

}  // namespace mullion
