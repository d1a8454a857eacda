// Port 92h: two bits with an effect, six without.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/port92/port92.hpp"

#include "chipset/port92/port92_regs.hpp"

namespace mullion {

using namespace port92;

IoRead Port92::pio_read(uint16_t, unsigned) { return IoRead::of(value_); }

IoStatus Port92::pio_write(uint16_t, unsigned, uint32_t value) {
  const auto now = static_cast<uint8_t>(value);
  const bool resets = (now & ~value_ & kFastReset) != 0;
  value_ = now;
  a20_.set_line(a20_index_, (now & kFastA20) != 0);
  if (resets) reset_.pulse();
  return IoStatus::ok;
}

void Port92::save(StateWriter& writer) const { writer.field(1, value_); }

// The 8042 sets the gate itself when it is restored; whoever wrote last is not known any more.
Result<void> Port92::restore(StateReader& reader) {
  uint8_t value = 0;
  reader.field(1, value);
  if (auto good = reader.finish(); !good) return good;
  value_ = value;
  return {};
}

}  // namespace mullion
