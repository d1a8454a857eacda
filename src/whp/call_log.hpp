// MULLION_WHP_LOG=FILE: one line for each call with its arguments, result and time.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "whp/include/WinHvPlatformDefs.h"

#include <fmt/format.h>

#include <chrono>
#include <string>

namespace mullion::whp {

// `-` or an empty value: standard error.
bool call_log_enabled();
void call_log_line(const std::string& line);

// Runs `body`, which gives the call's result.
template <class Body, class... Args>
HRESULT logged(const char* name, Body&& body, fmt::format_string<Args...> text, Args&&... args) {
  if (!call_log_enabled()) [[likely]] return body();
  auto const start = std::chrono::steady_clock::now();
  HRESULT const hr = body();
  auto const ns = std::chrono::nanoseconds(std::chrono::steady_clock::now() - start).count();
  call_log_line(fmt::format("{}({}) = {:#010x}, {} ns\n", name, fmt::format(text, std::forward<Args>(args)...),
                            uint32_t(hr), ns));
  return hr;
}

}  // namespace mullion::whp
