// Groups of the architectural state as registers of a WHP processor: which names they are, and one call for any mask.
// SPDX-License-Identifier: Apache-2.0
#include "accel/whpx/register_groups.hpp"

#include <cstring>

namespace mullion::whpx {

using namespace x86;

namespace {

constexpr WHV_REGISTER_NAME numbered(WHV_REGISTER_NAME first, unsigned n) {
  return static_cast<WHV_REGISTER_NAME>(unsigned(first) + n);
}

struct Plain {
  StateMask group;
  WHV_REGISTER_NAME name;
  uint64_t& (*field)(ArchState&);
};

// Registers that are one 64-bit number on both sides.
constexpr Plain kPlain[] = {
    {kStateRip, WHvX64RegisterRip, [](ArchState& s) -> uint64_t& { return s.rip; }},
    {kStateCr0, WHvX64RegisterCr0, [](ArchState& s) -> uint64_t& { return s.cr0; }},
    {kStateCr2, WHvX64RegisterCr2, [](ArchState& s) -> uint64_t& { return s.cr2; }},
    {kStateCr3, WHvX64RegisterCr3, [](ArchState& s) -> uint64_t& { return s.cr3; }},
    {kStateCr4, WHvX64RegisterCr4, [](ArchState& s) -> uint64_t& { return s.cr4; }},
    {kStateCr8, WHvX64RegisterCr8, [](ArchState& s) -> uint64_t& { return s.cr8; }},
    {kStateEfer, WHvX64RegisterEfer, [](ArchState& s) -> uint64_t& { return s.efer; }},
    {kStateDr, WHvX64RegisterDr0, [](ArchState& s) -> uint64_t& { return s.dr[0]; }},
    {kStateDr, WHvX64RegisterDr1, [](ArchState& s) -> uint64_t& { return s.dr[1]; }},
    {kStateDr, WHvX64RegisterDr2, [](ArchState& s) -> uint64_t& { return s.dr[2]; }},
    {kStateDr, WHvX64RegisterDr3, [](ArchState& s) -> uint64_t& { return s.dr[3]; }},
    {kStateDr, WHvX64RegisterDr6, [](ArchState& s) -> uint64_t& { return s.dr[6]; }},
    {kStateDr, WHvX64RegisterDr7, [](ArchState& s) -> uint64_t& { return s.dr[7]; }},
    {kStateXcr0, WHvX64RegisterXCr0, [](ArchState& s) -> uint64_t& { return s.xcr0; }},
    {kStateMsrs, WHvX64RegisterKernelGsBase, [](ArchState& s) -> uint64_t& { return s.msr.kernel_gs_base; }},
    {kStateMsrs, WHvX64RegisterSysenterCs, [](ArchState& s) -> uint64_t& { return s.msr.sysenter_cs; }},
    {kStateMsrs, WHvX64RegisterSysenterEip, [](ArchState& s) -> uint64_t& { return s.msr.sysenter_eip; }},
    {kStateMsrs, WHvX64RegisterSysenterEsp, [](ArchState& s) -> uint64_t& { return s.msr.sysenter_esp; }},
    {kStateMsrs, WHvX64RegisterStar, [](ArchState& s) -> uint64_t& { return s.msr.star; }},
    {kStateMsrs, WHvX64RegisterLstar, [](ArchState& s) -> uint64_t& { return s.msr.lstar; }},
    {kStateMsrs, WHvX64RegisterCstar, [](ArchState& s) -> uint64_t& { return s.msr.cstar; }},
    {kStateMsrs, WHvX64RegisterSfmask, [](ArchState& s) -> uint64_t& { return s.msr.sfmask; }},
    {kStateMsrs, WHvX64RegisterPat, [](ArchState& s) -> uint64_t& { return s.msr.pat; }},
};

const Plain* plain(WHV_REGISTER_NAME name) {
  for (auto const& p : kPlain) {
    if (p.name == name) return &p;
  }
  return nullptr;
}

bool within(WHV_REGISTER_NAME name, WHV_REGISTER_NAME first, unsigned count) {
  return unsigned(name) - unsigned(first) < count;
}

Segment* segment(WHV_REGISTER_NAME name, ArchState& s) {
  if (within(name, WHvX64RegisterEs, 6)) return &s.seg[unsigned(name) - WHvX64RegisterEs];
  if (name == WHvX64RegisterLdtr) return &s.ldtr;
  if (name == WHvX64RegisterTr) return &s.tr;
  return nullptr;
}

TableRegister* table(WHV_REGISTER_NAME name, ArchState& s) {
  if (name == WHvX64RegisterGdtr) return &s.gdtr;
  if (name == WHvX64RegisterIdtr) return &s.idtr;
  return nullptr;
}

// `groups` tells apart the two that share XmmControlStatus: the x87's last data pointer and MXCSR.
void take(WHV_REGISTER_NAME name, const WHV_REGISTER_VALUE& v, StateMask groups, ArchState& s) {
  if (within(name, WHvX64RegisterRax, 16)) {
    s.gpr[name] = v.Reg64;
  } else if (name == WHvX64RegisterRflags) {
    s.flags.set_rflags(v.Reg64);
  } else if (const Plain* const p = plain(name)) {
    p->field(s) = v.Reg64;
  } else if (Segment* const seg = segment(name, s)) {
    *seg = {.base = v.Segment.Base, .limit = v.Segment.Limit, .selector = v.Segment.Selector,
            .attributes = v.Segment.Attributes};
    if (name == WHvX64RegisterSs) s.cpl = uint8_t(seg->dpl());
  } else if (TableRegister* const t = table(name, s)) {
    *t = {.base = v.Table.Base, .limit = v.Table.Limit};
  } else if (within(name, WHvX64RegisterXmm0, 16)) {
    std::memcpy(s.zmm[unsigned(name) - WHvX64RegisterXmm0].bytes.data(), &v.Reg128, 16);
  } else if (within(name, WHvX64RegisterFpMmx0, 8)) {
    s.x87.st[unsigned(name) - WHvX64RegisterFpMmx0] = {.mantissa = v.Reg128.Low64,
                                                       .sign_exponent = uint16_t(v.Reg128.High64)};
  } else if (name == WHvX64RegisterFpControlStatus) {
    s.x87.fcw = v.FpControlStatus.FpControl;
    s.x87.fsw = v.FpControlStatus.FpStatus;
    s.x87.ftw = v.FpControlStatus.FpTag;
    s.x87.fop = v.FpControlStatus.LastFpOp;
    s.x87.fip = v.FpControlStatus.LastFpRip;
  } else if (name == WHvX64RegisterXmmControlStatus) {
    if (groups & kStateX87) s.x87.fdp = v.XmmControlStatus.LastFpRdp;
    if (groups & kStateMxcsr) s.x87.mxcsr = v.XmmControlStatus.XmmStatusControl;
    if (groups & kStateMxcsr) s.x87.mxcsr_mask = v.XmmControlStatus.XmmStatusControlMask;
  } else if (name == WHvRegisterInterruptState) {
    s.interrupt_shadow = v.InterruptState.InterruptShadow;
    s.mov_ss_shadow = false;  // WHP has one shadow for both
    s.nmi_blocked = v.InterruptState.NmiMasked;
  } else if (name == WHvRegisterInternalActivityState) {
    s.activity = v.InternalActivity.StartupSuspend ? Activity::WaitForSipi
                 : v.InternalActivity.HaltSuspend  ? Activity::Halted
                                                   : Activity::Running;
  }
}

void give(WHV_REGISTER_NAME name, ArchState& s, WHV_REGISTER_VALUE& v) {
  v = {};
  if (within(name, WHvX64RegisterRax, 16)) {
    v.Reg64 = s.gpr[name];
  } else if (name == WHvX64RegisterRflags) {
    v.Reg64 = s.flags.rflags();
  } else if (const Plain* const p = plain(name)) {
    v.Reg64 = p->field(s);
  } else if (const Segment* const seg = segment(name, s)) {
    v.Segment.Base = seg->base;
    v.Segment.Limit = seg->limit;
    v.Segment.Selector = seg->selector;
    v.Segment.Attributes = seg->attributes;
  } else if (const TableRegister* const t = table(name, s)) {
    v.Table.Base = t->base;
    v.Table.Limit = t->limit;
  } else if (within(name, WHvX64RegisterXmm0, 16)) {
    std::memcpy(&v.Reg128, s.zmm[unsigned(name) - WHvX64RegisterXmm0].bytes.data(), 16);
  } else if (within(name, WHvX64RegisterFpMmx0, 8)) {
    auto const& r = s.x87.st[unsigned(name) - WHvX64RegisterFpMmx0];
    v.Reg128.Low64 = r.mantissa;
    v.Reg128.High64 = r.sign_exponent;
  } else if (name == WHvX64RegisterFpControlStatus) {
    v.FpControlStatus.FpControl = s.x87.fcw;
    v.FpControlStatus.FpStatus = s.x87.fsw;
    v.FpControlStatus.FpTag = s.x87.ftw;
    v.FpControlStatus.LastFpOp = s.x87.fop;
    v.FpControlStatus.LastFpRip = s.x87.fip;
  } else if (name == WHvX64RegisterXmmControlStatus) {
    v.XmmControlStatus.LastFpRdp = s.x87.fdp;
    v.XmmControlStatus.XmmStatusControl = s.x87.mxcsr;
    v.XmmControlStatus.XmmStatusControlMask = s.x87.mxcsr_mask;
  } else if (name == WHvRegisterInterruptState) {
    v.InterruptState.InterruptShadow = s.interrupt_shadow || s.mov_ss_shadow;
    v.InterruptState.NmiMasked = s.nmi_blocked;
  } else if (name == WHvRegisterInternalActivityState) {
    v.InternalActivity.StartupSuspend = s.activity == Activity::WaitForSipi;
    v.InternalActivity.HaltSuspend = s.activity == Activity::Halted || s.activity == Activity::Mwait;
  }
}

}  // namespace

RegisterBatch registers_of(StateMask groups) {
  RegisterBatch batch;
  auto const add = [&](StateMask group, WHV_REGISTER_NAME first, unsigned count = 1) {
    if ((groups & group) == 0) return;
    for (unsigned n = 0; n < count; ++n) batch.names[batch.count++] = numbered(first, n);
  };
  for (unsigned n = 0; n < 16; ++n) add(state_gpr(n), numbered(WHvX64RegisterRax, n));
  add(kStateFlags, WHvX64RegisterRflags);
  for (unsigned n = 0; n < 6; ++n) add(state_segment(n), numbered(WHvX64RegisterEs, n));
  add(kStateLdtr, WHvX64RegisterLdtr);
  add(kStateTr, WHvX64RegisterTr);
  add(kStateGdtr, WHvX64RegisterGdtr);
  add(kStateIdtr, WHvX64RegisterIdtr);
  for (auto const& p : kPlain) add(p.group, p.name);
  add(kStateX87, WHvX64RegisterFpMmx0, 8);
  add(kStateX87, WHvX64RegisterFpControlStatus);
  add(kStateSse, WHvX64RegisterXmm0, 16);
  add(kStateX87 | kStateMxcsr, WHvX64RegisterXmmControlStatus);
  add(kStateActivity, WHvRegisterInterruptState);
  add(kStateActivity, WHvRegisterInternalActivityState);
  return batch;
}

bool ProcessorRegisters::fetch(StateMask groups, ArchState& into) {
  groups &= ~absent_;
  if (groups & ~kRegisterGroups) return false;
  if (groups == 0) return true;
  auto const batch = registers_of(groups);
  std::array<WHV_REGISTER_VALUE, kMaxRegisters> values;
  ++counters.gets;
  counters.registers_got += batch.count;
  last_error_ = f_.WHvGetVirtualProcessorRegisters(partition_, index_, batch.names.data(), batch.count, values.data());
  if (FAILED(last_error_)) return false;
  for (unsigned n = 0; n < batch.count; ++n) take(batch.names[n], values[n], groups, into);
  if (groups & kStateCr3) {
    for (unsigned n = 0; n < 4; ++n) into.pdpte[n] = read_quad_((into.cr3 & 0xFFFFFFE0) + 8 * n);
  }
  return true;
}

bool ProcessorRegisters::store(StateMask groups, const ArchState& from) {
  groups &= ~absent_;
  if (groups & ~kRegisterGroups) return false;
  if (groups == 0) return true;
  ArchState state = from;  // a copy: the tables reach fields to write to
  // One register holds the end of the x87's state and MXCSR: the half that is not ours keeps its value.
  StateMask const shared = kStateX87 | kStateMxcsr;
  if ((groups & shared) != 0 && (groups & shared) != shared) {
    WHV_REGISTER_NAME const name = WHvX64RegisterXmmControlStatus;
    WHV_REGISTER_VALUE value;
    ++counters.gets;
    ++counters.registers_got;
    last_error_ = f_.WHvGetVirtualProcessorRegisters(partition_, index_, &name, 1, &value);
    if (FAILED(last_error_)) return false;
    take(name, value, shared & ~groups, state);
  }
  auto const batch = registers_of(groups);
  std::array<WHV_REGISTER_VALUE, kMaxRegisters> values;
  for (unsigned n = 0; n < batch.count; ++n) give(batch.names[n], state, values[n]);
  ++counters.sets;
  counters.registers_set += batch.count;
  last_error_ = f_.WHvSetVirtualProcessorRegisters(partition_, index_, batch.names.data(), batch.count, values.data());
  return SUCCEEDED(last_error_);
}

}  // namespace mullion::whpx
