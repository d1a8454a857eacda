// Host services on Linux.
// SPDX-License-Identifier: Apache-2.0
#include "control/host.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <thread>

#include <pthread.h>
#include <sys/sysinfo.h>
#include <unistd.h>

namespace mullion::control {
namespace {

char const* signal_name(int number) {
  switch (number) {
    case SIGTERM: return "SIGTERM";
    case SIGINT: return "SIGINT";
    case SIGHUP: return "SIGHUP";
    default: return "a signal";
  }
}

// The signals are blocked everywhere and taken by one thread, so that no code of ours runs in a signal handler.
class SignalThread final : public TerminationRequests {
 public:
  explicit SignalThread(std::function<void(std::string const&)> requested) : requested_ { std::move(requested) } {
    sigemptyset(&signals_);
    for (int const number : { SIGTERM, SIGINT, SIGHUP, SIGUSR1 }) sigaddset(&signals_, number);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
    std::signal(SIGPIPE, SIG_IGN);
    thread_ = std::thread { [this] { run(); } };
  }
  ~SignalThread() override {
    ending_ = true;
    pthread_kill(thread_.native_handle(), SIGUSR1);
    thread_.join();
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  void run() {
    while (!ending_) {
      int number { 0 };
      if (sigwait(&signals_, &number) == 0 && number != SIGUSR1) requested_(signal_name(number));
    }
  }

  std::function<void(std::string const&)> requested_;
  sigset_t signals_ {};
  sigset_t before_ {};
  std::atomic<bool> ending_ { false };
  std::thread thread_;
};

}  // namespace

std::uint64_t host_memory_bytes() {
  struct sysinfo info {};
  if (sysinfo(&info) != 0) return 0;
  return (static_cast<std::uint64_t>(info.totalram) + info.totalswap) * info.mem_unit;
}

std::uint64_t process_id() { return static_cast<std::uint64_t>(getpid()); }

std::string program_folder() {
  std::error_code error;
  auto const path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::string {} : path.parent_path().string();
}

Result<std::unique_ptr<TerminationRequests>> watch_termination(std::function<void(std::string const&)> requested) {
  return std::make_unique<SignalThread>(std::move(requested));
}

}  // namespace mullion::control
