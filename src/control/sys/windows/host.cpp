// Host services on Windows.
// SPDX-License-Identifier: Apache-2.0
#include "control/host.hpp"

#include <array>
#include <filesystem>
#include <mutex>

#include <windows.h>

namespace mullion::control {
namespace {

// The console calls back without a context: the one watcher of the process.
std::mutex watcher_lock;
std::function<void(std::string const&)>* watcher { nullptr };

BOOL WINAPI on_console_event(DWORD event) {
  std::scoped_lock const lock { watcher_lock };
  if (watcher == nullptr) return FALSE;
  (*watcher)(event == CTRL_C_EVENT ? "Ctrl-C" : event == CTRL_BREAK_EVENT ? "Ctrl-Break" : "the end of the session");
  return TRUE;
}

class ConsoleWatcher final : public TerminationRequests {
 public:
  explicit ConsoleWatcher(std::function<void(std::string const&)> requested) : requested_ { std::move(requested) } {
    std::scoped_lock const lock { watcher_lock };
    watcher = &requested_;
    SetConsoleCtrlHandler(on_console_event, TRUE);
  }
  ~ConsoleWatcher() override {
    SetConsoleCtrlHandler(on_console_event, FALSE);
    std::scoped_lock const lock { watcher_lock };
    watcher = nullptr;
  }

 private:
  std::function<void(std::string const&)> requested_;
};

}  // namespace

std::uint64_t host_memory_bytes() {
  MEMORYSTATUSEX status {};
  status.dwLength = sizeof status;
  return GlobalMemoryStatusEx(&status) ? status.ullTotalPageFile : 0;
}

std::uint64_t process_id() { return GetCurrentProcessId(); }

std::string program_folder() {
  std::array<wchar_t, 32768> path {};
  DWORD const length { GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())) };
  return length == 0 ? std::string {} : std::filesystem::path { path.data() }.parent_path().string();
}

Result<std::unique_ptr<TerminationRequests>> watch_termination(std::function<void(std::string const&)> requested) {
  return std::make_unique<ConsoleWatcher>(std::move(requested));
}

}  // namespace mullion::control
