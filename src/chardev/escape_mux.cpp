// Ctrl-a and the key after it.
// SPDX-License-Identifier: Apache-2.0
#include "chardev/escape_mux.hpp"

namespace mullion {

EscapeMux::Answer EscapeMux::feed(uint8_t byte) {
  constexpr uint8_t kEscape = 0x01;
  if (!escaped_) {
    escaped_ = byte == kEscape;
    return escaped_ ? Answer{} : Answer{byte, Action::none};
  }
  escaped_ = false;
  switch (byte) {
    case kEscape: return {byte, Action::none};
    case 'x': return {std::nullopt, Action::quit};
    case 'h':
    case '?': return {std::nullopt, Action::help};
    case 'c': return {std::nullopt, Action::monitor};
    case 'b': return {std::nullopt, Action::send_break};
    default: return {};
  }
}

}  // namespace mullion
