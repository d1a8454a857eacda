// A mutex that clang's thread-safety analysis understands, and the machine lock's type.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <mutex>

#if defined(__clang__)
#define MULLION_THREAD_ATTR(x) __attribute__((x))
#else
#define MULLION_THREAD_ATTR(x)
#endif
#define MULLION_CAPABILITY(x) MULLION_THREAD_ATTR(capability(x))
#define MULLION_GUARDED_BY(x) MULLION_THREAD_ATTR(guarded_by(x))
#define MULLION_REQUIRES(...) MULLION_THREAD_ATTR(requires_capability(__VA_ARGS__))

namespace mullion {

// Meets Lockable, so std::scoped_lock, std::unique_lock and std::condition_variable_any work.
class MULLION_CAPABILITY("mutex") Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;
  void lock() MULLION_THREAD_ATTR(acquire_capability()) { mutex_.lock(); }
  void unlock() MULLION_THREAD_ATTR(release_capability()) { mutex_.unlock(); }
  bool try_lock() MULLION_THREAD_ATTR(try_acquire_capability(true)) { return mutex_.try_lock(); }

 private:
  std::mutex mutex_;
};

// Holds a Mutex to the end of its scope; std::scoped_lock does the same, but the analysis does not know it.
class MULLION_THREAD_ATTR(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) MULLION_THREAD_ATTR(acquire_capability(mutex)) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() MULLION_THREAD_ATTR(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// The machine lock. One a machine, owned by the machine, not recursive. Rules:
//  - every call into a device (register access, line input, reset, save, restore, timer callback,
//    chardev input) is made with it held; devices take no lock of their own;
//  - a vCPU thread takes it around each PIO, MMIO, interrupt acknowledge and EOI broadcast;
//  - HostTimers and the chardev threads take it before they call back;
//  - it is outermost: whoever holds another lock must not take it.
using MachineLock = Mutex;

}  // namespace mullion
