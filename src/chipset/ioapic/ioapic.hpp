// The 82093AA I/O APIC.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "bus/device.hpp"
#include "bus/line.hpp"

#include <array>
#include <cstdint>

namespace mullion {

struct IoApicConfig {
  uint8_t id = 0;
  uint8_t version = 0x20;  // 11h: the 82093AA; 20h adds the EOI register
};

// Purpose: 24 interrupt inputs to messages for the local APICs.
// Datasheet: Intel 82093AA (290566-001); EOI register: ICH9. Thread: any, machine lock held.
// A message is an MSI write: address FEE00000h | destination << 12 | logical << 2 (| 8 for lowest
// priority), data vector | delivery mode << 8 | assert << 14 | level << 15.
class IoApic final : public Device, public MmioTarget, public LineSink {
 public:
  static constexpr uint64_t kDefaultBase = 0xFEC0'0000;
  static constexpr uint64_t kWindowSize = 0x1000;
  static constexpr unsigned kPins = 24;

  IoApic(const IoApicConfig& config, MsiSink& messages);

  std::string_view name() const override { return "ioapic"; }
  void reset() override;
  void save(StateWriter& writer) const override;
  Result<void> restore(StateReader& reader) override;

  // Map with max_size 4.
  IoRead mmio_read(uint64_t offset, unsigned size) override;
  IoStatus mmio_write(uint64_t offset, unsigned size, uint64_t value) override;

  void set_line(unsigned pin, bool level) override;
  // The EOI message that local APICs broadcast for level-triggered vectors.
  void eoi(uint8_t vector);

 private:
  void service(unsigned pin);
  uint32_t read_register() const;
  void write_register(uint32_t value);

  IoApicConfig config_;
  MsiSink& messages_;
  uint8_t index_ = 0;
  uint8_t id_ = 0;
  std::array<uint64_t, kPins> table_{};
  uint32_t lines_ = 0;  // levels of the inputs
  uint32_t irr_ = 0;    // edges not yet delivered, levels asserted
};

}  // namespace mullion
