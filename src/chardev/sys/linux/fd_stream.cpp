// Streams on file descriptors: poll() first, then one read or write that does not block.
// SPDX-License-Identifier: Apache-2.0
#include "chardev/sys/linux/fd_stream.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace mullion {
namespace {

constexpr int kForever = -1;
constexpr int kPtyPollMs = 100;
// A pipe that polls writable takes this much without blocking; a terminal takes it soon enough.
constexpr size_t kChunk = 512;

bool writable_now(int fd) {
  pollfd p{fd, POLLOUT, 0};
  return poll(&p, 1, 0) == 1;
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

HostStream::Input read_fd(int fd, std::span<uint8_t> into) {
  const ssize_t n = ::read(fd, into.data(), into.size());
  if (n > 0) return {static_cast<size_t>(n), false};
  return {0, n == 0 || !would_block()};
}

}  // namespace

Fd::~Fd() {
  if (fd_ >= 0) close(fd_);
}

WakeFd::WakeFd() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void WakeFd::wake() {
  const uint64_t one = 1;
  // A full counter wakes as well: the result does not matter.
  [[maybe_unused]] const ssize_t n = ::write(fd_.get(), &one, sizeof one);
}

void WakeFd::drain() {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t n = ::read(fd_.get(), &count, sizeof count);
}

// --- borrowed ---

size_t BorrowedStream::write(std::span<const uint8_t> bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    if (!writable_now(out_)) break;
    const ssize_t n = ::write(out_, bytes.data() + done, std::min(bytes.size() - done, kChunk));
    if (n < 0 && would_block()) break;
    if (n < 0) return bytes.size();  // the reader has gone: nobody will see it
    done += static_cast<size_t>(n);
  }
  return done;
}

HostStream::Ready BorrowedStream::wait(bool want_input, bool want_output) {
  std::array<pollfd, 3> fds{{{wake_.get(), POLLIN, 0},
                             {want_input ? in_ : -1, POLLIN, 0},
                             {want_output ? out_ : -1, POLLOUT, 0}}};
  if (poll(fds.data(), fds.size(), kForever) <= 0) return {};
  if (fds[0].revents != 0) wake_.drain();
  return {.input = fds[1].revents != 0, .writable = fds[2].revents != 0};
}

HostStream::Input BorrowedStream::read(std::span<uint8_t> into) { return read_fd(in_, into); }

// --- pseudo-terminal ---

size_t PtyStream::write(std::span<const uint8_t> bytes) {
  if (!open_) return bytes.size();
  const ssize_t n = ::write(master_.get(), bytes.data(), bytes.size());
  if (n >= 0) return static_cast<size_t>(n);
  return would_block() ? 0 : bytes.size();
}

HostStream::Ready PtyStream::wait(bool want_input, bool want_output) {
  const auto events = static_cast<short>((want_input ? POLLIN : 0) | (want_output ? POLLOUT : 0));
  std::array<pollfd, 2> fds{{{wake_.get(), POLLIN, 0}, {master_.get(), events, 0}}};
  // A master whose slave nobody holds says so at once and always: ask it now and then.
  if (poll(fds.data(), open_ ? 2 : 1, open_ ? kForever : kPtyPollMs) < 0) return {};
  if (fds[0].revents != 0) wake_.drain();
  if (!open_) poll(&fds[1], 1, 0);
  Ready ready;
  const bool open = (fds[1].revents & POLLHUP) == 0;
  ready.opened = open && !open_;
  ready.closed = !open && open_;
  open_ = open;
  ready.input = (fds[1].revents & POLLIN) != 0 && want_input;
  ready.writable = (fds[1].revents & POLLOUT) != 0 || ready.closed;
  return ready;
}

HostStream::Input PtyStream::read(std::span<uint8_t> into) { return {read_fd(master_.get(), into).size, false}; }

// --- socket ---

SocketStream::~SocketStream() {
  if (!path_.empty()) unlink(path_.c_str());
}

size_t SocketStream::write(std::span<const uint8_t> bytes) {
  const std::scoped_lock guard{mutex_};
  if (!peer_.valid()) return bytes.size();
  const ssize_t n = send(peer_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n >= 0) return static_cast<size_t>(n);
  return would_block() ? 0 : bytes.size();
}

HostStream::Ready SocketStream::wait(bool want_input, bool want_output) {
  if (lost_) return drop_peer();
  const bool connected = peer_.valid();
  const auto events = static_cast<short>((want_input ? POLLIN : 0) | (want_output ? POLLOUT : 0));
  // A peer of whom nothing is wanted is not asked: it may have gone and left input behind.
  std::array<pollfd, 3> fds{{{wake_.get(), POLLIN, 0},
                             {connected && events != 0 ? peer_.get() : -1, events, 0},
                             {connected ? -1 : listener_.get(), POLLIN, 0}}};
  if (poll(fds.data(), fds.size(), kForever) <= 0) return {};
  if (fds[0].revents != 0) wake_.drain();
  if ((fds[1].revents & (POLLHUP | POLLERR)) != 0 && (fds[1].revents & POLLIN) == 0) return drop_peer();
  Ready ready;
  ready.input = (fds[1].revents & POLLIN) != 0;
  ready.writable = (fds[1].revents & POLLOUT) != 0;
  if (fds[2].revents != 0) {
    Fd next{accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    const std::scoped_lock guard{mutex_};
    peer_ = std::move(next);
    ready.opened = peer_.valid();
  }
  return ready;
}

HostStream::Ready SocketStream::drop_peer() {
  lost_ = false;
  const std::scoped_lock guard{mutex_};
  peer_ = Fd{};
  return {.closed = true};
}

// The end of the peer is reported by the next wait().
HostStream::Input SocketStream::read(std::span<uint8_t> into) {
  const ssize_t n = recv(peer_.get(), into.data(), into.size(), MSG_DONTWAIT);
  if (n > 0) return {static_cast<size_t>(n), false};
  lost_ = n == 0 || !would_block();
  return {};
}

}  // namespace mullion
