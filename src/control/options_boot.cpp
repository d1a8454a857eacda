// Options that say what is booted: kernel, initrd, firmware, boot order, the clock at start.
// SPDX-License-Identifier: Apache-2.0
#include "control/datetime.hpp"
#include "control/option.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace mullion::control {
namespace {

Result<void> kernel(ParseState& state, OptionUse const& use) {
  if (use.text.empty()) return failure("names no file");
  state.config.boot.kernel = use.text;
  return {};
}

Result<void> initrd(ParseState& state, OptionUse const& use) {
  if (use.text.empty()) return failure("names no file");
  state.config.boot.initrd = use.text;
  return {};
}

Result<void> append(ParseState& state, OptionUse const& use) {
  state.config.boot.command_line = use.text;
  return {};
}

Result<void> bios(ParseState& state, OptionUse const& use) {
  if (use.text.empty()) return failure("names no file");
  auto& boot = state.config.boot;
  boot.without_firmware = use.text == "none";
  boot.firmware = boot.without_firmware ? std::string_view {} : use.text;
  return {};
}

Result<void> data_dir(ParseState& state, OptionUse const& use) {
  if (use.text == "help" || use.text == "?") {
    std::string text;
    for (auto const& dir : state.config.boot.data_dirs) text += dir + '\n';
    state.printed = text + "then the usual places for firmware of this host\n";
    return {};
  }
  if (use.text.empty()) return failure("names no folder");
  state.config.boot.data_dirs.emplace_back(use.text);
  return {};
}

constexpr std::array<PropertySpec, 7> kBoot { {
    { "order", PropertyType::text, "", "drives tried, in order: a floppy, c disk, d CD-ROM, n network" },
    { "once", PropertyType::text, "", "the order of the first boot alone", "none" },
    { "menu", PropertyType::boolean, "off", "the firmware's boot menu" },
    { "splash", PropertyType::text, "", "picture shown by the firmware", "none" },
    { "splash-time", PropertyType::uint32, "0", "milliseconds the firmware waits at its menu" },
    { "reboot-timeout", PropertyType::text, "", "milliseconds before a failed boot is tried again", "-1" },
    { "strict", PropertyType::boolean, "off", "boot only from devices with a boot index; none has one yet" },
} };

Result<void> boot(ParseState& state, OptionUse const& use) {
  auto const order = use.values.text("order");
  for (std::size_t i { 0 }; i < order.size(); ++i) {
    if (order[i] < 'a' || order[i] > 'p') return failure("'{}' is no drive letter of order= (a to p)", order[i]);
    if (order.find(order[i], i + 1) != std::string::npos) return failure("drive '{}' comes twice", order[i]);
  }
  auto& boot = state.config.boot;
  if (!order.empty()) boot.order = order;
  if (use.values.given("menu")) boot.menu = use.values.flag("menu");
  auto const wait = use.values.number_if_given<std::uint32_t>("splash-time");
  boot.splash_time_ms = wait.value_or(boot.splash_time_ms);
  return {};
}

constexpr std::array<PropertySpec, 3> kRtc { {
    { "base", PropertyType::text, "utc", "utc, localtime, or a date such as 2023-10-01T12:00:00" },
    { "clock", PropertyType::text, "host", "what moves the clock; each is the machine's own time", "host|rt|vm" },
    { "driftfix", PropertyType::text, "none", "catching up of lost ticks; accepted as a hint", "none|slew" },
} };

Result<void> rtc(ParseState& state, OptionUse const& use) {
  auto& rtc = state.config.rtc;
  auto const base = use.values.text("base");
  if (base == "utc" || base == "localtime") {
    rtc.base = base == "utc" ? RtcConfig::Base::utc : RtcConfig::Base::localtime;
  } else {
    auto const seconds = parse_datetime(base);
    if (!seconds) return failure("'base' is utc, localtime or YYYY-MM-DD[THH:MM:SS], not '{}'", base);
    rtc.base = RtcConfig::Base::fixed;
    rtc.fixed_unix_seconds = *seconds;
  }
  return {};
}

constexpr std::array<OptionSpec, 7> kOptions { {
    { "kernel", OptionArgument::text, "", {}, "bzImage",
      "use 'bzImage' as kernel image: a Linux bzImage, an ELF kernel with\na PVH entry, or a multiboot kernel",
      kernel },
    { "initrd", OptionArgument::text, "", {}, "file",
      "use 'file' as initial ram disk; for a multiboot kernel a list of modules", initrd },
    { "append", OptionArgument::text, "", {}, "cmdline", "use 'cmdline' as kernel command line", append },
    { "bios", OptionArgument::text, "", {}, "file",
      "set the filename for the BIOS; 'none' enters the kernel without firmware", bios },
    { "L", OptionArgument::text, "", {}, "path", "set the directory for the BIOS; may be given several times",
      data_dir },
    { "boot", OptionArgument::bound, "order", kBoot,
      "[order=drives][,menu=on|off][,splash-time=sp_time][,strict=on|off]", "what the firmware is told about booting",
      boot },
    { "rtc", OptionArgument::bound, "base", kRtc,
      "[base=utc|localtime|<datetime>][,clock=host|rt|vm][,driftfix=none|slew]",
      "set the RTC base and clock", rtc },
} };

}  // namespace

std::span<OptionSpec const> boot_options() { return kOptions; }

}  // namespace mullion::control
