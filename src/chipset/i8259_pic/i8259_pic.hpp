// The two cascaded 8259A interrupt controllers of a PC, with the ELCR of the ISA bridge.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "bus/device.hpp"
#include "bus/line.hpp"
#include "bus/pio_window.hpp"

#include <array>
#include <cstdint>

namespace mullion {

// Purpose: the 16 ISA interrupts, prioritised, onto the CPU's INTR pin.
// Datasheet: Intel 8259A (231468-003); ELCR: 82371SB (PIIX3) §2.5.5. Thread: any, machine lock held.
// Inputs: set_line(0..15); input 2 is the cascade and ignored.
// NOTE: an edge is latched in the IRR until acknowledged even if the line falls before; the 8259A
// would turn it into a spurious interrupt. Short pulses of devices are not lost this way.
class I8259Pic final : public Device, public LineSink {
 public:
  explicit I8259Pic(Line intr);

  std::string_view name() const override { return "i8259"; }
  void reset() override;
  void save(StateWriter& writer) const override;
  Result<void> restore(StateReader& reader) override;

  void set_line(unsigned irq, bool level) override;

  PioTarget& master_ports() { return master_window_; }  // 20h, 2 ports
  PioTarget& slave_ports() { return slave_window_; }    // A0h, 2 ports
  PioTarget& elcr_ports() { return elcr_window_; }      // 4D0h, 2 ports

  // The INTA cycles of the CPU: the vector; a spurious one if nothing is pending any more.
  uint8_t acknowledge();
  // What the INTR pin shows.
  bool intr() const { return intr_.level(); }

  struct Chip {
    uint8_t irr = 0;
    uint8_t imr = 0;
    uint8_t isr = 0;
    uint8_t lines = 0;      // levels of the inputs
    uint8_t elcr = 0;       // 1: level-triggered
    uint8_t icw2 = 0;       // vector base
    uint8_t icw3 = 0;
    uint8_t icw4 = 0;
    uint8_t lowest = 7;     // input of the lowest priority (rotation)
    uint8_t init_step = 0;  // ICW expected next at the odd port: 0 none, 2, 3, 4
    bool ltim = false;      // ICW1: all inputs level-triggered
    bool single = false;    // ICW1: no cascade
    bool needs_icw4 = false;
    bool read_isr = false;         // OCW3
    bool poll = false;             // OCW3: the next read is an acknowledge
    bool special_mask = false;     // OCW3
    bool rotate_on_aeoi = false;   // OCW2
  };

 private:
  IoRead read_master(uint16_t offset, unsigned) { return read(0, offset); }
  IoRead read_slave(uint16_t offset, unsigned) { return read(1, offset); }
  IoRead read_elcr(uint16_t offset, unsigned) { return IoRead::of(chips_[offset].elcr); }
  IoStatus write_master(uint16_t offset, unsigned, uint32_t v) { return write(0, offset, static_cast<uint8_t>(v)); }
  IoStatus write_slave(uint16_t offset, unsigned, uint32_t v) { return write(1, offset, static_cast<uint8_t>(v)); }
  IoStatus write_elcr(uint16_t offset, unsigned, uint32_t value);

  IoRead read(unsigned chip, uint16_t offset);
  IoStatus write(unsigned chip, uint16_t offset, uint8_t value);
  void write_icw1(Chip& c, uint8_t value);
  void write_ocw2(Chip& c, uint8_t value);
  void write_ocw3(Chip& c, uint8_t value);
  void write_odd(unsigned chip, uint8_t value);
  int pending(unsigned chip) const;
  uint8_t accept(unsigned chip);
  void update();

  std::array<Chip, 2> chips_;
  Line intr_;
  PioWindow<I8259Pic, &I8259Pic::read_master, &I8259Pic::write_master> master_window_{*this};
  PioWindow<I8259Pic, &I8259Pic::read_slave, &I8259Pic::write_slave> slave_window_{*this};
  PioWindow<I8259Pic, &I8259Pic::read_elcr, &I8259Pic::write_elcr> elcr_window_{*this};
};

}  // namespace mullion
