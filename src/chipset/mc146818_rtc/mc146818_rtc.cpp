// The MC146818: time as a function of virtual time, flags made up on demand, timers only for interrupts.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/mc146818_rtc/mc146818_rtc.hpp"

#include "base/checked.hpp"
#include "base/log.hpp"
#include "chipset/mc146818_rtc/mc146818_rtc_regs.hpp"

#include <algorithm>
#include <chrono>

namespace mullion {
namespace {

using namespace mc146818;

TraceEvent trace_rtc_write{"rtc_write", "a write to a register of the MC146818"};
TraceEvent trace_rtc_irq{"rtc_irq", "the interrupt line of the MC146818"};

constexpr int64_t kSecondsADay = 86'400;
constexpr int64_t kNever = INT64_MAX;

bool is_time(uint8_t index) {
  return index == kCentury || index == kSeconds || index == kMinutes || index == kHours ||
         (index >= kDayOfWeek && index <= kYear);
}

// Floored, so that times before 1970 work.
int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

Mc146818Rtc::Mc146818Rtc(const Mc146818RtcConfig& config, TimerHost& timers, Line irq)
    : timers_(timers), irq_(irq), timer_(timers, [this] {
        catch_up();
        update();
      }) {
  state_.base_s = config.start_epoch_s;
  state_.checked_ns = timers.now_ns();
  state_.cmos[kA] = kA_DV_32768 | 6;  // 1024 Hz, as firmware leaves it
  state_.cmos[kB] = kB_24;
}

void Mc146818Rtc::reset() {
  catch_up();
  state_.cmos[kB] &= static_cast<uint8_t>(~(kB_PIE | kB_AIE | kB_UIE | kB_SQWE));
  state_.cmos[kC] = 0;
  state_.index = 0;
  state_.nmi_masked = false;
  update();
}

// --- time ---

int64_t Mc146818Rtc::seconds(uint64_t now) const {
  return state_.base_s + static_cast<int64_t>(divider_ns(now) / kNsPerSecond);
}

bool Mc146818Rtc::divider_runs() const { return (state_.cmos[kA] & kA_DV) <= kA_DV_32768; }
bool Mc146818Rtc::time_runs() const { return divider_runs() && (state_.cmos[kB] & kB_SET) == 0; }

uint8_t Mc146818Rtc::encode(unsigned value) const {
  return static_cast<uint8_t>((state_.cmos[kB] & kB_DM) != 0 ? value : (value / 10 % 10) << 4 | value % 10);
}

unsigned Mc146818Rtc::decode(uint8_t raw) const {
  return (state_.cmos[kB] & kB_DM) != 0 ? raw : (raw >> 4) * 10u + (raw & 15);
}

uint8_t Mc146818Rtc::encode_hour(unsigned hour) const {
  if ((state_.cmos[kB] & kB_24) != 0) return encode(hour);
  const unsigned twelve = hour % 12 == 0 ? 12 : hour % 12;
  return static_cast<uint8_t>(encode(twelve) | (hour >= 12 ? kPm : 0));
}

unsigned Mc146818Rtc::decode_hour(uint8_t raw) const {
  if ((state_.cmos[kB] & kB_24) != 0) return decode(raw);
  return decode(raw & 0x7F) % 12 + ((raw & kPm) != 0 ? 12 : 0);
}

void Mc146818Rtc::store_time(int64_t seconds) {
  using namespace std::chrono;
  const int64_t day = floor_div(seconds, kSecondsADay);
  const auto in_day = static_cast<unsigned>(seconds - day * kSecondsADay);
  const sys_days date{days{static_cast<int>(std::clamp<int64_t>(day, -700'000, 2'900'000))}};
  const year_month_day ymd{date};
  const auto year = static_cast<unsigned>(std::max(0, static_cast<int>(ymd.year())));
  auto& r = state_.cmos;
  r[kSeconds] = encode(in_day % 60);
  r[kMinutes] = encode(in_day / 60 % 60);
  r[kHours] = encode_hour(in_day / 3600);
  r[kDayOfWeek] = encode(weekday{date}.c_encoding() + 1);
  r[kDayOfMonth] = encode(static_cast<unsigned>(ymd.day()));
  r[kMonth] = encode(static_cast<unsigned>(ymd.month()));
  r[kYear] = encode(year % 100);
  r[kCentury] = encode(year / 100);
}

// Whatever the guest stored is some time: values out of range carry over.
int64_t Mc146818Rtc::stored_time() const {
  using namespace std::chrono;
  const auto& r = state_.cmos;
  const unsigned month_number = std::clamp(decode(r[kMonth]), 1u, 12u);
  const auto year_number = static_cast<int>(decode(r[kCentury]) * 100 + decode(r[kYear]));
  const sys_days first{year{year_number} / month{month_number} / 1};
  const int64_t day = first.time_since_epoch().count() + static_cast<int64_t>(decode(r[kDayOfMonth])) - 1;
  return day * kSecondsADay + decode_hour(r[kHours]) * 3600 + decode(r[kMinutes]) * 60 + decode(r[kSeconds]);
}

// --- flags ---

bool Mc146818Rtc::alarm_matches(uint8_t raw, unsigned value, bool hour) const {
  return raw >= kAlarmAny || (hour ? decode_hour(raw) : decode(raw)) == value;
}

// The first second after `after` at which the alarm goes off. Leaps over hours and minutes that do
// not match, so that it takes at most some 150 steps.
int64_t Mc146818Rtc::next_alarm(int64_t after) const {
  const auto& r = state_.cmos;
  if (r[kSecondsAlarm] < kAlarmAny && decode(r[kSecondsAlarm]) > 59) return kNever;
  if (r[kMinutesAlarm] < kAlarmAny && decode(r[kMinutesAlarm]) > 59) return kNever;
  int64_t t = after + 1;
  while (t <= after + kSecondsADay) {
    const int64_t in_day = t - floor_div(t, kSecondsADay) * kSecondsADay;
    if (!alarm_matches(r[kHoursAlarm], static_cast<unsigned>(in_day / 3600), true)) {
      t += 3600 - in_day % 3600;
    } else if (!alarm_matches(r[kMinutesAlarm], static_cast<unsigned>(in_day / 60 % 60), false)) {
      t += 60 - in_day % 60;
    } else if (!alarm_matches(r[kSecondsAlarm], static_cast<unsigned>(in_day % 60), false)) {
      ++t;
    } else {
      return t;
    }
  }
  return kNever;
}

// Period in ticks of 32,768 Hz; 0 is none. Rates 1 and 2 are those of 8 and 9.
uint64_t Mc146818Rtc::period_ticks() const {
  const unsigned rs = state_.cmos[kA] & kA_RS;
  if (rs == 0 || !divider_runs()) return 0;
  return uint64_t{1} << ((rs <= 2 ? rs + 7 : rs) - 1);
}

// Sets the flags of everything that happened since the last call.
void Mc146818Rtc::catch_up() {
  const uint64_t now = timers_.now_ns();
  uint8_t& flags = state_.cmos[kC];
  if (time_runs()) {
    const int64_t before = seconds(state_.checked_ns);
    const int64_t today = seconds(now);
    if (today > before) {
      flags |= kC_UF;
      if (next_alarm(before) <= today) flags |= kC_AF;
    }
  }
  if (const uint64_t period = period_ticks(); period != 0) {
    const uint64_t before = mul_div(divider_ns(state_.checked_ns), kTicksHz, kNsPerSecond) / period;
    if (mul_div(divider_ns(now), kTicksHz, kNsPerSecond) / period > before) flags |= kC_PF;
  }
  state_.checked_ns = now;
}

// Drives the line and arms the timer for the next flag that would raise it.
void Mc146818Rtc::update() {
  uint8_t& flags = state_.cmos[kC];
  const uint8_t enables = state_.cmos[kB] & (kB_PIE | kB_AIE | kB_UIE);
  const bool irq = (flags & enables) != 0;
  flags = static_cast<uint8_t>((flags & ~kC_IRQF) | (irq ? kC_IRQF : 0));
  if (irq != irq_.level()) trace(trace_rtc_irq, "level {} flags {:#04x}", irq, flags);
  irq_.set(irq);

  timer_.cancel();
  if (irq) return;  // nothing new can be seen until the guest reads the flags
  const uint64_t now = state_.checked_ns;
  uint64_t next = ~uint64_t{0};
  if ((enables & kB_PIE) != 0 && period_ticks() != 0) {
    const uint64_t period = period_ticks();
    const uint64_t tick = (mul_div(divider_ns(now), kTicksHz, kNsPerSecond) / period + 1) * period;
    next = std::min(next, mul_div_up(tick, kNsPerSecond, kTicksHz) - state_.phase_ns);
  }
  if (time_runs() && (enables & kB_UIE) != 0) {
    next = std::min(next, (divider_ns(now) / kNsPerSecond + 1) * kNsPerSecond - state_.phase_ns);
  }
  if (time_runs() && (enables & kB_AIE) != 0) {
    const int64_t today = seconds(now);
    const int64_t alarm = next_alarm(today);
    if (alarm != kNever) {
      const uint64_t in = static_cast<uint64_t>(alarm - today);
      next = std::min(next, (divider_ns(now) / kNsPerSecond + in) * kNsPerSecond - state_.phase_ns);
    }
  }
  if (next != ~uint64_t{0}) timer_.arm_at(next);
}

uint8_t Mc146818Rtc::read_flags() {
  catch_up();
  update();
  const uint8_t flags = state_.cmos[kC];
  state_.cmos[kC] = 0;
  update();
  return flags;
}

// --- ports ---

IoRead Mc146818Rtc::pio_read(uint16_t offset, unsigned) {
  if (offset == 0) return IoRead::nobody();  // the index is write-only
  return IoRead::of(read_register(state_.index));
}

IoStatus Mc146818Rtc::pio_write(uint16_t offset, unsigned, uint32_t value) {
  if (offset == 0) {
    state_.index = value & 0x7F;
    state_.nmi_masked = (value & 0x80) != 0;
  } else {
    write_register(state_.index, static_cast<uint8_t>(value));
  }
  return IoStatus::ok;
}

uint8_t Mc146818Rtc::read_register(uint8_t index) {
  const uint64_t now = timers_.now_ns();
  switch (index) {
    case kA: {
      const bool uip = time_runs() && divider_ns(now) % kNsPerSecond >= kNsPerSecond - kUipNs;
      return static_cast<uint8_t>(state_.cmos[kA] | (uip ? kA_UIP : 0));
    }
    case kC: return read_flags();
    case kD: return kD_VRT;
    default: break;
  }
  if (is_time(index) && time_runs()) store_time(seconds(now));
  return state_.cmos[index];
}

void Mc146818Rtc::write_register(uint8_t index, uint8_t value) {
  trace(trace_rtc_write, "register {:#04x} value {:#04x}", index, value);
  if (index == kC || index == kD) return;
  if (index == kA || index == kB) return write_a_or_b(index, value);
  if (is_time(index)) return write_time(index, value);
  catch_up();  // an alarm that has passed is one of the old setting
  state_.cmos[index] = value;
  update();
}

void Mc146818Rtc::write_a_or_b(uint8_t index, uint8_t value) {
  catch_up();
  const uint64_t now = state_.checked_ns;
  const bool ran = time_runs();
  const bool divider_ran = divider_runs();
  const int64_t before = seconds(now);
  // Standing registers are in the old format: the guest sets the format before it sets the time.
  if (ran) store_time(before);
  if (index == kA) {
    state_.cmos[kA] = value & ~kA_UIP;
  } else {
    state_.cmos[kB] = (value & kB_SET) != 0 ? static_cast<uint8_t>(value & ~kB_UIE) : value;
  }
  if (!divider_ran && divider_runs()) {
    // The first update comes half a second after the divider starts.
    state_.phase_ns = (kNsPerSecond + kNsPerSecond / 2 - now % kNsPerSecond) % kNsPerSecond;
  }
  if (!ran && time_runs()) {
    state_.base_s = 0;
    state_.base_s = stored_time() - seconds(now);
  }
  update();
}

void Mc146818Rtc::write_time(uint8_t index, uint8_t value) {
  catch_up();
  const uint64_t now = state_.checked_ns;
  if (time_runs()) store_time(seconds(now));
  state_.cmos[index] = value;
  if (time_runs() && index != kDayOfWeek) state_.base_s += stored_time() - seconds(now);
  update();
}

// --- saved state ---

template <class Archive, class S>
void Mc146818Rtc::fields(Archive& ar, S& s) {
  ar.field(1, s.cmos);
  ar.field(2, s.index);
  ar.field(3, s.nmi_masked);
  ar.field(4, s.base_s);
  ar.field(5, s.phase_ns);
  ar.field(6, s.checked_ns);
}

void Mc146818Rtc::save(StateWriter& writer) const { fields(writer, state_); }

Result<void> Mc146818Rtc::restore(StateReader& reader) {
  State next;
  fields(reader, next);
  reader.check(next.index < 128, "index");
  reader.check(next.phase_ns < kNsPerSecond, "phase");
  reader.check(next.checked_ns <= timers_.now_ns(), "time of the last check");
  reader.check(next.base_s > -(int64_t{1} << 40) && next.base_s < (int64_t{1} << 40), "time of day");
  if (auto good = reader.finish(); !good) return good;
  state_ = next;
  update();
  return {};
}

}  // namespace mullion
