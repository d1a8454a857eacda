// The 8254: counters as functions of time, control words, port 61h.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/i8254_pit/i8254_pit.hpp"

#include "base/checked.hpp"
#include "base/log.hpp"
#include "chipset/i8254_pit/i8254_pit_regs.hpp"

#include <algorithm>

namespace mullion {
namespace {

using namespace i8254;
using Counter = I8254Pit::Counter;

TraceEvent trace_pit_load{"pit_load", "a count is written to a counter of the 8254"};
TraceEvent trace_pit_out0{"pit_out0", "an edge of counter 0's output"};

// A guest may ask for an edge each microsecond; the host shall not be kept busy by it.
constexpr uint64_t kShortestGapNs = 20'000;
// Edges missed by a busy host are made up for, unless they are older than this.
constexpr uint64_t kLongestLagNs = kNsPerSecond;

uint64_t tick_to_ns(uint64_t tick) { return mul_div_up(tick, kNsPerSecond, I8254Pit::kFrequencyHz); }

uint32_t from_bcd(uint16_t v) {
  return (v >> 12) * 1000u + ((v >> 8) & 15) * 100u + ((v >> 4) & 15) * 10u + (v & 15);
}
uint16_t to_bcd(uint32_t v) {
  return static_cast<uint16_t>((v / 1000 % 10) << 12 | (v / 100 % 10) << 8 | (v / 10 % 10) << 4 | v % 10);
}

bool periodic(const Counter& c) { return c.mode == 2 || c.mode == 3; }
bool triggered(const Counter& c) { return c.mode == 1 || c.mode == 5; }
// The gate stops the clock of all modes but those that it triggers.
bool stopped(const Counter& c) { return !c.gate && !triggered(c); }

uint64_t elapsed(const Counter& c, uint64_t now) {
  if (!c.counting) return 0;
  return stopped(c) ? c.held : now - c.start_tick;
}

// The new count of modes 2 and 3 takes over at the end of the period in which it was written.
void catch_up(Counter& c, uint64_t now) {
  if (!c.next_written || triggered(c) || stopped(c) || now < c.switch_tick) return;
  c.reload = c.next_reload;
  c.start_tick = c.switch_tick;
  c.next_written = false;
  c.null_count = false;
}

bool out(const Counter& c, uint64_t now) {
  if (!c.counting) return c.mode != 0;
  const uint64_t d = elapsed(c, now);
  switch (c.mode) {
    case 0:
    case 1: return d >= c.reload;
    case 2: return !c.gate || d % c.reload != c.reload - 1;
    case 3: return !c.gate || d % c.reload < (c.reload + 1) / 2;
    default: return d != c.reload;
  }
}

// The counting element as a read sees it.
uint16_t count(const Counter& c, uint64_t now) {
  const uint64_t d = elapsed(c, now);
  const uint64_t n = c.reload;
  const uint64_t range = c.bcd ? 10'000 : 0x1'0000;
  uint64_t value = 0;
  if (c.mode == 2) {
    value = n - d % n;
  } else if (c.mode == 3) {
    // Counts down by two, once for each half; odd counts start one lower.
    const uint64_t p = d % n;
    const uint64_t high = (n + 1) / 2;
    value = (n & ~uint64_t{1}) - 2 * (p < high ? p : p - high);
  } else {
    value = n + range - d % range;
  }
  value %= range;
  return c.bcd ? to_bcd(static_cast<uint32_t>(value)) : static_cast<uint16_t>(value);
}

template <class Archive, class C>
void fields(Archive& ar, uint16_t base, C& c) {
  ar.field(base + 1, c.mode);
  ar.field(base + 2, c.rw);
  ar.field(base + 3, c.bcd);
  ar.field(base + 4, c.gate);
  ar.field(base + 5, c.null_count);
  ar.field(base + 6, c.counting);
  ar.field(base + 7, c.write_msb_next);
  ar.field(base + 8, c.read_msb_next);
  ar.field(base + 9, c.write_lsb);
  ar.field(base + 10, c.count_latched);
  ar.field(base + 11, c.status_latched);
  ar.field(base + 12, c.latched_status);
  ar.field(base + 13, c.latched_count);
  ar.field(base + 14, c.reload);
  ar.field(base + 15, c.start_tick);
  ar.field(base + 16, c.held);
  ar.field(base + 17, c.next_written);
  ar.field(base + 18, c.next_reload);
  ar.field(base + 19, c.switch_tick);
}

}  // namespace

I8254Pit::I8254Pit(TimerHost& timers, Line out0) : timers_(timers), out0_(out0), timer_(timers, [this] { on_timer(); }) {
  reset();
}

// The data sheet leaves the state after power-on open: the counters stand.
void I8254Pit::reset() {
  timer_.cancel();
  counters_ = {};
  counters_[2].gate = false;
  control61_ = 0;
  out0_.set(false);
}

uint64_t I8254Pit::ticks() const { return mul_div(timers_.now_ns(), kFrequencyHz, kNsPerSecond); }

IoRead I8254Pit::pio_read(uint16_t offset, unsigned) {
  if (offset == kControl) return IoRead::nobody();
  return IoRead::of(read_counter(counters_[offset]));
}

IoStatus I8254Pit::pio_write(uint16_t offset, unsigned, uint32_t value) {
  if (offset == kControl) {
    write_control(static_cast<uint8_t>(value));
  } else {
    write_count(offset, static_cast<uint8_t>(value));
  }
  return IoStatus::ok;
}

uint8_t I8254Pit::read_counter(Counter& c) {
  if (c.status_latched) {
    c.status_latched = false;
    return c.latched_status;
  }
  const uint64_t now = ticks();
  catch_up(c, now);
  const uint16_t value = c.count_latched ? c.latched_count : count(c, now);
  const bool msb = c.rw == kRwMsb || (c.rw == kRwBoth && c.read_msb_next);
  if (c.rw == kRwBoth) c.read_msb_next = !c.read_msb_next;
  if (msb || c.rw != kRwBoth) c.count_latched = false;
  return static_cast<uint8_t>(msb ? value >> 8 : value);
}

void I8254Pit::latch_count(Counter& c) const {
  if (c.count_latched) return;  // the first latch holds until it is read
  catch_up(c, ticks());
  c.latched_count = count(c, ticks());
  c.count_latched = true;
}

void I8254Pit::latch_status(Counter& c) const {
  if (c.status_latched) return;
  const uint64_t now = ticks();
  catch_up(c, now);
  c.latched_status = static_cast<uint8_t>((out(c, now) ? kStatusOut : 0) | (c.null_count ? kStatusNull : 0) |
                                          c.rw << 4 | c.mode << 1 | (c.bcd ? 1 : 0));
  c.status_latched = true;
}

void I8254Pit::write_control(uint8_t value) {
  const unsigned select = value >> 6;
  if (select == kReadBack) {
    for (unsigned i = 0; i < 3; ++i) {
      if (!test_bit(value, i + 1)) continue;
      if ((value & kReadBackNoCount) == 0) latch_count(counters_[i]);
      if ((value & kReadBackNoStatus) == 0) latch_status(counters_[i]);
    }
    return;
  }
  Counter& c = counters_[select];
  const uint8_t rw = (value >> 4) & 3;
  if (rw == kLatch) return latch_count(c);
  const bool gate = c.gate;
  c = {};
  c.gate = gate;
  c.rw = rw;
  c.mode = (value >> 1) & 7;
  if (c.mode > 5) c.mode -= 4;
  c.bcd = (value & 1) != 0;
  if (select == 0) {
    timer_.cancel();
    out0_.set(out(c, 0));
  }
}

void I8254Pit::write_count(unsigned number, uint8_t value) {
  Counter& c = counters_[number];
  switch (c.rw) {
    case kRwLsb: return load(number, value);
    case kRwMsb: return load(number, static_cast<uint16_t>(value << 8));
    default: break;
  }
  if (c.write_msb_next) {
    c.write_msb_next = false;
    return load(number, static_cast<uint16_t>(value << 8 | c.write_lsb));
  }
  c.write_lsb = value;
  c.write_msb_next = true;
  if (c.mode == 0) {  // the first byte stops the count
    c.counting = false;
    if (number == 0) {
      timer_.cancel();
      out0_.lower();
    }
  }
}

void I8254Pit::load(unsigned number, uint16_t raw) {
  Counter& c = counters_[number];
  uint32_t n = c.bcd ? from_bcd(raw) : raw;
  if (n == 0) n = c.bcd ? 10'000 : 0x1'0000;
  trace(trace_pit_load, "counter {} mode {} count {}", number, c.mode, n);
  const uint64_t now = ticks();
  if (triggered(c)) {
    c.next_reload = n;
    c.next_written = true;
    c.null_count = true;
    return;
  }
  if (periodic(c) && c.counting && c.gate) {
    catch_up(c, now);
    c.next_reload = n;
    c.next_written = true;
    c.null_count = true;
    c.switch_tick = c.start_tick + (elapsed(c, now) / c.reload + 1) * c.reload;
    return;
  }
  c.reload = n;
  c.start_tick = now;
  c.held = 0;
  c.counting = true;
  c.null_count = false;
  if (number == 0) {
    out0_.set(out(c, now));
    schedule(now);
  }
}

// The next edge of counter 0 after `tick`; the timer stands if there is none.
void I8254Pit::schedule(uint64_t after_tick) {
  const Counter& c = counters_[0];
  const uint64_t d = after_tick - c.start_tick;
  const uint64_t n = c.reload;
  uint64_t next = 0;
  switch (c.mode) {
    case 0:
    case 4:
      if (d >= n) return;
      next = n;
      break;
    case 2: next = (d / n + 1) * n; break;
    case 3: {
      const uint64_t high = (n + 1) / 2;
      next = d % n < high ? d / n * n + high : (d / n + 1) * n;
      break;
    }
    default: return;
  }
  event_tick_ = c.start_tick + next;
  timer_.arm_at(std::max(tick_to_ns(event_tick_), timers_.now_ns() + (next == n && d == 0 ? 0 : kShortestGapNs)));
}

void I8254Pit::on_timer() {
  Counter& c = counters_[0];
  catch_up(c, event_tick_);
  // The low clock of modes 2 and 4 is too short to see: both of its edges come at its end.
  const bool level = c.mode == 3 ? out(c, event_tick_) : true;
  if (c.mode == 2 || c.mode == 4) out0_.lower();
  out0_.set(level);
  trace(trace_pit_out0, "level {}", level);
  const uint64_t now = ticks();
  const uint64_t lag = mul_div(kLongestLagNs, kFrequencyHz, kNsPerSecond);
  schedule(now - std::min(now, event_tick_) > lag ? now : event_tick_);
}

void I8254Pit::set_gate2(bool level) {
  Counter& c = counters_[2];
  if (level == c.gate) return;
  const uint64_t now = ticks();
  catch_up(c, now);
  if (!level) c.held = elapsed(c, now);
  c.gate = level;
  if (!level) return;
  if (triggered(c) || periodic(c)) {  // a rising gate loads the count
    if (c.next_written) c.reload = c.next_reload;
    c.counting = c.counting || c.next_written;
    c.next_written = false;
    c.null_count = c.null_count && !c.counting;
    c.start_tick = now;
  } else {
    c.start_tick = now - c.held;
  }
}

IoRead I8254Pit::read61(uint16_t, unsigned) {
  const uint64_t now = ticks();
  catch_up(counters_[2], now);
  const bool refresh = (timers_.now_ns() / kRefreshNs & 1) != 0;
  return IoRead::of(control61_ | (refresh ? k61Refresh : 0u) | (out(counters_[2], now) ? k61Out2 : 0u));
}

IoStatus I8254Pit::write61(uint16_t, unsigned, uint32_t value) {
  control61_ = static_cast<uint8_t>(value & k61Writable);
  set_gate2((control61_ & k61Gate2) != 0);
  return IoStatus::ok;
}

void I8254Pit::save(StateWriter& writer) const {
  for (unsigned i = 0; i < 3; ++i) fields(writer, static_cast<uint16_t>(i * 100), counters_[i]);
  writer.field(1000, control61_);
  writer.field(1001, out0_.level());
}

Result<void> I8254Pit::restore(StateReader& reader) {
  std::array<Counter, 3> next;
  uint8_t control61 = 0;
  bool level = false;
  const uint64_t now = ticks();
  for (unsigned i = 0; i < 3; ++i) {
    Counter& c = next[i];
    fields(reader, static_cast<uint16_t>(i * 100), c);
    reader.check(c.mode <= 5, "mode");
    reader.check(c.rw >= kRwLsb && c.rw <= kRwBoth, "read/write mode");
    reader.check(c.reload >= 1 && c.reload <= 0x10000 && c.next_reload >= 1 && c.next_reload <= 0x10000, "count");
    reader.check(c.start_tick <= now, "start of the count");
  }
  reader.field(1000, control61);
  reader.field(1001, level);
  reader.check((control61 & ~k61Writable) == 0, "port 61h");
  if (auto good = reader.finish(); !good) return good;
  timer_.cancel();
  counters_ = next;
  control61_ = control61;
  out0_.set(level);
  if (counters_[0].counting) schedule(now);
  return {};
}

}  // namespace mullion
