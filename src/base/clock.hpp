// The virtual machine's clock and its timers, as devices see them.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>

namespace mullion {

inline constexpr uint64_t kNsPerSecond = 1'000'000'000;

// Nanoseconds of virtual time: zero when the machine is made, stands still while the machine is
// paused, never goes back. now_ns() is cheap and may be called from any thread without a lock.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual uint64_t now_ns() const = 0;
};

class Timer;

// A clock that also calls back. Two exist: HostTimers (base/host_timers.hpp) and FakeClock
// (tests/support/fake_clock.hpp).
class TimerHost : public Clock {
 public:
  // Called by Timer alone. The machine lock is held.
  virtual void arm(Timer& timer, uint64_t deadline_ns) = 0;
  virtual void cancel(Timer& timer) = 0;
};

// One timer of one device. Armed, moved and destroyed with the machine lock held; the callback runs
// with it held too, once for each arm_at(), not before its deadline, and never after cancel(). The
// callback may arm the timer again. A deadline in the past fires as soon as possible.
class Timer {
 public:
  Timer(TimerHost& host, std::function<void()> callback) : host_(host), callback_(std::move(callback)) {}
  ~Timer() { cancel(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void arm_at(uint64_t deadline_ns) { host_.arm(*this, deadline_ns); }
  void cancel() { host_.cancel(*this); }
  bool armed() const { return position_ != kNotArmed; }
  // Meaningful while armed.
  uint64_t deadline_ns() const { return deadline_ns_; }

 private:
  friend class TimerQueue;
  static constexpr size_t kNotArmed = ~size_t{0};

  TimerHost& host_;
  std::function<void()> callback_;
  uint64_t deadline_ns_ = 0;
  uint64_t order_ = 0;             // of arming: equal deadlines fire in this order
  size_t position_ = kNotArmed;  // in the queue's heap
};

}  // namespace mullion
