// The device table: one line a device, one line a property, one function from properties to configuration.
// SPDX-License-Identifier: Apache-2.0
#include "control/devices.hpp"

#include "control/nearest.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace mullion::control {
namespace {

constexpr auto kText = PropertyType::text;
constexpr auto kUint32 = PropertyType::uint32;

constexpr std::uint64_t kPorts { 0x1'0000 };

Result<void> check_ports(std::string_view first, std::uint64_t base, std::uint64_t size) {
  if (size == 0 || size > kPorts || base > kPorts - size) {
    return failure("'{}' {:#x} and {} ports do not fit into the 65536 ports", first, base, size);
  }
  return {};
}

constexpr std::array<PropertySpec, 2> kDebugExit { {
    { "iobase", kUint32, "0x501", "first port; a guest's write of V ends the program with status V*2+1" },
    { "iosize", kUint32, "0x2", "number of ports" },
} };
Result<DeviceVariant> make_debug_exit(PropertyValues const& values) {
  auto const base = values.number("iobase");
  auto const size = values.number("iosize");
  if (auto ok = check_ports("iobase", base, size); !ok) return tl::unexpected { ok.error() };
  if (size > 4) return failure("'iosize' is at most 4, not {}", size);
  return IsaDebugExitConfig { static_cast<std::uint16_t>(base), static_cast<std::uint16_t>(size) };
}

constexpr std::array<PropertySpec, 3> kDebugcon { {
    { "chardev", kText, "", "id of the -chardev that gets the bytes" },
    { "iobase", kUint32, "0xe9", "port written to" },
    { "readback", kUint32, "0xe9", "what a read of the port answers" },
} };
Result<DeviceVariant> make_debugcon(PropertyValues const& values) {
  auto const base = values.number("iobase");
  auto const readback = values.number("readback");
  if (auto ok = check_ports("iobase", base, 1); !ok) return tl::unexpected { ok.error() };
  if (readback > 0xff) return failure("'readback' is one byte, not {:#x}", readback);
  return IsaDebugconConfig { values.text("chardev"), static_cast<std::uint16_t>(base),
                             static_cast<std::uint8_t>(readback) };
}

constexpr std::array<PropertySpec, 4> kIsaSerial { {
    { "chardev", kText, "", "id of the -chardev it is connected to" },
    { "index", kUint32, "", "0 to 3: COM1 to COM4; decides iobase and irq where they are not given" },
    { "iobase", kUint32, "", "first of its 8 ports" },
    { "irq", kUint32, "", "its ISA interrupt" },
} };
Result<DeviceVariant> make_isa_serial(PropertyValues const& values) {
  if (values.number("index") > 3) return failure("'index' is 0 to 3, not {}", values.number("index"));
  if (values.number("irq") > 15) return failure("'irq' is 0 to 15, not {}", values.number("irq"));
  if (values.given("iobase")) {
    if (auto ok = check_ports("iobase", values.number("iobase"), 8); !ok) return tl::unexpected { ok.error() };
  }
  return IsaSerialConfig { values.text("chardev"), values.number_if_given<std::uint8_t>("index"),
                           values.number_if_given<std::uint16_t>("iobase"),
                           values.number_if_given<std::uint8_t>("irq") };
}

Result<DeviceVariant> make_pc_testdev(PropertyValues const&) { return PcTestdevConfig {}; }

constexpr std::array<PropertySpec, 2> kPciTestdev { {
    { "addr", kText, "", "PCI slot and function: 6, 06.0 or 0x6.0x0; the first free slot when left out" },
    { "bus", kText, "pci.0", "PCI bus", "pci.0|pci" },
} };
// A slot of bus 0 as QEMU writes it: hexadecimal, `.0` for the function.
Result<std::uint8_t> parse_pci_slot(std::string const& text) {
  auto const dot = text.find('.');
  auto const hex = [](std::string part) {
    return parse_number(part.starts_with("0x") ? part : part.empty() ? part : "0x" + part);
  };
  auto const slot = hex(text.substr(0, dot));
  auto const function = dot == std::string::npos ? std::optional<std::uint64_t> { 0 } : hex(text.substr(dot + 1));
  if (!slot || !function || *slot > 31) return failure("'addr' is a PCI slot such as 6 or 1f.0, not '{}'", text);
  if (*function != 0) return failure("'addr': function {} is not supported yet; use function 0", *function);
  return static_cast<std::uint8_t>(*slot);
}
Result<DeviceVariant> make_pci_testdev(PropertyValues const& values) {
  if (!values.given("addr")) return PciTestdevConfig {};
  auto const slot = parse_pci_slot(values.text("addr"));
  if (!slot) return tl::unexpected { slot.error() };
  return PciTestdevConfig { *slot };
}

constexpr std::array<DeviceSpec, 5> kDevices { {
    { "isa-serial", "", "Input devices", "ISA", "16550A serial port", kIsaSerial, make_isa_serial },
    { "isa-debug-exit", "", "Misc devices", "ISA", "ends the program with a status", kDebugExit, make_debug_exit },
    { "isa-debugcon", "debugcon", "Misc devices", "ISA", "bytes written to a port go to a character device", kDebugcon,
      make_debugcon },
    { "pc-testdev", "", "Misc devices", "ISA", "ports, memory and interrupt lines for CPU tests", {}, make_pc_testdev },
    { "pci-testdev", "", "Misc devices", "PCI", "PCI Test Device", kPciTestdev, make_pci_testdev },
} };

constexpr std::array<std::string_view, 59> kMissingYet {
  "AC97",           "VGA",              "e1000",            "e1000e",          "ich9-intel-hda",   "ide-cd",
  "ide-hd",         "intel-hda",        "hda-duplex",       "loader",          "nec-usb-xhci",     "nvme",
  "pcie-root-port", "piix3-usb-uhci",   "pvpanic",          "qemu-xhci",       "ramfb",            "rtl8139",
  "scsi-cd",        "scsi-hd",          "tpm-tis",          "usb-ehci",        "usb-kbd",          "usb-mouse",
  "usb-storage",    "usb-tablet",       "vfio-pci",         "virtconsole",     "virtio-9p",        "virtio-9p-pci",
  "virtio-balloon", "virtio-balloon-pci", "virtio-blk",     "virtio-blk-pci",  "virtio-fs",        "virtio-gpu",
  "virtio-gpu-pci", "virtio-keyboard",  "virtio-keyboard-pci", "virtio-mouse", "virtio-mouse-pci", "virtio-net",
  "virtio-net-pci", "virtio-rng",       "virtio-rng-pci",   "virtio-scsi",     "virtio-scsi-pci",  "virtio-serial",
  "virtio-serial-pci", "virtio-tablet", "virtio-tablet-pci", "virtio-vga",     "virtserialport",   "vmcoreinfo",
  "vmgenid",        "cirrus-vga",       "bochs-display",    "isa-vga",         "isa-fdc",
};

Result<void> check_id(std::string_view id) {
  auto const letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  auto const other = [](char c) { return (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'; };
  bool const good { !id.empty() && letter(id.front()) &&
                    std::ranges::all_of(id, [&](char c) { return letter(c) || other(c); }) };
  if (good) return {};
  return failure("'id' starts with a letter and has letters, digits, '-', '.', '_' only, not '{}'", id);
}

}  // namespace

std::span<DeviceSpec const> device_specs() { return kDevices; }

DeviceSpec const* find_device(std::string_view name) {
  for (auto const& spec : kDevices) {
    if (spec.name == name || (!spec.alias.empty() && spec.alias == name)) return &spec;
  }
  return nullptr;
}

bool device_is_missing_yet(std::string_view name) {
  return std::ranges::find(kMissingYet, name) != kMissingYet.end();
}

Error unknown_device(std::string_view name) {
  if (device_is_missing_yet(name)) {
    return { fmt::format("device '{}' is not supported yet (-device help lists what is)", name) };
  }
  std::vector<std::string_view> names;
  for (auto const& spec : kDevices) {
    names.push_back(spec.name);
    if (!spec.alias.empty()) names.push_back(spec.alias);
  }
  return { fmt::format("'{}' is not a known device{} (-device help lists all)", name, nearest_hint(name, names)) };
}

std::string device_list_help() {
  std::string out;
  std::string_view category;
  for (auto const& spec : kDevices) {
    if (spec.category != category) {
      out += fmt::format("{}{}:\n", category.empty() ? "" : "\n", spec.category);
      category = spec.category;
    }
    out += fmt::format("name \"{}\", bus {}", spec.name, spec.bus);
    if (!spec.alias.empty()) out += fmt::format(", alias \"{}\"", spec.alias);
    out += fmt::format(", desc \"{}\"\n", spec.description);
  }
  return out;
}

std::string device_property_help(DeviceSpec const& spec) {
  static constexpr std::array<PropertySpec, 1> kCommon { { { "id", kText, "", "name that other options use" } } };
  return fmt::format("{} options:\n{}{}", spec.name, property_help(kCommon), property_help(spec.properties));
}

Result<DeviceConfig> make_device(std::span<KeyValue const> pairs, std::span<GlobalDefault> globals) {
  auto const named = std::ranges::find(pairs, "driver", &KeyValue::key);
  if (named == pairs.end() || named->value.empty()) return failure("names no device (-device help lists them)");
  auto const* spec = find_device(named->value);
  if (spec == nullptr) return tl::unexpected { unknown_device(named->value) };

  PropertyValues values { spec->properties };
  for (auto& global : globals) {
    if (find_device(global.driver) != spec) continue;
    global.used = true;
    if (auto done = values.set(global.pair); !done) return tl::unexpected { done.error().within(global.asked_as) };
  }
  DeviceConfig out;
  for (auto const& pair : pairs) {
    if (pair.key == "driver") continue;
    if (pair.key == "id") {
      if (auto done = check_id(pair.value); !done) return tl::unexpected { done.error() };
      out.id = pair.value;
      continue;
    }
    if (auto done = values.set(pair); !done) return tl::unexpected { done.error().within(std::string { spec->name }) };
  }
  auto made = spec->make(values);
  if (!made) return tl::unexpected { made.error() };
  out.device = std::move(*made);
  return out;
}

}  // namespace mullion::control
