// Options that QEMU has and this version lacks: each is refused by name, or accepted in the form that asks for nothing.
// SPDX-License-Identifier: Apache-2.0
#include "control/option.hpp"

#include <algorithm>
#include <array>

namespace mullion::control {
namespace {

struct Lacking {
  std::string_view name;
  bool argument;
  std::string_view what;     // "X is not supported yet"
  std::string_view nothing;  // a value that asks for nothing and is accepted; empty when there is none
};

constexpr std::array kLacking {
  Lacking { "acpitable", true, "an ACPI table of the user", "" },
  Lacking { "add-fd", true, "handing over file descriptors", "" },
  Lacking { "audiodev", true, "audio", "" },
  Lacking { "blockdev", true, "storage", "" },
  Lacking { "cdrom", true, "storage", "" },
  Lacking { "compat", true, "the policy for deprecated interfaces", "" },
  Lacking { "daemonize", false, "running in the background (use the shell's &)", "" },
  Lacking { "dfilter", true, "a filter of logged addresses", "" },
  Lacking { "drive", true, "storage", "" },
  Lacking { "dtb", true, "a device tree", "" },
  Lacking { "echr", true, "another escape character than Ctrl-a", "1" },
  Lacking { "fda", true, "storage", "" },
  Lacking { "fdb", true, "storage", "" },
  Lacking { "fsdev", true, "shared folders", "" },
  Lacking { "full-screen", false, "a display", "" },
  Lacking { "fw_cfg", true, "adding firmware configuration files", "" },
  Lacking { "gdb", true, "the gdb server", "none" },
  Lacking { "hda", true, "storage", "" },
  Lacking { "hdb", true, "storage", "" },
  Lacking { "hdc", true, "storage", "" },
  Lacking { "hdd", true, "storage", "" },
  Lacking { "icount", true, "counting instructions as time", "" },
  Lacking { "incoming", true, "migration", "" },
  Lacking { "k", true, "a keyboard layout (there is no display that takes keys)", "" },
  Lacking { "loadvm", true, "snapshots", "" },
  Lacking { "mem-path", true, "guest memory in a file", "" },
  Lacking { "mem-prealloc", false, "allocating guest memory at once", "" },
  Lacking { "mon", true, "a monitor", "" },
  Lacking { "net", true, "networking", "none" },
  Lacking { "netdev", true, "networking", "" },
  Lacking { "nic", true, "networking", "none" },
  Lacking { "numa", true, "NUMA", "" },
  Lacking { "object", true, "making objects", "" },
  Lacking { "parallel", true, "a parallel port", "none" },
  Lacking { "pflash", true, "flash memory", "" },
  Lacking { "qmp-pretty", true, "QMP", "none" },
  Lacking { "qtest", true, "qtest", "" },
  Lacking { "readconfig", true, "configuration files", "" },
  Lacking { "runas", true, "changing the user", "" },
  Lacking { "s", false, "the gdb server", "" },
  Lacking { "sandbox", true, "the sandbox", "off" },
  Lacking { "sd", true, "storage", "" },
  Lacking { "seed", true, "a seed for the guest's random numbers", "" },
  Lacking { "set", true, "setting properties of other options", "" },
  Lacking { "singlestep", false, "one instruction a block", "" },
  Lacking { "smbios", true, "SMBIOS tables of the user", "" },
  Lacking { "snapshot", false, "storage", "" },
  Lacking { "soundhw", true, "audio", "" },
  Lacking { "spice", true, "SPICE", "" },
  Lacking { "tpmdev", true, "a TPM", "" },
  Lacking { "usb", false, "USB", "" },
  Lacking { "usbdevice", true, "USB", "" },
  Lacking { "virtfs", true, "shared folders", "" },
  Lacking { "vnc", true, "VNC", "none" },
  Lacking { "watchdog-action", true, "a watchdog", "" },
};

Result<void> lacking(ParseState&, OptionUse const& use) {
  auto const it = std::ranges::find(kLacking, use.name, &Lacking::name);
  if (!it->nothing.empty() && use.text == it->nothing) return {};
  if (!it->nothing.empty()) return failure("{} is not supported yet; use -{} {}", it->what, it->name, it->nothing);
  return failure("{} is not supported yet; leave -{} out", it->what, it->name);
}

constexpr auto kOptions = [] {
  std::array<OptionSpec, kLacking.size()> out {};
  for (std::size_t i { 0 }; i < out.size(); ++i) {
    auto const argument = kLacking[i].argument ? OptionArgument::text : OptionArgument::none;
    out[i] = { kLacking[i].name, argument, "", {}, "", kLacking[i].what, lacking };
  }
  return out;
}();

}  // namespace

std::span<OptionSpec const> unsupported_options() { return kOptions; }

}  // namespace mullion::control
