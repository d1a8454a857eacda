// A virtual processor of the accelerator `soft`: the software CPU between guest memory and the machine's buses.
// SPDX-License-Identifier: Apache-2.0
#include "accel/soft/soft_vcpu.hpp"

#include "base/log.hpp"
#include "cpu/x86/interp/block_cache.hpp"
#include "cpu/x86/interp/interpreter.hpp"
#include "cpu/x86/sys/events.hpp"
#include "cpu/x86/sys/exceptions.hpp"
#include "cpu/x86/sys/local_apic.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mullion {

using x86::PortStatus;

namespace {
TraceEvent trace_soft_vcpu_end{"soft_vcpu_end", "a processor of the accelerator soft is done: what it executed since its last reset"};
}

SoftVcpu::SoftVcpu(const Environment& environment, x86::CpuModel model, uint32_t index)
    : env_(environment),
      model_(std::move(model)),
      cpu_(*this, model_, &environment.apics, index),
      apic_timer_(environment.timers, [this] {
        if (auto const next = cpu_.apic->poll(env_.timers.now_ns())) apic_timer_.arm_at(*next);
      }) {
  cpu_.apic->set_callbacks({.wake = [this] { wake(); }, .deadline_changed = [this] { arm_apic_timer(); }});
  env_.memory.add_listener(*this);
  env_.memory.add_code_watcher(*this);
}

SoftVcpu::~SoftVcpu() {
  trace(trace_soft_vcpu_end, "instructions {} blocks {} flushes {}", cpu_.instructions, cpu_.blocks->counters.built,
        cpu_.blocks->counters.flushes);
}

void SoftVcpu::arm_apic_timer() {
  std::scoped_lock const lock(env_.machine_lock);
  if (auto const next = cpu_.apic->next_deadline_ns()) apic_timer_.arm_at(*next);
  else apic_timer_.cancel();
}

VcpuExit SoftVcpu::run() {
  thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  for (;;) {
    take_foreign_changes();
    switch (x86::run(cpu_)) {
      case x86::StopReason::Reset:
        cpu_.attention.fetch_and(~uint32_t{x86::kAttnReset});
        return VcpuExit::Reset;
      case x86::StopReason::Stop:
        cpu_.attention.fetch_and(~uint32_t{x86::kAttnStop});
        if (kicked_.exchange(false)) return VcpuExit::Kicked;
        break;
      case x86::StopReason::Idle:
        if (cpu_.st.activity == x86::Activity::Shutdown) {
          env_.bus.triple_fault(x86::triple_fault_report(cpu_).c_str());
          return VcpuExit::TripleFault;
        }
        wait();
        break;
      case x86::StopReason::Exit: break;  // our port never asks for it
    }
  }
}

void SoftVcpu::reset() {
  x86::reset(cpu_);
  arm_apic_timer();
}

void SoftVcpu::wait() {
  uint32_t const held = x86::held_signals(cpu_) | x86::kAttnStep;
  std::unique_lock lock(sleep_);
  woken_.wait(lock, [&] { return (cpu_.attention.load(std::memory_order_acquire) & ~held) != 0; });
}

void SoftVcpu::wake() {
  // Taking the lock orders the notification behind a waiter's check of `attention`.
  { std::lock_guard const lock(sleep_); }
  woken_.notify_one();
}

void SoftVcpu::announce(uint32_t attention) {
  cpu_.attention.fetch_or(attention, std::memory_order_release);
  wake();
}

void SoftVcpu::set_pic_request(bool level) { cpu_.apic->set_lint(0, level); }
void SoftVcpu::nmi() { announce(x86::kAttnNmi); }
void SoftVcpu::smi() { announce(x86::kAttnSmi); }
void SoftVcpu::request_reset() { announce(x86::kAttnReset); }
void SoftVcpu::kick() {
  kicked_.store(true);
  announce(x86::kAttnStop);
}
void SoftVcpu::deliver_msi(uint64_t address, uint32_t data) { env_.apics.deliver_msi(address, data); }

x86::PhysPage SoftVcpu::resolve(uint64_t gpa) {
  PageView const v = env_.memory.resolve_page(gpa);
  // SAFETY: the processor writes through `host` only where `write` says so.
  auto* const read = const_cast<uint8_t*>(v.read);
  return x86::PhysPage{.host = read, .read = read != nullptr, .write = v.write != nullptr, .exec = read != nullptr,
                       .write_device = v.write == nullptr && !v.write_dropped, .write_host = v.write};
}

PortStatus SoftVcpu::mmio_read(uint64_t gpa, unsigned size, uint64_t& value) {
  value = env_.bus.mmio_read(gpa & env_.memory.a20_mask(), size);
  return PortStatus::Done;
}

PortStatus SoftVcpu::mmio_write(uint64_t gpa, unsigned size, uint64_t value) {
  env_.bus.mmio_write(gpa & env_.memory.a20_mask(), size, value);
  return PortStatus::Done;
}

PortStatus SoftVcpu::port_in(uint16_t port, unsigned size, uint32_t& value) {
  value = env_.bus.port_in(port, size);
  return PortStatus::Done;
}

PortStatus SoftVcpu::port_out(uint16_t port, unsigned size, uint32_t value) {
  env_.bus.port_out(port, size, value);
  return PortStatus::Done;
}

int SoftVcpu::acknowledge_pic() { return env_.bus.acknowledge_pic(); }
void SoftVcpu::eoi(uint8_t vector) { env_.bus.eoi(vector); }
uint64_t SoftVcpu::now_ns() { return env_.timers.now_ns(); }

void SoftVcpu::take_foreign_changes() {
  if (!foreign_change_.exchange(false)) return;
  cpu_.blocks->flush();
  cpu_.flush_tlb(true);
}

void SoftVcpu::on_mapping_change(uint64_t, uint64_t) {
  foreign_change_.store(true);
  if (on_own_thread()) take_foreign_changes();
  else announce(x86::kAttnStop);
}

void SoftVcpu::dma_write(uint64_t gpa, uint64_t size) {
  if (!on_own_thread()) {
    foreign_change_.store(true);
    announce(x86::kAttnStop);
    return;
  }
  for (uint64_t done = 0; done < size;) {
    uint64_t const step = std::min(size - done, 4096 - ((gpa + done) & 4095));
    if (cpu_.blocks->has_code(gpa + done)) cpu_.blocks->written(gpa + done, unsigned(step));
    done += step;
  }
}

void SoftVcpu::start_flat32(const FlatStart& start) {
  x86::ArchState& s = cpu_.st;
  // Multiboot specification §3.2, PVH start-of-day state: flat 4 GiB segments, A20 on, paging and interrupts off.
  s.cr0 = (s.cr0 & ~uint64_t{x86::CR0_PG}) | x86::CR0_PE;
  x86::Segment const data{.base = 0, .limit = 0xFFFFFFFF, .selector = 0x10, .attributes = 0xC093};
  for (auto& segment : s.seg) segment = data;
  s.seg[x86::CS] = x86::Segment{.base = 0, .limit = 0xFFFFFFFF, .selector = 0x08, .attributes = 0xC09B};
  s.tr = x86::Segment{.base = 0, .limit = 0x67, .selector = 0x18, .attributes = 0x8B};
  s.rip = start.eip;
  s.gpr[x86::RAX] = start.eax;
  s.gpr[x86::RBX] = start.ebx;
  s.gpr[x86::RSI] = start.esi;
  s.flags.set_rflags(x86::FixedOne);
  cpu_.update_mode();
}

std::string SoftVcpu::describe() const {
  static constexpr const char* kNames[16] = {"RAX", "RCX", "RDX", "RBX", "RSP", "RBP", "RSI", "RDI",
                                             "R8 ", "R9 ", "R10", "R11", "R12", "R13", "R14", "R15"};
  static constexpr const char* kSegments[6] = {"ES", "CS", "SS", "DS", "FS", "GS"};
  x86::ArchState const& s = cpu_.st;
  std::string text;
  for (unsigned n = 0; n < 16; ++n) text += fmt::format("{}={:016x}{}", kNames[n], s.gpr[n], n % 4 == 3 ? '\n' : ' ');
  text += fmt::format("RIP={:016x} RFL={:08x} CPL={} HLT={}\n", s.rip, s.flags.rflags(), s.cpl,
                      s.activity != x86::Activity::Running);
  for (unsigned n = 0; n < 6; ++n) {
    text += fmt::format("{} ={:04x} {:016x} {:08x} {:04x}\n", kSegments[n], s.seg[n].selector, s.seg[n].base,
                        s.seg[n].limit, s.seg[n].attributes);
  }
  text += fmt::format("GDT={:016x} {:04x} IDT={:016x} {:04x}\n", s.gdtr.base, s.gdtr.limit, s.idtr.base, s.idtr.limit);
  text += fmt::format("CR0={:08x} CR2={:016x} CR3={:016x} CR4={:08x} EFER={:04x}\n", s.cr0, s.cr2, s.cr3, s.cr4, s.efer);
  return text;
}

}  // namespace mullion
