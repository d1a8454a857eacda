// The 16550A UART of a PC's serial ports.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/clock.hpp"
#include "bus/device.hpp"
#include "bus/line.hpp"
#include "chardev/chardev.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace mullion {

struct Ns16550UartConfig {
  std::string name = "serial0";
  uint32_t baud_base = 115'200;  // divisor 1
};

// Purpose: a serial port between the guest and a chardev (null: nothing is plugged in).
// Datasheet: National PC16550D. Thread: any, machine lock held.
class Ns16550Uart final : public Device, public PioTarget, public ChardevClient {
 public:
  Ns16550Uart(const Ns16550UartConfig& config, TimerHost& timers, Line irq, Chardev* chardev);
  ~Ns16550Uart() override;

  std::string_view name() const override { return config_.name; }
  void reset() override;
  void save(StateWriter& writer) const override;
  Result<void> restore(StateReader& reader) override;

  // 3F8h, 2F8h, 3E8h, 2E8h: 8 ports.
  IoRead pio_read(uint16_t offset, unsigned size) override;
  IoStatus pio_write(uint16_t offset, unsigned size, uint32_t value) override;

  size_t chardev_room() override;
  void chardev_receive(std::span<const uint8_t> bytes) override;
  void chardev_event(ChardevEvent event) override;
  void chardev_writable() override;

 private:
  Ns16550UartConfig config_;
  TimerHost& timers_;
  Line irq_;
  Chardev* chardev_;
};

}  // namespace mullion
