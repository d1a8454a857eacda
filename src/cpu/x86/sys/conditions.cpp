// Conditions of forms: when they hold and what they raise.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/conditions.hpp"

namespace mullion::x86 {
namespace {

constexpr uint64_t kAvxState = XCR0_SSE | XCR0_AVX;
constexpr uint64_t kAvx512State = kAvxState | XCR0_OPMASK | XCR0_ZMM_HI256 | XCR0_HI16_ZMM;

bool vex_mode(const Cpu& c) { return c.protected_mode() && !c.v86(); }
bool xcr0_has(const Cpu& c, uint64_t bits) { return (c.st.cr4 & CR4_OSXSAVE) && (c.st.xcr0 & bits) == bits; }

// Of the unmet conditions, those for which the reason is #UD and not #NM (SDM vol. 2 §2.4, vol. 3 table 2-2).
bool undefined_opcode(const Cpu& c, ConditionMask unmet) {
  using namespace isa;
  if (unmet & (kNeedsProtected | kNeedsXsave | kNeedsLongMode | kNeedsVecGpr)) return true;
  if ((unmet & (kNeedsMmx | kNeedsSse)) && (c.st.cr0 & CR0_EM)) return true;
  if ((unmet & kNeedsSse) && !(c.st.cr4 & CR4_OSFXSR)) return true;
  if ((unmet & kNeedsAvx) && !(vex_mode(c) && xcr0_has(c, kAvxState))) return true;
  return (unmet & (kNeedsAvx512 | kNeedsOpmask)) && !(vex_mode(c) && xcr0_has(c, kAvx512State));
}

}  // namespace

ConditionMask unmet_conditions(const Cpu& c) {
  using namespace isa;
  ArchState const& st = c.st;
  bool const em = st.cr0 & CR0_EM, ts = st.cr0 & CR0_TS;
  ConditionMask unmet = 0;
  if (st.cpl != 0) unmet |= kNeedsCpl0;
  if (!vex_mode(c)) unmet |= kNeedsProtected | kNeedsVecGpr;
  if (em || ts) unmet |= kNeedsX87 | kNeedsMmx | kNeedsSse;
  if (ts && (st.cr0 & CR0_MP)) unmet |= kNeedsWait;
  if (!(st.cr4 & CR4_OSFXSR)) unmet |= kNeedsSse;
  if (ts || !vex_mode(c) || !xcr0_has(c, kAvxState)) unmet |= kNeedsAvx;
  if (ts || !vex_mode(c) || !xcr0_has(c, kAvx512State)) unmet |= kNeedsAvx512 | kNeedsOpmask;
  if (!(st.cr4 & CR4_OSXSAVE)) unmet |= kNeedsXsave;
  if ((st.cr4 & CR4_UMIP) && st.cpl != 0) unmet |= kNeedsUmip;
  if (!c.long_mode()) unmet |= kNeedsLongMode;
  if (ts) unmet |= kNeedsTs0;
  return unmet;
}

Status refuse(Cpu& c, ConditionMask unmet) {
  using namespace isa;
  if (undefined_opcode(c, unmet)) return c.raise(kUD);
  if (unmet & ~ConditionMask{kNeedsCpl0 | kNeedsUmip}) return c.raise(kNM);
  return c.raise(kGP, 0);
}

}  // namespace mullion::x86
