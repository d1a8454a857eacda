// The loop over the arguments: find the option, split its value, call its handler.
// SPDX-License-Identifier: Apache-2.0
#include "control/command_line.hpp"

#include "control/nearest.hpp"
#include "control/option.hpp"

#include <fmt/format.h>

namespace mullion::control {
namespace {

CommandLine failed(std::string_view program, std::string const& where, std::string const& reason) {
  CommandLine out;
  out.kind = CommandLine::Kind::fail;
  out.text = where.empty() ? fmt::format("{}: {}\n", program, reason)
                           : fmt::format("{}: {}: {}\n", program, where, reason);
  return out;
}

Result<void> use_option(ParseState& state, OptionSpec const& option, std::string_view text) {
  std::vector<KeyValue> pairs;
  if (option.argument == OptionArgument::keys || option.argument == OptionArgument::bound) {
    auto parsed = parse_keyval(text, option.implied_key);
    if (!parsed) return tl::unexpected { parsed.error() };
    pairs = std::move(*parsed);
  }
  PropertyValues values { option.properties };
  if (option.argument == OptionArgument::bound) {
    auto bound = bind_properties(option.properties, pairs);
    if (!bound) return tl::unexpected { bound.error() };
    values = std::move(*bound);
  }
  return option.handler(state, OptionUse { option.name, text, pairs, values });
}

std::string_view without_dashes(std::string_view argument) {
  argument.remove_prefix(argument.starts_with("--") ? 2 : 1);
  return argument;
}

}  // namespace

CommandLine parse_command_line(std::string_view program, std::vector<std::string> const& arguments) {
  ParseState state;
  state.config.program = program;
  for (std::size_t i { 0 }; i < arguments.size() && !state.stop_reading; ++i) {
    std::string const& argument { arguments[i] };
    if (argument.size() < 2 || argument.front() != '-') {
      return failed(program, argument, "disk images are not supported yet: leave it out and boot with -kernel");
    }
    auto const* option = find_option(without_dashes(argument));
    if (option == nullptr) {
      auto const name = without_dashes(argument);
      return failed(program, argument, "unknown option" + nearest_hint(name, option_names()));
    }
    state.current = fmt::format("-{}", option->name);
    std::string_view text;
    if (option->argument != OptionArgument::none) {
      if (i + 1 == arguments.size()) return failed(program, state.current, "requires an argument");
      text = arguments[++i];
      state.current += fmt::format(" {}", text);
    }
    if (auto done = use_option(state, *option, text); !done) {
      return failed(program, state.current, done.error().message);
    }
  }
  CommandLine out;
  if (!state.printed) {
    if (auto done = finish(state); !done) return failed(program, "", done.error().message);
    out.config = std::move(state.config);
    return out;
  }
  out.kind = CommandLine::Kind::print;
  out.text = std::move(*state.printed);
  return out;
}

}  // namespace mullion::control
