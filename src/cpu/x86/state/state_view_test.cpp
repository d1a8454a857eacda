// The lazily fetched state: one call for what is missing, nothing twice, dirty groups back in one call.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/state/state_view.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mullion::x86 {
namespace {

struct Remote final : StateSource {
  bool fetch(StateMask groups, ArchState& into) override {
    fetched.push_back(groups);
    copy_state(groups, state, into);
    return !refuses;
  }
  bool store(StateMask groups, const ArchState& from) override {
    stored.push_back(groups);
    copy_state(groups, from, state);
    return !refuses;
  }
  ArchState state;
  std::vector<StateMask> fetched, stored;
  bool refuses = false;
};

TEST(StateView, fetches_what_is_missing_in_one_call_and_nothing_twice) {
  Remote remote;
  remote.state.gpr[RBX] = 7;
  ArchState st;
  StateView view(st, remote);
  view.seed(kStateRip | kStateFlags);
  EXPECT_TRUE(view.need(kStateRip | state_gpr(RBX) | kStateCr3));
  EXPECT_EQ(st.gpr[RBX], 7u);
  EXPECT_TRUE(view.need(state_gpr(RBX) | kStateCr4));
  EXPECT_TRUE(view.need(state_gpr(RBX) | kStateCr4));
  EXPECT_EQ(remote.fetched, (std::vector<StateMask>{state_gpr(RBX) | kStateCr3, kStateCr4}));
  EXPECT_EQ(view.counters.fetches, 2u);
  EXPECT_EQ(view.counters.groups_fetched, 3u);
}

TEST(StateView, hands_dirty_groups_back_once) {
  Remote remote;
  ArchState st;
  StateView view(st, remote);
  st.gpr[RAX] = 9;
  st.gpr[RCX] = 5;
  view.written(state_gpr(RAX) | kStateRip);
  EXPECT_TRUE(view.need(state_gpr(RAX)));  // written whole: the truth is here
  EXPECT_TRUE(remote.fetched.empty());
  EXPECT_TRUE(view.flush());
  EXPECT_TRUE(view.flush());
  EXPECT_EQ(remote.stored, (std::vector<StateMask>{state_gpr(RAX) | kStateRip}));
  EXPECT_EQ(remote.state.gpr[RAX], 9u);
  EXPECT_EQ(remote.state.gpr[RCX], 0u);
}

TEST(StateView, forgets_when_the_processor_ran) {
  Remote remote;
  ArchState st;
  StateView view(st, remote);
  EXPECT_TRUE(view.need(kStateFlags));
  view.forget();
  EXPECT_TRUE(view.need(kStateFlags));
  EXPECT_EQ(remote.fetched.size(), 2u);
}

TEST(StateView, a_refusal_is_told_and_leaves_the_groups_as_they_were) {
  Remote remote;
  remote.refuses = true;
  ArchState st;
  StateView view(st, remote);
  EXPECT_FALSE(view.need(kStateFlags));
  EXPECT_EQ(view.valid(), 0u);
  view.written(kStateRip);
  EXPECT_FALSE(view.flush());
  EXPECT_EQ(view.dirty(), StateMask{kStateRip});
}

TEST(StateView, every_group_is_copied_alone) {
  ArchState from, to;
  from.x87.mxcsr = 0x1F00;
  from.x87.fcw = 0x300;
  from.zmm[3].bytes.fill(1);
  from.zmm[20].bytes.fill(2);
  copy_state(kStateX87 | kStateAvx, from, to);
  EXPECT_EQ(to.x87.fcw, 0x300);
  EXPECT_EQ(to.x87.mxcsr, 0x1F80u);
  EXPECT_EQ(to.zmm[3].bytes[0], 0);
  EXPECT_EQ(to.zmm[3].bytes[16], 1);
  EXPECT_EQ(to.zmm[3].bytes[32], 0);
  EXPECT_EQ(to.zmm[20].bytes[0], 0);
}

}  // namespace
}  // namespace mullion::x86
