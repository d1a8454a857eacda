// The 16550A UART of a PC's serial ports.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/clock.hpp"
#include "base/fixed_fifo.hpp"
#include "bus/device.hpp"
#include "bus/line.hpp"
#include "chardev/chardev.hpp"

#include <cstdint>
#include <string>

namespace mullion {

struct Ns16550UartConfig {
  std::string name = "serial0";
  uint32_t baud_base = 115'200;  // divisor 1
};

// Purpose: a serial port between the guest and a chardev (null: nothing is plugged in).
// Datasheet: National PC16550D. Thread: any, machine lock held.
// NOTE: bytes are transmitted as soon as the chardev takes them, not at the line's speed, so that a
// console costs no guest time. NOTE: the interrupt does not depend on OUT2, as it does on a PC's board:
// guests that forget OUT2 work on other virtual machines.
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
  static constexpr size_t kFifoSize = 16;
  struct State {
    uint8_t ier = 0;
    uint8_t fcr = 0;
    uint8_t lcr = 0;
    uint8_t mcr = 0;
    uint8_t scr = 0;
    uint8_t msr_delta = 0;   // MSR bits 0..3
    uint8_t modem = 0;       // what the other side drives: MSR bits 4..7
    uint16_t divisor = 12;   // 9600 baud
    bool overrun = false;
    bool thre_pending = false;   // the transmitter-empty interrupt waits to be seen
    bool rx_timeout = false;
    FixedFifo<uint16_t, kFifoSize> rx;  // byte | LSR error bits << 8
    FixedFifo<uint8_t, kFifoSize> tx;   // what the chardev has not taken yet
  };
  template <class Archive, class S>
  static void fields(Archive& ar, S& s);

  bool fifo_enabled() const;
  size_t depth() const { return fifo_enabled() ? kFifoSize : 1; }
  size_t trigger() const;
  uint64_t character_ns() const;
  uint8_t modem_lines() const;
  uint8_t lsr() const;
  uint8_t iir() const;
  uint8_t read_rbr();
  uint8_t read_iir();
  uint8_t read_lsr();
  uint8_t read_msr();
  void write_thr(uint8_t value);
  void write_ier(uint8_t value);
  void write_fcr(uint8_t value);
  void write_lcr(uint8_t value);
  void write_mcr(uint8_t value);
  void receive(uint16_t entry);
  void transmit();
  void modem_changed(uint8_t before);
  void restart_timeout();
  void update();

  Ns16550UartConfig config_;
  State state_;
  TimerHost& timers_;
  Line irq_;
  Chardev* chardev_;
  Timer timeout_;
};

}  // namespace mullion
