// Lets a device answer in several port ranges: a window is one of them.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "bus/device.hpp"

#include <cstdint>

namespace mullion {

// Calls two members of the device: PioWindow<Chip, &Chip::read_master, &Chip::write_master>.
template <class Chip, IoRead (Chip::*Read)(uint16_t, unsigned), IoStatus (Chip::*Write)(uint16_t, unsigned, uint32_t)>
class PioWindow final : public PioTarget {
 public:
  explicit PioWindow(Chip& chip) : chip_(chip) {}
  IoRead pio_read(uint16_t offset, unsigned size) override { return (chip_.*Read)(offset, size); }
  IoStatus pio_write(uint16_t offset, unsigned size, uint32_t value) override {
    return (chip_.*Write)(offset, size, value);
  }

 private:
  Chip& chip_;
};

}  // namespace mullion
