// The exit port.
// SPDX-License-Identifier: Apache-2.0
#include "devices/misc/isa_debug_exit/isa_debug_exit.hpp"

namespace mullion {

IoRead IsaDebugExit::pio_read(uint16_t, unsigned) { return IoRead::of(0); }

IoStatus IsaDebugExit::pio_write(uint16_t, unsigned, uint32_t value) {
  // An exit status has 8 bits on the host; what is beyond them is cut off there.
  exit_(static_cast<int>((value & 0x7FFF'FFFF) << 1 | 1));
  return IoStatus::ok;
}

}  // namespace mullion
