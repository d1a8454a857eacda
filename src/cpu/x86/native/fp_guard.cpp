// Unmasked SIMD floating-point exceptions (SDM vol. 1 §11.5, vol. 2 §2.8).
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/native/fp_guard.hpp"

#include <cstring>

namespace mullion::x86::native {
namespace {

// Whether a result holds a denormal half-precision number. FP16 arithmetic ignores FTZ, so it cannot be made to
// report an exact tiny result by setting FTZ.
bool has_tiny_half(const Vec& value, unsigned halves, uint64_t selected) {
  for (unsigned n = 0; n < halves; ++n) {
    uint16_t const h = uint16_t(value.bytes[2 * n] | (value.bytes[2 * n + 1] << 8));
    if (((selected >> n) & 1) && (h & 0x7C00) == 0 && (h & 0x3FF) != 0) return true;
  }
  return false;
}

// The halves that the instruction computes.
uint64_t computed_halves(const Cpu& c, const Insn& i) {
  uint64_t const mask = (i.evex & kEvexMask) ? c.st.k[i.evex & kEvexMask] : ~uint64_t{0};
  return isa::form(i.form).mnemonic.ends_with("SH") ? mask & 1 : mask;
}

}  // namespace

Status run_unmasked_exceptions(Cpu& c, const Insn& i, const Plan& p, const FpCall& call, void* dest, uint64_t& result) {
  uint32_t const guest = c.st.x87.mxcsr;
  uint32_t const control = (guest & ~kMxcsrFlags) | kMxcsrMasks;
  Vec before;
  if (dest != nullptr) std::memcpy(&before, dest, p.dest_size);
  uint32_t flags;
  // {er} and {sae} act as if everything were masked; approximations raise nothing, and complex products of halves
  // set their flags but do not fault on the processors that have them.
  std::string_view const mnemonic = isa::form(i.form).mnemonic;
  bool const complex = mnemonic.ends_with("CPH") || mnemonic.ends_with("CSH");
  bool const suppressed = ((i.evex & kEvexB) && !i.mem()) || complex || mnemonic.starts_with("VRCP") || mnemonic.starts_with("VRSQRT");
  // VREDUCE knows no underflow, and FTZ acts on it always.
  bool const underflow_unmasked = !(guest & (kMxcsrUe << 7)) && !suppressed && !mnemonic.starts_with("VREDUCE");
  // FTZ acts only while underflow is masked.
  result = run_with_mxcsr(call, underflow_unmasked ? control & ~kMxcsrFtz : control, flags);
  if (underflow_unmasked && !(flags & kMxcsrUe)) {
    // A tiny result raises an unmasked underflow even when it is exact; masked, only FTZ makes the processor say so.
    Vec after;
    if (dest != nullptr) std::memcpy(&after, dest, p.dest_size);
    if (p.half_results) {
      if (has_tiny_half(after, i.mem() && dest == call.rm ? p.mem_size / 2 : 32, computed_halves(c, i))) flags |= kMxcsrUe;
    } else if (dest != nullptr) {
      uint32_t probe;
      std::memcpy(dest, &before, p.dest_size);
      run_with_mxcsr(call, control | kMxcsrFtz, probe);
      flags |= probe & kMxcsrUe;
      std::memcpy(dest, &after, p.dest_size);
    }
  }
  uint32_t const unmasked = suppressed ? 0 : ~(guest >> 7) & kMxcsrFlags;
  constexpr uint32_t kBefore = kMxcsrIe | kMxcsrDe | kMxcsrZe;
  // What is found before the computation keeps the computation from being made.
  if (flags & unmasked & kBefore) flags &= kBefore;
  c.st.x87.mxcsr = guest | flags;
  if ((flags & unmasked) == 0) return Status::Done;
  if (dest != nullptr) std::memcpy(dest, &before, p.dest_size);
  return c.raise((c.st.cr4 & CR4_OSXMMEXCPT) ? kXM : kUD);
}

}  // namespace mullion::x86::native
