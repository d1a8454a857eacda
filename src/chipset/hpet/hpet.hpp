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
  static constexpr uint64_t kTickNs = 10;

  Hpet(TimerHost& timers, const HpetLines& lines);
  ~Hpet() override;

  std::string_view name() const override { return "hpet"; }
  void reset() override;
  void save(StateWriter& writer) const override;
  Result<void> restore(StateReader& reader) override;

  // Map with max_size 8.
  IoRead mmio_read(uint64_t offset, unsigned size) override;
  IoStatus mmio_write(uint64_t offset, unsigned size, uint64_t value) override;

  Line pit_in();
  Line rtc_in();
  // For the ACPI table.
  static constexpr uint32_t kEventTimerBlockId = 0x8086'A201;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mullion
