// From one block to the next.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/interp/block_cache.hpp"

namespace mullion::x86::interp {

// Whether the run loop has to look up before the next block.
inline bool attention_wanted(const Cpu& c) {
  return (c.attention.load(std::memory_order_relaxed) & ~c.attention_held) != 0;
}

// Outside 64-bit code a block may reach beyond the segment's limit: it is stepped then.
inline bool beyond_limit(const Cpu& c, const Block& b) {
  return !c.code64() && c.st.rip + b.bytes - 1u > c.st.seg[CS].limit;
}

// Runs the built record r[0] alone; r[1] is room for what ends it. gpr[kRipReg] is the instruction's address.
Status run_alone(Cpu& c, isa::Record* r);

// Goes on in the block at ArchState::rip, or returns to the run loop; the second form notes the block in r->link.
void enter(Cpu& c, const isa::Record* r);
void enter_and_link(Cpu& c, const isa::Record* r);

}  // namespace mullion::x86::interp
