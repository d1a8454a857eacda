// Runs a stub under the guest's MXCSR and turns new exception flags into #XM.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/native/plan.hpp"

#include <immintrin.h>

namespace mullion::x86::native {

inline constexpr uint32_t kMxcsrFlags = 0x3F, kMxcsrDaz = 0x40, kMxcsrMasks = 0x1F80, kMxcsrFtz = 0x8000;
inline constexpr uint32_t kMxcsrIe = 1, kMxcsrDe = 2, kMxcsrZe = 4, kMxcsrOe = 8, kMxcsrUe = 16, kMxcsrPe = 32;

struct FpCall {
  Stub stub;
  void* reg;
  void* vvvv;
  void* rm;
  void* extra;
  uint64_t operator()() const { return stub(reg, vvvv, rm, extra); }
};

inline bool all_masked(const Cpu& c) { return (c.st.x87.mxcsr & kMxcsrMasks) == kMxcsrMasks; }

// Runs with `control` (flags clear, all masked); `flags` are those it raised. The host's MXCSR comes back.
inline uint64_t run_with_mxcsr(const FpCall& call, uint32_t control, uint32_t& flags) {
  uint32_t const host = _mm_getcsr();
  _mm_setcsr(control);
  uint64_t const result = call();
  flags = _mm_getcsr() & kMxcsrFlags;
  _mm_setcsr(host);
  return result;
}

// Changing MXCSR's value costs 20-60 ns on Intel's processors, loading the value that it has almost nothing. So the
// guest's flags stay in the host's register, where they harm nobody, and only foreign control bits are taken out.
inline uint64_t run_masked_exceptions(Cpu& c, const FpCall& call) {
  uint32_t const host = _mm_getcsr(), guest = c.st.x87.mxcsr;
  if (host != guest) [[unlikely]] _mm_setcsr(guest);
  uint64_t const result = call();
  c.st.x87.mxcsr = _mm_getcsr();
  if (((host ^ guest) & ~kMxcsrFlags) != 0) [[unlikely]] _mm_setcsr(host);
  return result;
}

// As above with some exception unmasked in the guest. A Fault restores `dest`, the value that the stub writes.
[[nodiscard]] Status run_unmasked_exceptions(Cpu& c, const Insn& i, const Plan& p, const FpCall& call, void* dest,
                                             uint64_t& result);

}  // namespace mullion::x86::native
