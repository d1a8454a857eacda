// The log's sink, its items, the rate limit of guest errors and the registry of trace events.
// SPDX-License-Identifier: Apache-2.0
#include "base/log.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <mutex>

namespace mullion {
namespace {

constexpr std::array kItems{
    LogItemInfo{"in_asm", LogItem::in_asm, "the guest's instructions, once for each decoded block"},
    LogItemInfo{"int", LogItem::int_, "interrupts and exceptions, in short"},
    LogItemInfo{"exec", LogItem::exec, "each block that is executed"},
    LogItemInfo{"cpu", LogItem::cpu, "registers before each block"},
    LogItemInfo{"mmu", LogItem::mmu, "TLB flushes"},
    LogItemInfo{"pcall", LogItem::pcall, "far jumps, calls and returns"},
    LogItemInfo{"cpu_reset", LogItem::cpu_reset, "registers before a reset"},
    LogItemInfo{"unimp", LogItem::unimp, "what the guest uses and is not implemented"},
    LogItemInfo{"guest_errors", LogItem::guest_errors, "what the guest does wrong to a device"},
    LogItemInfo{"fpu", LogItem::fpu, "x87 and vector registers with `cpu`"},
    LogItemInfo{"nochain", LogItem::nochain, "blocks are not linked, so that `exec` and `cpu` show each"},
};

// The one log of the process.
struct Sink {
  std::mutex mutex;
  std::FILE* file = nullptr;  // null: stderr

  std::FILE* out() const { return file != nullptr ? file : stderr; }
};

Sink& sink() {
  static Sink instance;
  return instance;
}

// A window of one second for each device name; names share a slot only by hash collision.
struct Window {
  std::chrono::steady_clock::time_point start;
  unsigned shown = 0;
  unsigned left_out = 0;
};
constexpr unsigned kErrorsPerSecond = 10;
constexpr size_t kWindows = 64;

std::array<Window, kWindows>& windows() {
  static std::array<Window, kWindows> instance;
  return instance;
}

void report(const char* level, std::string_view text) {
  const std::scoped_lock guard{sink().mutex};
  std::fflush(stdout);
  std::fprintf(stderr, "mullion: %s%.*s\n", level, static_cast<int>(text.size()), text.data());
}

// `*` stands for any text, `?` for one character.
bool matches(const char* pattern, const char* name) {
  if (*pattern == '\0') return *name == '\0';
  if (*pattern == '*') {
    for (;; ++name) {
      if (matches(pattern + 1, name)) return true;
      if (*name == '\0') return false;
    }
  }
  return *name != '\0' && (*pattern == '?' || *pattern == *name) && matches(pattern + 1, name + 1);
}

// "a****b" is "a*b": keeps the matcher's work small for patterns people type.
std::string squeeze_stars(std::string_view pattern) {
  std::string out;
  for (const char c : pattern) {
    if (c != '*' || out.empty() || out.back() != '*') out.push_back(c);
  }
  return out;
}

TraceEvent*& first_event() {
  static TraceEvent* first = nullptr;
  return first;
}

}  // namespace

namespace detail {

std::atomic<uint32_t> log_mask{0};

void log_text(std::string_view text) {
  const std::scoped_lock guard{sink().mutex};
  std::fwrite(text.data(), 1, text.size(), sink().out());
}

bool guest_error_allowed(std::string_view device) {
  const std::scoped_lock guard{sink().mutex};
  Window& window = windows()[std::hash<std::string_view>{}(device) % kWindows];
  const auto now = std::chrono::steady_clock::now();
  if (now - window.start >= std::chrono::seconds{1}) {
    if (window.left_out != 0) {
      std::fprintf(sink().out(), "%.*s: %u more messages left out\n", static_cast<int>(device.size()), device.data(),
                   window.left_out);
    }
    window = {now, 0, 0};
  }
  if (window.shown == kErrorsPerSecond) {
    ++window.left_out;
    return false;
  }
  ++window.shown;
  return true;
}

void guest_error_text(std::string_view device, std::string_view text) {
  log_text(fmt::format("{}: {}\n", device, text));
}

}  // namespace detail

std::span<const LogItemInfo> log_items() { return kItems; }

Result<void> log_enable(std::string_view list) {
  uint32_t mask = 0;
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    const std::string_view name = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (name.starts_with("trace:")) {
      if (auto done = trace_enable(name.substr(6)); !done) return done;
      continue;
    }
    const auto* item = std::find_if(kItems.begin(), kItems.end(), [&](const auto& i) { return name == i.name; });
    if (item == kItems.end()) {
      std::string known;
      for (const auto& i : kItems) known += fmt::format("{}{}", known.empty() ? "" : ", ", i.name);
      return failure("-d: there is no log item '{}'; known are {}", name, known);
    }
    mask |= static_cast<uint32_t>(item->item);
  }
  log_set_mask(log_mask() | mask);
  return {};
}

void log_set_mask(uint32_t mask) { detail::log_mask.store(mask, std::memory_order_relaxed); }
uint32_t log_mask() { return detail::log_mask.load(std::memory_order_relaxed); }

Result<void> log_open_file(const std::string& path) {
  std::FILE* file = nullptr;
  if (!path.empty()) {
    file = std::fopen(path.c_str(), "w");
    if (file == nullptr) {
      return failure("-D: cannot create the log file '{}': {}; choose a path that can be written", path,
                     std::strerror(errno));
    }
  }
  const std::scoped_lock guard{sink().mutex};
  if (sink().file != nullptr) std::fclose(sink().file);
  sink().file = file;
  return {};
}

void log_flush() {
  const std::scoped_lock guard{sink().mutex};
  std::fflush(sink().out());
}

void report_error(std::string_view text) { report("", text); }
void report_warning(std::string_view text) { report("warning: ", text); }
void report_info(std::string_view text) { report("info: ", text); }

TraceEvent::TraceEvent(const char* name, const char* help) : name_(name), help_(help), next_(first_event()) {
  first_event() = this;
}

std::vector<TraceEvent*> trace_events() {
  std::vector<TraceEvent*> events;
  for (TraceEvent* e = first_event(); e != nullptr; e = e->next()) events.push_back(e);
  std::sort(events.begin(), events.end(), [](auto* a, auto* b) { return std::strcmp(a->name(), b->name()) < 0; });
  return events;
}

Result<void> trace_enable(std::string_view pattern) {
  const bool on = !pattern.starts_with('-');
  const std::string glob = squeeze_stars(on ? pattern : pattern.substr(1));
  bool found = false;
  for (TraceEvent* e = first_event(); e != nullptr; e = e->next()) {
    if (!matches(glob.c_str(), e->name())) continue;
    e->set_enabled(on);
    found = true;
  }
  if (!found) return failure("-trace: no event is named '{}'; `-trace help` lists them", glob);
  return {};
}

}  // namespace mullion
