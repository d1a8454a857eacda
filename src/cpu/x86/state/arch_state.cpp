// Reset of the architectural state.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/state/arch_state.hpp"

namespace mullion::x86 {

// SDM vol. 3 table 10-1, column "power-up / reset".
void ArchState::reset(uint32_t signature) {
  *this = ArchState{};
  gpr[RDX] = signature;
  seg[CS] = Segment{.base = 0xFFFF0000, .limit = 0xFFFF, .selector = 0xF000, .attributes = 0x9B};
  ldtr = Segment{.base = 0, .limit = 0xFFFF, .selector = 0, .attributes = 0x82};
  tr = Segment{.base = 0, .limit = 0xFFFF, .selector = 0, .attributes = 0x8B};
  flags.set_rflags(FixedOne);
}

}  // namespace mullion::x86
