// Timers: order, cancelling, rearming; the host's timer thread; pausing.
// SPDX-License-Identifier: Apache-2.0
#include "base/host_timers.hpp"
#include "support/fake_clock.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <random>
#include <string>

namespace mullion {
namespace {

TEST(FakeClock, timers_fire_in_order_at_their_deadline) {
  FakeClock clock;
  std::string log;
  Timer b{clock, [&] { log += "b" + std::to_string(clock.now_ns()); }};
  Timer a{clock, [&] { log += "a" + std::to_string(clock.now_ns()); }};
  b.arm_at(20);
  a.arm_at(10);
  clock.advance(15);
  EXPECT_EQ(log, "a10");
  EXPECT_FALSE(a.armed());
  EXPECT_TRUE(b.armed());
  clock.advance(15);
  EXPECT_EQ(log, "a10b20");
  EXPECT_EQ(clock.now_ns(), 30u);
}

TEST(FakeClock, a_callback_may_arm_its_timer_again) {
  FakeClock clock;
  int fired = 0;
  std::unique_ptr<Timer> t;
  t = std::make_unique<Timer>(clock, [&] {
    ++fired;
    t->arm_at(t->deadline_ns() + 10);
  });
  t->arm_at(10);
  clock.advance(100);
  EXPECT_EQ(fired, 10);
}

TEST(TimerQueue, random_arming_and_cancelling_keeps_the_order) {
  FakeClock clock;
  std::mt19937 random{1};
  std::vector<std::unique_ptr<Timer>> timers;
  uint64_t last = 0;
  for (int i = 0; i < 50; ++i) {
    timers.push_back(std::make_unique<Timer>(clock, [&] {
      EXPECT_GE(clock.now_ns(), last);
      last = clock.now_ns();
    }));
  }
  for (int i = 0; i < 20'000; ++i) {
    Timer& t = *timers[random() % timers.size()];
    if (random() % 3 == 0) {
      t.cancel();
    } else {
      t.arm_at(clock.now_ns() + random() % 1000);
    }
    if (i % 7 == 0) clock.advance(random() % 100);
    if (i % 1000 == 0) timers[random() % timers.size()] = std::make_unique<Timer>(clock, [] {});
  }
  timers.clear();
  EXPECT_TRUE(clock.idle());
}

class HostTimersTest : public testing::Test {
 protected:
  bool wait_for(const std::atomic<int>& value, int wanted) {
    for (int i = 0; i < 5000 && value < wanted; ++i) std::this_thread::sleep_for(std::chrono::milliseconds{1});
    return value >= wanted;
  }
  MachineLock lock_;
  HostTimers timers_{lock_};
};

TEST_F(HostTimersTest, time_stands_still_until_resumed_and_while_paused) {
  EXPECT_EQ(timers_.now_ns(), 0u);
  timers_.resume();
  std::this_thread::sleep_for(std::chrono::milliseconds{2});
  EXPECT_GE(timers_.now_ns(), 2'000'000u);
  timers_.pause();
  const uint64_t stopped = timers_.now_ns();
  std::this_thread::sleep_for(std::chrono::milliseconds{2});
  EXPECT_EQ(timers_.now_ns(), stopped);
  timers_.set_now_ns(uint64_t{1} << 62);
  timers_.resume();
  EXPECT_GE(timers_.now_ns(), uint64_t{1} << 62);
}

TEST_F(HostTimersTest, callbacks_come_with_the_machine_lock_held) {
  std::atomic<int> fired{0};
  std::unique_ptr<Timer> t;
  {
    const std::scoped_lock guard{lock_};
    t = std::make_unique<Timer>(timers_, [&] {
      std::thread probe{[&] { EXPECT_FALSE(lock_.try_lock()); }};
      probe.join();
      ++fired;
    });
    t->arm_at(1'000'000);
  }
  timers_.resume();
  EXPECT_TRUE(wait_for(fired, 1));
  EXPECT_GE(timers_.now_ns(), 1'000'000u);
  const std::scoped_lock guard{lock_};
  t.reset();
}

TEST_F(HostTimersTest, a_paused_machine_fires_nothing) {
  std::atomic<int> fired{0};
  std::unique_ptr<Timer> t;
  {
    const std::scoped_lock guard{lock_};
    t = std::make_unique<Timer>(timers_, [&] { ++fired; });
    t->arm_at(0);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds{5});
  EXPECT_EQ(fired, 0);
  timers_.resume();
  EXPECT_TRUE(wait_for(fired, 1));
  const std::scoped_lock guard{lock_};
  t.reset();
}

}  // namespace
}  // namespace mullion
