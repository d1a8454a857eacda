// Dates as -rtc base= takes them.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace mullion::control {

// Seconds since 1970 (UTC) of `2006-06-17` or `2006-06-17T16:01:21`; nothing for a date that does not exist.
[[nodiscard]] std::optional<std::int64_t> parse_datetime(std::string_view text);

// How far the host's local time is ahead of UTC at that moment.
[[nodiscard]] std::int64_t local_offset_seconds(std::int64_t unix_seconds);

}  // namespace mullion::control
