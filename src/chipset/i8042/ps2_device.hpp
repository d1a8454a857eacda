// The PS/2 keyboard and mouse behind the 8042: commands and their answers.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/fixed_fifo.hpp"

#include <cstdint>

namespace mullion {

// What the two devices share: a queue towards the controller and a command that waits for its byte.
struct Ps2State {
  FixedFifo<uint8_t, 64> queue;
  uint8_t waiting = 0;   // command that takes one more byte, or 0
  uint8_t last = 0;      // for "resend"
  uint8_t scan_set = 2;  // keyboard
  bool enabled = false;  // reports keys or movements
  uint8_t rate = 100;    // mouse: samples a second
  uint8_t resolution = 2;
  bool scale2 = false;
  bool remote = false;
  bool wrap = false;
};

// Purpose: answer identification and set-up; no input comes from the host yet.
// Document: IBM PS/2 Technical Reference, keyboard; mouse.
class Ps2Keyboard {
 public:
  void reset();
  // A byte from the controller.
  void write(uint8_t value);
  Ps2State& state() { return state_; }
  const Ps2State& state() const { return state_; }

 private:
  void argument(uint8_t command, uint8_t value);
  Ps2State state_;
};

class Ps2Mouse {
 public:
  void reset();
  void write(uint8_t value);
  Ps2State& state() { return state_; }
  const Ps2State& state() const { return state_; }

 private:
  void defaults();
  void command(uint8_t value);
  void report();
  Ps2State state_;
};

}  // namespace mullion
