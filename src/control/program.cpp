// From arguments to exit status: parse, look, log, run.
// SPDX-License-Identifier: Apache-2.0
#include "control/program.hpp"

#include "base/log.hpp"
#include "control/command_line.hpp"
#include "control/host_check.hpp"
#include "control/machine_run.hpp"
#include "control/messages.hpp"
#include "control/pid_file.hpp"

#include <cstdio>
#include <filesystem>

namespace mullion::control {
namespace {

constexpr int kRefused { 1 };

Result<void> open_log(LogConfig const& config) {
  if (auto done = log_open_file(config.file); !done) return done;
  if (!config.items.empty()) {
    if (auto done = log_enable(config.items); !done) return done;
  }
  for (auto const& pattern : config.trace) {
    if (auto done = trace_enable(pattern); !done) return tl::unexpected { done.error().within("-trace " + pattern) };
  }
  return {};
}

Result<int> start(VmConfig const& config, Messages const& messages) {
  if (auto done = check_host(config); !done) return tl::unexpected { done.error() };
  if (auto done = open_log(config.log); !done) return tl::unexpected { done.error() };
  auto const pid_file = PidFile::create(config.pid_file);
  if (!pid_file) return tl::unexpected { pid_file.error() };
  return run_machine(config, messages);
}

}  // namespace

int run_program(int argc, char const* const* argv) {
  std::string const program { argc > 0 ? std::filesystem::path { argv[0] }.filename().string() : "mullion" };
  auto const line = parse_command_line(program, { argv + (argc > 0 ? 1 : 0), argv + argc });
  if (line.kind == CommandLine::Kind::print) {
    std::fwrite(line.text.data(), 1, line.text.size(), stdout);
    return std::fflush(stdout) == 0 ? 0 : kRefused;
  }
  if (line.kind == CommandLine::Kind::fail) {
    std::fwrite(line.text.data(), 1, line.text.size(), stderr);
    return kRefused;
  }
  Messages messages { program };
  messages.set_timestamps(line.config.timestamp_messages);
  for (auto const& warning : line.config.warnings) messages.warning(warning);
  auto const status = start(line.config, messages);
  log_flush();
  if (status) return *status;
  messages.error(status.error().message);
  return kRefused;
}

}  // namespace mullion::control
