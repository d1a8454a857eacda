// The terms of the pc machine's DSDT.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/acpi/pc_dsdt.hpp"

#include <fmt/format.h>

#include <string>

namespace mullion::acpi {
namespace {
using namespace aml;

Term host_bridge_resources(const PcDescription& pc) {
  std::vector<Term> windows{
      word_bus_number(0x00, 0xff),
      io(0xcf8, 1, 8),  // configuration mechanism #1, consumed by the bridge itself
      word_io(0x0000, 0x0cf7),
      word_io(0x0d00, 0xffff),
      dword_memory(Caching::cacheable, 0x000a0000, 0x000bffff),
      dword_memory(Caching::none, pc.pci_hole_first, pc.pci_hole_last),
  };
  if (pc.pci_hole64_size != 0) {
    windows.push_back(
        qword_memory(Caching::cacheable, pc.pci_hole64_first, pc.pci_hole64_first + pc.pci_hole64_size - 1));
  }
  Term all;
  for (const auto& window : windows) all.insert(all.end(), window.begin(), window.end());
  return resource_template({all});
}

// PIIX3 wiring: slot s, pin p (INTA# = 0) reaches PIRQ (s + p - 1) mod 4. Slot 1 holds the PIIX itself, whose
// power management reports through the SCI, so its INTA# is the fixed IRQ 9.
Term interrupt_routing() {
  std::vector<Term> routes;
  for (unsigned slot = 0; slot < 32; ++slot) {
    for (unsigned pin = 0; pin < 4; ++pin) {
      const bool sci = slot == 1 && pin == 0;
      const auto link = sci ? std::string{"LNKS"} : fmt::format("LNK{:c}", 'A' + (slot + pin + 3) % 4);
      routes.push_back(package({integer(uint64_t{slot} << 16 | 0xffff), integer(pin), name_string(link), integer(0)}));
    }
  }
  return package(routes);
}

Term isa_bridge(const PcDescription& pc) {
  std::vector<Term> body{
      name("_ADR", integer(0x00010000)),
      operation_region("P40C", Space::pci_config, 0x60, 4),  // PIRQRC[A:D]
      device("RTC",
             {name("_HID", eisa_id("PNP0B00")), name("_CRS", resource_template({io(0x70, 16, 8), irq_no_flags(8)}))}),
  };
  if (pc.i8042) {
    body.push_back(device("KBD", {name("_HID", eisa_id("PNP0303")), name("_STA", integer(0xf)),
                                  name("_CRS", resource_template({io(0x60, 1, 1), io(0x64, 1, 1), irq_no_flags(1)}))}));
    body.push_back(device("MOU", {name("_HID", eisa_id("PNP0F13")), name("_STA", integer(0xf)),
                                  name("_CRS", resource_template({irq_no_flags(12)}))}));
  }
  for (const auto& com : pc.serial_ports) {
    body.push_back(
        device(fmt::format("COM{}", com.number),
               {name("_HID", eisa_id("PNP0501")), name("_UID", integer(com.number)), name("_STA", integer(0xf)),
                name("_CRS", resource_template({io(com.port, 0, 8), irq_no_flags(com.irq)}))}));
  }
  return device("ISA", body);
}

// A link device steers one PIRQ; bit 7 of its register is "routing disabled".
Term link_device(unsigned index) {
  const auto reg = name_string(fmt::format("PRQ{}", index));
  const auto possible = interrupt(Trigger::level, Polarity::high, true, {5, 10, 11});
  return device(
      fmt::format("LNK{:c}", 'A' + index),
      {name("_HID", eisa_id("PNP0C0F")), name("_UID", integer(index)), name("_PRS", resource_template({possible})),
       method("_STA", 0, Serialize::no, {return_(call("IQST", {reg}))}),
       method("_DIS", 0, Serialize::no, {bit_or(reg, integer(0x80), reg)}),
       method("_CRS", 0, Serialize::no, {return_(call("IQCR", {reg}))}),
       method("_SRS", 1, Serialize::no, {create_dword_field(arg(0), 5, "WANT"), store(name_string("WANT"), reg)})});
}

Term fixed_sci_link() {
  const auto irq9 = resource_template({interrupt(Trigger::level, Polarity::high, true, {9})});
  return device(
      "LNKS", {name("_HID", eisa_id("PNP0C0F")), name("_UID", integer(4)), name("_PRS", irq9),
               method("_STA", 0, Serialize::no, {return_(integer(0xb))}), method("_DIS", 0, Serialize::no, {}),
               method("_CRS", 0, Serialize::no, {return_(name_string("_PRS"))}), method("_SRS", 1, Serialize::no, {})});
}

// Only what SeaBIOS's own small parser knows stands outside of methods: fields of buffers do not.
std::vector<Term> interrupt_links() {
  std::vector<Term> terms;
  terms.push_back(field("PCI0.ISA.P40C", Access::byte, {{"PRQ0", 8}, {"PRQ1", 8}, {"PRQ2", 8}, {"PRQ3", 8}}));
  terms.push_back(method("IQST", 1, Serialize::no,
                         {if_(bit_and(arg(0), integer(0x80)), {return_(integer(0x9))}), return_(integer(0xb))}));
  terms.push_back(name("PRR0", resource_template({interrupt(Trigger::level, Polarity::high, true, {0})})));
  terms.push_back(
      method("IQCR", 1, Serialize::yes,
             {create_dword_field(name_string("PRR0"), 5, "PRRI"), store(integer(0), name_string("PRRI")),
              if_(less(arg(0), integer(0x80)), {store(arg(0), name_string("PRRI"))}), return_(name_string("PRR0"))}));
  for (unsigned i = 0; i < 4; ++i) terms.push_back(link_device(i));
  terms.push_back(fixed_sci_link());
  return terms;
}

// Ports that belong to the board and must not be given to anything else.
Term motherboard_resources(const PcDescription& pc) {
  return device("MBRD", {name("_HID", eisa_id("PNP0C02")), name("_UID", integer(1)),
                         name("_CRS", resource_template({io(0x92, 1, 1), io(0xb2, 1, 2), io(pc.pm_base, 1, 0x40),
                                                         io(0x700, 1, 0x10), io(0xafe0, 1, 4)}))});
}

}  // namespace

Term pc_dsdt_body(const PcDescription& pc) {
  std::vector<Term> system_bus{
      device("PCI0", {name("_HID", eisa_id("PNP0A03")), name("_UID", integer(0)),
                      name("_CRS", host_bridge_resources(pc)), name("_PRT", interrupt_routing()), isa_bridge(pc)}),
  };
  for (auto& term : interrupt_links()) system_bus.push_back(std::move(term));
  system_bus.push_back(motherboard_resources(pc));
  system_bus.push_back(device("FWCF", {name("_HID", string("QEMU0002")), name("_STA", integer(0xb)),
                                       name("_CRS", resource_template({io(0x510, 1, 0xc)}))}));
  if (pc.hpet) {
    system_bus.push_back(device("HPET", {name("_HID", eisa_id("PNP0103")), name("_UID", integer(0)),
                                         name("_CRS", resource_template({memory32_fixed(false, 0xfed00000, 0x400)}))}));
  }
  for (unsigned cpu = 0; cpu < pc.cpus; ++cpu) {
    system_bus.push_back(
        device(fmt::format("C{:03X}", cpu), {name("_HID", string("ACPI0007")), name("_UID", integer(cpu))}));
  }
  auto body = scope("_SB", system_bus);
  // PIIX4: suspend type 0 is soft-off.
  const auto soft_off = name("_S5", package({integer(0), integer(0), integer(0), integer(0)}));
  body.insert(body.end(), soft_off.begin(), soft_off.end());
  return body;
}

}  // namespace mullion::acpi
