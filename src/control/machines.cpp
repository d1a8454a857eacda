// The tables of machines and machine properties.
// SPDX-License-Identifier: Apache-2.0
#include "control/machines.hpp"

#include "control/nearest.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace mullion::control {
namespace {

constexpr std::string_view kPcText { "Standard PC (i440FX + PIIX, 1996)" };

constexpr std::array<MachineSpec, 3> kMachines { {
    { "pc", "pc-i440fx-7.2", kPcText, MachineKind::pc },
    { "pc-i440fx-7.2", "", kPcText, MachineKind::pc },
    { "none", "", "empty machine", MachineKind::none },
} };
constexpr std::string_view kDefaultMachine { "pc-i440fx-7.2" };

// Machines that QEMU has: named, so that the answer is "not yet" and not a guess at a typing mistake.
constexpr std::array<std::string_view, 5> kNotYet { "q35", "isapc", "microvm", "virt", "pc-q35-7.2" };

constexpr auto kBool = PropertyType::boolean;
constexpr auto kAuto = PropertyType::on_off_auto;
constexpr auto kText = PropertyType::text;

constexpr std::array<PropertySpec, 24> kProperties { {
    { "acpi", kAuto, "auto", "ACPI tables for the guest" },
    { "default-bus-bypass-iommu", kBool, "off", "there is no IOMMU", "off" },
    { "dump-guest-core", kBool, "on", "guest memory in a core dump; accepted as a hint" },
    { "fd-bootchk", kBool, "on", "check of a floppy's boot signature; accepted, there is no floppy" },
    { "graphics", kBool, "on", "graphics; accepted, there is none" },
    { "hmat", kBool, "off", "memory attribute tables", "off" },
    { "hpet", kBool, "on", "high precision event timer" },
    { "i8042", kBool, "on", "keyboard controller" },
    { "kernel-irqchip", kText, "", "interrupt controllers in the host's kernel; accepted, soft has its own" },
    { "max-fw-size", PropertyType::size, "8M", "largest firmware; accepted as a hint" },
    { "max-ram-below-4g", PropertyType::size, "", "where memory is split at 4 GiB", "0" },
    { "mem-merge", kBool, "on", "merging of equal pages by the host; accepted as a hint" },
    { "memory-backend", kText, "", "memory made by -object, which is not supported yet", "none" },
    { "nvdimm", kBool, "off", "persistent memory", "off" },
    { "pflash0", kText, "", "first flash chip", "none" },
    { "pflash1", kText, "", "second flash chip", "none" },
    { "pic", kAuto, "auto", "i8259 interrupt controllers; always there", "on|auto" },
    { "pit", kAuto, "auto", "i8254 timer; always there", "on|auto" },
    { "sata", kBool, "on", "SATA controller; accepted, pc has none" },
    { "smbus", kBool, "on", "system management bus; accepted, nothing is on it" },
    { "smm", kAuto, "auto", "system management mode; accepted, the firmware used does without", "off|auto" },
    { "suppress-vmdesc", kBool, "off", "description in a migration stream; accepted, there is no migration" },
    { "usb", kBool, "off", "USB controller", "off" },
    { "vmport", kAuto, "auto", "VMware's port", "off|auto" },
} };

bool on(PropertyValues const& values, std::string_view name, bool before) {
  return values.given(name) && values.text(name) != "auto" ? values.flag(name) : before;
}

}  // namespace

std::span<MachineSpec const> machines() { return kMachines; }
std::span<PropertySpec const> machine_properties() { return kProperties; }

std::string machine_help() {
  std::string out { "Supported machines are:\n" };
  for (auto const& machine : kMachines) {
    out += fmt::format("{:<20} {}", machine.name, machine.description);
    if (!machine.alias_of.empty()) out += fmt::format(" (alias of {})", machine.alias_of);
    if (machine.name == kDefaultMachine) out += " (default)";
    out += '\n';
  }
  return out;
}

Result<void> set_machine(MachineConfig& config, std::string_view name) {
  auto const known = std::ranges::find(kMachines, name, &MachineSpec::name);
  if (known != kMachines.end()) {
    config.kind = known->kind;
    return {};
  }
  if (std::ranges::find(kNotYet, name) != kNotYet.end()) {
    return failure("machine '{}' is not supported yet; use pc", name);
  }
  std::vector<std::string_view> names;
  for (auto const& machine : kMachines) names.push_back(machine.name);
  return failure("'{}' is not a known machine{} (-machine help lists all)", name, nearest_hint(name, names));
}

Result<void> set_machine_properties(MachineConfig& config, std::span<KeyValue const> pairs) {
  auto const values = bind_properties(kProperties, pairs);
  if (!values) return tl::unexpected { values.error() };
  config.acpi = on(*values, "acpi", config.acpi);
  config.hpet = on(*values, "hpet", config.hpet);
  config.i8042 = on(*values, "i8042", config.i8042);
  return {};
}

}  // namespace mullion::control
