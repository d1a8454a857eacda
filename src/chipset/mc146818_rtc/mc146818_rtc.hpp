// The MC146818 real-time clock and its 128 bytes of CMOS RAM.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/clock.hpp"
#include "bus/device.hpp"
#include "bus/line.hpp"

#include <array>
#include <cstdint>

namespace mullion {

struct Mc146818RtcConfig {
  // Wall-clock time at virtual time 0, in seconds since 1970-01-01 as the clock shall show it.
  int64_t start_epoch_s = 0;
};

// Purpose: time of day; periodic, alarm and update interrupts on IRQ 8; CMOS RAM; NMI mask (70h bit 7).
// Datasheet: Motorola MC146818A. Thread: any, machine lock held.
class Mc146818Rtc final : public Device, public PioTarget {
 public:
  Mc146818Rtc(const Mc146818RtcConfig& config, TimerHost& timers, Line irq);

  std::string_view name() const override { return "mc146818"; }
  // The battery keeps time and CMOS RAM; reset clears the interrupt enables and flags.
  void reset() override;
  void save(StateWriter& writer) const override;
  Result<void> restore(StateReader& reader) override;

  // 70h, 2 ports.
  IoRead pio_read(uint16_t offset, unsigned size) override;
  IoStatus pio_write(uint16_t offset, unsigned size, uint32_t value) override;

  // The machine fills in memory sizes, boot order and equipment (indices 0Eh..7Fh).
  void set_cmos(uint8_t index, uint8_t value) { cmos_[index & 0x7F] = value; }
  uint8_t cmos(uint8_t index) const { return cmos_[index & 0x7F]; }
  bool nmi_masked() const { return nmi_masked_; }

 private:
  std::array<uint8_t, 128> cmos_{};
  uint8_t index_ = 0;
  bool nmi_masked_ = false;
  TimerHost& timers_;
  Line irq_;
};

}  // namespace mullion
