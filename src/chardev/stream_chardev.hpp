// A chardev over a byte stream of the host, with one thread that waits for it.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "chardev/backends.hpp"
#include "chardev/chardev.hpp"
#include "chardev/escape_mux.hpp"
#include "chardev/host_stream.hpp"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace mullion {

// Fields without a comment belong to the machine lock.
class StreamChardev final : public Chardev {
 public:
  StreamChardev(ChardevHost& host, std::unique_ptr<HostStream> stream, bool mux);
  ~StreamChardev() override;

  size_t write(std::span<const uint8_t> bytes) override;
  void attach(ChardevClient* client) override;
  void input_wanted() override;

 private:
  void run();
  void deliver();
  void take_input();
  void act(EscapeMux::Action action);

  ChardevHost& host_;
  std::unique_ptr<HostStream> stream_;
  ChardevClient* client_ = nullptr;
  bool input_blocked_ = false;   // the client had no room
  bool output_blocked_ = false;  // the stream had no room
  // Of the thread alone.
  const bool mux_on_;
  EscapeMux mux_;
  std::vector<uint8_t> pending_;  // typed, not delivered yet
  bool input_ended_ = false;

  std::atomic<bool> quit_{false};
  std::thread thread_;
};

}  // namespace mullion
