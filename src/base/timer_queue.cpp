// A binary heap in which each timer knows its place, so that cancelling needs no search.
// SPDX-License-Identifier: Apache-2.0
#include "base/timer_queue.hpp"

namespace mullion {

bool TimerQueue::before(const Timer& a, const Timer& b) {
  return a.deadline_ns_ != b.deadline_ns_ ? a.deadline_ns_ < b.deadline_ns_ : a.order_ < b.order_;
}

void TimerQueue::arm(Timer& timer, uint64_t deadline_ns) {
  cancel(timer);
  timer.deadline_ns_ = deadline_ns;
  timer.order_ = next_order_++;
  heap_.push_back(&timer);
  sift_up(heap_.size() - 1);
}

void TimerQueue::cancel(Timer& timer) {
  const size_t position = timer.position_;
  if (position == Timer::kNotArmed) return;
  timer.position_ = Timer::kNotArmed;
  Timer* last = heap_.back();
  heap_.pop_back();
  if (last == &timer) return;
  place(position, last);
  sift_up(position);
  sift_down(last->position_);
}

Timer* TimerQueue::take_due(uint64_t now_ns) {
  if (heap_.empty() || heap_.front()->deadline_ns_ > now_ns) return nullptr;
  Timer* due = heap_.front();
  cancel(*due);
  return due;
}

void TimerQueue::place(size_t position, Timer* timer) {
  heap_[position] = timer;
  timer->position_ = position;
}

void TimerQueue::sift_up(size_t position) {
  Timer* timer = heap_[position];
  while (position > 0 && before(*timer, *heap_[(position - 1) / 2])) {
    place(position, heap_[(position - 1) / 2]);
    position = (position - 1) / 2;
  }
  place(position, timer);
}

void TimerQueue::sift_down(size_t position) {
  Timer* timer = heap_[position];
  for (;;) {
    size_t child = position * 2 + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && before(*heap_[child + 1], *heap_[child])) ++child;
    if (!before(*heap_[child], *timer)) break;
    place(position, heap_[child]);
    position = child;
  }
  place(position, timer);
}

}  // namespace mullion
