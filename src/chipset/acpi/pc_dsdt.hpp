// The DSDT of the pc machine: PCI host bridge, interrupt links, ISA devices, processors and soft-off.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "chipset/acpi/aml.hpp"

#include <cstdint>
#include <vector>

namespace mullion::acpi {

struct SerialPort {
  uint16_t port;
  uint8_t irq;
  unsigned number;  // 1 for COM1
};

struct PcDescription {
  unsigned cpus{1};
  uint32_t pci_hole_first{0xc0000000};  // first byte of the 32-bit PCI memory window
  uint32_t pci_hole_last{0xfebfffff};
  uint64_t pci_hole64_first{0x8000000000};
  uint64_t pci_hole64_size{0};  // zero: no window above 4 GiB
  uint16_t pm_base{0x600};      // where firmware put the power management registers
  bool hpet{true};
  bool i8042{true};
  bool vga{false};
  bool smm{false};
  std::vector<SerialPort> serial_ports;
};

// The definition block's terms, without the table header.
aml::Term pc_dsdt_body(const PcDescription& pc);

}  // namespace mullion::acpi
