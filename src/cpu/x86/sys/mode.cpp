// What follows from the architectural state: code size, segment views, the view of memory; near branches.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/conditions.hpp"
#include "cpu/x86/sys/debug.hpp"
#include "cpu/x86/sys/segment.hpp"

namespace mullion::x86 {
namespace {

CodeSize code_size(const Cpu& c) {
  Segment const& cs = c.st.seg[CS];
  if (c.long_mode() && cs.l() && !c.v86()) return CodeSize::k64;
  return cs.db() ? CodeSize::k32 : CodeSize::k16;
}

}  // namespace

void Cpu::update_mode() {
  code = code_size(*this);
  bool const is64 = code == CodeSize::k64;
  linear_mask = is64 ? ~uint64_t{0} : 0xFFFFFFFF;
  stack_size_ = is64 ? 3 : st.seg[SS].db() ? 2 : 1;
  bool const checked = protected_mode() && !v86();
  for (unsigned n = 0; n < 6; ++n) {
    view_of[n] = is64 ? SegmentView{.base = n >= FS ? st.seg[n].base : 0, .low = 0, .read_high = ~uint64_t{0},
                                    .write_low = 0, .write_high = ~uint64_t{0}}
                      : segment_view(st.seg[n], checked);
  }
  blocked = unmet_conditions(*this);
  update_view();
  update_step(*this);
  attention_held = 0;  // IF or the blocking of NMIs may have changed
}

void Cpu::update_view() {
  bool const ac = st.flags.test(AC);
  if (st.cpl == 3) set_view(ac && (st.cr0 & CR0_AM) ? kViewChecked : kViewUser);
  else set_view(ac && (st.cr4 & CR4_SMAP) ? kViewSupervisorAc : kViewSupervisor);
}

Status Cpu::branch(const Insn& i, uint64_t target) {
  if (code == CodeSize::k64) {
    if (i.opsize == 1) target = uint16_t(target);
    else if (!canonical(target)) [[unlikely]] return raise(kGP, 0);
  } else {
    target = i.opsize == 1 ? uint16_t(target) : uint32_t(target);
    if (target > st.seg[CS].limit) [[unlikely]] return raise(kGP, 0);
  }
  st.rip = target;
  return Status::Branch;
}

}  // namespace mullion::x86
