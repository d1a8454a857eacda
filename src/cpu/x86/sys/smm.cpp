// The SMM state save area and the switches into and out of SMM.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/smm.hpp"

#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/sys/debug.hpp"

#include <array>

namespace mullion::x86 {
namespace {

// Processors with long mode use AMD64's save map (APM vol. 2 table 10-1), revision 0x20064, whoever their vendor is:
// it is what PC firmware for virtual machines expects. Others use the legacy map (SDM vol. 3 table 34-1). Offsets
// are from SMBASE + 0x8000.
constexpr uint32_t kRevision64 = 0x20064, kRevision32 = 0x20000;
constexpr uint32_t kEntry = 0x8000;
constexpr uint32_t kAutoHalt64 = 0x7EC9, kAutoHalt32 = 0x7F02;
constexpr uint32_t kRevision = 0x7EFC;
constexpr uint32_t kSmbase64 = 0x7F00, kSmbase32 = 0x7EF8;

// The save area at one SMBASE: physical memory (SMM runs with paging off).
class SaveArea {
 public:
  SaveArea(Cpu& c, uint64_t smbase) : c_(c), base_(smbase + 0x8000) {}
  template <class T> void put(uint32_t offset, T v) {
    if (good_) good_ = c_.store_system(uint32_t(base_ + offset), v) == Status::Done;
  }
  template <class T> T get(uint32_t offset) {
    T v{};
    if (good_) good_ = c_.load_system(uint32_t(base_ + offset), v) == Status::Done;
    return v;
  }
  bool good() const { return good_; }

 private:
  Cpu& c_;
  uint64_t base_;
  bool good_ = true;
};


// Applies f(offset, segment) to all six segments, LDTR and TR of the 64-bit map.
template <class F> void each_segment64(ArchState& st, F&& f) {
  for (unsigned n = 0; n < 6; ++n) f(0x7E00 + 16 * n, st.seg[n]);
  f(0x7E70, st.ldtr);
  f(0x7E90, st.tr);
}

void save64(SaveArea& a, ArchState& st, bool halted) {
  each_segment64(st, [&](uint32_t offset, Segment& s) {
    a.put<uint16_t>(offset, s.selector);
    a.put<uint16_t>(offset + 2, s.attributes);
    a.put<uint32_t>(offset + 4, s.limit);
    a.put<uint64_t>(offset + 8, s.base);
  });
  a.put<uint32_t>(0x7E64, st.gdtr.limit);
  a.put<uint64_t>(0x7E68, st.gdtr.base);
  a.put<uint32_t>(0x7E84, st.idtr.limit);
  a.put<uint64_t>(0x7E88, st.idtr.base);
  a.put<uint8_t>(kAutoHalt64, halted ? 1 : 0);
  a.put<uint8_t>(0x7ECA, st.nmi_blocked ? 1 : 0);
  a.put<uint64_t>(0x7ED0, st.efer);
  a.put<uint32_t>(kRevision, kRevision64);
  a.put<uint32_t>(kSmbase64, uint32_t(st.msr.smbase));
  a.put<uint64_t>(0x7F48, st.cr4);
  a.put<uint64_t>(0x7F50, st.cr3);
  a.put<uint64_t>(0x7F58, st.cr0);
  a.put<uint64_t>(0x7F60, st.dr[7]);
  a.put<uint64_t>(0x7F68, st.dr[6]);
  a.put<uint64_t>(0x7F70, st.flags.rflags());
  a.put<uint64_t>(0x7F78, st.rip);
  for (unsigned n = 0; n < 16; ++n) a.put<uint64_t>(0x7FF8 - 8 * n, st.gpr[n]);
}

void load64(SaveArea& a, ArchState& st, bool& halted) {
  each_segment64(st, [&](uint32_t offset, Segment& s) {
    s = Segment{.base = a.get<uint64_t>(offset + 8), .limit = a.get<uint32_t>(offset + 4),
                .selector = a.get<uint16_t>(offset), .attributes = uint16_t(a.get<uint16_t>(offset + 2) & 0xF0FF)};
  });
  st.gdtr = TableRegister{.base = a.get<uint64_t>(0x7E68), .limit = uint16_t(a.get<uint32_t>(0x7E64))};
  st.idtr = TableRegister{.base = a.get<uint64_t>(0x7E88), .limit = uint16_t(a.get<uint32_t>(0x7E84))};
  halted = a.get<uint8_t>(kAutoHalt64) & 1;
  st.nmi_blocked = a.get<uint8_t>(0x7ECA) & 1;
  st.efer = a.get<uint64_t>(0x7ED0);
  st.msr.smbase = a.get<uint32_t>(kSmbase64);
  st.cr4 = a.get<uint64_t>(0x7F48);
  st.cr3 = a.get<uint64_t>(0x7F50);
  st.cr0 = a.get<uint64_t>(0x7F58);
  st.dr[7] = (a.get<uint64_t>(0x7F60) & 0xFFFF23FF) | 0x400;
  st.dr[6] = (a.get<uint64_t>(0x7F68) & 0xE00F) | kDr6Fixed;
  st.flags.set_rflags(a.get<uint64_t>(0x7F70) & 0x3F7FD5);
  st.rip = a.get<uint64_t>(0x7F78);
  for (unsigned n = 0; n < 16; ++n) st.gpr[n] = a.get<uint64_t>(0x7FF8 - 8 * n);
}

// Hidden parts have no architectural place in the legacy map: they are kept where Intel reserves room.
struct Place32 {
  uint32_t selector, hidden;  // hidden: attributes, limit, base, each 4 bytes
};
constexpr Place32 kSegment32[8] = {{0x7FA8, 0x7F84}, {0x7FAC, 0x7F90}, {0x7FB0, 0x7F9C}, {0x7FB4, 0x7F2C},
                                   {0x7FB8, 0x7F38}, {0x7FBC, 0x7F44}, {0x7FC0, 0x7F78}, {0x7FC4, 0x7F5C}};

template <class F> void each_segment32(ArchState& st, F&& f) {
  for (unsigned n = 0; n < 6; ++n) f(kSegment32[n], st.seg[n]);
  f(kSegment32[6], st.ldtr);
  f(kSegment32[7], st.tr);
}

void save32(SaveArea& a, ArchState& st, bool halted) {
  each_segment32(st, [&](Place32 const& p, Segment& s) {
    a.put<uint32_t>(p.selector, s.selector);
    a.put<uint32_t>(p.hidden, s.attributes);
    a.put<uint32_t>(p.hidden + 4, s.limit);
    a.put<uint32_t>(p.hidden + 8, uint32_t(s.base));
  });
  a.put<uint32_t>(0x7F74, uint32_t(st.gdtr.base));
  a.put<uint32_t>(0x7F70, st.gdtr.limit);
  a.put<uint32_t>(0x7F58, uint32_t(st.idtr.base));
  a.put<uint32_t>(0x7F54, st.idtr.limit);
  a.put<uint32_t>(0x7F14, uint32_t(st.cr4));
  a.put<uint16_t>(kAutoHalt32, halted ? 1 : 0);
  a.put<uint8_t>(0x7F10, st.nmi_blocked ? 1 : 0);
  a.put<uint32_t>(kRevision, kRevision32);
  a.put<uint32_t>(kSmbase32, uint32_t(st.msr.smbase));
  a.put<uint32_t>(0x7FFC, uint32_t(st.cr0));
  a.put<uint32_t>(0x7FF8, uint32_t(st.cr3));
  a.put<uint32_t>(0x7FF4, uint32_t(st.flags.rflags()));
  a.put<uint32_t>(0x7FF0, uint32_t(st.rip));
  for (unsigned n = 0; n < 8; ++n) a.put<uint32_t>(0x7FD0 + 4 * n, uint32_t(st.gpr[n]));
  a.put<uint32_t>(0x7FCC, uint32_t(st.dr[6]));
  a.put<uint32_t>(0x7FC8, uint32_t(st.dr[7]));
}

void load32(SaveArea& a, ArchState& st, bool& halted) {
  each_segment32(st, [&](Place32 const& p, Segment& s) {
    s = Segment{.base = a.get<uint32_t>(p.hidden + 8),
                .limit = a.get<uint32_t>(p.hidden + 4),
                .selector = uint16_t(a.get<uint32_t>(p.selector)),
                .attributes = uint16_t(a.get<uint32_t>(p.hidden) & 0xF0FF)};
  });
  st.gdtr = TableRegister{.base = a.get<uint32_t>(0x7F74), .limit = uint16_t(a.get<uint32_t>(0x7F70))};
  st.idtr = TableRegister{.base = a.get<uint32_t>(0x7F58), .limit = uint16_t(a.get<uint32_t>(0x7F54))};
  st.cr4 = a.get<uint32_t>(0x7F14);
  halted = a.get<uint16_t>(kAutoHalt32) & 1;
  st.nmi_blocked = a.get<uint8_t>(0x7F10) & 1;
  st.msr.smbase = a.get<uint32_t>(kSmbase32);
  st.cr0 = a.get<uint32_t>(0x7FFC);
  st.cr3 = a.get<uint32_t>(0x7FF8);
  st.flags.set_rflags(a.get<uint32_t>(0x7FF4) & 0x3F7FD5);
  st.rip = a.get<uint32_t>(0x7FF0);
  for (unsigned n = 0; n < 8; ++n) st.gpr[n] = a.get<uint32_t>(0x7FD0 + 4 * n);
  st.dr[6] = (a.get<uint32_t>(0x7FCC) & 0xE00F) | kDr6Fixed;
  st.dr[7] = (a.get<uint32_t>(0x7FC8) & 0xFFFF23FF) | 0x400;
}

// What would make RSM shut the processor down (SDM vol. 3 §34.4.5).
bool enterable(Cpu& c, const ArchState& st) {
  bool const pg = st.cr0 & CR0_PG, pe = st.cr0 & CR0_PE;
  if ((pg && !pe) || ((st.cr0 & CR0_NW) && !(st.cr0 & CR0_CD)) || (st.cr0 & ~c.model.cr0_valid())) return false;
  if ((st.cr4 & ~c.model.cr4_valid()) || (st.efer & ~(c.model.efer_valid() | EFER_LMA))) return false;
  bool const lma = pg && (st.efer & EFER_LME);
  if (lma != bool(st.efer & EFER_LMA)) return false;
  return !lma || (st.cr4 & CR4_PAE);
}

}  // namespace

Status enter_smm(Cpu& c) {
  ArchState& st = c.st;
  ArchState const old = st;
  bool const halted = st.activity == Activity::Halted;
  // The save area is written with the processor's SMM view of memory: paging is off, SMRAM is open.
  st.smm = true;
  st.cr0 &= ~uint64_t{CR0_PE | CR0_EM | CR0_TS | CR0_PG};
  st.cr4 = 0;
  st.efer = 0;
  st.cpl = 0;
  c.flush_tlb(true);
  ArchState saved = old;
  SaveArea area(c, old.msr.smbase);
  c.model.has(Feature::LM) ? save64(area, saved, halted) : save32(area, saved, halted);
  if (!area.good()) {
    st.activity = Activity::Shutdown;
    return Status::Halt;
  }
  for (Segment& s : st.seg) s = Segment{.base = 0, .limit = 0xFFFFFFFF, .selector = 0, .attributes = 0x8093};
  st.seg[CS].base = uint32_t(st.msr.smbase);
  st.seg[CS].selector = uint16_t(st.msr.smbase >> 4);
  st.flags.set_rflags(FixedOne);
  st.rip = kEntry;
  st.dr[7] = 0x400;
  st.nmi_blocked = true;
  st.interrupt_shadow = st.mov_ss_shadow = false;
  st.activity = Activity::Running;
  c.update_mode();
  return Status::Done;
}

Status leave_smm(Cpu& c) {
  if (!c.st.smm) return c.raise(kUD);
  // With paging off again: the handler may have turned it on.
  ArchState& st = c.st;
  uint64_t const smbase = st.msr.smbase;
  st.cr0 &= ~uint64_t{CR0_PG};
  st.efer &= ~uint64_t{EFER_LMA};
  st.cpl = 0;
  c.flush_tlb(true);
  SaveArea area(c, smbase);
  ArchState loaded = st;
  bool halted = false;
  c.model.has(Feature::LM) ? load64(area, loaded, halted) : load32(area, loaded, halted);
  if (!area.good() || !enterable(c, loaded)) {
    st.activity = Activity::Shutdown;
    return Status::Halt;
  }
  loaded.smm = false;
  loaded.activity = halted ? Activity::Halted : Activity::Running;
  // CPL is the DPL of SS (SDM vol. 3 §34.4); a null SS of 64-bit code keeps it in its selector.
  bool const checked = (loaded.cr0 & CR0_PE) && !loaded.flags.test(VM);
  Segment const& ss = loaded.seg[SS];
  loaded.cpl = uint8_t(!(loaded.cr0 & CR0_PE) ? 0 : !checked ? 3 : ss.present() ? ss.dpl() : ss.selector & 3);
  st = loaded;
  if ((st.cr0 & CR0_PG) && (st.cr4 & CR4_PAE) && !c.long_mode() && !c.load_pdptes(st.cr3)) {
    st.activity = Activity::Shutdown;
    return Status::Halt;
  }
  c.flush_tlb(true);
  c.update_mode();
  c.step.trap_flag = false;
  return halted ? Status::Halt : Status::Branch;
}

}  // namespace mullion::x86
