// Writing of messages.
// SPDX-License-Identifier: Apache-2.0
#include "control/messages.hpp"

#include <chrono>
#include <cstdio>

#include <fmt/chrono.h>

namespace mullion::control {

void Messages::line(std::string_view kind, std::string_view text) const {
  std::string out;
  if (timestamps_) {
    auto const now = std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    auto const micros = now.time_since_epoch().count() % 1'000'000;
    out = fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z ", fmt::gmtime(std::chrono::system_clock::to_time_t(now)), micros);
  }
  out += fmt::format("{}: {}{}\n", program_, kind, text);
  std::fwrite(out.data(), 1, out.size(), stderr);
}

}  // namespace mullion::control
