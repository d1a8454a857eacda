// Host streams on file descriptors: terminals, pipes, pseudo-terminals, sockets.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "chardev/host_stream.hpp"

#include <atomic>
#include <mutex>
#include <string>
#include <utility>

namespace mullion {

// Owns a descriptor.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

// Interrupts a poll().
class WakeFd {
 public:
  WakeFd();
  void wake();
  void drain();
  int get() const { return fd_.get(); }

 private:
  Fd fd_;
};

// Two descriptors that it does not own and whose flags it leaves alone: they are shared with the shell.
class BorrowedStream : public HostStream {
 public:
  BorrowedStream(int in, int out) : in_(in), out_(out) {}
  size_t write(std::span<const uint8_t> bytes) override;
  Ready wait(bool want_input, bool want_output) override;
  Input read(std::span<uint8_t> into) override;
  void wake() override { wake_.wake(); }

 private:
  int in_;
  int out_;
  WakeFd wake_;
};

// The master of a pseudo-terminal. While nobody has the slave open output is dropped.
class PtyStream final : public HostStream {
 public:
  explicit PtyStream(Fd master) : master_(std::move(master)) {}
  size_t write(std::span<const uint8_t> bytes) override;
  Ready wait(bool want_input, bool want_output) override;
  Input read(std::span<uint8_t> into) override;
  void wake() override { wake_.wake(); }

 private:
  Fd master_;
  WakeFd wake_;
  std::atomic<bool> open_{false};
};

// A connected socket, or one that listens and takes one peer at a time.
class SocketStream final : public HostStream {
 public:
  // `path`: a Unix socket's file, removed at the end; else empty.
  SocketStream(Fd listener, Fd peer, std::string path)
      : listener_(std::move(listener)), peer_(std::move(peer)), path_(std::move(path)) {}
  ~SocketStream() override;
  size_t write(std::span<const uint8_t> bytes) override;
  Ready wait(bool want_input, bool want_output) override;
  Input read(std::span<uint8_t> into) override;
  void wake() override { wake_.wake(); }

 private:
  Ready drop_peer();

  Fd listener_;
  std::mutex mutex_;  // of peer_: the thread replaces it, write() uses it
  Fd peer_;
  std::string path_;
  WakeFd wake_;
  bool lost_ = false;  // the thread read the end of the peer
};

}  // namespace mullion
