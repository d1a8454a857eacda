// The 8254 interval timer of a PC with port 61h: speaker gate, refresh toggle.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/clock.hpp"
#include "bus/device.hpp"
#include "bus/line.hpp"
#include "bus/pio_window.hpp"

#include <array>
#include <cstdint>

namespace mullion {

// Purpose: three counters at 1.193182 MHz; counter 0 drives IRQ 0, counter 2 the speaker.
// Datasheet: Intel 8254 (231164-005). Thread: any, machine lock held.
class I8254Pit final : public Device, public PioTarget {
 public:
  static constexpr uint64_t kFrequencyHz = 1'193'182;

  I8254Pit(TimerHost& timers, Line out0);

  std::string_view name() const override { return "i8254"; }
  void reset() override;
  void save(StateWriter& writer) const override;
  Result<void> restore(StateReader& reader) override;

  // 40h, 4 ports.
  IoRead pio_read(uint16_t offset, unsigned size) override;
  IoStatus pio_write(uint16_t offset, unsigned size, uint32_t value) override;
  PioTarget& port61() { return port61_window_; }  // 61h, 1 port

  struct Counter {
    uint8_t mode = 0;  // 0..5
    uint8_t rw = 3;    // 1 LSB, 2 MSB, 3 LSB then MSB
    bool bcd = false;
    bool gate = true;
    bool null_count = true;  // a count was written and has not been loaded yet
    bool counting = false;   // a count has been loaded
    bool write_msb_next = false;
    bool read_msb_next = false;
    uint8_t write_lsb = 0;
    bool count_latched = false;
    bool status_latched = false;
    uint8_t latched_status = 0;
    uint16_t latched_count = 0;  // as it is read: in BCD if the counter is
    uint32_t reload = 0x10000;   // the running count, 1..65536
    uint64_t start_tick = 0;     // tick at which it was loaded
    uint64_t held = 0;           // ticks that had passed when the gate stopped the clock
    bool next_written = false;   // modes 1 and 5: waits for the gate; 2 and 3: for the end of the period
    uint32_t next_reload = 0x10000;
    uint64_t switch_tick = 0;  // modes 2 and 3: when next_reload takes over
  };

 private:
  IoRead read61(uint16_t offset, unsigned size);
  IoStatus write61(uint16_t offset, unsigned size, uint32_t value);

  uint64_t ticks() const;
  void write_control(uint8_t value);
  void write_count(unsigned number, uint8_t value);
  void load(unsigned number, uint16_t raw);
  void set_gate2(bool level);
  uint8_t read_counter(Counter& c);
  void latch_count(Counter& c) const;
  void latch_status(Counter& c) const;
  // Counter 0's output is a line: it is driven at each of its edges.
  void schedule(uint64_t after_tick);
  void on_timer();

  std::array<Counter, 3> counters_;
  uint8_t control61_ = 0;  // port 61h bits 0..3
  uint64_t event_tick_ = 0;
  TimerHost& timers_;
  Line out0_;
  Timer timer_;
  PioWindow<I8254Pit, &I8254Pit::read61, &I8254Pit::write61> port61_window_{*this};
};

}  // namespace mullion
