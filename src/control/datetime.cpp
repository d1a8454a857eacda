// Parsing of a date and time.
// SPDX-License-Identifier: Apache-2.0
#include "control/datetime.hpp"

#include <charconv>
#include <chrono>
#include <ctime>

namespace mullion::control {
namespace {

// Takes exactly `digits` digits and the separator after them (0: the end of the text) off `text`.
std::optional<int> take(std::string_view& text, std::size_t digits, char separator) {
  int value { 0 };
  if (text.size() < digits) return std::nullopt;
  auto const [end, error] = std::from_chars(text.data(), text.data() + digits, value);
  if (error != std::errc {} || end != text.data() + digits || value < 0) return std::nullopt;
  text.remove_prefix(digits);
  if (separator == 0) return text.empty() ? std::optional { value } : std::nullopt;
  if (text.empty() || text.front() != separator) return std::nullopt;
  text.remove_prefix(1);
  return value;
}

}  // namespace

std::optional<std::int64_t> parse_datetime(std::string_view text) {
  bool const with_time { text.size() > 10 };
  auto const year = take(text, 4, '-');
  auto const month = year ? take(text, 2, '-') : std::nullopt;
  auto const day = month ? take(text, 2, with_time ? 'T' : '\0') : std::nullopt;
  if (!day) return std::nullopt;
  std::chrono::year_month_day const date { std::chrono::year { *year }, std::chrono::month { unsigned(*month) },
                                           std::chrono::day { unsigned(*day) } };
  if (!date.ok()) return std::nullopt;
  std::int64_t const days { std::chrono::sys_days { date }.time_since_epoch().count() };
  if (!with_time) return days * 86400;
  auto const hour = take(text, 2, ':');
  auto const minute = hour ? take(text, 2, ':') : std::nullopt;
  auto const second = minute ? take(text, 2, '\0') : std::nullopt;
  if (!second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return days * 86400 + *hour * 3600 + *minute * 60 + *second;
}

std::int64_t local_offset_seconds(std::int64_t unix_seconds) {
  auto const moment = static_cast<std::time_t>(unix_seconds);
  auto const* local = std::localtime(&moment);
  if (local == nullptr) return 0;
  std::chrono::year_month_day const date { std::chrono::year { local->tm_year + 1900 },
                                           std::chrono::month { unsigned(local->tm_mon) + 1 },
                                           std::chrono::day { unsigned(local->tm_mday) } };
  std::int64_t const days { std::chrono::sys_days { date }.time_since_epoch().count() };
  return days * 86400 + local->tm_hour * 3600 + local->tm_min * 60 + local->tm_sec - unix_seconds;
}

}  // namespace mullion::control
