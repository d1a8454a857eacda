// The log: messages for people, `-d` items, rate-limited guest errors and trace events.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mullion {

// The items of `-d`. Several machines in a process share the one log.
enum class LogItem : uint32_t {
  in_asm = 1u << 0,
  int_ = 1u << 1,
  exec = 1u << 2,
  cpu = 1u << 3,
  mmu = 1u << 4,
  pcall = 1u << 5,
  cpu_reset = 1u << 6,
  unimp = 1u << 7,
  guest_errors = 1u << 8,
  fpu = 1u << 9,
  nochain = 1u << 11,
};

struct LogItemInfo {
  const char* name;
  LogItem item;
  const char* help;
};

// For `-d help` and for the parser of `-d`.
std::span<const LogItemInfo> log_items();

namespace detail {
extern std::atomic<uint32_t> log_mask;
void log_text(std::string_view text);
bool guest_error_allowed(std::string_view device);
void guest_error_text(std::string_view device, std::string_view text);
}  // namespace detail

// Cheap enough for hot paths: one relaxed load.
inline bool log_enabled(LogItem item) {
  return (detail::log_mask.load(std::memory_order_relaxed) & static_cast<uint32_t>(item)) != 0;
}

// Turns on what `-d LIST` names (comma-separated); an unknown name is an error that lists the known.
Result<void> log_enable(std::string_view list);
void log_set_mask(uint32_t mask);
uint32_t log_mask();

// `-D FILE`: `-d` and trace output goes to the file instead of stderr. Empty: stderr again.
Result<void> log_open_file(const std::string& path);
void log_flush();

// Text for a `-d` item, as it is (no newline is added). Call under `if (log_enabled(item))`.
template <class... Args>
void log_item(LogItem item, fmt::format_string<Args...> text, Args&&... args) {
  if (log_enabled(item)) detail::log_text(fmt::format(text, std::forward<Args>(args)...));
}

// Messages for the person at the terminal: one line on stderr, prefixed `mullion: ` and the level.
void report_error(std::string_view text);
void report_warning(std::string_view text);
void report_info(std::string_view text);

// A guest did what the datasheet forbids. Shown with `-d guest_errors`; at most 10 a second and
// device, then one line with the number left out. Never fatal.
template <class... Args>
void guest_error(std::string_view device, fmt::format_string<Args...> text, Args&&... args) {
  if (!log_enabled(LogItem::guest_errors) || !detail::guest_error_allowed(device)) return;
  detail::guest_error_text(device, fmt::format(text, std::forward<Args>(args)...));
}

// Something a guest may ask for that is not there yet: `-d unimp`, with the same limit.
template <class... Args>
void unimplemented(std::string_view device, fmt::format_string<Args...> text, Args&&... args) {
  if (!log_enabled(LogItem::unimp) || !detail::guest_error_allowed(device)) return;
  detail::guest_error_text(device, fmt::format(text, std::forward<Args>(args)...));
}

// A trace event: define one at namespace scope in a .cpp, it registers itself.
//   TraceEvent trace_serial_write{"serial_write", "a write to a UART register"};
//   trace(trace_serial_write, "reg {} value {:#x}", reg, value);
class TraceEvent {
 public:
  TraceEvent(const char* name, const char* help);
  TraceEvent(const TraceEvent&) = delete;
  TraceEvent& operator=(const TraceEvent&) = delete;
  bool enabled() const { return enabled_.load(std::memory_order_relaxed); }
  void set_enabled(bool on) { enabled_.store(on, std::memory_order_relaxed); }
  const char* name() const { return name_; }
  const char* help() const { return help_; }
  TraceEvent* next() const { return next_; }

 private:
  const char* name_;
  const char* help_;
  TraceEvent* next_;
  std::atomic<bool> enabled_{false};
};

template <class... Args>
void trace(const TraceEvent& event, fmt::format_string<Args...> text, Args&&... args) {
  if (!event.enabled()) return;
  detail::log_text(fmt::format("{} {}\n", event.name(), fmt::format(text, std::forward<Args>(args)...)));
}

// All events, by name: `-trace help`.
std::vector<TraceEvent*> trace_events();
// `-trace PATTERN`: `*` stands for any text, a leading `-` turns off. Error if nothing matches.
Result<void> trace_enable(std::string_view pattern);

}  // namespace mullion
