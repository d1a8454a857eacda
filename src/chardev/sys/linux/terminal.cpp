// The stdio chardev on Linux: the terminal goes raw and comes back whatever happens.
// SPDX-License-Identifier: Apache-2.0
#include "chardev/backends.hpp"
#include "chardev/stream_chardev.hpp"
#include "chardev/sys/linux/fd_stream.hpp"

#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>

namespace mullion {
namespace {

// The one terminal of the process: signal handlers have to find it.
termios saved_settings;
termios raw_settings;
std::atomic<bool> terminal_is_raw{false};
std::atomic<bool> stdio_in_use{false};

void die_restored(int signal) {
  restore_terminal();
  std::signal(signal, SIG_DFL);
  raise(signal);
}

void make_raw_again(int) {
  if (terminal_is_raw) tcsetattr(STDIN_FILENO, TCSANOW, &raw_settings);
}

// Handlers that the program set itself are left alone.
void handle_if_default(int signal, void (*handler)(int)) {
  struct sigaction current {};
  if (sigaction(signal, nullptr, &current) != 0 || current.sa_handler != SIG_DFL) return;
  current.sa_handler = handler;
  current.sa_flags = SA_RESTART;
  sigaction(signal, &current, nullptr);
}

void make_raw(bool signal) {
  if (tcgetattr(STDIN_FILENO, &saved_settings) != 0) return;  // not a terminal
  raw_settings = saved_settings;
  raw_settings.c_iflag &= ~static_cast<tcflag_t>(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
  raw_settings.c_oflag |= OPOST;
  raw_settings.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ICANON | IEXTEN);
  if (!signal) raw_settings.c_lflag &= ~static_cast<tcflag_t>(ISIG);
  raw_settings.c_cflag = (raw_settings.c_cflag & ~static_cast<tcflag_t>(CSIZE | PARENB)) | CS8;
  raw_settings.c_cc[VMIN] = 1;
  raw_settings.c_cc[VTIME] = 0;
  static const int registered = std::atexit(restore_terminal);
  (void)registered;
  for (const int s : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) handle_if_default(s, die_restored);
  handle_if_default(SIGCONT, make_raw_again);
  terminal_is_raw = true;
  tcsetattr(STDIN_FILENO, TCSANOW, &raw_settings);
}

class StdioStream final : public BorrowedStream {
 public:
  StdioStream() : BorrowedStream(STDIN_FILENO, STDOUT_FILENO) {}
  ~StdioStream() override {
    restore_terminal();
    stdio_in_use = false;
  }
};

}  // namespace

void restore_terminal() {
  if (terminal_is_raw.exchange(false)) tcsetattr(STDIN_FILENO, TCSANOW, &saved_settings);
}

Result<std::unique_ptr<Chardev>> open_stdio_chardev(ChardevHost& host, const StdioChardevConfig& config) {
  if (stdio_in_use.exchange(true)) {
    return failure("stdio is used twice; give the second device another chardev, or null");
  }
  std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is no reason to die
  make_raw(config.signal);
  return std::make_unique<StreamChardev>(host, std::make_unique<StdioStream>(), config.mux);
}

}  // namespace mullion
