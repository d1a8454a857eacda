// The local APIC's timer: one-shot, periodic and TSC-deadline mode on the VM's clock.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/local_apic.hpp"

#include <algorithm>

namespace mullion::x86 {

namespace {

constexpr uint32_t kMasked = 1u << 16;

// A periodic timer fires for the host at most this often; ticks in between are merged, as they would be in IRR.
constexpr uint64_t kMinimumPeriodNs = 20'000;

}  // namespace

LocalApic::Timer LocalApic::timer_mode() const { return Timer((s_.lvt[kLvtTimer] >> 17) & 3); }

// SDM vol. 3 figure 11-10: bits 3, 1, 0 are log2 - 1, with 111 for 1. The input is 1 GHz, so a tick is this many ns.
uint64_t LocalApic::divisor() const {
  unsigned const code = (s_.divide & 3) | ((s_.divide >> 1) & 4);
  return uint64_t{1} << ((code + 1) & 7);
}

uint32_t LocalApic::current_count(uint64_t now) const {
  if (s_.deadline_ns == 0 || timer_mode() == Timer::TscDeadline) return 0;
  uint64_t left = s_.deadline_ns - now;
  if (now >= s_.deadline_ns) {
    if (timer_mode() != Timer::Periodic) return 0;
    uint64_t const period = s_.initial_count * divisor();
    left = period - (now - s_.deadline_ns) % period;
  }
  return uint32_t((left + divisor() - 1) / divisor());
}

void LocalApic::disarm(After& after) {
  s_.deadline_ns = 0;
  s_.tsc_deadline = 0;
  s_.initial_count = 0;
  after.deadline = true;
}

void LocalApic::load_counter(uint32_t count, uint64_t now, After& after) {
  if (timer_mode() == Timer::TscDeadline) return;
  expire(now, after);
  s_.initial_count = count;
  s_.deadline_ns = count == 0 ? 0 : now + count * divisor();
  after.deadline = true;
}

// The count goes on from where it is.
void LocalApic::set_divide(uint32_t value, uint64_t now, After& after) {
  expire(now, after);
  uint32_t const count = current_count(now);
  s_.divide = value & 0xB;
  if (timer_mode() != Timer::TscDeadline && s_.deadline_ns != 0) s_.deadline_ns = now + count * divisor();
  after.deadline = true;
}

void LocalApic::arm_tsc_deadline(After& after) {
  uint64_t const now = port_.now_ns();
  uint64_t const tsc = now + tsc_offset_;
  uint64_t const left = s_.tsc_deadline > tsc ? s_.tsc_deadline - tsc : 0;
  s_.deadline_ns = s_.tsc_deadline == 0 ? 0 : std::max<uint64_t>(now + std::min(left, ~now), 1);
  if (s_.deadline_ns != 0 && left == 0) expire(s_.deadline_ns, after);
  after.deadline = true;
}

void LocalApic::expire(uint64_t now, After& after) {
  if (s_.deadline_ns == 0 || now < s_.deadline_ns) return;
  lvt_event(kLvtTimer, after);
  switch (timer_mode()) {
    case Timer::Periodic: {
      uint64_t const period = s_.initial_count * divisor();
      s_.deadline_ns += ((now - s_.deadline_ns) / period + 1) * period;
      not_before_ns_ = now + kMinimumPeriodNs;
      return;
    }
    case Timer::TscDeadline: s_.tsc_deadline = 0; [[fallthrough]];
    default: s_.deadline_ns = 0;
  }
}

// Nobody has to be woken for a masked timer: its state follows from the clock.
std::optional<uint64_t> LocalApic::wake_at() const {
  if (s_.deadline_ns == 0 || (s_.lvt[kLvtTimer] & kMasked) != 0) return std::nullopt;
  return timer_mode() == Timer::Periodic ? std::max(s_.deadline_ns, not_before_ns_) : s_.deadline_ns;
}

std::optional<uint64_t> LocalApic::next_deadline_ns() {
  MutexLock const lock(mutex_);
  return wake_at();
}

std::optional<uint64_t> LocalApic::poll(uint64_t now_ns) {
  After after;
  mutex_.lock();
  expire(now_ns, after);
  publish(after);
  auto const next = wake_at();
  mutex_.unlock();
  after.deadline = false;
  finish(after);
  return next;
}

uint64_t LocalApic::tsc_deadline() {
  After after;
  mutex_.lock();
  if (timer_mode() == Timer::TscDeadline) expire(port_.now_ns(), after);
  uint64_t const value = timer_mode() == Timer::TscDeadline ? s_.tsc_deadline : 0;
  publish(after);
  mutex_.unlock();
  finish(after);
  return value;
}

// SDM vol. 3 §11.5.4.1: ignored in the other modes; zero disarms; the past fires at once.
void LocalApic::set_tsc_deadline(uint64_t value, uint64_t tsc_offset) {
  After after;
  mutex_.lock();
  tsc_offset_ = tsc_offset;
  if (timer_mode() == Timer::TscDeadline) {
    expire(port_.now_ns(), after);
    s_.tsc_deadline = value;
    arm_tsc_deadline(after);
  }
  publish(after);
  mutex_.unlock();
  finish(after);
}

void LocalApic::tsc_offset_changed(uint64_t tsc_offset) {
  After after;
  mutex_.lock();
  tsc_offset_ = tsc_offset;
  if (timer_mode() == Timer::TscDeadline && s_.tsc_deadline != 0) arm_tsc_deadline(after);
  publish(after);
  mutex_.unlock();
  finish(after);
}

}  // namespace mullion::x86
