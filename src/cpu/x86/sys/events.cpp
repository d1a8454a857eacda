// Reset, INIT, SIPI, and the order in which signals are taken.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/events.hpp"

#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/intercepts.hpp"
#include "cpu/x86/interp/block_cache.hpp"
#include "cpu/x86/sys/debug.hpp"
#include "cpu/x86/sys/event_log.hpp"
#include "cpu/x86/sys/exceptions.hpp"
#include "cpu/x86/sys/local_apic.hpp"
#include "cpu/x86/sys/smm.hpp"

namespace mullion::x86 {
namespace {

bool clear(Cpu& c, uint32_t bit) { return c.attention.fetch_and(~bit, std::memory_order_acq_rel) & bit; }
bool bootstrap(const Cpu& c) { return c.apic->base() & APIC_BASE_BSP; }

void restart(Cpu& c) {
  c.step = StepRecord{};
  c.flush_tlb(true);
  c.update_mode();
}

// Debug traps that a shadow or an instruction outside single-step mode left.
void take_pending_trap(Cpu& c) {
  if (c.st.pending_debug == 0 || c.st.mov_ss_shadow || c.st.activity == Activity::Shutdown) return;
  Fault const f{.vector = kDB, .dr6 = c.st.pending_debug, .trap = true};
  c.st.pending_debug = 0;
  deliver(c, f);
  update_step(c);
}

void take_interrupt(Cpu& c, bool mid_string) {
  ArchState& st = c.st;
  if (!st.flags.test(IF) || st.interrupt_shadow || st.mov_ss_shadow) {
    if (st.activity == Activity::Mwait) st.activity = Activity::Running;
    return;
  }
  clear(c, kAttnInterrupt);
  int const vector = c.apic->acknowledge();
  if (c.apic->interrupt_pending()) c.attention.fetch_or(kAttnInterrupt, std::memory_order_release);
  if (vector >= 0) external_interrupt(c, uint8_t(vector), mid_string);
}

}  // namespace

Next take_events(Cpu& c, bool mid_string) {
  ArchState& st = c.st;
  uint32_t const announced = c.attention.load(std::memory_order_acquire);
  if ((announced & kAttnReset) && clear(c, kAttnReset)) return Next::Reset;
  if ((announced & kAttnStop) && clear(c, kAttnStop)) return Next::Stop;
  if ((announced & kAttnWindow) && c.intercepts != nullptr && c.intercepts->window()) return Next::Stop;
  if (!st.mov_ss_shadow && !st.smm && st.activity != Activity::WaitForSipi) {
    if ((announced & kAttnSmi) && clear(c, kAttnSmi)) enter_smm(c);
    else if ((announced & kAttnInit) && clear(c, kAttnInit)) init(c);
  }
  if (st.activity == Activity::WaitForSipi) {
    if (announced & kAttnInit) clear(c, kAttnInit);
    if ((announced & kAttnSipi) && clear(c, kAttnSipi)) startup(c, c.apic->sipi_vector());
  } else {
    if (announced & kAttnSipi) clear(c, kAttnSipi);
    take_pending_trap(c);
    if ((announced & kAttnNmi) && !st.nmi_blocked && !st.mov_ss_shadow && clear(c, kAttnNmi)) nmi(c, mid_string);
    if ((announced & kAttnInterrupt) && st.activity != Activity::Shutdown) take_interrupt(c, mid_string);
  }
  return st.activity == Activity::Running ? Next::Run : Next::Idle;
}

uint32_t held_signals(const Cpu& c) {
  ArchState const& st = c.st;
  uint32_t held = 0;
  if (!st.flags.test(IF)) held |= kAttnInterrupt;
  if (st.nmi_blocked) held |= kAttnNmi;
  if (st.smm) held |= kAttnSmi | kAttnInit;
  if (st.activity == Activity::WaitForSipi) held |= kAttnInterrupt | kAttnNmi | kAttnSmi;
  if (st.activity == Activity::Shutdown) held |= kAttnInterrupt;
  return held;
}

void reset(Cpu& c) {
  log_reset(c);
  c.st.reset(c.model.signature());
  c.st.msr.tsc_offset = 0 - c.port.now_ns();  // the TSC counts nanoseconds of the clock
  c.apic->reset();
  c.apic->tsc_offset_changed(c.st.msr.tsc_offset);
  c.attention.fetch_and(~uint32_t{kAttnNmi | kAttnSmi | kAttnInit | kAttnSipi | kAttnStep}, std::memory_order_acq_rel);
  c.exceptions = ExceptionLog{};
  c.blocks->flush();
  if (!bootstrap(c)) c.st.activity = Activity::WaitForSipi;
  restart(c);
}

void init(Cpu& c) {
  ArchState const old = c.st;
  ArchState& st = c.st;
  st.reset(c.model.signature());
  constexpr uint64_t kKept = CR0_CD | CR0_NW;
  st.cr0 = (st.cr0 & ~kKept) | (old.cr0 & kKept);
  st.xcr0 = old.xcr0;
  st.pkru = old.pkru;
  st.msr = old.msr;
  st.zmm = old.zmm;
  st.k = old.k;
  st.x87 = old.x87;
  c.apic->init();
  if (!bootstrap(c)) st.activity = Activity::WaitForSipi;
  restart(c);
}

void startup(Cpu& c, uint8_t vector) {
  c.st.seg[CS].selector = uint16_t(vector << 8);
  c.st.seg[CS].base = uint32_t{vector} << 12;
  c.st.rip = 0;
  c.st.activity = Activity::Running;
  restart(c);
}

void hold_interrupts(Cpu& c, bool stack) {
  (stack ? c.st.mov_ss_shadow : c.st.interrupt_shadow) = true;
  update_step(c);
}

}  // namespace mullion::x86
