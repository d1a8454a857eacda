// A clock for tests that moves only when told to, and fires timers in order.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/timer_queue.hpp"

namespace mullion {

class FakeClock final : public TimerHost {
 public:
  uint64_t now_ns() const override { return now_ns_; }
  void arm(Timer& timer, uint64_t deadline_ns) override { queue_.arm(timer, deadline_ns); }
  void cancel(Timer& timer) override { queue_.cancel(timer); }

  // Moves on by `ns`; each timer that falls due sees now_ns() equal to its deadline (or later, if it
  // was armed in the past).
  void advance(uint64_t ns) {
    const uint64_t end = now_ns_ + ns;
    while (Timer* due = queue_.take_due(end)) {
      if (due->deadline_ns() > now_ns_) now_ns_ = due->deadline_ns();
      TimerQueue::fire(*due);
    }
    now_ns_ = end;
  }
  bool idle() const { return queue_.empty(); }
  uint64_t next_deadline_ns() const { return queue_.next_deadline_ns(); }

 private:
  uint64_t now_ns_ = 0;
  TimerQueue queue_;
};

}  // namespace mullion
