// A virtual processor: the software CPU behind the platform's run, cancel and register calls.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpu.hpp"
#include "cpu/x86/intercepts.hpp"
#include "cpu/x86/interp/interpreter.hpp"
#include "whp/partition.hpp"

#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <unordered_map>

namespace mullion::whp {

// Purpose: one index of a partition. Run, registers and state are for one thread at a time: a second caller gets
// WHV_E_INVALID_VP_STATE. cancel() and kick() are for any thread.
class Vp final : private x86::CpuPort, private x86::Intercepts {
 public:
  Vp(Partition& partition, uint32_t index);
  ~Vp();

  HRESULT run(WHV_RUN_VP_EXIT_CONTEXT& exit);
  void cancel();
  // Leave guest code soon: something that concerns all processors changed.
  void kick();
  // As when it was made; forgets a cancel that waits.
  HRESULT reset();
  bool addressed_by(const x86::ApicMessage& message);
  bool running() const { return running_.load(std::memory_order_acquire); }

  HRESULT get_registers(const WHV_REGISTER_NAME* names, uint32_t count, WHV_REGISTER_VALUE* values);
  HRESULT set_registers(const WHV_REGISTER_NAME* names, uint32_t count, const WHV_REGISTER_VALUE* values);
  HRESULT translate(uint64_t gva, uint32_t flags, WHV_TRANSLATE_GVA_RESULT& result, uint64_t& gpa);
  HRESULT get_xsave(void* buffer, uint32_t size, uint32_t* written);
  HRESULT set_xsave(const void* buffer, uint32_t size);
  HRESULT get_apic(void* buffer, uint32_t size, uint32_t* written);
  HRESULT set_apic(const void* buffer, uint32_t size);
  HRESULT cpuid_output(uint32_t leaf, uint32_t subleaf, WHV_CPUID_OUTPUT& out);
  HRESULT counters(uint32_t set, void* buffer, uint32_t size, uint32_t* written);

 private:
  friend class RegisterAccess;  // registers.cpp
  class Use;  // holds the processor for the duration of a call

  // CpuPort
  x86::PhysPage resolve(uint64_t gpa) override;
  x86::PhysPage resolve_for_write(uint64_t gpa) override;
  x86::PortStatus mmio_read(uint64_t gpa, unsigned size, uint64_t& value) override;
  x86::PortStatus mmio_write(uint64_t gpa, unsigned size, uint64_t value) override;
  x86::PortStatus port_in(uint16_t port, unsigned size, uint32_t& value) override;
  x86::PortStatus port_out(uint16_t port, unsigned size, uint32_t value) override;
  int acknowledge_pic() override { return -1; }
  void eoi(uint8_t vector) override;
  uint64_t now_ns() override { return partition_.timers().now_ns(); }
  // Intercepts
  x86::Status cpuid(uint32_t leaf, uint32_t subleaf, x86::CpuidResult& result) override;
  std::optional<x86::Status> read_msr(uint32_t index, uint64_t& value) override;
  std::optional<x86::Status> write_msr(uint32_t index, uint64_t value) override;
  bool exception(const x86::Fault& fault, bool software) override;
  bool window() override;

  // vp.cpp: the run loop
  void run_until_exit();
  bool execute();  // true: there is an exit
  bool idle();
  void refresh();
  void remember_code();
  void arm_apic_timer();
  void announce(uint32_t attention);
  // vp_events.cpp: what the client injects and waits for
  bool inject();
  bool inject_exception(uint8_t vector, bool has_error, uint32_t error, uint64_t parameter, unsigned length);
  bool inject_external(uint8_t vector);
  void want_window();
  bool state_valid() const;
  // vp_exits.cpp: exit contexts
  x86::Status exit_with(WHV_RUN_VP_EXIT_REASON reason);
  std::optional<x86::Status> msr_action(uint32_t index, bool write);
  x86::Status msr_exit(uint32_t index, bool write);
  void port_exit(uint16_t port, unsigned size, bool write);
  void memory_exit(uint64_t gpa, unsigned type);
  void fill_context(WHV_RUN_VP_EXIT_CONTEXT& out);
  unsigned fetch(uint8_t (&bytes)[16]);
  void reset_processor();

  Partition& partition_;
  uint32_t const index_;
  x86::Cpu cpu_;
  Timer apic_timer_;

  std::mutex use_;
  std::atomic<bool> running_{false};
  std::atomic<bool> canceled_{false};
  std::mutex sleep_;
  std::condition_variable woken_;

  std::shared_ptr<const ExitRules> rules_;
  WHV_RUN_VP_EXIT_CONTEXT exit_{};
  bool has_exit_ = false;
  bool at_instruction_ = false;  // the exit's instruction is not committed: its bytes and length are told
  bool walk_missed_ = false;     // a page walk met memory that is not there: exit_ says where
  bool injecting_ = false;
  std::deque<uint8_t> eois_;

  uint64_t pending_interruption_ = 0;
  std::array<uint64_t, 2> pending_event_{};
  uint64_t notifications_ = 0;  // DeliverabilityNotifications
  uint64_t apic_base_ = 0;      // where the client emulates the APIC

  // Code pages as they were when their blocks were decoded: the client writes to memory behind our back.
  struct CodePage {
    uint64_t epoch = 0;
    std::array<uint8_t, kPageSize> bytes;
  };
  std::unordered_map<uint64_t, CodePage> code_pages_;
  std::vector<uint64_t> seen_pages_;  // resolved in this epoch
  uint64_t epoch_ = 1;
  uint64_t map_seen_ = 0;

  struct Counter {
    uint64_t count = 0, ns = 0;
  };
  uint64_t run_ns_ = 0;
  std::array<Counter, 5> intercepts_{};  // I/O, HLT, CPUID, MSR, memory
  uint64_t page_faults_ = 0, exceptions_ = 0;
};

}  // namespace mullion::whp
