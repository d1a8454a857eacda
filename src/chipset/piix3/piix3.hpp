// The 82371SB PCI-to-ISA bridge: PCI interrupt routing and the reset control register.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "bus/device.hpp"
#include "bus/line.hpp"
#include "bus/pci.hpp"

#include <array>
#include <cstdint>

namespace mullion {

// Purpose: PCI pins onto ISA interrupts; CF9h. (ELCR and port 92h are in their own chips.)
// Source document: Intel 82371SB (290550). Thread: any, machine lock held.
// Inputs: set_line(slot * 4 + pin), INTA# = 0.
class Piix3 final : public Device, public PciFunction, public LineSink, public PioTarget {
 public:
  static constexpr unsigned kPirqs = 4;

  // `isa_irqs` takes line numbers 0–15; `reset` is pulsed by RCR.
  Piix3(const PciSpaces& spaces, LineSink& isa_irqs, Line reset);

  std::string_view name() const override { return "piix3"; }
  void reset() override;
  void save(StateWriter& writer) const override;
  Result<void> restore(StateReader& reader) override;

  // What firmware does at POST, for a boot without firmware: PIRQs on interrupts 10 and 11.
  void set_up_without_firmware();

  void set_line(unsigned index, bool level) override;

  // CF9h, 1 port: the host bridge passes it on.
  IoRead pio_read(uint16_t offset, unsigned size) override;
  IoStatus pio_write(uint16_t offset, unsigned size, uint32_t value) override;

 private:
  void config_written(unsigned offset, unsigned size) override;
  void update_irqs();

  LineSink& isa_irqs_;
  Line reset_;
  std::array<uint32_t, kPirqs> asserted_{};  // a bit a slot: the pin that reaches this PIRQ is high
  uint16_t driven_ = 0;                      // ISA interrupts that PIRQs hold high
  uint8_t rcr_ = 0;
};

}  // namespace mullion
