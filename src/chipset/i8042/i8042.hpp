// The 8042 keyboard controller with a PS/2 keyboard and mouse.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/fixed_fifo.hpp"
#include "bus/device.hpp"
#include "bus/line.hpp"
#include "bus/pio_window.hpp"
#include "chipset/i8042/ps2_device.hpp"

#include <array>
#include <cstdint>

namespace mullion {

struct I8042Lines {
  Line irq1;
  Line irq12;
  Line reset;               // pulsed by FEh and by clearing bit 0 of the output port
  LineSink* a20 = nullptr;  // told at every write of the output port: the last writer of A20 wins
  unsigned a20_index = 0;
};

// Purpose: keyboard, mouse, A20 gate and CPU reset.
// Document: IBM PS/2 Technical Reference, keyboard and auxiliary device controller. Thread: any, machine lock held.
class I8042 final : public Device {
 public:
  explicit I8042(const I8042Lines& lines);

  std::string_view name() const override { return "i8042"; }
  void reset() override;
  void save(StateWriter& writer) const override;
  Result<void> restore(StateReader& reader) override;

  PioTarget& data_port() { return data_window_; }        // 60h, 1 port
  PioTarget& command_port() { return command_window_; }  // 64h, 1 port

 private:
  IoRead read_data(uint16_t offset, unsigned size);
  IoStatus write_data(uint16_t offset, unsigned size, uint32_t value);
  IoRead read_status(uint16_t offset, unsigned size);
  IoStatus write_command(uint16_t offset, unsigned size, uint32_t value);

  // A byte on its way to port 60h and whether it is shown as the mouse's.
  struct State {
    std::array<uint8_t, 32> ram{};  // ram[0] is the command byte
    uint8_t status = 0;             // SYS, Cmd, Keyl; OBF and Aux while a byte waits
    uint8_t output = 0;             // the byte at port 60h
    uint8_t output_port = 0;
    uint8_t waiting = 0;  // controller command that takes one more byte, or 0
  };
  template <class Archive, class S>
  static void fields(Archive& ar, S& s);

  void respond(uint8_t value, bool as_aux = false);
  void argument(uint8_t command, uint8_t value);
  void write_output_port(uint8_t value);
  void fill();
  void update_lines();

  State state_;
  FixedFifo<uint16_t, 16> responses_;  // of the controller itself; bit 8: as the mouse's
  Ps2Keyboard keyboard_;
  Ps2Mouse mouse_;
  I8042Lines lines_;
  PioWindow<I8042, &I8042::read_data, &I8042::write_data> data_window_{*this};
  PioWindow<I8042, &I8042::read_status, &I8042::write_command> command_window_{*this};
};

}  // namespace mullion
