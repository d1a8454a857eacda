// Runs one instruction on the software CPU in the surroundings that NativeRunner gives it on the host.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpu.hpp"
#include "cpu/x86/cpuid/model.hpp"
#include "insn/native_runner.hpp"

#include <memory>
#include <vector>

namespace mullion::insn {

// A guest with Linux's user segments, the same LDT, four-level paging and CPL 3: the code pages are the native
// runner's own, the data pages a copy at the same linear addresses.
class SoftRunner final : public x86::CpuPort {
 public:
  explicit SoftRunner(const x86::CpuModel& model);
  ~SoftRunner();

  uint8_t* data() { return memory_.data() + kDataAt; }
  x86::Cpu& cpu() { return *cpu_; }

  // REP goes on until it is done.
  Outcome run(const MachineState& state);

  x86::PhysPage resolve(uint64_t gpa) override;
  x86::PortStatus mmio_read(uint64_t gpa, unsigned size, uint64_t& value) override;
  x86::PortStatus mmio_write(uint64_t gpa, unsigned size, uint64_t value) override;
  x86::PortStatus port_in(uint16_t port, unsigned size, uint32_t& value) override;
  x86::PortStatus port_out(uint16_t port, unsigned size, uint32_t value) override;
  int acknowledge_pic() override { return -1; }
  void eoi(uint8_t) override {}
  uint64_t now_ns() override { return 0; }

 private:
  // Guest-physical: tables from 0, data at kDataAt; the code pages at their linear address.
  static constexpr uint64_t kTables = 0x1000, kGdt = 0xA000, kLdt = 0xB000, kTss = 0xC000, kDataAt = 0x10000;
  void map(uint64_t linear, uint64_t physical, uint64_t flags);
  void make_tables();
  uint64_t next_table_ = kTables + 0x1000;
  void load(const MachineState& s);
  void load_segment(unsigned n, uint16_t selector);
  MachineState store() const;

  std::vector<uint8_t> memory_;
  std::unique_ptr<x86::Cpu> cpu_;
};

}  // namespace mullion::insn
