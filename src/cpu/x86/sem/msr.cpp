// Model-specific registers, time stamps, CPUID, XCR0, PKRU, MONITOR and MWAIT.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/msr.hpp"

#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/cpuid/xsave_layout.hpp"
#include "cpu/x86/intercepts.hpp"
#include "cpu/x86/sem/operands.hpp"
#include "cpu/x86/sem/xsave.hpp"
#include "cpu/x86/sys/local_apic.hpp"

namespace mullion::x86::sem {
namespace {

void set_edx_eax(Cpu& c, u64 v) {
  c.st.gpr[RAX] = u32(v);
  c.st.gpr[RDX] = v >> 32;
}
u64 edx_eax(const Cpu& c) { return (c.st.gpr[RDX] << 32) | u32(c.st.gpr[RAX]); }
u32 ecx(const Cpu& c) { return u32(c.st.gpr[RCX]); }

bool time_stamp_allowed(const Cpu& c) { return c.st.cpl == 0 || (c.st.cr4 & CR4_TSD) == 0; }

// XINUSE; MXCSR counts as SSE here (SDM vol. 2, XGETBV).
u64 xinuse(const Cpu& c) {
  u64 used = c.st.x87.mxcsr != 0x1F80 ? u64{XCR0_SSE} : 0;
  for (unsigned n = 0; n < kXsaveComponents.size(); ++n)
    if (((c.st.xcr0 >> n) & 1) && xsave_in_use(c, n)) used |= u64{1} << n;
  return used;
}

// SDM vol. 1 §13.3: each state needs those below it.
bool valid_xcr0(const Cpu& c, u64 v) {
  constexpr u64 kAvx512 = XCR0_OPMASK | XCR0_ZMM_HI256 | XCR0_HI16_ZMM;
  if ((v & ~c.model.xcr0_valid()) != 0 || (v & XCR0_X87) == 0) return false;
  if ((v & XCR0_AVX) != 0 && (v & XCR0_SSE) == 0) return false;
  return (v & kAvx512) == 0 || ((v & kAvx512) == kAvx512 && (v & XCR0_AVX) != 0);
}

}  // namespace

// RDMSR
Status rdmsr(Cpu& c, const Insn&) {
  u64 v = 0;
  std::optional<Status> answer;
  if (c.intercepts != nullptr) [[unlikely]] answer = c.intercepts->read_msr(ecx(c), v);
  MULLION_TRY(answer ? *answer : read_msr(c, ecx(c), v));
  set_edx_eax(c, v);
  return Status::Done;
}

// WRMSR
Status wrmsr(Cpu& c, const Insn&) {
  std::optional<Status> answer;
  if (c.intercepts != nullptr) [[unlikely]] answer = c.intercepts->write_msr(ecx(c), edx_eax(c));
  MULLION_TRY(answer ? *answer : write_msr(c, ecx(c), edx_eax(c)));
  return Status::BlockEnd;
}

// RDTSC
Status rdtsc(Cpu& c, const Insn&) {
  if (!time_stamp_allowed(c)) return c.raise(kGP, 0);
  set_edx_eax(c, c.tsc());
  return Status::Done;
}

// RDTSCP
Status rdtscp(Cpu& c, const Insn&) {
  if (!time_stamp_allowed(c)) return c.raise(kGP, 0);
  set_edx_eax(c, c.tsc());
  c.st.gpr[RCX] = u32(c.st.msr.tsc_aux);
  return Status::Done;
}

// RDPMC: there are no counters, so every index is invalid.
Status rdpmc(Cpu& c, const Insn&) { return c.raise(kGP, 0); }

// CPUID
Status cpuid(Cpu& c, const Insn&) {
  CpuidResult r = c.model.cpuid(u32(c.st.gpr[RAX]), ecx(c), c.st, c.apic->id());
  if (c.intercepts != nullptr) [[unlikely]] MULLION_TRY(c.intercepts->cpuid(u32(c.st.gpr[RAX]), ecx(c), r));
  c.st.gpr[RAX] = r.eax;
  c.st.gpr[RBX] = r.ebx;
  c.st.gpr[RCX] = r.ecx;
  c.st.gpr[RDX] = r.edx;
  return Status::Done;
}

// XGETBV
Status xgetbv(Cpu& c, const Insn&) {
  u32 const index = ecx(c);
  if (index > 1 || (index == 1 && !c.model.has(Feature::XGETBV1))) return c.raise(kGP, 0);
  set_edx_eax(c, index == 0 ? c.st.xcr0 : c.st.xcr0 & xinuse(c));
  return Status::Done;
}

// XSETBV
Status xsetbv(Cpu& c, const Insn&) {
  u64 const v = edx_eax(c);
  if (ecx(c) != 0 || !valid_xcr0(c, v)) return c.raise(kGP, 0);
  c.st.xcr0 = v;
  c.update_mode();
  return Status::BlockEnd;
}

// RDPKRU
Status rdpkru(Cpu& c, const Insn&) {
  if ((c.st.cr4 & CR4_PKE) == 0) return c.raise(kUD);
  if (ecx(c) != 0) return c.raise(kGP, 0);
  set_edx_eax(c, c.st.pkru);
  return Status::Done;
}

// WRPKRU
Status wrpkru(Cpu& c, const Insn&) {
  if ((c.st.cr4 & CR4_PKE) == 0) return c.raise(kUD);
  if (ecx(c) != 0 || u32(c.st.gpr[RDX]) != 0) return c.raise(kGP, 0);
  u32 const v = u32(c.st.gpr[RAX]);
  if (v == c.st.pkru) return Status::Done;
  c.st.pkru = v;
  c.flush_tlb(true);  // its entries hold the rights that PKRU gave
  return Status::BlockEnd;
}

// MONITOR: checked as a load of one byte at DS:rAX. Nothing is armed: MWAIT does not wait.
Status monitor(Cpu& c, const Insn& i) {
  if (c.st.cpl != 0) return c.raise(kUD);
  if (ecx(c) != 0) return c.raise(kGP, 0);
  u64 lin;
  u8* host;
  MULLION_TRY(c.linear(i.seg, c.st.gpr[RAX] & Cpu::kAddressMask[i.addrsize], 1, false, lin));
  if (c.long_mode() && !c.canonical(lin)) return c.raise(i.seg == SS ? kSS : kGP, 0);
  return c.host_page(lin, false, host);
}

// MWAIT: may return at any time, and does at once, so that no write by a device can be missed.
Status mwait(Cpu& c, const Insn&) {
  if (c.st.cpl != 0) return c.raise(kUD);
  if ((ecx(c) & ~u32{1}) != 0) return c.raise(kGP, 0);
  return Status::BlockEnd;
}

}  // namespace mullion::x86::sem

#include "cpu/x86/isa/sem_msr.inc"
