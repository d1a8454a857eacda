// The debug console's one register.
// SPDX-License-Identifier: Apache-2.0
#include "devices/misc/debugcon/debugcon.hpp"

namespace mullion {

IoRead Debugcon::pio_read(uint16_t, unsigned) { return IoRead::of(config_.readback); }

IoStatus Debugcon::pio_write(uint16_t, unsigned, uint32_t value) {
  const auto byte = static_cast<uint8_t>(value);
  if (chardev_ != nullptr) chardev_->write({&byte, 1});
  return IoStatus::ok;
}

}  // namespace mullion
