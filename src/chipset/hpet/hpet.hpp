// The high precision event timer: one 64-bit counter, three comparators.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/clock.hpp"
#include "bus/device.hpp"
#include "bus/line.hpp"

#include <array>
#include <cstdint>
#include <memory>

namespace mullion {

struct HpetLines {
  Line irq0;               // legacy replacement: where the PIT's output goes otherwise
  Line irq8;               // legacy replacement: where the RTC's interrupt goes otherwise
  LineSink* gsi = nullptr;  // I/O APIC inputs by number
  MsiSink* fsb = nullptr;   // null: no FSB delivery is offered
};

// Purpose: periodic and one-shot interrupts at 100 MHz, free-running counter.
// Document: IA-PC HPET Specification 1.0a. Thread: any, machine lock held.
// The machine connects PIT and RTC through pit_in() and rtc_in(), which legacy replacement cuts off.
class Hpet final : public Device, public MmioTarget {
 public:
  static constexpr uint64_t kDefaultBase = 0xFED0'0000;
  static constexpr uint64_t kWindowSize = 0x400;
  static constexpr unsigned kComparators = 3;
  static constexpr unsigned kGsis = 24;
  static constexpr uint64_t kTickNs = 10;
  // For the ACPI table: the low half of the capabilities register.
  static constexpr uint32_t kEventTimerBlockId = 0x8086'A201;

  Hpet(TimerHost& timers, const HpetLines& lines);

  std::string_view name() const override { return "hpet"; }
  void reset() override;
  void save(StateWriter& writer) const override;
  Result<void> restore(StateReader& reader) override;

  // Map with max_size 8.
  IoRead mmio_read(uint64_t offset, unsigned size) override;
  IoStatus mmio_write(uint64_t offset, unsigned size, uint64_t value) override;

  // Where PIT and RTC are connected; they reach irq0 and irq8 unless legacy replacement is on.
  Line pit_in() { return Line{legacy_, 0}; }
  Line rtc_in() { return Line{legacy_, 1}; }

  struct Comparator {
    uint64_t config = 0;
    uint64_t value = ~uint64_t{0};  // next match
    uint64_t period = 0;
    uint64_t fsb = 0;
  };

 private:
  // Passes the legacy interrupts on, or not.
  struct LegacyInput final : LineSink {
    explicit LegacyInput(Hpet& h) : hpet(h) {}
    void set_line(unsigned index, bool level) override;
    Hpet& hpet;
  };

  bool enabled() const;
  bool legacy() const;
  uint64_t counter() const;
  uint64_t read_register(uint64_t offset) const;
  void write_register(uint64_t offset, uint64_t value, uint64_t mask);
  void write_general(uint64_t value);
  void write_status(uint64_t value);
  void write_config(unsigned n, uint64_t value);
  void write_comparator(unsigned n, uint64_t value, uint64_t mask);
  void schedule(unsigned n, bool after_match);
  void on_timer(unsigned n);
  void interrupt(unsigned n);
  void drive_levels();
  void drive_legacy();
  uint64_t capabilities() const;
  uint64_t config_bits(unsigned n) const;

  uint64_t general_ = 0;
  uint64_t status_ = 0;
  uint64_t offset_ = 0;  // running: counter minus ticks of virtual time; halted: the counter
  std::array<Comparator, kComparators> comparators_;
  std::array<bool, 2> legacy_levels_{};  // PIT, RTC
  TimerHost& timers_;
  std::array<Line, 2> legacy_lines_;
  std::array<Line, kGsis> gsi_lines_;
  MsiSink* fsb_;
  LegacyInput legacy_{*this};
  std::array<std::unique_ptr<Timer>, kComparators> timer_;
};

}  // namespace mullion
