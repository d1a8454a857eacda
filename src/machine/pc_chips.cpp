// Wiring of the pc machine's chips.
// SPDX-License-Identifier: Apache-2.0
#include "machine/pc_chips.hpp"

#include <utility>

namespace mullion {

void PcCpuPins::set_line(unsigned pin, bool level) {
  if (pin == a20) {
    if (memory_.a20() != level) memory_.set_a20(level);
  } else if (vcpu_ != nullptr && pin == intr) {
    vcpu_->set_pic_request(level);
  } else if (vcpu_ != nullptr && pin == reset && level) {
    vcpu_->request_reset();
  }
}

void PcCpuPins::deliver(uint64_t address, uint32_t data) {
  if (vcpu_ != nullptr) vcpu_->deliver_msi(address, data);
}

PcChips::PcChips(GuestMemory& memory, TimerHost& timers, const PcConfig& config, const I440fxMemory& layout,
                 std::function<void()> power_off)
    : pins(memory),
      pic(Line{pins, PcCpuPins::intr}),
      ioapic({}, pins),
      pit(timers,
          config.hpet
              ? hpet.emplace(timers,
                             HpetLines{.irq0 = irqs.line(0), .irq8 = irqs.line(8), .gsi = &hpet_irqs, .fsb = &pins})
                    .pit_in()
              : irqs.line(0)),
      rtc({.start_epoch_s = config.rtc_epoch_s}, timers, hpet ? hpet->rtc_in() : irqs.line(8)),
      port92(pins, PcCpuPins::a20, Line{pins, PcCpuPins::reset}),
      fw_cfg(memory),
      piix3(spaces, pci_irqs, Line{pins, PcCpuPins::reset}),
      i440fx(pci, spaces, memory, layout, piix3),
      pm(spaces, timers, irqs.line(9), {.power_off = std::move(power_off), .smi = {}}) {
  irqs.connect(config.pic ? &pic : nullptr, ioapic);
  if (config.i8042) {
    i8042.emplace(I8042Lines{.irq1 = irqs.line(1),
                             .irq12 = irqs.line(12),
                             .reset = Line{pins, PcCpuPins::reset},
                             .a20 = &pins,
                             .a20_index = PcCpuPins::a20});
  }
  pci.set_router(piix3);
  pci.attach(pci_devfn(0, 0), i440fx);
  pci.attach(pci_devfn(1, 0), piix3);
  pci.attach(pci_devfn(1, 3), pm);
}

}  // namespace mullion
