// System control port A (92h): fast A20 and fast reset.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "bus/device.hpp"
#include "bus/line.hpp"

#include <cstdint>

namespace mullion {

// Purpose: bit 1 gates A20, a 0-to-1 change of bit 0 resets the CPU.
// Document: 82371SB (PIIX3) §2.5.4.6, port 92. Thread: any, machine lock held.
class Port92 final : public Device, public PioTarget {
 public:
  // `a20` is told at every write: the last writer of A20 wins.
  Port92(LineSink& a20, unsigned a20_index, Line reset) : a20_(a20), a20_index_(a20_index), reset_(reset) {}

  std::string_view name() const override { return "port92"; }
  void reset() override { value_ = 0; }
  void save(StateWriter& writer) const override;
  Result<void> restore(StateReader& reader) override;

  // 92h, 1 port.
  IoRead pio_read(uint16_t offset, unsigned size) override;
  IoStatus pio_write(uint16_t offset, unsigned size, uint32_t value) override;

 private:
  uint8_t value_ = 0;
  LineSink& a20_;
  unsigned a20_index_;
  Line reset_;
};

}  // namespace mullion
