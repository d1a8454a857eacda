// What each model-specific register reads as and what may be written to it.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/msr.hpp"

#include "base/log.hpp"
#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/sys/control.hpp"
#include "cpu/x86/sys/local_apic.hpp"
#include "cpu/x86/sys/msr_index.hpp"
#include "cpu/x86/sys/tsc.hpp"

#include <algorithm>

namespace mullion::x86 {

namespace {

using enum Feature;

constexpr unsigned kMcBanks = 10;
constexpr unsigned kVariableMtrrs = 8;

// Unknown: the next table is asked, in the end #GP(0).
enum class Access : uint8_t { Ok, Refused, Unknown };

Access allow(bool good) { return good ? Access::Ok : Access::Refused; }

bool intel(const Cpu& c) { return c.model.vendor() == Vendor::Intel; }
bool amd(const Cpu& c) { return c.model.vendor() == Vendor::Amd; }

// Memory types 0, 1, 4, 5, 6 (SDM vol. 3 §12.11.2.1); PAT has 7 too.
bool memory_type(uint64_t type, bool pat = false) { return type <= 7 && ((pat ? 0xF3u : 0x73u) >> type) & 1; }
bool memory_types(uint64_t eight, bool pat = false) {
  for (unsigned n = 0; n < 8; ++n)
    if (!memory_type((eight >> (8 * n)) & 0xFF, pat)) return false;
  return true;
}

bool is_fixed_mtrr(uint32_t index) {
  return index == MSR_MTRR_FIX64K_00000 || index == MSR_MTRR_FIX16K_80000 || index == MSR_MTRR_FIX16K_A0000 ||
         (index >= MSR_MTRR_FIX4K_C0000 && index <= MSR_MTRR_FIX4K_F8000);
}
unsigned fixed_mtrr(uint32_t index) {
  if (index >= MSR_MTRR_FIX4K_C0000) return 3 + index - MSR_MTRR_FIX4K_C0000;
  return index == MSR_MTRR_FIX64K_00000 ? 0 : 1 + index - MSR_MTRR_FIX16K_80000;
}

uint64_t spec_ctrl_bits(const Cpu& c) {
  uint64_t bits = 0;
  if (c.model.has(SPEC_CTRL) || c.model.has(IBRS)) bits |= 3;  // IBRS; STIBP may be set where it has no effect
  if (c.model.has(STIBP) || c.model.has(AMD_STIBP)) bits |= 2;
  if (c.model.has(BHI_CTRL)) bits |= 0x400;  // BHI_DIS_S
  if (c.model.has(SSBD) || c.model.has(AMD_SSBD)) bits |= 4;
  return bits;
}

// BTS and PEBS unavailable, MONITOR enabled where it is offered.
uint64_t misc_enable_fixed(const Cpu& c) { return 0x1800 | (c.model.has(MONITOR) ? 0x40000u : 0); }

// --- memory type ranges -------------------------------------------------------------------------------------------

Access read_mtrr(Cpu& c, uint32_t index, uint64_t& v) {
  MsrState const& m = c.st.msr;
  if (index == MSR_PAT && c.model.has(PAT)) return v = m.pat, Access::Ok;
  if (!c.model.has(MTRR)) return Access::Unknown;
  if (index == MSR_MTRRCAP) return v = 0x500 | kVariableMtrrs, Access::Ok;  // fixed ranges, write combining
  if (index == MSR_MTRR_DEF_TYPE) return v = m.mtrr_def_type, Access::Ok;
  if (is_fixed_mtrr(index)) return v = m.mtrr_fixed[fixed_mtrr(index)], Access::Ok;
  if (index >= MSR_MTRR_PHYSBASE0 && index <= MSR_MTRR_PHYSMASK7)
    return v = m.mtrr_variable[index - MSR_MTRR_PHYSBASE0], Access::Ok;
  return Access::Unknown;
}

Access write_mtrr(Cpu& c, uint32_t index, uint64_t v) {
  MsrState& m = c.st.msr;
  if (index == MSR_PAT && c.model.has(PAT)) {
    if (!memory_types(v, true)) return Access::Refused;
    m.pat = v;
    return Access::Ok;
  }
  if (!c.model.has(MTRR)) return Access::Unknown;
  if (index == MSR_MTRRCAP) return Access::Refused;
  if (index == MSR_MTRR_DEF_TYPE) {
    if ((v & ~uint64_t{0xCFF}) != 0 || !memory_type(v & 0xFF)) return Access::Refused;
    m.mtrr_def_type = v;
    return Access::Ok;
  }
  if (is_fixed_mtrr(index)) {
    if (!memory_types(v)) return Access::Refused;
    m.mtrr_fixed[fixed_mtrr(index)] = v;
    return Access::Ok;
  }
  if (index < MSR_MTRR_PHYSBASE0 || index > MSR_MTRR_PHYSMASK7) return Access::Unknown;
  bool const mask = (index & 1) != 0;
  uint64_t const valid = (c.model.physical_mask() & ~uint64_t{0xFFF}) | (mask ? 0x800 : 0xFF);
  if ((v & ~valid) != 0 || (!mask && !memory_type(v & 0xFF))) return Access::Refused;
  m.mtrr_variable[index - MSR_MTRR_PHYSBASE0] = v;
  return Access::Ok;
}

// --- machine check (SDM vol. 3 §16.3) -----------------------------------------------------------------------------

Access read_mca(Cpu& c, uint32_t index, uint64_t& v) {
  MsrState const& m = c.st.msr;
  if (index <= MSR_P5_MC_TYPE && c.model.has(MCE)) return v = 0, Access::Ok;
  if (!c.model.has(MCA)) return Access::Unknown;
  switch (index) {
    case MSR_MCG_CAP: v = 0x100 | kMcBanks; return Access::Ok;  // MCG_CTL exists
    case MSR_MCG_STATUS: v = m.mcg_status; return Access::Ok;
    case MSR_MCG_CTL: v = m.mcg_ctl; return Access::Ok;
    default: break;
  }
  if (index < MSR_MC0_CTL || index >= MSR_MC0_CTL + 4 * kMcBanks) return Access::Unknown;
  v = m.mc_bank[index - MSR_MC0_CTL];
  return Access::Ok;
}

Access write_mca(Cpu& c, uint32_t index, uint64_t v) {
  MsrState& m = c.st.msr;
  if (index <= MSR_P5_MC_TYPE && c.model.has(MCE)) return Access::Ok;
  if (!c.model.has(MCA)) return Access::Unknown;
  switch (index) {
    case MSR_MCG_CAP: return Access::Refused;
    case MSR_MCG_STATUS: m.mcg_status = v & 7; return allow(v <= 7);
    case MSR_MCG_CTL:
      if (v != 0 && v != ~uint64_t{0}) return Access::Refused;
      m.mcg_ctl = v;
      return Access::Ok;
    default: break;
  }
  if (index < MSR_MC0_CTL || index >= MSR_MC0_CTL + 4 * kMcBanks) return Access::Unknown;
  constexpr uint64_t kMcStatusWrEn = 1u << 18;
  bool const control = (index & 3) == 0;
  // IA32_MCi_CTL takes all zeros or all ones; bits 0 and 10 are ones that kernels clear for known errata.
  if (control && v != 0 && (v | 0x401) != ~uint64_t{0}) return Access::Refused;
  if (!control && v != 0 && !(amd(c) && (m.hwcr & kMcStatusWrEn))) return Access::Refused;
  m.mc_bank[index - MSR_MC0_CTL] = v;
  return Access::Ok;
}

// --- system calls, segment bases ----------------------------------------------------------------------------------

Access read_syscall(Cpu& c, uint32_t index, uint64_t& v) {
  MsrState const& m = c.st.msr;
  bool const lm = c.model.has(LM);
  switch (index) {
    case MSR_SYSENTER_CS: v = m.sysenter_cs; return c.model.has(SEP) ? Access::Ok : Access::Unknown;
    case MSR_SYSENTER_ESP: v = m.sysenter_esp; return c.model.has(SEP) ? Access::Ok : Access::Unknown;
    case MSR_SYSENTER_EIP: v = m.sysenter_eip; return c.model.has(SEP) ? Access::Ok : Access::Unknown;
    case MSR_EFER: v = c.st.efer; return c.model.efer_valid() != 0 ? Access::Ok : Access::Unknown;
    case MSR_STAR: v = m.star; return c.model.has(SYSCALL) ? Access::Ok : Access::Unknown;
    case MSR_LSTAR: v = m.lstar; return lm ? Access::Ok : Access::Unknown;
    case MSR_CSTAR: v = m.cstar; return lm ? Access::Ok : Access::Unknown;
    case MSR_SFMASK: v = m.sfmask; return lm ? Access::Ok : Access::Unknown;
    case MSR_FS_BASE: v = c.st.seg[FS].base; return lm ? Access::Ok : Access::Unknown;
    case MSR_GS_BASE: v = c.st.seg[GS].base; return lm ? Access::Ok : Access::Unknown;
    case MSR_KERNEL_GS_BASE: v = m.kernel_gs_base; return lm ? Access::Ok : Access::Unknown;
    case MSR_TSC_AUX:
      v = m.tsc_aux;
      return c.model.has(RDTSCP) || c.model.has(RDPID) ? Access::Ok : Access::Unknown;
    default: return Access::Unknown;
  }
}

// The address of a register that must be canonical, null for others.
uint64_t* canonical_register(Cpu& c, uint32_t index) {
  switch (index) {
    case MSR_SYSENTER_ESP: return &c.st.msr.sysenter_esp;
    case MSR_SYSENTER_EIP: return &c.st.msr.sysenter_eip;
    case MSR_LSTAR: return &c.st.msr.lstar;
    case MSR_CSTAR: return &c.st.msr.cstar;
    case MSR_FS_BASE: return &c.st.seg[FS].base;
    case MSR_GS_BASE: return &c.st.seg[GS].base;
    case MSR_KERNEL_GS_BASE: return &c.st.msr.kernel_gs_base;
    default: return nullptr;
  }
}

Access write_syscall(Cpu& c, uint32_t index, uint64_t v) {
  uint64_t old;
  if (Access const known = read_syscall(c, index, old); known != Access::Ok) return known;
  if (uint64_t* const address = canonical_register(c, index)) {
    if (c.model.has(LM) && !c.canonical(v)) return Access::Refused;
    *address = v;
    if (index == MSR_FS_BASE || index == MSR_GS_BASE) c.update_mode();
    return Access::Ok;
  }
  bool const high = v >> 32 != 0;
  switch (index) {
    case MSR_EFER: return allow(write_efer(c, v) == Status::Done);
    case MSR_SYSENTER_CS: c.st.msr.sysenter_cs = v; return Access::Ok;
    case MSR_STAR: c.st.msr.star = v; return Access::Ok;
    // AMD ignores the upper halves of these two, for Intel they are reserved.
    case MSR_SFMASK:
      if (high && intel(c)) return Access::Refused;
      c.st.msr.sfmask = uint32_t(v);
      return Access::Ok;
    case MSR_TSC_AUX:
      if (high && intel(c)) return Access::Refused;
      c.st.msr.tsc_aux = uint32_t(v);
      return Access::Ok;
    default: return Access::Unknown;
  }
}

// --- what one vendor has ------------------------------------------------------------------------------------------

Access read_intel(Cpu& c, uint32_t index, uint64_t& v) {
  if (!intel(c) || c.model.family() < 6) return Access::Unknown;
  v = 0;
  switch (index) {
    case MSR_PLATFORM_ID: case MSR_EBL_CR_POWERON: case MSR_SMI_COUNT: case MSR_LASTBRANCHFROMIP:
    case MSR_LASTBRANCHTOIP: case MSR_LASTINTFROMIP: case MSR_LASTINTTOIP:
      return Access::Ok;
    case MSR_EBC_FREQUENCY_ID: v = 1u << 24; return c.model.family() == 15 ? Access::Ok : Access::Unknown;
    case MSR_FEATURE_CONTROL: v = c.st.msr.feature_control; return Access::Ok;
    case MSR_BIOS_SIGN_ID: v = uint64_t{1} << 32; return Access::Ok;  // microcode revision
    case MSR_SMBASE: v = c.st.msr.smbase; return allow(c.st.smm);
    case MSR_PLATFORM_INFO: v = (kTscHz / 100'000'000) << 8; return Access::Ok;  // TSC = ratio × 100 MHz
    case MSR_BBL_CR_CTL3: v = 0xBE702111; return Access::Ok;
    case MSR_PERF_STATUS: v = (kTscHz / 100'000'000) << 8; return Access::Ok;
    case MSR_MISC_ENABLE: v = c.st.msr.misc_enable | misc_enable_fixed(c); return Access::Ok;
    default: return Access::Unknown;
  }
}

Access write_intel(Cpu& c, uint32_t index, uint64_t v) {
  if (!intel(c) || c.model.family() < 6) return Access::Unknown;
  switch (index) {
    case MSR_EBL_CR_POWERON: case MSR_BBL_CR_CTL3: case MSR_BIOS_SIGN_ID: case MSR_BIOS_UPDT_TRIG:
      return Access::Ok;  // no effect
    case MSR_PLATFORM_ID: case MSR_SMI_COUNT: case MSR_SMBASE: case MSR_PLATFORM_INFO: case MSR_PERF_STATUS:
      return Access::Refused;
    case MSR_FEATURE_CONTROL: return Access::Refused;  // locked
    case MSR_MISC_ENABLE: {
      // SDM vol. 4 table 2-2; XD disable (bit 34) and the CPUID limit (22) are kept and have no effect.
      constexpr uint64_t kKnown = 0x00000044'00D51889;
      constexpr uint64_t kKept = 0x00000044'00D10089;
      if ((v & ~kKnown) != 0) return Access::Refused;
      c.st.msr.misc_enable = v & kKept;
      return Access::Ok;
    }
    default: return Access::Unknown;
  }
}

Access read_amd(Cpu& c, uint32_t index, uint64_t& v) {
  if (!amd(c)) return Access::Unknown;
  MsrState const& m = c.st.msr;
  v = 0;
  switch (index) {
    case MSR_BIOS_SIGN_ID: v = 0x01000065; return Access::Ok;  // PATCH_LEVEL
    case MSR_SYSCFG: v = m.syscfg; return Access::Ok;
    case MSR_HWCR: v = m.hwcr; return Access::Ok;
    case MSR_TOP_MEM: v = m.top_mem; return Access::Ok;
    case MSR_TOP_MEM2: v = m.top_mem2; return Access::Ok;
    case MSR_NB_CFG: v = m.nb_cfg; return Access::Ok;
    case MSR_SMM_BASE: v = m.smbase; return Access::Ok;
    case MSR_VM_CR: v = 0x18; return Access::Ok;  // SVM disabled and locked
    case MSR_INT_PENDING: case MSR_MMIO_CONF_BASE: case MSR_SMM_ADDR: case MSR_SMM_MASK: case MSR_LASTBRANCHFROMIP:
    case MSR_LASTBRANCHTOIP: case MSR_LASTINTFROMIP: case MSR_LASTINTTOIP:
      return Access::Ok;
    default: break;
  }
  if (index >= MSR_CORE_CFG_FIRST && index <= MSR_CORE_CFG_LAST)
    return v = m.core_cfg[index - MSR_CORE_CFG_FIRST], Access::Ok;
  if (index >= MSR_PSTATE_FIRST && index <= MSR_PSTATE_LAST) return Access::Ok;
  return index >= MSR_IORR_FIRST && index <= MSR_IORR_LAST ? Access::Ok : Access::Unknown;
}

Access write_amd(Cpu& c, uint32_t index, uint64_t v) {
  if (!amd(c)) return Access::Unknown;
  MsrState& m = c.st.msr;
  uint64_t const address = c.model.physical_mask() & ~uint64_t{0x7FFFFF};
  switch (index) {
    case MSR_SYSCFG: m.syscfg = v & 0x007F0000; return allow((v & ~uint64_t{0x00FFFFFF}) == 0);
    case MSR_HWCR: m.hwcr = v & 0x7FFFFFFF; return allow(v >> 32 == 0);
    case MSR_TOP_MEM: m.top_mem = v & address; return Access::Ok;
    case MSR_TOP_MEM2: m.top_mem2 = v & address; return Access::Ok;
    case MSR_NB_CFG: m.nb_cfg = v; return Access::Ok;
    case MSR_SMM_BASE: m.smbase = uint32_t(v); return Access::Ok;
    case MSR_PATCH_LOADER: case MSR_BIOS_SIGN_ID: case MSR_VM_CR: return Access::Ok;  // no effect
    default: break;
  }
  if (index >= MSR_CORE_CFG_FIRST && index <= MSR_CORE_CFG_LAST)
    return m.core_cfg[index - MSR_CORE_CFG_FIRST] = v, Access::Ok;
  uint64_t ignored;
  return read_amd(c, index, ignored);
}

// --- the rest -----------------------------------------------------------------------------------------------------

Access read_common(Cpu& c, uint32_t index, uint64_t& v) {
  MsrState const& m = c.st.msr;
  if (index >= MSR_X2APIC_FIRST && index <= MSR_X2APIC_LAST) return allow(c.apic->read_msr(index, v));
  switch (index) {
    case MSR_TSC: v = c.tsc(); return c.model.has(TSC) ? Access::Ok : Access::Unknown;
    case MSR_APIC_BASE: v = c.apic->base(); return c.model.has(APIC) ? Access::Ok : Access::Unknown;
    case MSR_TSC_ADJUST: v = m.tsc_adjust; return c.model.has(TSC_ADJUST) ? Access::Ok : Access::Unknown;
    case MSR_SPEC_CTRL: v = m.spec_ctrl; return spec_ctrl_bits(c) != 0 ? Access::Ok : Access::Unknown;
    case MSR_PRED_CMD: return Access::Refused;  // write-only
    case MSR_ARCH_CAPABILITIES:
      v = c.model.arch_capabilities();
      return c.model.has(ARCH_CAPABILITIES) ? Access::Ok : Access::Unknown;
    case MSR_DEBUGCTL: v = m.debugctl; return c.model.family() >= 6 ? Access::Ok : Access::Unknown;
    case MSR_TSC_DEADLINE:
      v = c.apic->tsc_deadline();
      return c.model.has(TSC_DEADLINE) ? Access::Ok : Access::Unknown;
    case MSR_XSS: v = m.xss; return c.model.has(XSAVES) ? Access::Ok : Access::Unknown;
    default: return Access::Unknown;
  }
}

Access write_common(Cpu& c, uint32_t index, uint64_t v) {
  MsrState& m = c.st.msr;
  if (index >= MSR_X2APIC_FIRST && index <= MSR_X2APIC_LAST) return allow(c.apic->write_msr(index, v));
  if (index == MSR_PRED_CMD) {
    bool const known = c.model.has(SPEC_CTRL) || c.model.has(IBPB);
    return known ? allow((v & ~uint64_t{1}) == 0) : Access::Unknown;
  }
  uint64_t old;
  if (Access const known = read_common(c, index, old); known != Access::Ok) return known;
  switch (index) {
    case MSR_TSC: write_tsc(c, v); return Access::Ok;
    case MSR_TSC_ADJUST: write_tsc_adjust(c, v); return Access::Ok;
    case MSR_APIC_BASE:
      if (!c.apic->set_base(v)) return Access::Refused;
      m.apic_base = v;
      c.flush_tlb(true);  // the page that must not be reached directly is another now
      return Access::Ok;
    case MSR_SPEC_CTRL:
      if ((v & ~spec_ctrl_bits(c)) != 0) return Access::Refused;
      m.spec_ctrl = v;
      return Access::Ok;
    case MSR_DEBUGCTL:
      // LBR, BTF; AMD also drives pins with bits 2-5.
      if ((v & ~uint64_t{intel(c) ? 3u : 0x3Fu}) != 0) return Access::Refused;
      m.debugctl = v;
      return Access::Ok;
    case MSR_TSC_DEADLINE: c.apic->set_tsc_deadline(v, m.tsc_offset); return Access::Ok;
    case MSR_XSS:
      if ((v & ~c.model.xss_valid()) != 0) return Access::Refused;
      m.xss = v;
      return Access::Ok;
    default: return Access::Refused;
  }
}

using Reader = Access (*)(Cpu&, uint32_t, uint64_t&);
using Writer = Access (*)(Cpu&, uint32_t, uint64_t);
constexpr Reader kReaders[] = {read_syscall, read_common, read_mtrr, read_mca, read_intel, read_amd};
constexpr Writer kWriters[] = {write_syscall, write_common, write_mtrr, write_mca, write_intel, write_amd};

}  // namespace

Status read_msr(Cpu& c, uint32_t index, uint64_t& value) {
  for (Reader const read : kReaders) {
    Access const a = read(c, index, value);
    if (a == Access::Ok) return Status::Done;
    if (a == Access::Refused) return c.raise(kGP, 0);
  }
  unimplemented("cpu", "RDMSR of unknown register {:#x}", index);
  return c.raise(kGP, 0);
}

Status write_msr(Cpu& c, uint32_t index, uint64_t value) {
  for (Writer const write : kWriters) {
    Access const a = write(c, index, value);
    if (a == Access::Ok) return Status::Done;
    if (a == Access::Refused) return c.raise(kGP, 0);
  }
  unimplemented("cpu", "WRMSR to unknown register {:#x}, value {:#x}", index, value);
  return c.raise(kGP, 0);
}

bool known_msr(Cpu& c, uint32_t index) {
  uint64_t ignored;
  return std::any_of(std::begin(kReaders), std::end(kReaders),
                     [&](Reader read) { return read(c, index, ignored) != Access::Unknown; });
}

}  // namespace mullion::x86
