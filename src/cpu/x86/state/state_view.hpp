// An architectural state that lives elsewhere and is fetched group by group as instructions need it.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/state/arch_state.hpp"
#include "cpu/x86/state/groups.hpp"

#include <cstdint>

namespace mullion::x86 {

// Copies the named groups and nothing else.
void copy_state(StateMask groups, const ArchState& from, ArchState& to);

// Where the state lives: a hypervisor's virtual processor. Both are one call for any number of groups; false: the
// hypervisor refused.
class StateSource {
 public:
  virtual bool fetch(StateMask groups, ArchState& into) = 0;
  virtual bool store(StateMask groups, const ArchState& from) = 0;

 protected:
  ~StateSource() = default;
};

// Purpose: which groups of `st` hold the truth (valid) and which the source has yet to hear of (dirty). Nothing is
// fetched twice between two calls of forget(). Thread: the processor's.
class StateView {
 public:
  StateView(ArchState& st, StateSource& source) : st_(st), source_(source) {}

  // What an exit's context already carried was put into `st`.
  void seed(StateMask groups) { valid_ |= groups; }
  // Fetches what is missing, in one call.
  [[nodiscard]] bool need(StateMask groups) {
    StateMask const missing = groups & ~valid_;
    if (missing == 0) return true;
    ++counters.fetches;
    counters.groups_fetched += unsigned(__builtin_popcountll(missing));
    if (!source_.fetch(missing, st_)) return false;
    valid_ |= missing;
    return true;
  }
  // `st` was written to; whole groups that were not fetched count as written whole.
  void written(StateMask groups) {
    valid_ |= groups;
    dirty_ |= groups;
  }
  // Hands the dirty groups to the source, in one call; they stay valid.
  [[nodiscard]] bool flush() {
    if (dirty_ == 0) return true;
    ++counters.stores;
    counters.groups_stored += unsigned(__builtin_popcountll(dirty_));
    if (!source_.store(dirty_, st_)) return false;
    dirty_ = 0;
    return true;
  }
  // The processor ran: nothing is known any more.
  void forget() { valid_ = dirty_ = 0; }

  StateMask valid() const { return valid_; }
  StateMask dirty() const { return dirty_; }

  struct Counters {
    uint64_t fetches = 0, groups_fetched = 0;
    uint64_t stores = 0, groups_stored = 0;
  };
  Counters counters;

 private:
  ArchState& st_;
  StateSource& source_;
  StateMask valid_ = 0;
  StateMask dirty_ = 0;
};

}  // namespace mullion::x86
