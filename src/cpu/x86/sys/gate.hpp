// One attempt to enter a handler through the IVT or IDT.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/sys/exceptions.hpp"

namespace mullion::x86 {

struct Delivery {
  uint8_t vector = 0;
  Event event = Event::Exception;
  bool has_error = false;
  uint32_t error = 0;
  uint64_t rip = 0;        // to return to
  uint64_t flags = 0;      // image to push
  bool committed = false;  // a task switch took place: a fault belongs to the new task

  bool software() const { return event == Event::IntN || event == Event::Int3 || event == Event::Into; }
  uint32_t ext() const { return software() ? 0 : 1; }
  // Error code of a fault that names the gate.
  uint32_t gate_error() const { return vector * 8u + 2 + ext(); }
};

// A fault leaves the processor as it was, unless Delivery::committed.
[[nodiscard]] Status enter_handler(Cpu& c, Delivery& d);

}  // namespace mullion::x86
