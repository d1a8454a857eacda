// What is gathered while the command line is read, before options that refer to each other are brought together.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "control/config.hpp"
#include "control/keyval.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mullion::control {

// An option kept until all are read; `asked_as` is `-option value` as written.
struct DeferredUse {
  std::string text;
  std::vector<KeyValue> pairs;
  std::string asked_as;
};

struct GlobalDefault {
  std::string driver;
  KeyValue pair;
  std::string asked_as;
  bool used { false };
};

struct ParseState {
  VmConfig config;
  std::string current;                     // `-option value` being handled
  std::optional<std::string> printed;      // text of a help form; when set, it is printed and nothing starts
  bool stop_reading { false };             // -version and -help answer before the rest is read
  std::vector<DeferredUse> accelerators;   // -accel, in order of preference
  std::string machine_accelerators;        // -machine accel=a:b
  std::vector<DeferredUse> serials;
  std::vector<DeferredUse> devices;
  std::vector<GlobalDefault> globals;
  bool nographic { false };
  bool no_defaults { false };
  bool display_chosen { false };
  bool cpu_chosen { false };

  void warn(std::string text) { config.warnings.push_back(std::move(text)); }
};

// Resolves defaults, references and contradictions once every option is read.
[[nodiscard]] Result<void> finish(ParseState& state);

}  // namespace mullion::control
