// Requests to a running machine.
// SPDX-License-Identifier: Apache-2.0
#include "machine/machine_core.hpp"

#include <utility>

namespace mullion {

void MachineCore::kick_locked() {
  if (vcpu_ != nullptr) vcpu_->kick();
  changed_.notify_all();
}

void MachineCore::request_exit(MachineExit exit) {
  const std::lock_guard guard{mutex_};
  if (!exit_) exit_ = std::move(exit);
  kick_locked();
}

void MachineCore::pause() {
  const std::lock_guard guard{mutex_};
  paused_ = true;
  timers_.pause();
  kick_locked();
}

void MachineCore::resume() {
  const std::lock_guard guard{mutex_};
  paused_ = false;
  timers_.resume();
  changed_.notify_all();
}

void MachineCore::start() {
  const std::lock_guard guard{mutex_};
  if (!paused_) timers_.resume();
}

void MachineCore::set_vcpu(VcpuControl* vcpu) {
  const std::lock_guard guard{mutex_};
  vcpu_ = vcpu;
}

std::optional<MachineExit> MachineCore::poll() {
  std::unique_lock guard{mutex_};
  changed_.wait(guard, [&] { return exit_ || !paused_; });
  return exit_;
}

}  // namespace mullion
