// Results and errors: a value, or one message that says what, where, why and what to do.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <fmt/format.h>
#include <tl/expected.hpp>

#include <string>
#include <utility>

namespace mullion {

// An error for a person. `message` is one sentence or two: what was tried, where (file, option,
// device), why it failed and what to do about it.
struct Error {
  std::string message;

  // The same error with `prefix: ` before it, added by a caller that knows more.
  [[nodiscard]] Error within(const std::string& prefix) const { return {prefix + ": " + message}; }
};

template <class T>
using Result = tl::expected<T, Error>;

// return failure("cannot open '{}': {}", path, why);
template <class... Args>
[[nodiscard]] tl::unexpected<Error> failure(fmt::format_string<Args...> text, Args&&... args) {
  return tl::unexpected<Error>(Error{fmt::format(text, std::forward<Args>(args)...)});
}

}  // namespace mullion
