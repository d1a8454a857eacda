// Virtual time from the host's monotonic clock, and the thread that fires timers.
// SPDX-License-Identifier: Apache-2.0
#include "base/host_timers.hpp"

#include "base/timer_precision.hpp"

#include <algorithm>
#include <chrono>

namespace mullion {

HostTimers::HostTimers(MachineLock& machine_lock) : machine_lock_(machine_lock), thread_([this] { run(); }) {}

HostTimers::~HostTimers() {
  {
    const std::scoped_lock guard{mutex_};
    quit_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

uint64_t HostTimers::host_ns() {
  const auto since_epoch = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count());
}

uint64_t HostTimers::now_ns() const {
  const uint64_t state = state_.load(std::memory_order_relaxed);
  // The subtraction is modulo 2^63: a machine restored at a time above the host's still works.
  return (state & kRunning) != 0 ? (host_ns() - state) & ~kRunning : state;
}

void HostTimers::arm(Timer& timer, uint64_t deadline_ns) {
  bool first = false;
  {
    const std::scoped_lock guard{mutex_};
    queue_.arm(timer, deadline_ns);
    first = queue_.next_deadline_ns() == deadline_ns;
  }
  if (first) changed_.notify_all();
}

void HostTimers::cancel(Timer& timer) {
  const std::scoped_lock guard{mutex_};
  queue_.cancel(timer);
}

void HostTimers::pause() {
  const std::scoped_lock guard{mutex_};
  state_.store(now_ns(), std::memory_order_relaxed);
}

void HostTimers::resume() {
  {
    const std::scoped_lock guard{mutex_};
    const uint64_t state = state_.load(std::memory_order_relaxed);
    if ((state & kRunning) != 0) return;
    state_.store((host_ns() - state) | kRunning, std::memory_order_relaxed);
  }
  changed_.notify_all();
}

void HostTimers::set_now_ns(uint64_t now_ns) {
  const std::scoped_lock guard{mutex_};
  if ((state_.load(std::memory_order_relaxed) & kRunning) == 0) state_.store(now_ns & ~kRunning);
}

void HostTimers::run() {
  constexpr uint64_t kLongestSleepNs = 3600 * kNsPerSecond;
  request_precise_timers();
  std::unique_lock lock{mutex_};
  while (!quit_) {
    if (queue_.empty() || (state_.load(std::memory_order_relaxed) & kRunning) == 0) {
      changed_.wait(lock);
      continue;
    }
    const uint64_t now = now_ns();
    const uint64_t deadline = queue_.next_deadline_ns();
    if (deadline > now) {
      changed_.wait_for(lock, std::chrono::nanoseconds{std::min(deadline - now, kLongestSleepNs)});
      continue;
    }
    lock.unlock();
    fire_one();
    lock.lock();
  }
}

// One timer for each time the machine lock is taken, so that a vCPU gets its turn between them.
void HostTimers::fire_one() {
  const std::scoped_lock machine{machine_lock_};
  Timer* due = nullptr;
  {
    const std::scoped_lock guard{mutex_};
    if ((state_.load(std::memory_order_relaxed) & kRunning) != 0) due = queue_.take_due(now_ns());
  }
  if (due != nullptr) TimerQueue::fire(*due);
}

}  // namespace mullion
