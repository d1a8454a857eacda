// Events that the client injects, and the moments it asks to be told of.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/debug.hpp"
#include "cpu/x86/sys/events.hpp"
#include "cpu/x86/sys/exceptions.hpp"
#include "cpu/x86/sys/local_apic.hpp"
#include "whp/vp.hpp"

namespace mullion::whp {
namespace {

constexpr uint64_t kPending = 1;

bool interruptible(const x86::ArchState& st) {
  return st.flags.test(x86::IF) && !st.interrupt_shadow && !st.mov_ss_shadow;
}

unsigned type_of(uint64_t event) { return unsigned(event >> 1) & 7; }

bool pushes_error_code(uint8_t vector) {
  using namespace x86;
  return vector == kDF || (vector >= kTS && vector <= kPF) || vector == kAC;
}

}  // namespace

// What hardware would refuse on entry (SDM vol. 3 §27.3), as far as a client can write it.
bool Vp::state_valid() const {
  x86::ArchState const& st = cpu_.st;
  bool const pe = (st.cr0 & x86::CR0_PE) != 0, pg = (st.cr0 & x86::CR0_PG) != 0;
  if ((pg && !pe) || ((st.cr0 & x86::CR0_NW) && !(st.cr0 & x86::CR0_CD)) || st.cr0 >> 32 != 0) return false;
  if ((st.cr4 & ~cpu_.model.cr4_valid()) != 0) return false;
  if ((st.efer & ~(cpu_.model.efer_valid() | x86::EFER_LMA)) != 0) return false;
  bool const lma = (st.efer & x86::EFER_LMA) != 0;
  if (lma != (pg && (st.efer & x86::EFER_LME)) || (lma && !(st.cr4 & x86::CR4_PAE))) return false;
  if (lma && (st.flags.test(x86::VM) || !cpu_.canonical(st.rip))) return false;
  if (!cpu_.code64() && st.rip >> 32 != 0) return false;
  if ((st.xcr0 & x86::XCR0_X87) == 0 || (st.xcr0 & ~cpu_.model.xcr0_valid()) != 0) return false;
  if ((pending_interruption_ & kPending) && type_of(pending_interruption_) == WHvX64PendingInterrupt) {
    if (!interruptible(st)) return false;
  }
  if (!pe || st.flags.test(x86::VM)) return true;
  x86::Segment const& cs = st.seg[x86::CS];
  return cs.present() && cs.code() && !(lma && cs.l() && cs.db());
}

// True: there is an exit, and what was to be injected waits.
bool Vp::inject() {
  if (pending_interruption_ & kPending) {
    uint64_t const p = pending_interruption_;
    auto const vector = uint8_t(p >> 16);
    bool stopped = false;
    switch (type_of(p)) {
      case WHvX64PendingInterrupt: stopped = inject_external(vector); break;
      case WHvX64PendingNmi:
        cpu_.st.interrupt_shadow = cpu_.st.mov_ss_shadow = false;
        stopped = x86::nmi(cpu_) == x86::Status::Exit;
        break;
      default:
        stopped = inject_exception(vector, (p & 0x10) != 0, uint32_t(p >> 32), cpu_.st.cr2, unsigned(p >> 5) & 15);
    }
    if (stopped) return true;
    pending_interruption_ = 0;
  }
  if ((pending_event_[0] & kPending) && type_of(pending_event_[0]) == WHvX64PendingEventException) {
    uint64_t const e = pending_event_[0];
    if (inject_exception(uint8_t(e >> 16), (e & 0x100) != 0, uint32_t(e >> 32), pending_event_[1], 0)) return true;
    pending_event_ = {};
  }
  return false;
}

bool Vp::inject_exception(uint8_t vector, bool has_error, uint32_t error, uint64_t parameter, unsigned length) {
  x86::Fault f{.vector = vector, .has_error = has_error && pushes_error_code(vector) && cpu_.protected_mode(),
               .error = error};
  if (vector == x86::kPF) f.address = parameter;
  if (vector == x86::kDB) f.dr6 = parameter;
  uint64_t const rip = cpu_.st.rip;
  // INT3 and INTO push the address behind them.
  if (vector == x86::kBP || vector == x86::kOF) {
    cpu_.st.rip += length;
    f.trap = true;
  }
  if (vector == x86::kDB) f.trap = true;
  bool const shadow = cpu_.st.interrupt_shadow, stack_shadow = cpu_.st.mov_ss_shadow;
  cpu_.st.interrupt_shadow = cpu_.st.mov_ss_shadow = false;
  injecting_ = true;
  x86::Status const s = x86::deliver(cpu_, f);
  injecting_ = false;
  x86::update_step(cpu_);
  if (s != x86::Status::Exit) return false;
  cpu_.st.rip = rip;
  cpu_.st.interrupt_shadow = shadow;
  cpu_.st.mov_ss_shadow = stack_shadow;
  return true;
}

bool Vp::inject_external(uint8_t vector) {
  injecting_ = true;
  x86::Status const s = x86::external_interrupt(cpu_, vector);
  injecting_ = false;
  return s == x86::Status::Exit;
}

void Vp::want_window() {
  bool const wanted = (notifications_ & 3) != 0 || (pending_event_[0] & kPending) != 0 || !partition_.apic_emulated();
  if (wanted) cpu_.attention.fetch_or(x86::kAttnWindow, std::memory_order_relaxed);
  else cpu_.attention.fetch_and(~uint32_t{x86::kAttnWindow}, std::memory_order_relaxed);
}

bool Vp::window() {
  x86::ArchState const& st = cpu_.st;
  // HLT is told before anything that it would wait for.
  if (!partition_.apic_emulated() && st.activity == x86::Activity::Halted) return true;
  bool const now = interruptible(st);
  if ((pending_event_[0] & kPending) && type_of(pending_event_[0]) == WHvX64PendingEventExtInt && now) {
    auto const vector = uint8_t(pending_event_[0] >> 8);
    if (inject_external(vector)) return true;
    pending_event_ = {};
    return false;
  }
  unsigned const priority = unsigned(notifications_ >> 2) & 15;
  if ((notifications_ & 2) && now && (priority == 0 || priority > cpu_.apic->cr8())) {
    notifications_ &= ~uint64_t{2};
    exit_with(WHvRunVpExitReasonX64InterruptWindow);
    exit_.InterruptWindow.DeliverableType = WHvX64PendingInterrupt;
    return true;
  }
  if ((notifications_ & 1) && !st.nmi_blocked && !st.mov_ss_shadow) {
    notifications_ &= ~uint64_t{1};
    exit_with(WHvRunVpExitReasonX64InterruptWindow);
    exit_.InterruptWindow.DeliverableType = WHvX64PendingNmi;
    return true;
  }
  return false;
}

}  // namespace mullion::whp
