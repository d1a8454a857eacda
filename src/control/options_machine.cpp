// Options that say what the machine is: accelerator, machine, CPU, memory.
// SPDX-License-Identifier: Apache-2.0
#include "control/accelerators.hpp"
#include "control/machines.hpp"
#include "control/option.hpp"
#include "cpu/x86/cpuid/model.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace mullion::control {
namespace {

bool asks_for_help(std::string_view text) { return text == "help" || text == "?"; }

Result<void> accel(ParseState& state, OptionUse const& use) {
  if (use.pairs.empty() || use.pairs.front().key != "accel") return failure("names no accelerator");
  if (asks_for_help(use.pairs.front().value)) {
    state.printed = accelerator_help();
    return {};
  }
  state.accelerators.push_back({ std::string { use.text }, { use.pairs.begin(), use.pairs.end() }, state.current });
  return {};
}

Result<void> enable_kvm(ParseState& state, OptionUse const&) {
  state.accelerators.push_back({ "kvm", { { "accel", "kvm" } }, state.current });
  return {};
}

Result<void> machine(ParseState& state, OptionUse const& use) {
  std::vector<KeyValue> properties;
  for (auto const& pair : use.pairs) {
    if (pair.key == "type") {
      if (asks_for_help(pair.value)) {
        state.printed = machine_help();
        return {};
      }
      if (auto done = set_machine(state.config.machine, pair.value); !done) return done;
    } else if (pair.key == "accel") {
      state.machine_accelerators = pair.value;
    } else if (asks_for_help(pair.key)) {
      state.printed = "machine options:\n" + property_help(machine_properties());
      return {};
    } else {
      properties.push_back(pair);
    }
  }
  return set_machine_properties(state.config.machine, properties);
}

Result<void> no_acpi(ParseState& state, OptionUse const&) {
  state.config.machine.acpi = false;
  return {};
}

Result<void> no_hpet(ParseState& state, OptionUse const&) {
  state.config.machine.hpet = false;
  return {};
}

Result<void> cpu(ParseState& state, OptionUse const& use) {
  if (asks_for_help(use.text)) {
    state.printed = x86::CpuModel::help();
    return {};
  }
  if (use.text.empty()) return failure("names no CPU model (-cpu help lists them)");
  state.config.cpu = use.text;
  state.cpu_chosen = true;
  return {};
}

constexpr std::array<PropertySpec, 7> kSmp { {
    { "cpus", PropertyType::uint32, "1", "virtual CPUs at start" },
    { "maxcpus", PropertyType::uint32, "", "most virtual CPUs" },
    { "sockets", PropertyType::uint32, "", "sockets on the board" },
    { "dies", PropertyType::uint32, "", "dies in a socket" },
    { "clusters", PropertyType::uint32, "", "clusters in a die" },
    { "cores", PropertyType::uint32, "", "cores in a cluster" },
    { "threads", PropertyType::uint32, "", "threads in a core" },
} };

// The product of the topology given, saturated far above anything accepted.
std::uint64_t topology_product(PropertyValues const& values) {
  std::uint64_t product { 1 };
  for (auto const* level : { "sockets", "dies", "clusters", "cores", "threads" }) {
    if (values.given(level)) product = std::min<std::uint64_t>(product * values.number(level), 1u << 16);
  }
  return product;
}

Result<void> smp(ParseState& state, OptionUse const& use) {
  auto const& values = use.values;
  for (auto const& spec : kSmp) {
    if (values.given(spec.name) && values.number(spec.name) == 0) return failure("'{}' must be at least 1", spec.name);
  }
  auto const product = topology_product(values);
  auto const most = values.given("maxcpus") ? values.number("maxcpus") : product;
  auto const cpus = values.given("cpus") ? values.number("cpus") : most;
  if (cpus > 1) return failure("more than one CPU is not supported yet; use -smp 1");
  if (most > 1 || product > 1) {
    return failure("room for more than one CPU (maxcpus or topology {}) is not supported yet; use -smp 1",
                   std::max(most, product));
  }
  state.config.cpus = 1;
  return {};
}

constexpr std::array<PropertySpec, 3> kMemory { {
    { "size", PropertyType::text, "128", "memory at start; a bare number counts MiB" },
    { "slots", PropertyType::uint64, "0", "slots for memory added later", "0" },
    { "maxmem", PropertyType::text, "", "most memory" },
} };
constexpr std::uint64_t kMiB { 1ull << 20 };
constexpr std::uint64_t kMemoryStep { 8192 };  // QEMU's rounding, so that sizes agree

Result<std::uint64_t> memory_size(std::string const& text) {
  auto const bytes = parse_size(text, kMiB);
  if (!bytes) return failure("'{}' is not a size; write 512M, 2G, or a number of MiB", text);
  if (*bytes == 0) return failure("a machine needs memory; write at least 1M");
  if (*bytes > ~0ull - kMemoryStep) return failure("'{}' is beyond any machine", text);
  return (*bytes + kMemoryStep - 1) / kMemoryStep * kMemoryStep;
}

Result<void> memory(ParseState& state, OptionUse const& use) {
  auto const size = memory_size(use.values.text("size"));
  if (!size) return tl::unexpected { size.error() };
  if (use.values.given("maxmem")) {
    auto const most = memory_size(use.values.text("maxmem"));
    if (!most) return tl::unexpected { most.error() };
    if (*most != *size) return failure("memory added later (maxmem) is not supported yet; leave maxmem out");
  }
  state.config.memory_bytes = *size;
  return {};
}

constexpr std::string_view kMachineUsage { "[type=]name[,prop[=value][,...]]" };
constexpr std::string_view kMachineHelp {
  "selects emulated machine ('-machine help' for list)\n"
  "property accel=accel1[:accel2[:...]] selects accelerator\n"
  "other properties are listed by '-machine pc,help'"
};

constexpr std::array<OptionSpec, 9> kOptions { {
    { "machine", OptionArgument::keys, "type", {}, kMachineUsage, kMachineHelp, machine },
    { "M", OptionArgument::keys, "type", {}, kMachineUsage, "the same as -machine", machine },
    { "cpu", OptionArgument::text, "", {}, "cpu", "select CPU ('-cpu help' for list)", cpu },
    { "accel", OptionArgument::keys, "accel", {}, "[accel=]accelerator[,prop[=value][,...]]",
      "select accelerator (soft; use 'help' for a list); 'tcg' is another name of soft", accel },
    { "smp", OptionArgument::bound, "cpus", kSmp,
      "[[cpus=]n][,maxcpus=maxcpus][,sockets=sockets][,dies=dies][,cores=cores][,threads=threads]",
      "set the number of initial CPUs to 'n' [default=1]; more than 1 is not supported yet", smp },
    { "m", OptionArgument::bound, "size", kMemory, "[size=]megs", 
      "configure guest RAM; default 128M, suffixes M and G", memory },
    { "enable-kvm", OptionArgument::none, "", {}, "", "the same as -accel kvm", enable_kvm },
    { "no-acpi", OptionArgument::none, "", {}, "", "the same as -machine acpi=off", no_acpi },
    { "no-hpet", OptionArgument::none, "", {}, "", "the same as -machine hpet=off", no_hpet },
} };

}  // namespace

std::span<OptionSpec const> machine_options() { return kOptions; }

}  // namespace mullion::control
