// Lets virtual processors run side by side, and a change of the partition only while none of them does.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <condition_variable>
#include <mutex>

namespace mullion::whp {

// A processor holds the gate while it executes guest code, not while it sleeps or its owner has the exit. A change
// waits until all are out; `disturb` makes them come out soon.
class Gate {
 public:
  void enter() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return changers_ == 0; });
    ++runners_;
  }
  void leave() {
    std::lock_guard const lock(mutex_);
    if (--runners_ == 0 && changers_ != 0) changed_.notify_all();
  }
  template <class Disturb, class Change> auto change(Disturb&& disturb, Change&& change) {
    std::unique_lock lock(mutex_);
    ++changers_;
    while (runners_ != 0) {
      disturb();
      changed_.wait(lock);
    }
    struct Release {
      Gate& gate;
      ~Release() {
        if (--gate.changers_ == 0) gate.changed_.notify_all();
      }
    } const release{*this};
    return change();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned runners_ = 0, changers_ = 0;
};

}  // namespace mullion::whp
