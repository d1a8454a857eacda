// The typed configuration of the pc machine.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "chardev/chardev.hpp"
#include "devices/misc/debugcon/debugcon.hpp"
#include "devices/misc/isa_debug_exit/isa_debug_exit.hpp"
#include "machine/loaders/kernel_boot.hpp"
#include "machine/memory_map.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace mullion {

// Chardevs belong to the caller and outlive the machine; null: the port is there, nothing is plugged in.
struct PcSerialConfig {
  unsigned number = 0;  // 0–3: COM1–COM4 and their usual ports and interrupts
  std::optional<uint16_t> iobase;
  std::optional<uint8_t> irq;
  Chardev* chardev = nullptr;
};
struct PcDebugconConfig {
  DebugconConfig config;
  Chardev* chardev = nullptr;
};
struct PcTestdevConfig {};
struct PcPciTestdevConfig {
  std::optional<uint8_t> slot;  // empty: the first free one
};
using PcDeviceConfig = std::variant<IsaDebugExitConfig, PcDebugconConfig, PcTestdevConfig, PcPciTestdevConfig>;

struct PcConfig {
  uint64_t memory_bytes = 128 * kMiB;
  unsigned cpus = 1;
  std::string firmware;                // -bios: a path, or a name looked up in the folders; empty: SeaBIOS
  std::vector<std::string> data_dirs;  // -L: searched before the usual folders
  std::string program_dir;             // searched last: where firmware lies on Windows
  KernelConfig kernel;
  BootRoute kernel_route = BootRoute::firmware;  // direct: no firmware is loaded at all
  bool acpi = true;
  bool hpet = true;
  bool i8042 = true;
  bool pic = true;
  bool pit = true;
  std::vector<PcSerialConfig> serials;
  std::vector<PcDeviceConfig> devices;
  int64_t rtc_epoch_s = 0;
  std::string boot_order;  // letters as of -boot order=
  bool boot_menu = false;
  std::optional<uint32_t> boot_menu_wait_ms;  // how long firmware waits for the menu's key
  std::optional<uint32_t> boot_fail_wait_ms;  // from "No bootable device" to the reset; empty: firmware's default
  bool nographic = false;                     // firmware uses COM1 as its console
  std::array<uint8_t, 16> uuid{};
  bool no_reboot = false;    // a reset ends the machine
  bool no_shutdown = false;  // soft-off pauses it
};

}  // namespace mullion
