// Streams on real descriptors: pipes, pseudo-terminals, sockets.
// SPDX-License-Identifier: Apache-2.0
#include "chardev/sys/linux/fd_stream.hpp"

#include "chardev/backends.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <string>
#include <thread>

namespace mullion {
namespace {

std::span<const uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

class Client final : public ChardevClient {
 public:
  size_t chardev_room() override { return 100; }
  void chardev_receive(std::span<const uint8_t> bytes) override { in.append(bytes.begin(), bytes.end()); }
  void chardev_event(ChardevEvent event) override { events += event == ChardevEvent::opened ? '+' : '-'; }
  std::string in;
  std::string events;
};

class BackendTest : public testing::Test {
 protected:
  template <class Condition>
  bool eventually(Condition condition) {
    for (int i = 0; i < 5000; ++i) {
      {
        const std::scoped_lock guard{lock_};
        if (condition()) return true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return false;
  }
  void attach(Chardev& chardev) {
    const std::scoped_lock guard{lock_};
    chardev.attach(&client_);
  }
  void write(Chardev& chardev, const std::string& text) {
    const std::scoped_lock guard{lock_};
    chardev.write(bytes_of(text));
  }
  static std::string read_some(int fd) {
    char buffer[100];
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    return std::string(buffer, n > 0 ? static_cast<size_t>(n) : 0);
  }

  MachineLock lock_;
  ChardevHost host_{lock_, {}};
  Client client_;
};

TEST(BorrowedStream, a_full_pipe_refuses_instead_of_blocking) {
  int in[2];
  int out[2];
  ASSERT_EQ(pipe(in), 0);
  ASSERT_EQ(pipe(out), 0);
  const Fd ends[] = {Fd{in[0]}, Fd{in[1]}, Fd{out[0]}, Fd{out[1]}};
  BorrowedStream stream{in[0], out[1]};
  const std::string block(4096, 'x');
  size_t total = 0;
  while (size_t n = stream.write(bytes_of(block))) total += n;
  EXPECT_GT(total, 4095u);
  char sink[65536];
  ASSERT_GT(::read(out[0], sink, sizeof sink), 0);
  EXPECT_TRUE(stream.wait(false, true).writable);
  EXPECT_GT(stream.write(bytes_of(block)), 0u);
  ASSERT_EQ(::write(in[1], "hi", 2), 2);
  EXPECT_TRUE(stream.wait(true, false).input);
  uint8_t got[10];
  EXPECT_EQ(stream.read(got).size, 2u);
}

TEST_F(BackendTest, a_pseudo_terminal_carries_both_ways_and_reports_who_holds_it) {
  std::string name;
  auto pty = open_pty_chardev(host_, name);
  if (!pty) GTEST_SKIP() << pty.error().message;
  attach(**pty);
  write(**pty, std::string(100'000, 'x'));  // nobody there: dropped
  {
    const Fd slave{open(name.c_str(), O_RDWR | O_NOCTTY)};
    ASSERT_TRUE(slave.valid());
    EXPECT_TRUE(eventually([&] { return client_.events == "+"; }));
    write(**pty, "login: ");
    EXPECT_EQ(read_some(slave.get()), "login: ");
    ASSERT_EQ(::write(slave.get(), "root\r", 5), 5);
    EXPECT_TRUE(eventually([&] { return client_.in == "root\r"; }));
  }
  EXPECT_TRUE(eventually([&] { return client_.events == "+-"; }));
}

TEST_F(BackendTest, a_socket_server_takes_one_client_after_the_other) {
  const std::string path = testing::TempDir() + "mullion_socket_test";
  auto server = open_socket_chardev(host_, {.path = path, .server = true, .wait = false});
  ASSERT_TRUE(server) << server.error().message;
  attach(**server);
  write(**server, "dropped");
  for (int round = 0; round < 2; ++round) {
    const Fd peer{socket(AF_UNIX, SOCK_STREAM, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size());
    ASSERT_EQ(connect(peer.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const size_t events = static_cast<size_t>(round) * 2 + 1;
    EXPECT_TRUE(eventually([&] { return client_.events.size() == events; })) << client_.events;
    write(**server, "hello");
    EXPECT_EQ(read_some(peer.get()), "hello");
    ASSERT_EQ(::write(peer.get(), "x", 1), 1);
    EXPECT_TRUE(eventually([&] { return client_.in.size() == static_cast<size_t>(round) + 1; }));
  }
  EXPECT_TRUE(eventually([&] { return client_.events == "+-+-"; })) << client_.events;
  server->reset();
  EXPECT_NE(access(path.c_str(), F_OK), 0);
}

TEST_F(BackendTest, a_socket_without_a_server_is_an_error_with_a_question) {
  const auto client = open_socket_chardev(host_, {.path = "/no-such-folder/socket"});
  ASSERT_FALSE(client);
  EXPECT_NE(client.error().message.find("running?"), std::string::npos);
}

TEST_F(BackendTest, stdio_can_be_used_once) {
  auto first = open_stdio_chardev(host_, {.signal = true, .mux = false});
  ASSERT_TRUE(first);
  EXPECT_FALSE(open_stdio_chardev(host_, {}));
  first->reset();
  EXPECT_TRUE(open_stdio_chardev(host_, {}));
}

}  // namespace
}  // namespace mullion
