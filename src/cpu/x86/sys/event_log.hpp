// What `-d int`, `pcall` and `cpu_reset` show. Each costs one load and a branch while its item is off.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/log.hpp"
#include "cpu/x86/cpu.hpp"
#include "cpu/x86/sys/gate.hpp"

#include <string_view>

namespace mullion::x86 {

void write_delivery(const Cpu& c, const Delivery& d);
void write_far(const Cpu& c, std::string_view what, uint16_t selector, uint64_t offset);
void write_reset(const Cpu& c);

// An exception or interrupt is about to be delivered.
inline void log_delivery(const Cpu& c, const Delivery& d) {
  if (log_enabled(LogItem::int_)) [[unlikely]] write_delivery(c, d);
}
// A far jump, call or return is about to be made.
inline void log_far(const Cpu& c, std::string_view what, uint16_t selector, uint64_t offset) {
  if (log_enabled(LogItem::pcall)) [[unlikely]] write_far(c, what, selector, offset);
}
// The state that a reset ends.
inline void log_reset(const Cpu& c) {
  if (log_enabled(LogItem::cpu_reset)) [[unlikely]] write_reset(c);
}

}  // namespace mullion::x86
