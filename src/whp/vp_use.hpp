// Holds a virtual processor for the duration of one call.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "whp/vp.hpp"

#include <thread>

namespace mullion::whp {

class Vp::Use {
 public:
  // False where another thread runs the processor.
  explicit Use(Vp& vp) : vp_(vp) {
    while (!(held_ = vp.use_.try_lock())) {
      if (vp.running()) return;
      std::this_thread::yield();
    }
  }
  ~Use() {
    if (held_) vp_.use_.unlock();
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  explicit operator bool() const { return held_; }

 private:
  Vp& vp_;
  bool held_ = false;
};

}  // namespace mullion::whp
