// The HPET: counter, comparators, interrupt routing.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/hpet/hpet.hpp"

#include "base/log.hpp"
#include "chipset/hpet/hpet_regs.hpp"

#include <algorithm>

namespace mullion {
namespace {

using namespace hpet;
using Comparator = Hpet::Comparator;

TraceEvent trace_hpet_write{"hpet_write", "a write to a register of the HPET"};
TraceEvent trace_hpet_match{"hpet_match", "a comparator of the HPET matches"};

// A guest may ask for an interrupt each tick; the host shall not be kept busy by it.
constexpr uint64_t kShortestGapNs = 20'000;
// Periods missed by a busy host are made up for, unless they are older than this.
constexpr uint64_t kLongestLagTicks = kNsPerSecond / Hpet::kTickNs;
// Matches further away than this (some 180 years) are never waited for.
constexpr uint64_t kFarTicks = uint64_t{1} << 59;

bool periodic(const Comparator& c) { return (c.config & kTYPE_CNF) != 0; }
bool level(const Comparator& c) { return (c.config & kINT_TYPE_CNF) != 0; }
unsigned route(const Comparator& c) { return static_cast<unsigned>((c.config & kRouteMask) >> kRouteShift); }
// The bits that are compared.
uint64_t width(const Comparator& c) { return (c.config & k32MODE_CNF) != 0 ? low_mask(32) : ~uint64_t{0}; }

uint64_t merge(uint64_t old, uint64_t value, uint64_t mask) { return (old & ~mask) | (value & mask); }

template <class Archive, class C>
void fields(Archive& ar, uint16_t base, C& c) {
  ar.field(base + 1, c.config);
  ar.field(base + 2, c.value);
  ar.field(base + 3, c.period);
  ar.field(base + 4, c.fsb);
}

}  // namespace

Hpet::Hpet(TimerHost& timers, const HpetLines& lines)
    : timers_(timers), legacy_lines_{lines.irq0, lines.irq8}, fsb_(lines.fsb) {
  for (unsigned i = 0; i < kGsis && lines.gsi != nullptr; ++i) gsi_lines_[i] = Line{*lines.gsi, i};
  for (unsigned n = 0; n < kComparators; ++n) timer_[n] = std::make_unique<Timer>(timers, [this, n] { on_timer(n); });
  reset();
}

void Hpet::reset() {
  for (auto& timer : timer_) timer->cancel();
  general_ = 0;
  status_ = 0;
  offset_ = 0;
  comparators_ = {};
  drive_levels();
  drive_legacy();
}

bool Hpet::enabled() const { return (general_ & kENABLE_CNF) != 0; }
bool Hpet::legacy() const { return (general_ & kLEG_RT_CNF) != 0; }
uint64_t Hpet::counter() const { return enabled() ? timers_.now_ns() / kTickNs + offset_ : offset_; }

uint64_t Hpet::capabilities() const {
  constexpr uint64_t kPeriodFs = kTickNs * 1'000'000;
  return kPeriodFs << 32 | kEventTimerBlockId;
}

// A comparator's configuration with its capabilities.
uint64_t Hpet::config_bits(unsigned n) const {
  return comparators_[n].config | kPER_INT_CAP | kSIZE_CAP | (fsb_ != nullptr ? kFSB_INT_DEL_CAP : 0) | kRouteCap << 32;
}

IoRead Hpet::mmio_read(uint64_t offset, unsigned size) {
  if (size < 4) return IoRead::bad_size();
  const uint64_t value = read_register(offset & ~uint64_t{7});
  return IoRead::of((offset & 4) != 0 ? value >> 32 : value);
}

IoStatus Hpet::mmio_write(uint64_t offset, unsigned size, uint64_t value) {
  trace(trace_hpet_write, "offset {:#x} size {} value {:#x}", offset, size, value);
  if (size < 4) return IoStatus::bad_size;
  const unsigned shift = (offset & 4) != 0 ? 32 : 0;
  write_register(offset & ~uint64_t{7}, value << shift, all_ones(size) << shift);
  return IoStatus::ok;
}

uint64_t Hpet::read_register(uint64_t offset) const {
  switch (offset) {
    case kGCAP_ID: return capabilities();
    case kGEN_CONF: return general_;
    case kGINTR_STA: return status_;
    case kMAIN_CNT: return counter();
    default: break;
  }
  const uint64_t n = (offset - kTimers) / kTimerStride;
  if (offset < kTimers || n >= kComparators) return 0;
  switch (offset % kTimerStride) {
    case kTIM_CONF: return config_bits(static_cast<unsigned>(n));
    case kTIM_COMP: return comparators_[n].value & width(comparators_[n]);
    case kTIM_FSB: return comparators_[n].fsb;
    default: return 0;
  }
}

void Hpet::write_register(uint64_t offset, uint64_t value, uint64_t mask) {
  switch (offset) {
    case kGCAP_ID: return;
    case kGEN_CONF: return write_general(merge(general_, value, mask));
    case kGINTR_STA: return write_status(value & mask);
    case kMAIN_CNT:
      if (enabled()) return guest_error(name(), "the main counter is written while it runs");
      offset_ = merge(offset_, value, mask);
      return;
    default: break;
  }
  const uint64_t index = (offset - kTimers) / kTimerStride;
  if (offset < kTimers || index >= kComparators) return;
  const auto n = static_cast<unsigned>(index);
  switch (offset % kTimerStride) {
    case kTIM_CONF: return write_config(n, merge(comparators_[n].config, value, mask));
    case kTIM_COMP: return write_comparator(n, value, mask);
    case kTIM_FSB: comparators_[n].fsb = merge(comparators_[n].fsb, value, mask); return;
    default: return;
  }
}

void Hpet::write_general(uint64_t value) {
  value &= kENABLE_CNF | kLEG_RT_CNF;
  const bool starts = (value & kENABLE_CNF) != 0 && !enabled();
  const bool stops = (value & kENABLE_CNF) == 0 && enabled();
  const uint64_t ticks = timers_.now_ns() / kTickNs;
  if (starts) offset_ -= ticks;
  if (stops) offset_ += ticks;
  general_ = value;
  for (unsigned n = 0; n < kComparators; ++n) schedule(n, false);
  drive_levels();
  drive_legacy();
}

// Ones clear the status of level-triggered comparators.
void Hpet::write_status(uint64_t value) {
  status_ &= ~value;
  drive_levels();
}

void Hpet::write_config(unsigned n, uint64_t value) {
  Comparator& c = comparators_[n];
  uint64_t writable = kINT_TYPE_CNF | kINT_ENB_CNF | kTYPE_CNF | kVAL_SET_CNF | k32MODE_CNF;
  if (fsb_ != nullptr) writable |= kFSB_EN_CNF;
  // A route that is not offered is not taken: the guest reads it back.
  if (test_bit(kRouteCap, static_cast<unsigned>((value & kRouteMask) >> kRouteShift))) writable |= kRouteMask;
  c.config = (c.config & kRouteMask & ~writable) | (value & writable);
  if (!level(c)) status_ &= ~bit(n);
  if ((c.config & k32MODE_CNF) != 0) {
    c.value &= low_mask(32);
    c.period &= low_mask(32);
  }
  schedule(n, false);
  drive_levels();
}

void Hpet::write_comparator(unsigned n, uint64_t value, uint64_t mask) {
  Comparator& c = comparators_[n];
  // In periodic mode a write sets the period, and the next match too if VAL_SET asks for it.
  if (!periodic(c) || (c.config & kVAL_SET_CNF) != 0) c.value = merge(c.value, value, mask) & width(c);
  if (periodic(c)) c.period = merge(c.period, value, mask) & width(c);
  c.config &= ~kVAL_SET_CNF;
  schedule(n, false);
}

// Arms the comparator's timer for its next match; `after_match`: the one now does not count again.
void Hpet::schedule(unsigned n, bool after_match) {
  const Comparator& c = comparators_[n];
  timer_[n]->cancel();
  if (!enabled()) return;
  const uint64_t now_ns = timers_.now_ns();
  const uint64_t now = counter();
  uint64_t ticks = (c.value - now) & width(c);
  uint64_t earliest = 0;
  if (after_match) {
    earliest = now_ns + kShortestGapNs;
    // A period that passed meanwhile is due at once; a one-shot waits for the counter to come round.
    if (periodic(c) && c.period != 0 && ticks > width(c) / 2) ticks = 0;
    if (ticks == 0 && !(periodic(c) && c.period != 0)) ticks = width(c);
  }
  if (ticks > kFarTicks) return;
  const uint64_t next_tick = now_ns / kTickNs + ticks;
  timer_[n]->arm_at(std::max(next_tick * kTickNs, earliest));
}

void Hpet::on_timer(unsigned n) {
  Comparator& c = comparators_[n];
  trace(trace_hpet_match, "comparator {} at {:#x}", n, c.value);
  interrupt(n);
  if (periodic(c) && c.period != 0) {
    const uint64_t late = (counter() - c.value) & width(c);
    const uint64_t periods = late > kLongestLagTicks || c.period * kTickNs < kShortestGapNs ? late / c.period + 1 : 1;
    c.value = (c.value + periods * c.period) & width(c);
  }
  schedule(n, true);
}

// --- interrupts ---

void Hpet::interrupt(unsigned n) {
  const Comparator& c = comparators_[n];
  if (level(c) && (c.config & kFSB_EN_CNF) == 0) {
    status_ |= bit(n);
    return drive_levels();
  }
  if ((c.config & kINT_ENB_CNF) == 0) return;
  if ((c.config & kFSB_EN_CNF) != 0 && fsb_ != nullptr) {
    fsb_->deliver(c.fsb >> 32, static_cast<uint32_t>(c.fsb));
  } else if (legacy() && n < 2) {
    legacy_lines_[n].pulse();
  } else if (route(c) < kGsis) {
    gsi_lines_[route(c)].pulse();
  }
}

// Level-triggered comparators hold their lines while their status is set.
void Hpet::drive_levels() {
  uint32_t high = 0;
  for (unsigned n = 0; n < kComparators; ++n) {
    const Comparator& c = comparators_[n];
    const bool active = test_bit(status_, n) && level(c) && (c.config & kINT_ENB_CNF) != 0;
    if (active && !(legacy() && n < 2)) high |= uint32_t{1} << route(c);
    if (legacy() && n < 2) legacy_lines_[n].set(active);
  }
  for (unsigned i = 0; i < kGsis; ++i) gsi_lines_[i].set(test_bit(high, i));
}

void Hpet::drive_legacy() {
  if (legacy()) return;
  for (unsigned i = 0; i < 2; ++i) legacy_lines_[i].set(legacy_levels_[i]);
}

void Hpet::LegacyInput::set_line(unsigned index, bool input) {
  if (index > 1) return;
  hpet.legacy_levels_[index] = input;
  hpet.drive_legacy();
}

// --- saved state ---

void Hpet::save(StateWriter& writer) const {
  writer.field(1, general_);
  writer.field(2, status_);
  writer.field(3, offset_);
  writer.field(4, legacy_levels_);
  for (unsigned n = 0; n < kComparators; ++n) fields(writer, static_cast<uint16_t>(100 + n * 10), comparators_[n]);
}

Result<void> Hpet::restore(StateReader& reader) {
  uint64_t general = 0;
  uint64_t status = 0;
  uint64_t offset = 0;
  std::array<bool, 2> levels{};
  std::array<Comparator, kComparators> next;
  reader.field(1, general);
  reader.field(2, status);
  reader.field(3, offset);
  reader.field(4, levels);
  for (unsigned n = 0; n < kComparators; ++n) {
    fields(reader, static_cast<uint16_t>(100 + n * 10), next[n]);
    reader.check(next[n].config <= 0x7FFF, "configuration");
  }
  reader.check(general <= 3 && status <= 7, "general registers");
  if (auto good = reader.finish(); !good) return good;
  general_ = general;
  status_ = status;
  offset_ = offset;
  legacy_levels_ = levels;
  comparators_ = next;
  for (unsigned n = 0; n < kComparators; ++n) schedule(n, false);
  drive_levels();
  drive_legacy();
  return {};
}

}  // namespace mullion
