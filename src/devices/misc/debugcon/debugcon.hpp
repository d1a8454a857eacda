// The debug console: every byte written to its port goes to a chardev.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "bus/device.hpp"
#include "chardev/chardev.hpp"

#include <cstdint>

namespace mullion {

struct DebugconConfig {
  uint16_t iobase = 0xE9;
  uint8_t readback = 0xE9;  // what a read answers: how guests find it
};

// Purpose: early messages of firmware and kernels. Document: Bochs' port E9h hack.
// Thread: any, machine lock held. Output that the chardev cannot take is dropped.
class Debugcon final : public Device, public PioTarget {
 public:
  Debugcon(const DebugconConfig& config, Chardev* chardev) : config_(config), chardev_(chardev) {}

  std::string_view name() const override { return "debugcon"; }
  void reset() override {}
  void save(StateWriter&) const override {}
  Result<void> restore(StateReader& reader) override { return reader.finish(); }

  // config.iobase, 1 port.
  IoRead pio_read(uint16_t offset, unsigned size) override;
  IoStatus pio_write(uint16_t offset, unsigned size, uint32_t value) override;

 private:
  DebugconConfig config_;
  Chardev* chardev_;
};

}  // namespace mullion
