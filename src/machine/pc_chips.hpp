// The chips of the pc machine and the wires between them.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "accel/vcpu.hpp"
#include "bus/mmio_bus.hpp"
#include "bus/pci.hpp"
#include "bus/port_bus.hpp"
#include "chipset/fw_cfg/fw_cfg.hpp"
#include "chipset/hpet/hpet.hpp"
#include "chipset/i440fx/i440fx.hpp"
#include "chipset/i8042/i8042.hpp"
#include "chipset/i8237_dma/i8237_dma.hpp"
#include "chipset/i8254_pit/i8254_pit.hpp"
#include "chipset/i8259_pic/i8259_pic.hpp"
#include "chipset/ioapic/ioapic.hpp"
#include "chipset/mc146818_rtc/mc146818_rtc.hpp"
#include "chipset/ns16550_uart/ns16550_uart.hpp"
#include "chipset/piix3/piix3.hpp"
#include "chipset/piix4_pm/piix4_pm.hpp"
#include "chipset/port92/port92.hpp"
#include "devices/misc/pc_testdev/pc_testdev.hpp"
#include "devices/misc/pci_testdev/pci_testdev.hpp"
#include "machine/pc_config.hpp"
#include "machine/pc_irqs.hpp"

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <vector>

namespace mullion {

// The pins of the processor that chips drive. Made before the processor; nothing is driven until it is there.
class PcCpuPins final : public LineSink, public MsiSink {
 public:
  enum Pin : unsigned { intr, reset, a20 };
  explicit PcCpuPins(GuestMemory& memory) : memory_(memory) {}
  void connect(Vcpu* vcpu) { vcpu_ = vcpu; }
  void set_line(unsigned pin, bool level) override;
  void deliver(uint64_t address, uint32_t data) override;

 private:
  GuestMemory& memory_;
  Vcpu* vcpu_ = nullptr;
};

// In order of construction: each chip names only earlier ones.
struct PcChips {
  PcChips(GuestMemory& memory, TimerHost& timers, const PcConfig& config, const I440fxMemory& layout,
          std::function<void()> power_off);

  PortBus ports;
  MmioBus mmio;
  PciBus pci;
  PciSpaces spaces{ports, mmio};
  PcCpuPins pins;
  PcIrqs irqs;
  PcIrqSource pci_irqs{irqs};
  PcIrqSource hpet_irqs{irqs};
  PcIrqSource test_irqs{irqs};
  I8259Pic pic;
  IoApic ioapic;
  std::optional<Hpet> hpet;
  I8254Pit pit;
  Mc146818Rtc rtc;
  std::optional<I8042> i8042;
  Port92 port92;
  I8237Dma dma;
  FwCfg fw_cfg;
  Piix3 piix3;
  I440fx i440fx;
  Piix4Pm pm;
  std::list<Ns16550Uart> uarts;
  // Devices that the person added.
  std::list<Debugcon> debugcons;
  std::list<IsaDebugExit> debug_exits;
  std::unique_ptr<PcTestdev> pc_testdev;
  std::list<PciTestdev> pci_testdevs;
};

}  // namespace mullion
