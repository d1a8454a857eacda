// What every machine has before its devices: the machine lock, virtual time, and why the machine stops.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "accel/cpu_bus.hpp"
#include "base/host_timers.hpp"
#include "base/mutex.hpp"

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

namespace mullion {

struct MachineExit {
  enum class Reason : uint8_t {
    power_off,   // the guest entered soft-off
    reset,       // the guest asked for a reset and the configuration says to end then
    debug_exit,  // isa-debug-exit: `status` is the program's exit status
    quit,        // the person asked: Ctrl-a x, SIGTERM
    fatal,       // `message` says what broke
  };
  Reason reason = Reason::power_off;
  int status = 0;
  std::string message;
};

// Made before character devices and machine, destroyed after both. Every function may be called from any
// thread, with the machine lock held or not.
class MachineCore final {
 public:
  MachineCore() = default;
  MachineCore(const MachineCore&) = delete;
  MachineCore& operator=(const MachineCore&) = delete;

  MachineLock& lock() { return lock_; }
  HostTimers& timers() { return timers_; }

  // Ends the machine soon: the first reason wins.
  void request_exit(MachineExit exit);
  // Stops guest and virtual time until resume(); run() does not return.
  void pause();
  void resume();

  // --- for the machine's run loop ---
  // Virtual time starts, unless pause() came first.
  void start();
  // Who is to be kicked when a request comes; null: nobody any more.
  void set_vcpu(VcpuControl* vcpu);
  // Waits while paused; the exit, if one was requested.
  std::optional<MachineExit> poll();

 private:
  void kick_locked();

  MachineLock lock_;
  HostTimers timers_{lock_};
  std::mutex mutex_;  // guards the rest; innermost
  std::condition_variable changed_;
  std::optional<MachineExit> exit_;
  VcpuControl* vcpu_ = nullptr;
  bool paused_ = false;
};

}  // namespace mullion
