// The Ctrl-a commands of a terminal that the guest's console shares with Mullion.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace mullion {

class EscapeMux {
 public:
  enum class Action : uint8_t { none, quit, help, monitor, send_break };
  struct Answer {
    std::optional<uint8_t> byte;  // for the guest
    Action action = Action::none;
  };
  // Takes one byte typed.
  Answer feed(uint8_t byte);

  static constexpr std::string_view kHelp =
      "\r\n"
      "C-a h    print this help\r\n"
      "C-a x    exit\r\n"
      "C-a b    send break (magic sysrq)\r\n"
      "C-a c    switch between console and monitor (there is no monitor yet)\r\n"
      "C-a C-a  send C-a\r\n";
  static constexpr std::string_view kNoMonitor = "\r\nThere is no monitor yet; C-a x exits.\r\n";
  static constexpr std::string_view kTerminated = "\r\nMullion: terminated\r\n";

 private:
  bool escaped_ = false;
};

}  // namespace mullion
