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
  void set_cmos(uint8_t index, uint8_t value) { state_.cmos[index & 0x7F] = value; }
  uint8_t cmos(uint8_t index) const { return state_.cmos[index & 0x7F]; }
  bool nmi_masked() const { return state_.nmi_masked; }

 private:
  struct State {
    std::array<uint8_t, 128> cmos{};  // the time registers only while the time stands (set, divider reset)
    uint8_t index = 0;
    bool nmi_masked = false;
    int64_t base_s = 0;     // time of day is base_s + (now + phase_ns) / 1 s
    uint64_t phase_ns = 0;  // below 1 s: where in a second virtual time 0 lies
    uint64_t checked_ns = 0;  // flags are right up to this time
  };
  template <class Archive, class S>
  static void fields(Archive& ar, S& s);

  uint64_t divider_ns(uint64_t now) const { return now + state_.phase_ns; }
  int64_t seconds(uint64_t now) const;
  bool divider_runs() const;
  bool time_runs() const;
  uint8_t encode(unsigned value) const;
  unsigned decode(uint8_t raw) const;
  uint8_t encode_hour(unsigned hour) const;
  unsigned decode_hour(uint8_t raw) const;
  void store_time(int64_t seconds);
  int64_t stored_time() const;
  uint8_t read_register(uint8_t index);
  uint8_t read_flags();
  void write_register(uint8_t index, uint8_t value);
  void write_a_or_b(uint8_t index, uint8_t value);
  void write_time(uint8_t index, uint8_t value);
  bool alarm_matches(uint8_t raw, unsigned value, bool hour) const;
  int64_t next_alarm(int64_t after) const;
  uint64_t period_ticks() const;
  void catch_up();
  void update();

  State state_;
  TimerHost& timers_;
  Line irq_;
  Timer timer_;
};

}  // namespace mullion
