// The heap of armed timers that both timer hosts share.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/clock.hpp"

#include <functional>
#include <vector>

namespace mullion {

// Not synchronised: its owner is. Allocates only while the number of armed timers grows.
class TimerQueue {
 public:
  void arm(Timer& timer, uint64_t deadline_ns);
  void cancel(Timer& timer);
  bool empty() const { return heap_.empty(); }
  uint64_t next_deadline_ns() const { return heap_.front()->deadline_ns_; }
  // Takes the first timer if it is due at `now_ns`, null if none is.
  Timer* take_due(uint64_t now_ns);
  static void fire(Timer& timer) { timer.callback_(); }

 private:
  static bool before(const Timer& a, const Timer& b);
  void place(size_t position, Timer* timer);
  void sift_up(size_t position);
  void sift_down(size_t position);

  std::vector<Timer*> heap_;
  uint64_t next_order_ = 0;
};

}  // namespace mullion
