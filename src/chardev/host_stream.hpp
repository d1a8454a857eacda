// A byte stream of the host, as the platform layers in sys/ provide it to StreamChardev.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace mullion {

// write() is called with the machine lock held, wait() and read() by the one thread of the chardev,
// wake() by any.
class HostStream {
 public:
  struct Ready {
    bool input = false;     // read() will not block
    bool writable = false;  // write() will take something
    bool opened = false;    // a peer came
    bool closed = false;    // the peer went
  };
  struct Input {
    size_t size = 0;
    bool end = false;  // no input will come any more
  };

  HostStream() = default;
  HostStream(const HostStream&) = delete;
  HostStream& operator=(const HostStream&) = delete;
  virtual ~HostStream() = default;
  // Takes what it can at once; what can never be delivered counts as taken.
  virtual size_t write(std::span<const uint8_t> bytes) = 0;
  // Sleeps until something that is wanted is ready, the peer comes or goes, or wake() was called.
  virtual Ready wait(bool want_input, bool want_output) = 0;
  virtual Input read(std::span<uint8_t> into) = 0;
  virtual void wake() = 0;
};

}  // namespace mullion
