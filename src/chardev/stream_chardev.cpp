// The chardev's thread: input to the client, room for output, Ctrl-a commands.
// SPDX-License-Identifier: Apache-2.0
#include "chardev/stream_chardev.hpp"

#include <algorithm>
#include <array>
#include <mutex>

namespace mullion {
namespace {

// What is typed while the guest takes nothing; more is lost, so that Ctrl-a commands are always seen.
constexpr size_t kPendingLimit = 4096;

std::span<const uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};  // SAFETY: char as bytes
}

}  // namespace

StreamChardev::StreamChardev(ChardevHost& host, std::unique_ptr<HostStream> stream, bool mux)
    : host_(host), stream_(std::move(stream)), mux_on_(mux) {
  thread_ = std::thread{[this] { run(); }};
}

StreamChardev::~StreamChardev() {
  quit_ = true;
  stream_->wake();
  thread_.join();
}

size_t StreamChardev::write(std::span<const uint8_t> bytes) {
  if (output_blocked_) return 0;
  const size_t taken = stream_->write(bytes);
  if (taken < bytes.size()) {
    output_blocked_ = true;
    stream_->wake();
  }
  return taken;
}

void StreamChardev::attach(ChardevClient* client) {
  client_ = client;
  input_wanted();
}

void StreamChardev::input_wanted() {
  if (!input_blocked_) return;
  input_blocked_ = false;
  stream_->wake();
}

void StreamChardev::run() {
  while (!quit_) {
    bool want_output = false;
    {
      const std::scoped_lock guard{host_.lock};
      deliver();
      want_output = output_blocked_;
    }
    const bool want_input = !input_ended_ && (mux_on_ || pending_.empty());
    const HostStream::Ready ready = stream_->wait(want_input, want_output);
    if (quit_) return;
    if (ready.opened || ready.closed || ready.writable) {
      const std::scoped_lock guard{host_.lock};
      output_blocked_ = false;
      if (client_ != nullptr && ready.closed) client_->chardev_event(ChardevEvent::closed);
      if (client_ != nullptr && ready.opened) client_->chardev_event(ChardevEvent::opened);
      if (client_ != nullptr) client_->chardev_writable();
    }
    if (ready.input) take_input();
  }
}

// Machine lock held: gives the client what it has room for.
void StreamChardev::deliver() {
  if (pending_.empty()) return;
  const size_t room = client_ != nullptr ? client_->chardev_room() : 0;
  const size_t size = std::min(room, pending_.size());
  if (size != 0) {
    client_->chardev_receive(std::span{pending_}.first(size));
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(size));
  }
  input_blocked_ = !pending_.empty();
}

void StreamChardev::take_input() {
  std::array<uint8_t, 1024> buffer;
  const HostStream::Input input = stream_->read(buffer);
  input_ended_ = input.end;
  for (const uint8_t byte : std::span{buffer}.first(input.size)) {
    const EscapeMux::Answer answer = mux_on_ ? mux_.feed(byte) : EscapeMux::Answer{byte, EscapeMux::Action::none};
    if (answer.byte && pending_.size() < kPendingLimit) pending_.push_back(*answer.byte);
    if (answer.action != EscapeMux::Action::none) act(answer.action);
  }
}

void StreamChardev::act(EscapeMux::Action action) {
  const std::scoped_lock guard{host_.lock};
  switch (action) {
    case EscapeMux::Action::quit:
      stream_->write(bytes_of(EscapeMux::kTerminated));
      if (host_.quit) host_.quit();
      break;
    case EscapeMux::Action::help: stream_->write(bytes_of(EscapeMux::kHelp)); break;
    case EscapeMux::Action::monitor: stream_->write(bytes_of(EscapeMux::kNoMonitor)); break;
    case EscapeMux::Action::send_break:
      if (client_ != nullptr) client_->chardev_event(ChardevEvent::send_break);
      break;
    case EscapeMux::Action::none: break;
  }
}

}  // namespace mullion
