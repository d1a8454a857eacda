// IRET in every mode: virtual-8086 with and without VME, nested tasks, outer levels, 64-bit frames.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sem/operands.hpp"
#include "cpu/x86/sys/stack.hpp"
#include "cpu/x86/sys/target.hpp"
#include "cpu/x86/sys/task.hpp"
#include "cpu/x86/sys/transfer.hpp"

namespace mullion::x86 {
namespace {

constexpr uint64_t kUserFlags = kArithmeticFlags | TF | DF | NT;
constexpr uint64_t kWideFlags = RF | AC | ID;  // not in a 16-bit image

void merge_flags(Cpu& c, uint64_t image, uint64_t mask) {
  c.st.flags.set_rflags((c.st.flags.rflags() & ~mask) | (image & mask));
}

// What the popped image may change at this CPL.
uint64_t loadable(const Cpu& c, unsigned bytes) {
  uint64_t mask = kUserFlags;
  if (bytes != 2) mask |= kWideFlags;
  if (c.st.cpl <= c.st.flags.iopl()) mask |= IF;
  if (c.st.cpl == 0) mask |= IOPL | (bytes != 2 ? VIF | VIP : 0);
  return mask;
}

struct Frame {
  uint64_t rip = 0, cs = 0, flags = 0;
  uint16_t selector() const { return uint16_t(cs); }
};

Status pop_frame(Stack& stack, unsigned bytes, Frame& f) {
  MULLION_TRY(stack.pop(bytes, f.rip));
  MULLION_TRY(stack.pop(bytes, f.cs));
  return stack.pop(bytes, f.flags);
}

void go_real(Cpu& c, const Frame& f, const Stack& stack) {
  c.st.gpr[RSP] = stack.sp();
  load_real_segment(c, CS, f.selector());
  c.st.rip = f.rip;
  c.update_mode();
}

Status return_real(Cpu& c, unsigned bytes) {
  Stack stack(c);
  Frame f;
  MULLION_TRY(pop_frame(stack, bytes, f));
  if (f.rip > c.st.seg[CS].limit) return c.raise(kGP, 0);
  c.st.nmi_blocked = false;
  merge_flags(c, f.flags, kUserFlags | IF | IOPL | (bytes != 2 ? kWideFlags : 0));
  go_real(c, f, stack);
  return Status::Branch;
}

// SDM vol. 3 §20.2.7 and §20.3.3.5: with IOPL 3, or by the virtual interrupt flag.
Status return_v86(Cpu& c, unsigned bytes) {
  bool const trusted = c.st.flags.iopl() == 3;
  if (!trusted && (!(c.st.cr4 & CR4_VME) || bytes != 2)) return c.raise(kGP, 0);
  Stack stack(c);
  Frame f;
  MULLION_TRY(pop_frame(stack, bytes, f));
  if (f.rip > c.st.seg[CS].limit) return c.raise(kGP, 0);
  if (!trusted) {
    if ((f.flags & TF) || ((f.flags & IF) && c.st.flags.test(VIP))) return c.raise(kGP, 0);
    merge_flags(c, f.flags, kUserFlags);
    merge_flags(c, f.flags & IF ? uint64_t{VIF} : 0, VIF);
  } else {
    merge_flags(c, f.flags, kUserFlags | IF | (bytes != 2 ? kWideFlags : 0));
  }
  c.st.nmi_blocked = false;
  go_real(c, f, stack);
  return Status::Branch;
}

// To a virtual-8086 task: nine words of the 32-bit frame.
Status enter_v86(Cpu& c, Stack& stack, const Frame& f) {
  uint64_t esp = 0;
  std::array<uint64_t, 5> selector{};
  MULLION_TRY(stack.pop(4, esp));
  for (uint64_t& s : selector) MULLION_TRY(stack.pop(4, s));
  if (f.rip > 0xFFFF) return c.raise(kGP, 0);
  c.st.flags.set_rflags(f.flags & (kUserFlags | kWideFlags | IF | IOPL | VM | VIF | VIP));
  c.st.cpl = 3;
  c.st.gpr[RSP] = esp;
  static constexpr SegReg kOrder[5] = {SS, ES, DS, FS, GS};
  for (unsigned n = 0; n < 5; ++n) load_real_segment(c, kOrder[n], uint16_t(selector[n]));
  load_real_segment(c, CS, f.selector());
  c.st.rip = f.rip;
  c.update_mode();
  return Status::Branch;
}

// NT: back to the task that called this one.
Status return_task(Cpu& c, uint64_t next_rip) {
  uint16_t link = 0;
  MULLION_TRY(c.load_system(uint32_t(c.st.tr.base), link));
  if (link & 4) return c.raise(kTS, selector_error(link));
  TaskSwitch t{
      .source = TaskSource::Iret, .selector = link, .tss = {}, .return_rip = next_rip, .flags = c.st.flags.rflags()};
  MULLION_TRY(fetch_descriptor(c, link, kTS, 0, t.tss));
  if (t.tss.s() || (t.tss.type() != kTss16Busy && t.tss.type() != kTss32Busy))
    return c.raise(kTS, selector_error(link));
  if (!t.tss.present()) return c.raise(kNP, selector_error(link));
  return switch_task_by_instruction(c, t);
}

Status return_protected(Cpu& c, unsigned bytes) {
  Stack stack(c);
  Frame f;
  MULLION_TRY(pop_frame(stack, bytes, f));
  if ((f.flags & VM) && bytes == 4 && c.st.cpl == 0 && !c.long_mode()) return enter_v86(c, stack, f);
  Descriptor cs;
  MULLION_TRY(fetch_return_code(c, f.selector(), cs));
  unsigned const new_cpl = rpl(f.selector());
  bool const outer = new_cpl != c.st.cpl;
  ReturnStack to;
  if (outer || c.code64()) MULLION_TRY(pop_return_stack(c, stack, bytes, cs, f.selector(), to));
  MULLION_TRY(check_target(c, cs, f.rip, 0));
  MULLION_TRY(mark_accessed(c, cs));
  merge_flags(c, f.flags, loadable(c, bytes));
  if (outer || c.code64()) to.commit(c, cs, 0);
  else c.st.gpr[RSP] = stack.sp();
  if (outer) drop_inner_segments(c, new_cpl);
  return enter_code(c, cs, f.selector(), new_cpl, f.rip);
}

}  // namespace

Status interrupt_return(Cpu& c, unsigned bytes, uint64_t next_rip) {
  if (c.real_mode()) return return_real(c, bytes);
  if (c.v86()) return return_v86(c, bytes);
  // A fault of IRET does not block NMIs again (SDM vol. 3 §6.7.1).
  c.st.nmi_blocked = false;
  if (c.st.flags.test(NT)) return c.long_mode() ? c.raise(kGP, 0) : return_task(c, next_rip);
  return return_protected(c, bytes);
}

}  // namespace mullion::x86
