// The chardev backends and how to open them.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "chardev/chardev.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace mullion {

// What backends need of their machine. Both outlive every chardev. Chardevs are destroyed without the
// machine lock held: their threads may be waiting for it.
struct ChardevHost {
  MachineLock& lock;
  // Ctrl-a x in a multiplexed stdio. Called on the chardev's thread with the machine lock held.
  std::function<void()> quit;
};

// Swallows output, never gives input.
std::unique_ptr<Chardev> make_null_chardev();

// Output goes to the file, which is created or, unless `append`, emptied. No input.
Result<std::unique_ptr<Chardev>> open_file_chardev(const std::string& path, bool append);

struct StdioChardevConfig {
  bool signal = true;  // Ctrl-C ends Mullion; off: the guest gets it
  bool mux = false;    // Ctrl-a commands: x quit, h help, c monitor, b break, Ctrl-a itself
};
// The terminal is raw until the chardev is destroyed, the process exits or a fatal signal comes.
// Also works on pipes and files; at the end of input output goes on. One at a time in a process.
Result<std::unique_ptr<Chardev>> open_stdio_chardev(ChardevHost& host, const StdioChardevConfig& config);

// A pseudo-terminal; `name` gets its path. Not on Windows: an error that says so.
Result<std::unique_ptr<Chardev>> open_pty_chardev(ChardevHost& host, std::string& name);

struct SocketChardevConfig {
  std::string path{};     // a Unix socket; or
  std::string address{};  // host name or address, with
  uint16_t port = 0;
  bool server = false;
  bool wait = true;  // server: the first client must come before the call returns
};
// Server: one client at a time; the guest sees carrier come and go. Without a client output is dropped.
Result<std::unique_ptr<Chardev>> open_socket_chardev(ChardevHost& host, const SocketChardevConfig& config);

// Puts the terminal back as it was, if a stdio chardev changed it. Safe in a signal handler and twice.
void restore_terminal();

}  // namespace mullion
