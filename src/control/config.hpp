// The typed configuration that the command line is parsed into and that a machine is built from.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace mullion::control {

// One host end of a byte stream. `id` names it to devices; two never have the same.
struct ChardevConfig {
  enum class Backend { null, stdio, file, pty, socket };
  std::string id;
  Backend backend { Backend::null };
  std::string path;            // file; a unix socket
  std::string address;         // a TCP socket
  std::uint16_t port { 0 };
  bool append { false };       // file
  bool server { false };       // socket
  bool wait { true };          // socket that listens: wait for the first client before the guest starts
  bool mux { false };          // Ctrl-a commands
  bool signal { true };        // stdio without mux: Ctrl-c ends the virtual machine
  std::string asked_as;        // the option and value that made it, for messages
};

// Devices that a user adds. Each is plain data; empty chardev means "connected to nothing".
struct IsaDebugExitConfig {
  std::uint16_t iobase { 0x501 };
  std::uint16_t iosize { 2 };
};
struct IsaDebugconConfig {
  std::string chardev;
  std::uint16_t iobase { 0xe9 };
  std::uint8_t readback { 0xe9 };
};
struct IsaSerialConfig {
  std::string chardev;
  std::optional<std::uint8_t> index;     // 0..3: COM1..COM4, decides the defaults of the other two
  std::optional<std::uint16_t> iobase;
  std::optional<std::uint8_t> irq;
};
struct PcTestdevConfig {};
struct PciTestdevConfig {
  std::optional<std::uint8_t> slot;      // empty: the first free one
};
struct DeviceConfig {
  std::string id;
  std::variant<IsaDebugExitConfig, IsaDebugconConfig, IsaSerialConfig, PcTestdevConfig, PciTestdevConfig> device;
  std::string asked_as;
};

enum class MachineKind { none, pc };

struct MachineConfig {
  MachineKind kind { MachineKind::pc };
  bool acpi { true };
  bool hpet { true };
  bool i8042 { true };
};

struct BootConfig {
  std::string kernel;
  std::string initrd;
  std::string command_line;
  std::string firmware;                  // -bios: a path, or a name searched for in data_dirs; empty: SeaBIOS
  bool without_firmware { false };       // -bios none: the kernel is entered at once
  std::vector<std::string> data_dirs;    // -L, in order; the defaults follow them
  std::string order;                     // as -boot order=, letters
  bool menu { false };
  std::uint32_t splash_time_ms { 0 };
  bool serial_console { false };         // -nographic: firmware writes to COM1
};

struct RtcConfig {
  enum class Base { utc, localtime, fixed };
  Base base { Base::utc };
  std::int64_t fixed_unix_seconds { 0 };
};

struct LogConfig {
  std::string items;                     // -d, as given
  std::string file;                      // -D; empty is standard error
  std::vector<std::string> trace;        // -trace patterns in order
};

// What happens when the guest asks for it or falls over.
struct ActionConfig {
  enum class Reboot { reset, shutdown };
  enum class Shutdown { poweroff, pause };
  Reboot reboot { Reboot::reset };
  Shutdown shutdown { Shutdown::poweroff };
};

struct VmConfig {
  std::string program { "mullion-system-x86_64" };
  std::string accelerator { "soft" };
  MachineConfig machine;
  std::string cpu { "qemu64" };          // model and features as given to -cpu
  unsigned cpus { 1 };
  std::uint64_t memory_bytes { 128ull << 20 };
  BootConfig boot;
  std::vector<ChardevConfig> chardevs;
  std::vector<std::string> serials;      // COM1.. in order: a chardev id, or empty for no port
  std::vector<DeviceConfig> devices;
  RtcConfig rtc;
  ActionConfig action;
  LogConfig log;
  std::string name;
  std::string uuid;
  std::string pid_file;
  bool start_paused { false };
  bool timestamp_messages { false };
  std::vector<std::string> warnings;     // said once, before the guest starts
};

}  // namespace mullion::control
