// The x87 register file as MMX and x87 instructions share it.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpu.hpp"

#include <algorithm>

namespace mullion::x86::native {

inline constexpr uint16_t kFswExceptions = 0x3F, kFswStackFault = 0x40, kFswSummary = 0x80, kFswC0 = 0x100, kFswC1 = 0x200,
                          kFswC2 = 0x400, kFswTop = 0x3800, kFswC3 = 0x4000, kFswBusy = 0x8000;

inline bool x87_pending(const Cpu& c) { return (c.st.x87.fsw & kFswSummary) != 0; }

// Before a waiting x87 instruction or an MMX instruction while an unmasked exception is pending (SDM vol. 1 §8.7):
// #MF with CR0.NE set. Without NE a PC's FERR# raises IRQ 13 and IGNNE# lets the instruction go on; the machine has
// no such pin, so it goes on at once.
[[nodiscard]] inline Status x87_wait(Cpu& c) {
  if (x87_pending(c) && (c.st.cr0 & CR0_NE)) [[unlikely]] return c.raise(kMF);
  return Status::Done;
}

// ES and B follow from the exception flags and masks.
inline void x87_summarise(X87State& x) {
  bool const pending = (x.fsw & ~x.fcw & kFswExceptions) != 0;
  x.fsw = uint16_t((x.fsw & ~(kFswSummary | kFswBusy)) | (pending ? kFswSummary | kFswBusy : 0));
}

// What loading an image leaves: FCW, FSW and FIP hold no other bits.
inline void x87_normalise(X87State& x) {
  x.fcw = uint16_t((x.fcw & 0x1F3F) | 0x40);
  x.fop &= 0x7FF;
  x.fip = uint64_t(int64_t(x.fip << 7) >> 7);  // an address of 57 bits, sign-extended
  x.reserved = 0;
  x87_summarise(x);
}

// Changes TOP; the registers keep their physical places.
inline void x87_set_top(X87State& x, unsigned top) {
  std::rotate(x.st.begin(), x.st.begin() + ((top - x.top()) & 7), x.st.end());
  x.fsw = uint16_t((x.fsw & ~kFswTop) | (top << 11));
}

// What an MMX instruction does to the unit: TOP is 0 and every register valid (SDM vol. 1 §9.5.1), so that MMX
// register n is st[n].
inline void x87_enter_mmx(X87State& x) {
  if (x.top() != 0) x87_set_top(x, 0);
  x.ftw = 0xFF;
}

// What FNINIT leaves: the registers' contents stay, their tags say empty.
inline void x87_init(X87State& x) {
  x87_set_top(x, 0);
  x.fcw = 0x37F;
  x.fsw = 0;
  x.ftw = 0;
  x.fop = 0;
  x.fip = 0;
  x.fdp = 0;
}

}  // namespace mullion::x86::native
