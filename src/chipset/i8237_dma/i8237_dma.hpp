// The registers of the two 8237A DMA controllers and their page registers.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "bus/device.hpp"
#include "bus/pio_window.hpp"

#include <array>
#include <cstdint>

namespace mullion {

// Purpose: what firmware and kernels program at boot; no device requests a transfer yet.
// Datasheet: Intel 8237A (231466). Thread: any, machine lock held.
class I8237Dma final : public Device {
 public:
  I8237Dma() = default;

  std::string_view name() const override { return "i8237"; }
  void reset() override;
  void save(StateWriter& writer) const override;
  Result<void> restore(StateReader& reader) override;

  PioTarget& low_ports() { return low_window_; }    // 00h, 16 ports: channels 0-3
  PioTarget& high_ports() { return high_window_; }  // C0h, 32 ports: channels 4-7
  PioTarget& page_ports() { return page_window_; }  // 80h, 16 ports; 80h itself shows POST codes

  struct Controller {
    std::array<uint16_t, 4> base_address{};
    std::array<uint16_t, 4> base_count{};
    std::array<uint16_t, 4> address{};
    std::array<uint16_t, 4> count{};
    std::array<uint8_t, 4> mode{};
    uint8_t command = 0;
    uint8_t status = 0;
    uint8_t mask = 0x0F;
    uint8_t request = 0;
    bool flip_flop = false;  // false: the low byte is next
  };

 private:
  IoRead read_low(uint16_t offset, unsigned) { return read(controllers_[0], offset); }
  IoRead read_high(uint16_t offset, unsigned) { return read(controllers_[1], offset >> 1); }
  IoRead read_page(uint16_t offset, unsigned) { return IoRead::of(pages_[offset]); }
  IoStatus write_low(uint16_t offset, unsigned, uint32_t v) { return write(controllers_[0], offset, uint8_t(v)); }
  IoStatus write_high(uint16_t offset, unsigned, uint32_t v) { return write(controllers_[1], offset >> 1, uint8_t(v)); }
  IoStatus write_page(uint16_t offset, unsigned, uint32_t v);
  static IoRead read(Controller& c, unsigned reg);
  static IoStatus write(Controller& c, unsigned reg, uint8_t value);

  std::array<Controller, 2> controllers_;
  std::array<uint8_t, 16> pages_{};
  PioWindow<I8237Dma, &I8237Dma::read_low, &I8237Dma::write_low> low_window_{*this};
  PioWindow<I8237Dma, &I8237Dma::read_high, &I8237Dma::write_high> high_window_{*this};
  PioWindow<I8237Dma, &I8237Dma::read_page, &I8237Dma::write_page> page_window_{*this};
};

}  // namespace mullion
