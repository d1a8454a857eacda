// The local APIC: xAPIC page, x2APIC registers, its timer, and the way interrupts reach the processor.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/mutex.hpp"
#include "cpu/x86/port.hpp"
#include "cpu/x86/sys/apic_bus.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>

namespace mullion::x86 {

// The register page's offsets (SDM vol. 3 table 11-1). The x2APIC MSR is 0x800 + offset / 16.
enum ApicRegister : uint16_t {
  APIC_ID = 0x20, APIC_VERSION = 0x30, APIC_TPR = 0x80, APIC_APR = 0x90, APIC_PPR = 0xA0, APIC_EOI = 0xB0,
  APIC_RRD = 0xC0, APIC_LDR = 0xD0, APIC_DFR = 0xE0, APIC_SVR = 0xF0, APIC_ISR = 0x100, APIC_TMR = 0x180,
  APIC_IRR = 0x200, APIC_ESR = 0x280, APIC_ICR_LOW = 0x300, APIC_ICR_HIGH = 0x310, APIC_LVT_TIMER = 0x320,
  APIC_LVT_THERMAL = 0x330, APIC_LVT_PERF = 0x340, APIC_LVT_LINT0 = 0x350, APIC_LVT_LINT1 = 0x360,
  APIC_LVT_ERROR = 0x370, APIC_INITIAL_COUNT = 0x380, APIC_CURRENT_COUNT = 0x390, APIC_DIVIDE = 0x3E0,
  APIC_SELF_IPI = 0x3F0,
};

enum ApicLvt : uint8_t { kLvtTimer, kLvtThermal, kLvtPerf, kLvtLint0, kLvtLint1, kLvtError, kLvtCount };

// IA32_APIC_BASE (SDM vol. 3 figure 11-5).
enum ApicBase : uint64_t { APIC_BASE_BSP = 1u << 8, APIC_BASE_X2APIC = 1u << 10, APIC_BASE_ENABLE = 1u << 11 };

// All that a saved machine has to hold; initial values are those after reset of an application processor.
struct LocalApicState {
  uint64_t base = 0xFEE00800;
  uint8_t xapic_id = 0;  // as written to the xAPIC's ID register; in x2APIC mode the id is Config's
  uint8_t tpr = 0;
  uint32_t ldr = 0;  // xAPIC: logical id in bits 24-31
  uint32_t dfr = 0xFFFFFFFF;
  uint32_t svr = 0xFF;
  uint32_t esr = 0;          // as last latched by a write
  uint32_t esr_pending = 0;  // since then
  uint64_t icr = 0;
  std::array<uint32_t, kLvtCount> lvt{0x10000, 0x10000, 0x10000, 0x10000, 0x10000, 0x10000};
  uint32_t divide = 0;
  uint32_t initial_count = 0;
  uint64_t deadline_ns = 0;  // next expiry, 0: not armed; the counter follows from it
  uint64_t tsc_deadline = 0;
  std::array<uint32_t, 8> irr{}, isr{}, tmr{};
  uint8_t lint = 0;  // input levels, bit 0 LINT0 (the i8259's INTR), bit 1 LINT1 (NMI)
  bool ext_int_message = false;  // an ExtINT came as a message and waits
  uint8_t sipi_vector = 0;
};

// Purpose: Intel SDM vol. 3 chapter 11. Threads: everything but acknowledge(), read, write and the MSR functions may
// be called from any thread; those come from the processor's. One mutex inside guards the state and is held across
// no call out: ApicBus, CpuPort::eoi and the callbacks are called without it.
class LocalApic final {
 public:
  struct Config {
    uint32_t id = 0;
    bool bsp = true;
    bool present = true;  // without it the processor has INTR and NMI pins alone
    bool x2apic = true;
    bool tsc_deadline = true;
    uint64_t physical_mask = (uint64_t{1} << 40) - 1;
  };
  struct Callbacks {
    // Bits were added to the processor's attention: wake it if it is halted. Any thread; may hold the machine lock.
    std::function<void()> wake;
    // next_deadline_ns() changed by the processor's own doing. Its thread, no lock held.
    std::function<void()> deadline_changed;
  };

  LocalApic(ApicBus& bus, CpuPort& port, std::atomic<uint32_t>& attention, const Config& config);
  ~LocalApic();
  LocalApic(const LocalApic&) = delete;
  LocalApic& operator=(const LocalApic&) = delete;

  void set_callbacks(Callbacks callbacks) { callbacks_ = std::move(callbacks); }
  // Power-up and RESET#. The boot processor's LINT0 is left as firmware would: unmasked ExtINT ("virtual wire").
  void reset();
  // INIT: as reset, but IA32_APIC_BASE and the id stay.
  void init();

  // --- the processor's side ---------------------------------------------------------------------------------------
  uint64_t base() const { return base_.load(std::memory_order_relaxed); }
  // WRMSR IA32_APIC_BASE; false: reserved bit or forbidden transition, #GP(0).
  [[nodiscard]] bool set_base(uint64_t value);
  // The register page, while there is one.
  bool covers(uint64_t gpa) const { return (gpa & ~uint64_t{0xFFF}) == page_.load(std::memory_order_relaxed); }
  uint32_t read(unsigned offset);
  void write(unsigned offset, uint32_t value);
  // MSRs 0x800-0x8FF; false: #GP(0).
  [[nodiscard]] bool read_msr(uint32_t index, uint64_t& value);
  [[nodiscard]] bool write_msr(uint32_t index, uint64_t value);

  // The id that CPUID tells, whatever the ID register says.
  uint32_t id() const { return config_.id; }
  uint8_t cr8();
  void set_cr8(uint8_t value);

  // Whether acknowledge() would give a vector; the attention bit kAttnInterrupt is set whenever this becomes true.
  bool interrupt_pending() const { return pending_.load(std::memory_order_acquire); }
  // The vector that would be taken next by priority, -1 for none; ExtINT counts as none.
  int pending_vector();
  // The processor takes the interrupt: its vector, or -1 when there is none any more. ExtINT asks the i8259.
  int acknowledge();
  uint8_t sipi_vector();

  // --- time -------------------------------------------------------------------------------------------------------
  // IA32_TSC_DEADLINE. `tsc_offset` is ArchState's: guest TSC = clock + offset.
  uint64_t tsc_deadline();
  void set_tsc_deadline(uint64_t value, uint64_t tsc_offset);
  void tsc_offset_changed(uint64_t tsc_offset);
  // When poll() has to be called next, by the clock of CpuPort::now_ns.
  std::optional<uint64_t> next_deadline_ns();
  // Expires the timer if it is due and answers next_deadline_ns(). deadline_changed is not called.
  std::optional<uint64_t> poll(uint64_t now_ns);

  // --- inputs -----------------------------------------------------------------------------------------------------
  // LINT pins: 0 is the i8259's INTR, 1 is NMI.
  void set_lint(unsigned pin, bool level);
  // Thermal and performance LVTs: an edge.
  void raise_lvt(ApicLvt entry);
  // A message for this APIC alone (ApicBus finds out whose it is). False: not accepted.
  bool accept(DeliveryMode mode, uint8_t vector, bool level);
  bool addressed_by(const ApicMessage& message);
  // Of the processor, for lowest-priority delivery.
  uint8_t processor_priority();
  // Takes fixed interrupts: hardware- and software-enabled.
  bool enabled();

  LocalApicState save();
  void restore(const LocalApicState& state);

 private:
  enum class Timer : uint8_t { OneShot, Periodic, TscDeadline, Reserved };
  // What has to happen when the mutex is released.
  struct After {
    uint32_t attention = 0;
    int eoi = -1;  // vector to broadcast
    bool deadline = false;
    std::optional<uint64_t> ipi;  // ICR to send
  };

  bool x2apic() const MULLION_REQUIRES(mutex_) { return (s_.base & APIC_BASE_X2APIC) != 0; }
  bool hardware_enabled() const MULLION_REQUIRES(mutex_) { return (s_.base & APIC_BASE_ENABLE) != 0; }
  bool software_enabled() const MULLION_REQUIRES(mutex_) { return (s_.svr & 0x100) != 0; }
  void defaults(uint64_t base, After& after) MULLION_REQUIRES(mutex_);
  void set_base_locked(uint64_t base) MULLION_REQUIRES(mutex_);
  void publish(After& after) MULLION_REQUIRES(mutex_);
  void finish(const After& after);
  uint8_t ppr() const MULLION_REQUIRES(mutex_);
  int deliverable() const MULLION_REQUIRES(mutex_);
  bool ext_int() const MULLION_REQUIRES(mutex_);
  bool accept_locked(DeliveryMode mode, uint8_t vector, bool level, After& after) MULLION_REQUIRES(mutex_);
  void request(uint8_t vector, bool level, After& after) MULLION_REQUIRES(mutex_);
  void lvt_event(ApicLvt entry, After& after) MULLION_REQUIRES(mutex_);
  void error(uint32_t bit, After& after) MULLION_REQUIRES(mutex_);
  void eoi(After& after) MULLION_REQUIRES(mutex_);
  uint32_t ldr() const MULLION_REQUIRES(mutex_);
  uint32_t read_register(unsigned offset, After& after) MULLION_REQUIRES(mutex_);
  void write_register(unsigned offset, uint32_t value, After& after) MULLION_REQUIRES(mutex_);
  void write_lvt(ApicLvt entry, uint32_t value, After& after) MULLION_REQUIRES(mutex_);
  void write_svr(uint32_t value, After& after) MULLION_REQUIRES(mutex_);
  void send_ipi(uint64_t icr);
  bool valid_x2apic_write(unsigned offset, uint64_t value) const MULLION_REQUIRES(mutex_);
  static std::optional<ApicLvt> lvt_at(unsigned offset);
  uint32_t lvt_mask(ApicLvt entry) const;
  static bool is_writable(unsigned offset);

  Timer timer_mode() const MULLION_REQUIRES(mutex_);
  uint64_t divisor() const MULLION_REQUIRES(mutex_);
  uint32_t current_count(uint64_t now) const MULLION_REQUIRES(mutex_);
  void load_counter(uint32_t count, uint64_t now, After& after) MULLION_REQUIRES(mutex_);
  void set_divide(uint32_t value, uint64_t now, After& after) MULLION_REQUIRES(mutex_);
  void arm_tsc_deadline(After& after) MULLION_REQUIRES(mutex_);
  void disarm(After& after) MULLION_REQUIRES(mutex_);
  void expire(uint64_t now, After& after) MULLION_REQUIRES(mutex_);
  std::optional<uint64_t> wake_at() const MULLION_REQUIRES(mutex_);

  ApicBus& bus_;
  CpuPort& port_;
  std::atomic<uint32_t>& attention_;
  const Config config_;
  Callbacks callbacks_;

  Mutex mutex_;
  LocalApicState s_ MULLION_GUARDED_BY(mutex_);
  uint64_t tsc_offset_ MULLION_GUARDED_BY(mutex_) = 0;
  uint64_t not_before_ns_ MULLION_GUARDED_BY(mutex_) = 0;  // budget of a periodic timer
  // Follow from s_; read without the mutex.
  std::atomic<uint64_t> base_{0};
  std::atomic<uint64_t> page_{~uint64_t{0}};
  std::atomic<bool> pending_{false};
};

}  // namespace mullion::x86
