// The test device of a PC: registers that test guests poke, interrupt lines by number, 64 KiB of MMIO.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "bus/device.hpp"
#include "bus/line.hpp"
#include "bus/pio_window.hpp"

#include <array>
#include <cstdint>

namespace mullion {

// Purpose: what CPU and interrupt test suites expect of a virtual PC. Thread: any, machine lock held.
class PcTestdev final : public Device, public MmioTarget {
 public:
  static constexpr uint64_t kMmioBase = 0xFF00'0000;
  static constexpr uint64_t kMmioSize = 0x1'0000;
  static constexpr unsigned kIrqLines = 24;

  // `irqs` are the ISA and I/O APIC inputs 0..23.
  explicit PcTestdev(LineSink& irqs) : irqs_(irqs) {}

  std::string_view name() const override { return "pc-testdev"; }
  void reset() override;
  void save(StateWriter& writer) const override;
  Result<void> restore(StateReader& reader) override;

  PioTarget& data_ports() { return data_window_; }    // E0h, 4 ports, max_size 4
  PioTarget& flush_ports() { return flush_window_; }  // E4h, 4 ports, max_size 4
  PioTarget& byte_ports() { return byte_window_; }    // E8h, 4 ports, max_size 1
  PioTarget& irq_ports() { return irq_window_; }      // 2000h, 24 ports, max_size 1

  // Map with max_size 8.
  IoRead mmio_read(uint64_t offset, unsigned size) override;
  IoStatus mmio_write(uint64_t offset, unsigned size, uint64_t value) override;

 private:
  IoRead read_data(uint16_t offset, unsigned size);
  IoStatus write_data(uint16_t offset, unsigned size, uint32_t value);
  IoRead read_nothing(uint16_t, unsigned) { return IoRead::nobody(); }
  IoStatus write_flush(uint16_t, unsigned, uint32_t) { return IoStatus::ok; }
  IoStatus write_irq(uint16_t offset, unsigned size, uint32_t value);

  uint32_t data_ = 0;
  uint32_t lines_ = 0;
  std::array<uint8_t, kMmioSize> memory_{};
  LineSink& irqs_;
  PioWindow<PcTestdev, &PcTestdev::read_data, &PcTestdev::write_data> data_window_{*this};
  PioWindow<PcTestdev, &PcTestdev::read_nothing, &PcTestdev::write_flush> flush_window_{*this};
  PioWindow<PcTestdev, &PcTestdev::read_data, &PcTestdev::write_data> byte_window_{*this};
  PioWindow<PcTestdev, &PcTestdev::read_nothing, &PcTestdev::write_irq> irq_window_{*this};
};

}  // namespace mullion
