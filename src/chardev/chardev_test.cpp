// Ctrl-a commands, back-pressure, file and null.
// SPDX-License-Identifier: Apache-2.0
#include "chardev/backends.hpp"
#include "chardev/escape_mux.hpp"
#include "chardev/stream_chardev.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>

namespace mullion {
namespace {

using Action = EscapeMux::Action;

TEST(EscapeMux, ordinary_bytes_pass) {
  EscapeMux mux;
  EXPECT_EQ(mux.feed('x').byte, 'x');
  EXPECT_EQ(mux.feed(0).byte, 0);
}

TEST(EscapeMux, commands_after_ctrl_a) {
  EscapeMux mux;
  const std::pair<uint8_t, Action> commands[] = {
      {'x', Action::quit}, {'h', Action::help}, {'c', Action::monitor}, {'b', Action::send_break}, {'z', Action::none}};
  for (const auto& [key, action] : commands) {
    EXPECT_FALSE(mux.feed(1).byte);
    const auto answer = mux.feed(key);
    EXPECT_FALSE(answer.byte);
    EXPECT_EQ(answer.action, action);
  }
  EXPECT_FALSE(mux.feed(1).byte);
  EXPECT_EQ(mux.feed(1).byte, 1);
  EXPECT_EQ(mux.feed('x').byte, 'x');
}

TEST(FileChardev, output_is_in_the_file_at_once) {
  const std::string path = testing::TempDir() + "mullion_file_chardev.txt";
  const auto text = [&] {
    std::ifstream in{path};
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
  };
  const uint8_t bytes[] = {'a', 'b'};
  {
    auto file = open_file_chardev(path, false);
    ASSERT_TRUE(file);
    EXPECT_EQ((*file)->write(bytes), 2u);
    EXPECT_EQ(text(), "ab");
  }
  auto more = open_file_chardev(path, true);
  (*more)->write(bytes);
  EXPECT_EQ(text(), "abab");
  std::remove(path.c_str());
}

TEST(FileChardev, a_file_that_cannot_be_opened_is_named) {
  const auto file = open_file_chardev("/no-such-folder/serial.txt", false);
  ASSERT_FALSE(file);
  EXPECT_NE(file.error().message.find("/no-such-folder/serial.txt"), std::string::npos);
}

TEST(NullChardev, takes_everything) {
  const auto null = make_null_chardev();
  const uint8_t bytes[10] = {};
  EXPECT_EQ(null->write(bytes), 10u);
}

// A stream in memory; `limit` is how much it takes before it is full.
class FakeStream final : public HostStream {
 public:
  size_t write(std::span<const uint8_t> bytes) override {
    const std::scoped_lock guard{mutex_};
    const size_t n = std::min(bytes.size(), limit_);
    limit_ -= n;
    out_.append(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
    return n;
  }
  Ready wait(bool want_input, bool want_output) override {
    std::unique_lock lock{mutex_};
    const auto input = [&] { return want_input && (!in_.empty() || end_); };
    const auto output = [&] { return want_output && limit_ != 0; };
    changed_.wait(lock, [&] { return awake_ || input() || output(); });
    awake_ = false;
    return {.input = input(), .writable = output()};
  }
  Input read(std::span<uint8_t> into) override {
    const std::scoped_lock guard{mutex_};
    const size_t n = std::min(into.size(), in_.size());
    std::copy_n(in_.begin(), n, into.begin());
    in_.erase(0, n);
    return {n, n == 0 && end_};
  }
  void wake() override { change([&] { awake_ = true; }); }
  void type(const std::string& text) { change([&] { in_ += text; }); }
  void end() { change([&] { end_ = true; }); }
  void allow(size_t n) { change([&] { limit_ = n; }); }
  std::string out() {
    const std::scoped_lock guard{mutex_};
    return out_;
  }

 private:
  template <class Change>
  void change(Change what) {
    const std::scoped_lock guard{mutex_};
    what();
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string in_;
  std::string out_;
  size_t limit_ = ~size_t{0};
  bool awake_ = false;
  bool end_ = false;
};

class FakeClient final : public ChardevClient {
 public:
  size_t chardev_room() override { return room; }
  void chardev_receive(std::span<const uint8_t> bytes) override {
    EXPECT_LE(bytes.size(), room);
    room -= bytes.size();
    in.append(bytes.begin(), bytes.end());
  }
  void chardev_event(ChardevEvent event) override { breaks += event == ChardevEvent::send_break ? 1 : 0; }
  void chardev_writable() override { ++writable; }
  size_t room = 1000;
  std::string in;
  int breaks = 0;
  int writable = 0;
};

class StreamChardevTest : public testing::TestWithParam<bool> {
 protected:
  void open(bool mux) {
    auto stream = std::make_unique<FakeStream>();
    stream_ = stream.get();
    chardev_ = std::make_unique<StreamChardev>(host_, std::move(stream), mux);
    const std::scoped_lock guard{lock_};
    chardev_->attach(&client_);
  }
  // True once `condition`, looked at under the machine lock, holds.
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
  size_t write(const std::string& text) {
    const std::scoped_lock guard{lock_};
    const std::vector<uint8_t> bytes(text.begin(), text.end());
    return chardev_->write(bytes);
  }

  MachineLock lock_;
  int quits_ = 0;
  ChardevHost host_{lock_, [this] { ++quits_; }};
  FakeClient client_;
  FakeStream* stream_ = nullptr;
  std::unique_ptr<StreamChardev> chardev_;
};

TEST_F(StreamChardevTest, input_waits_for_room) {
  open(false);
  {
    const std::scoped_lock guard{lock_};
    client_.room = 3;
  }
  stream_->type("hello");
  EXPECT_TRUE(eventually([&] { return client_.in == "hel"; }));
  {
    const std::scoped_lock guard{lock_};
    client_.room = 100;
    chardev_->input_wanted();
  }
  EXPECT_TRUE(eventually([&] { return client_.in == "hello"; }));
}

TEST_F(StreamChardevTest, output_that_was_refused_may_be_tried_again) {
  open(false);
  stream_->allow(3);
  EXPECT_EQ(write("hello"), 3u);
  EXPECT_EQ(write("lo"), 0u);
  stream_->allow(100);
  EXPECT_TRUE(eventually([&] { return client_.writable > 0; }));
  EXPECT_EQ(write("lo"), 2u);
  EXPECT_EQ(stream_->out(), "hello");
}

TEST_F(StreamChardevTest, ctrl_a_x_is_seen_while_the_guest_takes_nothing) {
  open(true);
  {
    const std::scoped_lock guard{lock_};
    client_.room = 0;
  }
  stream_->type(std::string(10'000, 'z'));
  stream_->type("\x01x");
  EXPECT_TRUE(eventually([&] { return quits_ == 1; }));
  EXPECT_NE(stream_->out().find("terminated"), std::string::npos);
}

TEST_F(StreamChardevTest, help_monitor_and_break) {
  open(true);
  stream_->type("a\x01h\x01" "c\x01" "b\x01\x01z");
  EXPECT_TRUE(eventually([&] { return client_.in == "a\x01z" && client_.breaks == 1; }));
  EXPECT_NE(stream_->out().find("C-a x    exit"), std::string::npos);
  EXPECT_NE(stream_->out().find("no monitor"), std::string::npos);
}

TEST_F(StreamChardevTest, output_goes_on_after_the_end_of_input) {
  open(true);
  stream_->type("x");
  stream_->end();
  EXPECT_TRUE(eventually([&] { return client_.in == "x"; }));
  EXPECT_EQ(write("still here"), 10u);
}

TEST_F(StreamChardevTest, it_closes_while_its_thread_waits_for_the_machine_lock) {
  open(false);
  stream_->type("x");
  std::thread busy{[&] {
    const std::scoped_lock guard{lock_};
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }};
  chardev_.reset();
  busy.join();
}

}  // namespace
}  // namespace mullion
