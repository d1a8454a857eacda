// Reading and writing a virtual processor's registers by name.
// SPDX-License-Identifier: Apache-2.0
#include "whp/registers.hpp"

#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/mem/walker.hpp"
#include "cpu/x86/native/x87_state.hpp"
#include "cpu/x86/sys/local_apic.hpp"
#include "whp/features.hpp"
#include "whp/images.hpp"
#include "whp/vp_use.hpp"

#include <cstring>

namespace mullion::whp {
namespace {

constexpr HRESULT kAccessDenied = WHV_HRESULT(0xC0350006u);
constexpr uint64_t kMtrrCap = 0x508;  // eight variable ranges, fixed ones, write combining

x86::Segment segment_of(const WHV_X64_SEGMENT_REGISTER& v) {
  return {.base = v.Base, .limit = v.Limit, .selector = v.Selector, .attributes = v.Attributes};
}

WHV_X64_SEGMENT_REGISTER value_of(const x86::Segment& s) {
  WHV_X64_SEGMENT_REGISTER v;
  std::memset(&v, 0, sizeof v);
  v.Base = s.base;
  v.Limit = s.limit;
  v.Selector = s.selector;
  v.Attributes = s.attributes;
  return v;
}

// The 64-bit registers that are plain members; null for others.
uint64_t* plain(x86::ArchState& st, uint32_t name) {
  x86::MsrState& m = st.msr;
  if (name <= WHvX64RegisterR15) return &st.gpr[name];
  if (name >= WHvX64RegisterDr0 && name <= WHvX64RegisterDr3) return &st.dr[name - WHvX64RegisterDr0];
  if (name >= WHvX64RegisterMsrMtrrPhysBase0 && name <= WHvX64RegisterMsrMtrrPhysBase7)
    return &m.mtrr_variable[2 * (name - WHvX64RegisterMsrMtrrPhysBase0)];
  if (name >= WHvX64RegisterMsrMtrrPhysMask0 && name <= WHvX64RegisterMsrMtrrPhysMask7)
    return &m.mtrr_variable[2 * (name - WHvX64RegisterMsrMtrrPhysMask0) + 1];
  if (name >= WHvX64RegisterMsrMtrrFix64k00000 && name <= WHvX64RegisterMsrMtrrFix4kF8000)
    return &m.mtrr_fixed[name - WHvX64RegisterMsrMtrrFix64k00000];
  switch (name) {
    case WHvX64RegisterRip: return &st.rip;
    case WHvX64RegisterCr0: return &st.cr0;
    case WHvX64RegisterCr2: return &st.cr2;
    case WHvX64RegisterCr3: return &st.cr3;
    case WHvX64RegisterCr4: return &st.cr4;
    case WHvX64RegisterDr6: return &st.dr[6];
    case WHvX64RegisterDr7: return &st.dr[7];
    case WHvX64RegisterXCr0: return &st.xcr0;
    case WHvX64RegisterEfer: return &st.efer;
    case WHvX64RegisterKernelGsBase: return &m.kernel_gs_base;
    case WHvX64RegisterPat: return &m.pat;
    case WHvX64RegisterSysenterCs: return &m.sysenter_cs;
    case WHvX64RegisterSysenterEip: return &m.sysenter_eip;
    case WHvX64RegisterSysenterEsp: return &m.sysenter_esp;
    case WHvX64RegisterStar: return &m.star;
    case WHvX64RegisterLstar: return &m.lstar;
    case WHvX64RegisterCstar: return &m.cstar;
    case WHvX64RegisterSfmask: return &m.sfmask;
    case WHvX64RegisterMsrMtrrDefType: return &m.mtrr_def_type;
    case WHvX64RegisterTscAux: return &m.tsc_aux;
    case WHvX64RegisterSpecCtrl: return &m.spec_ctrl;
    case WHvX64RegisterXss: return &m.xss;
    case WHvX64RegisterTscAdjust: return &m.tsc_adjust;
    case WHvX64RegisterMsrIa32MiscEnable: return &m.misc_enable;
    case WHvX64RegisterIa32FeatureControl: return &m.feature_control;
    default: return nullptr;
  }
}

bool in(uint32_t name, uint32_t first, uint32_t last) { return name >= first && name <= last; }

bool synic(uint32_t name) {
  return in(name, WHvRegisterSint0, WHvRegisterEom) || in(name, WHvRegisterVpRuntime, WHvRegisterGuestOsId) ||
         name == WHvRegisterVpAssistPage || name == WHvRegisterReferenceTsc || name == WHvRegisterReferenceTscSequence;
}

// Ranges beyond the eight that the processor has: always zero.
bool absent_mtrr(uint32_t name) {
  return in(name, WHvX64RegisterMsrMtrrPhysBase8, WHvX64RegisterMsrMtrrPhysBaseF) ||
         in(name, WHvX64RegisterMsrMtrrPhysMask8, WHvX64RegisterMsrMtrrPhysMaskF);
}

bool apic_register(uint32_t name) {
  return in(name, WHvX64RegisterApicIsr0, WHvX64RegisterApicIrr7) || in(name, WHvX64RegisterApicLvtTimer, WHvX64RegisterApicCurrentCount) ||
         name == WHvX64RegisterApicId || name == WHvX64RegisterApicVersion || name == WHvX64RegisterApicTpr ||
         name == WHvX64RegisterApicPpr || name == WHvX64RegisterApicLdr || name == WHvX64RegisterApicSpurious ||
         name == WHvX64RegisterApicEse || name == WHvX64RegisterApicIcr || name == WHvX64RegisterApicDivide;
}

bool other(uint32_t name) {
  if (in(name, WHvX64RegisterEs, WHvX64RegisterGdtr) || in(name, WHvX64RegisterXmm0, WHvX64RegisterXmmControlStatus)) {
    return true;
  }
  switch (name) {
    case WHvX64RegisterRflags: case WHvX64RegisterCr8: case WHvX64RegisterTsc: case WHvX64RegisterApicBase:
    case WHvX64RegisterInitialApicId: case WHvX64RegisterMsrMtrrCap: case WHvX64RegisterTscVirtualOffset:
    case WHvX64RegisterTscDeadline: case WHvRegisterPendingInterruption: case WHvRegisterInterruptState:
    case WHvRegisterPendingEvent: case WHvX64RegisterDeliverabilityNotifications:
    case WHvRegisterInternalActivityState: case WHvX64RegisterPendingDebugException: return true;
    default: return false;
  }
}

}  // namespace

WHV_X64_SEGMENT_REGISTER segment_value(const x86::ArchState& st, unsigned segment) {
  WHV_X64_SEGMENT_REGISTER v = value_of(st.seg[segment]);
  bool const checked = (st.cr0 & x86::CR0_PE) && !st.flags.test(x86::VM);
  if (segment == x86::SS && checked) v.DescriptorPrivilegeLevel = st.cpl & 3;
  return v;
}

// One call's worth of registers of one processor that is held.
class RegisterAccess {
 public:
  explicit RegisterAccess(Vp& vp) : vp_(vp), cpu_(vp.cpu_), st_(vp.cpu_.st) {}

  HRESULT known(uint32_t name) const {
    if (synic(name)) return kAccessDenied;
    if (apic_register(name)) return vp_.partition_.apic_emulated() ? S_OK : WHV_E_INVALID_VP_REGISTER_NAME;
    return plain(st_, name) != nullptr || absent_mtrr(name) || other(name) ? S_OK : WHV_E_INVALID_VP_REGISTER_NAME;
  }

  HRESULT writable(uint32_t name, const WHV_REGISTER_VALUE& v) const {
    if (absent_mtrr(name) && v.Reg64 != 0) return E_INVALIDARG;
    if (name == WHvX64RegisterMsrMtrrCap && v.Reg64 != kMtrrCap) return E_INVALIDARG;
    if (name == WHvX64RegisterInitialApicId && v.Reg64 != vp_.index_) return E_INVALIDARG;
    return S_OK;
  }

  void get(uint32_t name, WHV_REGISTER_VALUE& v) {
    std::memset(&v, 0, sizeof v);
    if (uint64_t const* const member = plain(st_, name)) {
      v.Reg64 = *member;
    } else if (in(name, WHvX64RegisterEs, WHvX64RegisterGs)) {
      v.Segment = segment_value(st_, name - WHvX64RegisterEs);
    } else if (in(name, WHvX64RegisterXmm0, WHvX64RegisterXmm15)) {
      std::memcpy(&v, st_.zmm[name - WHvX64RegisterXmm0].bytes.data(), 16);
    } else if (in(name, WHvX64RegisterFpMmx0, WHvX64RegisterFpMmx7)) {
      auto const& r = st_.x87.st[name - WHvX64RegisterFpMmx0];
      v.Reg128.Low64 = r.mantissa;
      v.Reg128.High64 = r.sign_exponent;
    } else if (apic_register(name)) {
      ApicPage const page = apic_page(*cpu_.apic);
      unsigned const at = (name & 0xFF) * 4;
      v.Reg64 = page[at];
      if (name == WHvX64RegisterApicIcr) v.Reg64 |= uint64_t{page[at + 4]} << 32;
    } else {
      get_other(name, v);
    }
  }

  void set(uint32_t name, const WHV_REGISTER_VALUE& v) {
    if (uint64_t* const member = plain(st_, name)) {
      *member = v.Reg64;
      system_ = system_ || (name > WHvX64RegisterRip && name < WHvX64RegisterMsrMtrrCap);
      if (name == WHvX64RegisterCr3 || name == WHvX64RegisterCr0 || name == WHvX64RegisterCr4) paging_ = true;
    } else if (in(name, WHvX64RegisterEs, WHvX64RegisterGs)) {
      st_.seg[name - WHvX64RegisterEs] = segment_of(v.Segment);
      system_ = true;
    } else if (in(name, WHvX64RegisterXmm0, WHvX64RegisterXmm15)) {
      std::memcpy(st_.zmm[name - WHvX64RegisterXmm0].bytes.data(), &v, 16);
    } else if (in(name, WHvX64RegisterFpMmx0, WHvX64RegisterFpMmx7)) {
      auto& r = st_.x87.st[name - WHvX64RegisterFpMmx0];
      r.mantissa = v.Reg128.Low64;
      r.sign_exponent = uint16_t(v.Reg128.High64);
      system_ = true;
    } else if (apic_register(name)) {
      ApicPage page = apic_page(*cpu_.apic);
      unsigned const at = (name & 0xFF) * 4;
      page[at] = uint32_t(v.Reg64);
      if (name == WHvX64RegisterApicIcr) page[at + 4] = uint32_t(v.Reg64 >> 32);
      if (name == WHvX64RegisterApicInitCount) page[x86::APIC_CURRENT_COUNT / 4] = uint32_t(v.Reg64);  // starts over
      load_apic_page(*cpu_.apic, page, cpu_.port.now_ns());
    } else {
      set_other(name, v);
    }
  }

  // Everything that follows from what was written.
  void finish() {
    if (!system_) return;
    x86::native::x87_normalise(st_.x87);  // the host runs x87 instructions on it
    bool const pe = (st_.cr0 & x86::CR0_PE) != 0;
    st_.cpl = !pe ? 0 : st_.flags.test(x86::VM) ? 3 : uint8_t(st_.seg[x86::SS].dpl());
    if (paging_) cpu_.flush_tlb(true);
    bool const pae = (st_.cr0 & x86::CR0_PG) && (st_.cr4 & x86::CR4_PAE) && !(st_.efer & x86::EFER_LMA);
    if (paging_ && pae) {
      vp_.partition_.gate().enter();
      (void)cpu_.load_pdptes(st_.cr3);
      vp_.partition_.gate().leave();
      vp_.walk_missed_ = false;
    }
    cpu_.update_mode();
  }

 private:
  static uint64_t bit(bool on, unsigned n) { return uint64_t{on} << n; }

  static WHV_X64_TABLE_REGISTER table(const x86::TableRegister& t) {
    WHV_X64_TABLE_REGISTER v;
    std::memset(&v, 0, sizeof v);
    v.Base = t.base;
    v.Limit = t.limit;
    return v;
  }

  void get_other(uint32_t name, WHV_REGISTER_VALUE& v) {
    switch (name) {
      case WHvX64RegisterLdtr: v.Segment = value_of(st_.ldtr); break;
      case WHvX64RegisterTr: v.Segment = value_of(st_.tr); break;
      case WHvX64RegisterIdtr: v.Table = table(st_.idtr); break;
      case WHvX64RegisterGdtr: v.Table = table(st_.gdtr); break;
      case WHvX64RegisterRflags: v.Reg64 = st_.flags.rflags(); break;
      case WHvX64RegisterCr8: v.Reg64 = cpu_.apic->cr8(); break;
      case WHvX64RegisterFpControlStatus:
        v.FpControlStatus.FpControl = st_.x87.fcw;
        v.FpControlStatus.FpStatus = st_.x87.fsw;
        v.FpControlStatus.FpTag = st_.x87.ftw;
        v.FpControlStatus.LastFpOp = st_.x87.fop;
        v.FpControlStatus.LastFpRip = st_.x87.fip;
        break;
      case WHvX64RegisterXmmControlStatus:
        v.XmmControlStatus.LastFpRdp = st_.x87.fdp;
        v.XmmControlStatus.XmmStatusControl = st_.x87.mxcsr;
        v.XmmControlStatus.XmmStatusControlMask = st_.x87.mxcsr_mask;
        break;
      case WHvX64RegisterTsc: v.Reg64 = cpu_.tsc(); break;
      case WHvX64RegisterTscVirtualOffset: v.Reg64 = st_.msr.tsc_offset; break;
      case WHvX64RegisterTscDeadline: v.Reg64 = cpu_.apic->tsc_deadline(); break;
      case WHvX64RegisterApicBase:
        v.Reg64 = vp_.partition_.apic_emulated() ? cpu_.apic->base() : vp_.apic_base_;
        break;
      case WHvX64RegisterInitialApicId: v.Reg64 = vp_.index_; break;
      case WHvX64RegisterMsrMtrrCap: v.Reg64 = kMtrrCap; break;
      case WHvRegisterPendingInterruption: v.Reg64 = vp_.pending_interruption_; break;
      case WHvRegisterInterruptState:
        v.Reg64 = bit(st_.interrupt_shadow || st_.mov_ss_shadow, 0) | bit(st_.nmi_blocked, 1);
        break;
      case WHvRegisterPendingEvent:
        v.Reg128.Low64 = vp_.pending_event_[0];
        v.Reg128.High64 = vp_.pending_event_[1];
        break;
      case WHvX64RegisterDeliverabilityNotifications: v.Reg64 = vp_.notifications_; break;
      case WHvRegisterInternalActivityState:
        v.Reg64 = bit(st_.activity == x86::Activity::WaitForSipi, 0) | bit(st_.activity == x86::Activity::Halted, 1);
        break;
      case WHvX64RegisterPendingDebugException:
        v.Reg64 = (st_.pending_debug & 15) | bit((st_.pending_debug >> 14) & 1, 4);  // DR6.BS
        break;
      default: break;  // absent_mtrr: zero
    }
  }

  void set_other(uint32_t name, const WHV_REGISTER_VALUE& v) {
    system_ = true;
    switch (name) {
      case WHvX64RegisterLdtr: st_.ldtr = segment_of(v.Segment); break;
      case WHvX64RegisterTr: st_.tr = segment_of(v.Segment); break;
      case WHvX64RegisterIdtr: st_.idtr = {.base = v.Table.Base, .limit = v.Table.Limit}; break;
      case WHvX64RegisterGdtr: st_.gdtr = {.base = v.Table.Base, .limit = v.Table.Limit}; break;
      case WHvX64RegisterRflags: st_.flags.set_rflags(v.Reg64 & 0x3FFFD7); break;
      case WHvX64RegisterCr8:
        st_.cr8 = v.Reg64 & 15;
        cpu_.apic->set_cr8(uint8_t(v.Reg64 & 15));
        break;
      case WHvX64RegisterFpControlStatus:
        st_.x87.fcw = v.FpControlStatus.FpControl;
        st_.x87.fsw = v.FpControlStatus.FpStatus;
        st_.x87.ftw = v.FpControlStatus.FpTag;
        st_.x87.fop = v.FpControlStatus.LastFpOp;
        st_.x87.fip = v.FpControlStatus.LastFpRip;
        break;
      case WHvX64RegisterXmmControlStatus:
        st_.x87.fdp = v.XmmControlStatus.LastFpRdp;
        st_.x87.mxcsr = v.XmmControlStatus.XmmStatusControl & st_.x87.mxcsr_mask;
        break;
      case WHvX64RegisterTsc: set_tsc_offset(v.Reg64 - cpu_.port.now_ns()); break;
      case WHvX64RegisterTscVirtualOffset: set_tsc_offset(v.Reg64); break;
      case WHvX64RegisterTscDeadline: cpu_.apic->set_tsc_deadline(v.Reg64, st_.msr.tsc_offset); break;
      case WHvX64RegisterApicBase: set_apic_base(v.Reg64); break;
      case WHvRegisterPendingInterruption: vp_.pending_interruption_ = v.Reg64; break;
      case WHvRegisterInterruptState:
        st_.interrupt_shadow = (v.Reg64 & 1) != 0;
        st_.mov_ss_shadow = false;
        st_.nmi_blocked = (v.Reg64 & 2) != 0;
        break;
      case WHvRegisterPendingEvent: vp_.pending_event_ = {v.Reg128.Low64, v.Reg128.High64}; break;
      case WHvX64RegisterDeliverabilityNotifications: vp_.notifications_ = v.Reg64 & 0x3F; break;
      case WHvRegisterInternalActivityState:
        st_.activity = (v.Reg64 & 1)   ? x86::Activity::WaitForSipi
                       : (v.Reg64 & 2) ? x86::Activity::Halted
                                       : x86::Activity::Running;
        break;
      case WHvX64RegisterPendingDebugException:
        st_.pending_debug = uint32_t(v.Reg64 & 15) | ((v.Reg64 & 16) ? 1u << 14 : 0);
        break;
      default: break;  // checked by writable(): what they are
    }
  }

  void set_tsc_offset(uint64_t offset) {
    st_.msr.tsc_offset = offset;
    cpu_.apic->tsc_offset_changed(offset);
  }

  // A client restores what was saved: without the rules for transitions.
  void set_apic_base(uint64_t value) {
    st_.msr.apic_base = vp_.apic_base_ = value;
    if (!vp_.partition_.apic_emulated()) return;
    x86::LocalApicState s = cpu_.apic->save();
    s.base = value;
    cpu_.apic->restore(s);
    cpu_.flush_tlb(true);
  }

  Vp& vp_;
  x86::Cpu& cpu_;
  x86::ArchState& st_;
  bool system_ = false;
  bool paging_ = false;
};

HRESULT Vp::get_registers(const WHV_REGISTER_NAME* names, uint32_t count, WHV_REGISTER_VALUE* values) {
  Use const use(*this);
  if (!use) return WHV_E_INVALID_VP_STATE;
  RegisterAccess access(*this);
  for (uint32_t n = 0; n < count; ++n) {
    if (HRESULT const hr = access.known(names[n]); FAILED(hr)) return hr;
  }
  for (uint32_t n = 0; n < count; ++n) access.get(names[n], values[n]);
  return S_OK;
}

HRESULT Vp::set_registers(const WHV_REGISTER_NAME* names, uint32_t count, const WHV_REGISTER_VALUE* values) {
  Use const use(*this);
  if (!use) return WHV_E_INVALID_VP_STATE;
  RegisterAccess access(*this);
  for (uint32_t n = 0; n < count; ++n) {
    if (HRESULT const hr = access.known(names[n]); FAILED(hr)) return hr;
    if (HRESULT const hr = access.writable(names[n], values[n]); FAILED(hr)) return hr;
  }
  for (uint32_t n = 0; n < count; ++n) access.set(names[n], values[n]);
  access.finish();
  return S_OK;
}

// --- images -----------------------------------------------------------------------------------------------------------

HRESULT Vp::get_xsave(void* buffer, uint32_t size, uint32_t* written) {
  Use const use(*this);
  if (!use) return WHV_E_INVALID_VP_STATE;
  auto const image = xsave_image(partition_.model(), cpu_.st);
  return answer(image.data(), uint32_t(image.size()), buffer, size, written);
}

HRESULT Vp::set_xsave(const void* buffer, uint32_t size) {
  Use const use(*this);
  if (!use) return WHV_E_INVALID_VP_STATE;
  if (buffer == nullptr) return E_POINTER;
  auto const* const bytes = static_cast<const uint8_t*>(buffer);
  if (!load_xsave_image(partition_.model(), cpu_.st, {bytes, size})) return E_INVALIDARG;
  cpu_.flush_tlb(true);  // PKRU
  return S_OK;
}

HRESULT Vp::get_apic(void* buffer, uint32_t size, uint32_t* written) {
  Use const use(*this);
  if (!use) return WHV_E_INVALID_VP_STATE;
  if (!partition_.apic_emulated()) return HV_STATUS_OPERATION_DENIED;
  ApicPage const page = apic_page(*cpu_.apic);
  return answer(page.data(), kApicPageSize, buffer, size, written);
}

HRESULT Vp::set_apic(const void* buffer, uint32_t size) {
  Use const use(*this);
  if (!use) return WHV_E_INVALID_VP_STATE;
  if (!partition_.apic_emulated()) return HV_STATUS_OPERATION_DENIED;
  if (buffer == nullptr) return E_POINTER;
  if (size < kApicPageSize) return WHV_E_INSUFFICIENT_BUFFER;
  ApicPage page;
  std::memcpy(page.data(), buffer, kApicPageSize);
  load_apic_page(*cpu_.apic, page, now_ns());
  return S_OK;
}

// --- translation ------------------------------------------------------------------------------------------------------

HRESULT Vp::translate(uint64_t gva, uint32_t flags, WHV_TRANSLATE_GVA_RESULT& result, uint64_t& gpa) {
  constexpr uint32_t kKnown = 0x31F;
  if ((flags & ~kKnown) != 0) return E_INVALIDARG;
  Use const use(*this);
  if (!use) return WHV_E_INVALID_VP_STATE;
  x86::ArchState const& st = cpu_.st;
  result = {.ResultCode = WHvTranslateGvaResultSuccess, .Reserved = 0};
  gpa = gva;
  partition_.gate().enter();
  walk_missed_ = false;
  x86::WalkContext const context{.cr0 = st.cr0, .cr3 = st.cr3, .cr4 = st.cr4, .efer = st.efer,
                                 .pdpte = st.pdpte.data(), .pkru = st.pkru,
                                 .physical_bits = cpu_.model.physical_bits(),
                                 .has_1g_pages = cpu_.model.has(x86::Feature::PDPE1GB)};
  bool const smap = (flags & WHvTranslateGvaFlagEnforceSmap) != 0 ||
                    (!(flags & WHvTranslateGvaFlagOverrideSmap) && !st.flags.test(x86::AC));
  auto const walk = [&](bool write, bool fetch) {
    if (!cpu_.paging() || result.ResultCode != WHvTranslateGvaResultSuccess) return;
    bool const exempt = (flags & WHvTranslateGvaFlagPrivilegeExempt) != 0;
    x86::WalkRequest const request{.write = write, .fetch = fetch, .user = st.cpl == 3 && !exempt,
                                   .smap_active = smap && !exempt,
                                   .set_bits = (flags & WHvTranslateGvaFlagSetPageTableBits) != 0};
    x86::Walk const w = x86::walk_page(*this, context, gva, request);
    if (walk_missed_) result.ResultCode = WHvTranslateGvaResultGpaUnmapped;
    else if (w.ok) gpa = w.gpa;
    else if (!(w.error & x86::PF_P)) result.ResultCode = WHvTranslateGvaResultPageNotPresent;
    else if (w.error & x86::PF_RSVD) result.ResultCode = WHvTranslateGvaResultInvalidPageTableFlags;
    else result.ResultCode = WHvTranslateGvaResultPrivilegeViolation;
  };
  if (cpu_.long_mode() && !cpu_.canonical(gva)) result.ResultCode = WHvTranslateGvaResultPageNotPresent;
  walk(false, false);
  if (flags & WHvTranslateGvaFlagValidateWrite) walk(true, false);
  if (flags & WHvTranslateGvaFlagValidateExecute) walk(false, true);
  walk_missed_ = false;
  uint32_t const rights = partition_.memory().flags(gpa);
  if (result.ResultCode == WHvTranslateGvaResultSuccess) {
    if (!partition_.memory().mapped(gpa)) {
      result.ResultCode = WHvTranslateGvaResultGpaUnmapped;
    } else if ((flags & WHvTranslateGvaFlagValidateRead) && !(rights & WHvMapGpaRangeFlagRead)) {
      result.ResultCode = WHvTranslateGvaResultGpaNoReadAccess;
    } else if ((flags & WHvTranslateGvaFlagValidateWrite) && !(rights & WHvMapGpaRangeFlagWrite)) {
      result.ResultCode = WHvTranslateGvaResultGpaNoWriteAccess;
    }
  }
  partition_.gate().leave();
  return S_OK;
}

}  // namespace mullion::whp
