// Options for byte streams and for what is seen: serial ports, character devices, display.
// SPDX-License-Identifier: Apache-2.0
#include "control/chardev_option.hpp"
#include "control/option.hpp"

#include <array>

#include <fmt/format.h>

namespace mullion::control {
namespace {

Result<void> serial(ParseState& state, OptionUse const& use) {
  if (use.text.empty()) return failure("names no device; use stdio, file:PATH, pty, unix:PATH, null or none");
  state.serials.push_back({ std::string { use.text }, {}, state.current });
  return {};
}

Result<void> chardev(ParseState& state, OptionUse const& use) {
  bool const help { use.text == "help" || use.text == "?" };
  if (help) {
    state.printed = chardev_help();
    return {};
  }
  auto made = chardev_from_keys(use.pairs);
  if (!made) return tl::unexpected { made.error() };
  made->asked_as = state.current;
  state.config.chardevs.push_back(std::move(*made));
  return {};
}

Result<void> nographic(ParseState& state, OptionUse const&) {
  state.nographic = true;
  state.display_chosen = true;
  return {};
}

Result<void> display(ParseState& state, OptionUse const& use) {
  if (use.text == "help" || use.text == "?") {
    state.printed = "Available display backend types:\nnone\n";
    return {};
  }
  if (use.pairs.empty() || use.pairs.front().value != "none") {
    return failure("only 'none' is supported yet; use -display none or -nographic");
  }
  state.display_chosen = true;
  return {};
}

Result<void> vga(ParseState& state, OptionUse const& use) {
  if (use.text == "help" || use.text == "?") {
    state.printed = "none                 no graphic card (default)\n";
    return {};
  }
  if (use.text == "none") return {};
  return failure("only 'none' is supported yet; use -vga none and the serial console");
}

Result<void> monitor(ParseState&, OptionUse const& use) {
  if (use.text == "none" || use.text == "null" || use.text == "/dev/null") return {};
  return failure("the monitor is not supported yet; use -{} none", use.name);
}

constexpr std::array<OptionSpec, 7> kOptions { {
    { "serial", OptionArgument::text, "", {}, "dev",
      "redirect the serial port to char device 'dev': stdio, mon:stdio, file:PATH,\n"
      "pty, unix:PATH, tcp:HOST:PORT, null, none or chardev:ID; may be given up to four times",
      serial },
    { "chardev", OptionArgument::keys, "backend", {}, "backend,id=id[,mux=on|off][,...]",
      "make a char device ('-chardev help' for list)", chardev },
    { "nographic", OptionArgument::none, "", {}, "",
      "disable graphical output; the first serial port is the terminal.\nCtrl-a x ends, Ctrl-a h shows more",
      nographic },
    { "display", OptionArgument::keys, "type", {}, "none", "no display; others are not supported yet", display },
    { "vga", OptionArgument::text, "", {}, "none", "no graphic card; others are not supported yet", vga },
    { "monitor", OptionArgument::text, "", {}, "none", "no monitor; others are not supported yet", monitor },
    { "qmp", OptionArgument::text, "", {}, "none", "no QMP; others are not supported yet", monitor },
} };

}  // namespace

std::span<OptionSpec const> character_options() { return kOptions; }

}  // namespace mullion::control
