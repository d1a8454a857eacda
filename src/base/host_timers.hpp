// The timer host of a running machine: host monotonic time and a thread that fires timers.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/mutex.hpp"
#include "base/timer_queue.hpp"

#include <atomic>
#include <condition_variable>
#include <thread>

namespace mullion {

// Starts paused at virtual time 0; resume() starts time. The thread takes `machine_lock` around each
// callback. Destroy it without the machine lock held, after all its timers.
class HostTimers final : public TimerHost {
 public:
  explicit HostTimers(MachineLock& machine_lock);
  ~HostTimers() override;

  uint64_t now_ns() const override;
  void arm(Timer& timer, uint64_t deadline_ns) override;
  void cancel(Timer& timer) override;

  // Stops virtual time and with it all timers. Idempotent; any thread.
  void pause();
  void resume();
  // Sets virtual time, while paused: a saved machine continues where it was.
  void set_now_ns(uint64_t now_ns);

 private:
  void run();
  void fire_one();
  static uint64_t host_ns();

  MachineLock& machine_lock_;
  // One word, so that now_ns() needs no lock. kRunning set: host time minus virtual time. Clear: the
  // virtual time at which the clock stands.
  static constexpr uint64_t kRunning = uint64_t{1} << 63;
  std::atomic<uint64_t> state_{0};

  std::mutex mutex_;  // guards queue_ and quit_; taken inside the machine lock, never around it
  std::condition_variable changed_;
  TimerQueue queue_;
  bool quit_ = false;
  std::thread thread_;
};

}  // namespace mullion
