// Options for the process around the machine: logs, names, what ends it, help.
// SPDX-License-Identifier: Apache-2.0
#include "base/log.hpp"
#include "control/help.hpp"
#include "control/nearest.hpp"
#include "control/option.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace mullion::control {
namespace {

bool asks_for_help(std::string_view text) { return text == "help" || text == "?"; }

Result<void> help(ParseState& state, OptionUse const&) {
  state.printed = help_text(state.config.program);
  state.stop_reading = true;
  return {};
}

Result<void> version(ParseState& state, OptionUse const&) {
  state.printed = version_text();
  state.stop_reading = true;
  return {};
}

constexpr std::array<PropertySpec, 3> kName { {
    { "guest", PropertyType::text, "", "name of the guest" },
    { "debug-threads", PropertyType::boolean, "off", "names for host threads; accepted as a hint" },
    { "process", PropertyType::text, "", "name of the process; accepted as a hint" },
} };
Result<void> name(ParseState& state, OptionUse const& use) {
  state.config.name = use.values.text("guest");
  return {};
}

Result<void> uuid(ParseState& state, OptionUse const& use) {
  constexpr std::string_view kShape { "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" };
  bool good { use.text.size() == kShape.size() };
  for (std::size_t i { 0 }; good && i < kShape.size(); ++i) {
    bool const hex { std::string_view { "0123456789abcdefABCDEF" }.find(use.text[i]) != std::string_view::npos };
    good = kShape[i] == '-' ? use.text[i] == '-' : hex;
  }
  if (!good) return failure("a UUID looks like 550e8400-e29b-41d4-a716-446655440000");
  state.config.uuid = use.text;
  return {};
}

Result<void> no_reboot(ParseState& state, OptionUse const&) {
  state.config.action.reboot = ActionConfig::Reboot::shutdown;
  return {};
}

Result<void> no_shutdown(ParseState& state, OptionUse const&) {
  state.config.action.shutdown = ActionConfig::Shutdown::pause;
  return {};
}

constexpr std::array<PropertySpec, 4> kAction { {
    { "reboot", PropertyType::text, "reset", "when the guest resets", "reset|shutdown" },
    { "shutdown", PropertyType::text, "poweroff", "when the guest powers off", "poweroff|pause" },
    { "panic", PropertyType::text, "shutdown", "when the guest panics; accepted, it has no means to say so yet" },
    { "watchdog", PropertyType::text, "reset", "when a watchdog fires; there is no watchdog yet", "reset" },
} };
Result<void> action(ParseState& state, OptionUse const& use) {
  auto& action = state.config.action;
  auto const& values = use.values;
  if (values.given("reboot")) {
    action.reboot = values.text("reboot") == "reset" ? ActionConfig::Reboot::reset : ActionConfig::Reboot::shutdown;
  }
  if (values.given("shutdown")) {
    bool const pause { values.text("shutdown") == "pause" };
    action.shutdown = pause ? ActionConfig::Shutdown::pause : ActionConfig::Shutdown::poweroff;
  }
  return {};
}

Result<void> start_paused(ParseState& state, OptionUse const&) {
  state.config.start_paused = true;
  return {};
}

Result<void> pid_file(ParseState& state, OptionUse const& use) {
  if (use.text.empty()) return failure("names no file");
  state.config.pid_file = use.text;
  return {};
}

std::string log_item_help() {
  std::string out { "Log items (comma separated):\n" };
  for (auto const& item : log_items()) out += fmt::format("{:<15} {}\n", item.name, item.help);
  out += fmt::format("{:<15} {}\n", "trace:PATTERN", "enable trace events");
  return out;
}

// Items of QEMU about its translator and about user-mode emulation.
constexpr std::array<std::string_view, 8> kNotYet { "out_asm", "op",     "op_opt", "op_ind",
                                                    "page",    "plugin", "strace", "tid" };

// Each item is checked now, so that a misspelt one is refused before anything starts.
Result<void> log(ParseState& state, OptionUse const& use) {
  if (asks_for_help(use.text)) {
    state.printed = log_item_help();
    return {};
  }
  std::string_view rest { use.text };
  while (!rest.empty()) {
    auto const item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), item.size() + 1));
    if (item.starts_with("trace:")) {
      state.config.log.trace.emplace_back(item.substr(6));
      continue;
    }
    auto const known = std::ranges::any_of(log_items(), [&](auto const& info) { return info.name == item; });
    if (std::ranges::find(kNotYet, item) != kNotYet.end()) return failure("log item '{}' is not supported yet", item);
    if (!known) {
      std::vector<std::string_view> names;
      for (auto const& info : log_items()) names.push_back(info.name);
      return failure("'{}' is not a known log item{} (-d help lists all)", item, nearest_hint(item, names));
    }
    auto& items = state.config.log.items;
    items += fmt::format("{}{}", items.empty() ? "" : ",", item);
  }
  return {};
}

Result<void> log_file(ParseState& state, OptionUse const& use) {
  if (use.text.empty()) return failure("names no file");
  state.config.log.file = use.text;
  return {};
}

std::string trace_help() {
  std::string out;
  for (auto const* event : trace_events()) out += fmt::format("{:<32} {}\n", event->name(), event->help());
  return out;
}

constexpr std::array<PropertySpec, 3> kTrace { {
    { "enable", PropertyType::text, "", "events to show; * stands for any text" },
    { "events", PropertyType::text, "", "file with one pattern a line", "none" },
    { "file", PropertyType::text, "", "file for the output; use -D", "none" },
} };
Result<void> trace(ParseState& state, OptionUse const& use) {
  auto const pattern = use.values.text("enable");
  if (asks_for_help(pattern)) {
    state.printed = trace_help();
    return {};
  }
  if (pattern.empty()) return failure("names no event (-trace help lists them)");
  state.config.log.trace.push_back(pattern);
  return {};
}

constexpr std::array<PropertySpec, 2> kMessages { {
    { "timestamp", PropertyType::boolean, "off", "time before each message" },
    { "guest-name", PropertyType::boolean, "off", "name of the guest before each message; accepted as a hint" },
} };
Result<void> messages(ParseState& state, OptionUse const& use) {
  state.config.timestamp_messages = use.values.flag("timestamp");
  return {};
}

constexpr std::array<PropertySpec, 2> kOvercommit { {
    { "mem-lock", PropertyType::boolean, "off", "keep guest memory in RAM; accepted as a hint" },
    { "cpu-pm", PropertyType::boolean, "off", "let the guest manage the host CPU; accepted as a hint" },
} };
Result<void> accepted_hint(ParseState&, OptionUse const&) { return {}; }

constexpr std::array<OptionSpec, 18> kOptions { {
    { "h", OptionArgument::none, "", {}, "", "display this help and exit", help },
    { "help", OptionArgument::none, "", {}, "", "display this help and exit", help },
    { "version", OptionArgument::none, "", {}, "", "display version information and exit", version },
    { "name", OptionArgument::bound, "guest", kName, "string1[,process=string2][,debug-threads=on|off]",
      "set the name of the guest", name },
    { "uuid", OptionArgument::text, "", {}, "%08x-%04x-%04x-%04x-%012x", "specify machine UUID", uuid },
    { "no-reboot", OptionArgument::none, "", {}, "", "exit instead of rebooting", no_reboot },
    { "no-shutdown", OptionArgument::none, "", {}, "", "stop before shutdown", no_shutdown },
    { "action", OptionArgument::bound, "", kAction,
      "reboot=reset|shutdown\n-action shutdown=poweroff|pause\n-action panic=pause|shutdown|exit-failure|none",
      "what is done when the guest asks for it", action },
    { "S", OptionArgument::none, "", {}, "", "freeze CPU at startup", start_paused },
    { "pidfile", OptionArgument::text, "", {}, "file", "write PID to 'file'", pid_file },
    { "d", OptionArgument::text, "", {}, "item1,...", "enable logging of specified items (use '-d help' for a list)",
      log },
    { "D", OptionArgument::text, "", {}, "logfile", "output log to logfile (default stderr)", log_file },
    { "trace", OptionArgument::bound, "enable", kTrace, "[[enable=]<pattern>]",
      "show the trace events that match ('-trace help' for list)", trace },
    { "msg", OptionArgument::bound, "", kMessages, "[timestamp=on|off][,guest-name=on|off]", "form of messages",
      messages },
    { "overcommit", OptionArgument::bound, "", kOvercommit, "[mem-lock=on|off][,cpu-pm=on|off]",
      "hints about host resources; accepted without effect", accepted_hint },
    { "nodefaults", OptionArgument::none, "", {}, "", "don't create default devices",
      [](ParseState& state, OptionUse const&) -> Result<void> {
        state.no_defaults = true;
        return {};
      } },
    { "no-user-config", OptionArgument::none, "", {}, "", "there are no configuration files; accepted", accepted_hint },
    { "nodefconfig", OptionArgument::none, "", {}, "", "the old spelling of -no-user-config", accepted_hint },
} };

}  // namespace

std::span<OptionSpec const> process_options() { return kOptions; }

}  // namespace mullion::control
