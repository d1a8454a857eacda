// The stdio chardev on Windows: consoles, pipes and files; the other backends are not there.
// SPDX-License-Identifier: Apache-2.0
#include "chardev/backends.hpp"
#include "chardev/stream_chardev.hpp"

#include <windows.h>

#include <array>
#include <atomic>

namespace mullion {
namespace {

constexpr DWORD kPipePollMs = 10;

// The one console of the process.
std::atomic<bool> console_is_raw{false};
std::atomic<bool> stdio_in_use{false};
DWORD saved_input_mode = 0;
DWORD saved_output_mode = 0;

void make_raw(HANDLE in, HANDLE out, bool signal) {
  if (!GetConsoleMode(in, &saved_input_mode)) return;  // not a console
  GetConsoleMode(out, &saved_output_mode);
  console_is_raw = true;
  SetConsoleMode(in, ENABLE_VIRTUAL_TERMINAL_INPUT | (signal ? ENABLE_PROCESSED_INPUT : 0));
  SetConsoleMode(out, saved_output_mode | ENABLE_PROCESSED_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

class StdioStream final : public HostStream {
 public:
  explicit StdioStream(bool signal)
      : in_(GetStdHandle(STD_INPUT_HANDLE)),
        out_(GetStdHandle(STD_OUTPUT_HANDLE)),
        wake_(CreateEventW(nullptr, FALSE, FALSE, nullptr)) {
    make_raw(in_, out_, signal);
    is_console_ = console_is_raw;
    is_pipe_ = GetFileType(in_) == FILE_TYPE_PIPE;
  }
  ~StdioStream() override {
    restore_terminal();
    CloseHandle(wake_);
    stdio_in_use = false;
  }

  size_t write(std::span<const uint8_t> bytes) override {
    DWORD written = 0;
    WriteFile(out_, bytes.data(), static_cast<DWORD>(bytes.size()), &written, nullptr);
    return bytes.size();
  }

  Ready wait(bool want_input, bool) override {
    if (!want_input) {
      WaitForSingleObject(wake_, INFINITE);
      return {};
    }
    if (is_console_) {
      const HANDLE handles[] = {wake_, in_};
      return {.input = WaitForMultipleObjects(2, handles, FALSE, INFINITE) == WAIT_OBJECT_0 + 1};
    }
    if (!is_pipe_) return {.input = true};
    DWORD available = 0;
    if (!PeekNamedPipe(in_, nullptr, 0, nullptr, &available, nullptr) || available != 0) return {.input = true};
    WaitForSingleObject(wake_, kPipePollMs);
    return {};
  }

  Input read(std::span<uint8_t> into) override {
    if (is_console_) return read_console(into);
    DWORD got = 0;
    const bool good = ReadFile(in_, into.data(), static_cast<DWORD>(into.size()), &got, nullptr) != 0;
    return {got, !good || got == 0};
  }

  void wake() override { SetEvent(wake_); }

 private:
  // Key events alone: other events also make the handle ready, and reading bytes would then block.
  Input read_console(std::span<uint8_t> into) const {
    std::array<INPUT_RECORD, 64> records;
    DWORD count = 0;
    if (!ReadConsoleInputA(in_, records.data(), records.size(), &count)) return {0, true};
    Input input;
    for (DWORD i = 0; i < count && input.size < into.size(); ++i) {
      const KEY_EVENT_RECORD& key = records[i].Event.KeyEvent;
      if (records[i].EventType != KEY_EVENT || !key.bKeyDown || key.uChar.AsciiChar == 0) continue;
      into[input.size++] = static_cast<uint8_t>(key.uChar.AsciiChar);
    }
    return input;
  }

  HANDLE in_;
  HANDLE out_;
  HANDLE wake_;
  bool is_console_ = false;
  bool is_pipe_ = false;
};

}  // namespace

void restore_terminal() {
  if (!console_is_raw.exchange(false)) return;
  SetConsoleMode(GetStdHandle(STD_INPUT_HANDLE), saved_input_mode);
  SetConsoleMode(GetStdHandle(STD_OUTPUT_HANDLE), saved_output_mode);
}

Result<std::unique_ptr<Chardev>> open_stdio_chardev(ChardevHost& host, const StdioChardevConfig& config) {
  if (stdio_in_use.exchange(true)) {
    return failure("stdio is used twice; give the second device another chardev, or null");
  }
  return std::make_unique<StreamChardev>(host, std::make_unique<StdioStream>(config.signal), config.mux);
}

Result<std::unique_ptr<Chardev>> open_pty_chardev(ChardevHost&, std::string&) {
  return failure("Windows has no pseudo-terminals of this kind; use stdio or file");
}

Result<std::unique_ptr<Chardev>> open_socket_chardev(ChardevHost&, const SocketChardevConfig&) {
  return failure("socket chardevs are not there on Windows yet; use stdio or file");
}

}  // namespace mullion
