// Copies of state by groups.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/state/state_view.hpp"

#include <cstring>

namespace mullion::x86 {

namespace {

void copy_vectors(StateMask groups, const ArchState& from, ArchState& to) {
  struct Part {
    StateMask group;
    unsigned first, last, at, size;
  };
  constexpr Part kParts[] = {{kStateSse, 0, 15, 0, 16},
                             {kStateAvx, 0, 15, 16, 16},
                             {kStateAvx512, 0, 15, 32, 32},
                             {kStateAvx512, 16, 31, 0, 64}};
  for (Part const& p : kParts) {
    if (!(groups & p.group)) continue;
    for (unsigned n = p.first; n <= p.last; ++n)
      std::memcpy(to.zmm[n].bytes.data() + p.at, from.zmm[n].bytes.data() + p.at, p.size);
  }
}

}  // namespace

void copy_state(StateMask groups, const ArchState& from, ArchState& to) {
  for (unsigned n = 0; n < 16; ++n)
    if (groups & state_gpr(n)) to.gpr[n] = from.gpr[n];
  for (unsigned n = 0; n < 6; ++n)
    if (groups & state_segment(n)) to.seg[n] = from.seg[n];
  if (groups & kStateRip) to.rip = from.rip;
  if (groups & kStateFlags) to.flags = from.flags;
  if (groups & kStateSs) to.cpl = from.cpl;
  if (groups & kStateLdtr) to.ldtr = from.ldtr;
  if (groups & kStateTr) to.tr = from.tr;
  if (groups & kStateGdtr) to.gdtr = from.gdtr;
  if (groups & kStateIdtr) to.idtr = from.idtr;
  if (groups & kStateCr0) to.cr0 = from.cr0;
  if (groups & kStateCr2) to.cr2 = from.cr2;
  if (groups & kStateCr3) to.cr3 = from.cr3, to.pdpte = from.pdpte;
  if (groups & kStateCr4) to.cr4 = from.cr4;
  if (groups & kStateCr8) to.cr8 = from.cr8;
  if (groups & kStateEfer) to.efer = from.efer;
  if (groups & kStateDr) to.dr = from.dr;
  if (groups & kStateX87) {
    uint32_t const mxcsr = to.x87.mxcsr;
    to.x87 = from.x87;
    to.x87.mxcsr = mxcsr;
  }
  copy_vectors(groups, from, to);
  if (groups & kStateOpmask) to.k = from.k;
  if (groups & kStateMxcsr) to.x87.mxcsr = from.x87.mxcsr;
  if (groups & kStateXcr0) to.xcr0 = from.xcr0;
  if (groups & kStatePkru) to.pkru = from.pkru;
  if (groups & kStateMsrs) to.msr = from.msr;
  if (groups & kStateActivity) {
    to.activity = from.activity;
    to.interrupt_shadow = from.interrupt_shadow;
    to.mov_ss_shadow = from.mov_ss_shadow;
    to.nmi_blocked = from.nmi_blocked;
    to.smm = from.smm;
  }
}

}  // namespace mullion::x86
