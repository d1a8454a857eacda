// A port that ends the machine with an exit status.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "bus/device.hpp"

#include <cstdint>
#include <functional>

namespace mullion {

struct IsaDebugExitConfig {
  uint16_t iobase = 0x501;
  uint16_t iosize = 2;
};

// Purpose: test guests report their result. Thread: any, machine lock held.
class IsaDebugExit final : public Device, public PioTarget {
 public:
  // `exit` gets (value << 1) | 1; it returns, the machine stops soon after.
  IsaDebugExit(const IsaDebugExitConfig& config, std::function<void(int status)> exit)
      : config_(config), exit_(std::move(exit)) {}

  const IsaDebugExitConfig& config() const { return config_; }
  std::string_view name() const override { return "isa-debug-exit"; }
  void reset() override {}
  void save(StateWriter&) const override {}
  Result<void> restore(StateReader& reader) override { return reader.finish(); }

  // config.iobase, config.iosize ports, max_size 4.
  IoRead pio_read(uint16_t offset, unsigned size) override;
  IoStatus pio_write(uint16_t offset, unsigned size, uint32_t value) override;

 private:
  IsaDebugExitConfig config_;
  std::function<void(int)> exit_;
};

}  // namespace mullion
