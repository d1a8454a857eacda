// What can only be decided once every option is read: defaults, references by id, contradictions.
// SPDX-License-Identifier: Apache-2.0
#include "control/accelerators.hpp"
#include "control/chardev_option.hpp"
#include "control/devices.hpp"
#include "control/parse_state.hpp"
#include "cpu/x86/cpuid/model.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

namespace mullion::control {
namespace {

constexpr std::size_t kMaxSerials { 4 };

ChardevConfig* find_chardev(VmConfig& config, std::string_view id) {
  auto const it = std::ranges::find(config.chardevs, id, &ChardevConfig::id);
  return it == config.chardevs.end() ? nullptr : &*it;
}

// The chardev id behind one -serial; makes the chardev when the option names a new one.
Result<std::string> chardev_of_serial(ParseState& state, DeferredUse const& use, std::size_t number) {
  constexpr std::string_view kReference { "chardev:" };
  if (use.text.starts_with(kReference)) {
    std::string id { use.text.substr(kReference.size()) };
    if (find_chardev(state.config, id) == nullptr) {
      return failure("{}: there is no -chardev with id '{}'", use.asked_as, id);
    }
    return id;
  }
  auto made = chardev_from_short_form(use.text, fmt::format("serial{}", number));
  if (!made) return tl::unexpected { made.error().within(use.asked_as) };
  made->asked_as = use.asked_as;
  state.config.chardevs.push_back(*made);
  return made->id;
}

Result<void> resolve_serials(ParseState& state) {
  state.config.boot.serial_console = state.nographic;
  if (state.serials.empty() && !state.no_defaults && state.config.machine.kind != MachineKind::none) {
    if (state.nographic) {
      state.serials.push_back({ "mon:stdio", {}, "-nographic" });
    } else {
      state.serials.push_back({ "null", {}, "the default serial port" });
      if (!state.display_chosen) {
        state.warn("there is no display yet: add -nographic to see the guest's serial console");
      }
    }
  }
  for (auto const& use : state.serials) {
    if (use.text == "none") continue;
    if (state.config.serials.size() == kMaxSerials) {
      return failure("{}: a machine has at most {} serial ports; leave one out", use.asked_as, kMaxSerials);
    }
    auto id = chardev_of_serial(state, use, state.config.serials.size());
    if (!id) return tl::unexpected { id.error() };
    state.config.serials.push_back(std::move(*id));
  }
  return {};
}

Result<void> resolve_devices(ParseState& state) {
  std::set<std::string> ids;
  for (auto const& use : state.devices) {
    auto made = make_device(use.pairs, state.globals);
    if (!made) return tl::unexpected { made.error().within(use.asked_as) };
    if (!made->id.empty() && !ids.insert(made->id).second) {
      return failure("{}: id '{}' is already taken by another device", use.asked_as, made->id);
    }
    made->asked_as = use.asked_as;
    state.config.devices.push_back(std::move(*made));
  }
  for (auto const& global : state.globals) {
    if (!global.used) {
      state.warn(fmt::format("{}: the machine has no '{}' that takes it: ignored", global.asked_as, global.driver));
    }
  }
  return {};
}

// The chardev a device names, if it names one.
std::string const* chardev_of(DeviceConfig const& config) {
  if (auto const* debugcon = std::get_if<IsaDebugconConfig>(&config.device)) return &debugcon->chardev;
  if (auto const* serial = std::get_if<IsaSerialConfig>(&config.device)) return &serial->chardev;
  return nullptr;
}

// Every id used exists and is used once; standard input and output belong to one.
Result<void> check_chardevs(ParseState& state) {
  std::map<std::string, unsigned> uses;
  for (auto const& id : state.config.serials) ++uses[id];
  for (auto const& device : state.config.devices) {
    auto const* id = chardev_of(device);
    if (id == nullptr || id->empty()) continue;
    if (find_chardev(state.config, *id) == nullptr) {
      return failure("{}: there is no -chardev with id '{}'", device.asked_as, *id);
    }
    ++uses[*id];
  }
  std::set<std::string> ids;
  ChardevConfig const* on_terminal { nullptr };
  for (auto const& chardev : state.config.chardevs) {
    if (!ids.insert(chardev.id).second) return failure("{}: id '{}' is already taken", chardev.asked_as, chardev.id);
    if (uses[chardev.id] > 1) {
      return failure("{}: '{}' is used by more than one device, which is not supported yet; give each its own",
                     chardev.asked_as, chardev.id);
    }
    if (chardev.backend != ChardevConfig::Backend::stdio) continue;
    if (on_terminal != nullptr) {
      return failure("{}: standard input and output are already used by '{}'; give one of them another back end",
                     chardev.asked_as, on_terminal->asked_as);
    }
    on_terminal = &chardev;
  }
  return {};
}

// COM1 and following, as -serial and isa-serial with an index claim them.
Result<void> check_serial_ports(VmConfig const& config) {
  std::set<std::size_t> taken;
  for (std::size_t number { 0 }; number < config.serials.size(); ++number) taken.insert(number);
  std::size_t without_index { 0 };
  for (auto const& device : config.devices) {
    auto const* serial = std::get_if<IsaSerialConfig>(&device.device);
    if (serial == nullptr) continue;
    if (!serial->index) {
      ++without_index;
    } else if (!taken.insert(*serial->index).second) {
      return failure("{}: COM{} is already there; choose another index, or -serial none to have no default port",
                     device.asked_as, *serial->index + 1);
    }
  }
  if (taken.size() + without_index <= kMaxSerials) return {};
  return failure("a machine has at most {} serial ports, here are {}; leave one out", kMaxSerials,
                 taken.size() + without_index);
}

Result<void> check_boot(ParseState& state) {
  auto const& boot = state.config.boot;
  if (boot.kernel.empty() && !boot.initrd.empty()) {
    return failure("-initrd {}: is only of use with -kernel; add -kernel or leave it out", boot.initrd);
  }
  if (boot.kernel.empty() && !boot.command_line.empty()) {
    return failure("-append {}: is only of use with -kernel; add -kernel or leave it out", boot.command_line);
  }
  if (boot.without_firmware && boot.kernel.empty() && state.config.machine.kind != MachineKind::none) {
    return failure("-bios none: without firmware there must be a kernel; add -kernel");
  }
  if (state.config.machine.kind != MachineKind::none) return {};
  if (!boot.kernel.empty()) return failure("-kernel {}: machine 'none' boots nothing; use -machine pc", boot.kernel);
  if (!boot.firmware.empty()) return failure("-bios {}: machine 'none' boots nothing; use -machine pc", boot.firmware);
  if (!state.config.serials.empty() || !state.config.devices.empty()) {
    return failure("machine 'none' has no devices; use -machine pc");
  }
  return {};
}

// The model's own messages begin with `-cpu NAME`. One that was not asked for says nothing about what it lacks.
Result<void> check_cpu(ParseState& state) {
  std::vector<std::string> warnings;
  auto const model = x86::CpuModel::parse(state.config.cpu, warnings);
  if (!model) return tl::unexpected { model.error() };
  if (!state.cpu_chosen) return {};
  for (auto& warning : warnings) state.warn(std::move(warning));
  return {};
}

}  // namespace

Result<void> finish(ParseState& state) {
  if (auto done = choose_accelerator(state); !done) return done;
  if (auto done = check_cpu(state); !done) return done;
  if (auto done = resolve_serials(state); !done) return done;
  if (auto done = resolve_devices(state); !done) return done;
  if (auto done = check_chardevs(state); !done) return done;
  if (auto done = check_serial_ports(state.config); !done) return done;
  return check_boot(state);
}

}  // namespace mullion::control
