// Character devices: byte streams between a guest's device and the host.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/mutex.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace mullion {

enum class ChardevEvent : uint8_t { opened, closed, send_break };

// The guest's side (UART, debugcon). All calls come with the machine lock held.
class ChardevClient {
 public:
  virtual ~ChardevClient() = default;
  // How many bytes receive() may get now; 0 stops input until Chardev::input_wanted().
  virtual size_t chardev_room() = 0;
  virtual void chardev_receive(std::span<const uint8_t> bytes) = 0;
  virtual void chardev_event(ChardevEvent) {}
  // Output that was refused may be tried again.
  virtual void chardev_writable() {}
};

// The host's side. Called with the machine lock held; nothing here blocks on the host.
class Chardev {
 public:
  Chardev() = default;
  Chardev(const Chardev&) = delete;
  Chardev& operator=(const Chardev&) = delete;
  virtual ~Chardev() = default;
  // Takes what it can and says how much; after less than all, chardev_writable() follows.
  virtual size_t write(std::span<const uint8_t> bytes) = 0;
  // The one client; null takes it away. Input that waits is delivered from the next moment on.
  virtual void attach(ChardevClient* client) = 0;
  // The client has room again.
  virtual void input_wanted() {}
};

}  // namespace mullion
