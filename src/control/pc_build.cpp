// Translation of each part of the configuration.
// SPDX-License-Identifier: Apache-2.0
#include "control/pc_build.hpp"

#include "control/datetime.hpp"
#include "control/host.hpp"

#include <algorithm>

namespace mullion::control {
namespace {

std::int64_t rtc_epoch(RtcConfig const& rtc, std::int64_t now) {
  switch (rtc.base) {
    case RtcConfig::Base::utc: return now;
    case RtcConfig::Base::localtime: return now + local_offset_seconds(now);
    case RtcConfig::Base::fixed: return rtc.fixed_unix_seconds;
  }
  return now;
}

// Checked to be well-formed when the option was read.
std::array<std::uint8_t, 16> uuid_bytes(std::string_view text) {
  std::array<std::uint8_t, 16> bytes {};
  std::size_t digit { 0 };
  for (char const c : text) {
    if (c == '-' || digit == 32) continue;
    auto const value = static_cast<std::uint8_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    bytes[digit / 2] = static_cast<std::uint8_t>(bytes[digit / 2] << 4 | value);
    ++digit;
  }
  return bytes;
}

// The lowest COM port that nobody has; beyond the fourth the machine says what is wrong.
unsigned free_serial(PcConfig const& pc) {
  unsigned number { 0 };
  while (std::ranges::find(pc.serials, number, &PcSerialConfig::number) != pc.serials.end()) ++number;
  return std::min(number, 3u);
}

struct AddDevice {
  PcConfig& pc;
  ChardevSet const& chardevs;

  void operator()(IsaDebugExitConfig const& device) const {
    pc.devices.push_back(mullion::IsaDebugExitConfig { device.iobase, device.iosize });
  }
  void operator()(IsaDebugconConfig const& device) const {
    pc.devices.push_back(PcDebugconConfig { { device.iobase, device.readback }, chardevs.find(device.chardev) });
  }
  void operator()(IsaSerialConfig const& device) const {
    pc.serials.push_back({ device.index ? *device.index : free_serial(pc), device.iobase, device.irq,
                           chardevs.find(device.chardev) });
  }
  void operator()(PcTestdevConfig const&) const { pc.devices.push_back(mullion::PcTestdevConfig {}); }
  void operator()(PciTestdevConfig const& device) const { pc.devices.push_back(PcPciTestdevConfig { device.slot }); }
};

}  // namespace

PcConfig pc_config(VmConfig const& config, ChardevSet const& chardevs, std::int64_t now_unix_seconds) {
  PcConfig pc;
  pc.memory_bytes = config.memory_bytes;
  pc.cpus = config.cpus;
  pc.firmware = config.boot.firmware;
  pc.data_dirs = config.boot.data_dirs;
  pc.program_dir = program_folder();
  pc.kernel = { config.boot.kernel, config.boot.initrd, config.boot.command_line };
  pc.kernel_route = config.boot.without_firmware ? BootRoute::direct : BootRoute::firmware;
  pc.acpi = config.machine.acpi;
  pc.hpet = config.machine.hpet;
  pc.i8042 = config.machine.i8042;
  for (unsigned number { 0 }; number < config.serials.size(); ++number) {
    pc.serials.push_back({ number, {}, {}, chardevs.find(config.serials[number]) });
  }
  for (auto const& device : config.devices) std::visit(AddDevice { pc, chardevs }, device.device);
  pc.rtc_epoch_s = rtc_epoch(config.rtc, now_unix_seconds);
  pc.boot_order = config.boot.order;
  pc.boot_menu = config.boot.menu;
  if (config.boot.splash_time_ms != 0) pc.boot_menu_wait_ms = config.boot.splash_time_ms;
  pc.nographic = config.boot.serial_console;
  pc.uuid = uuid_bytes(config.uuid);
  pc.no_reboot = config.action.reboot == ActionConfig::Reboot::shutdown;
  pc.no_shutdown = config.action.shutdown == ActionConfig::Shutdown::pause;
  return pc;
}

}  // namespace mullion::control
