// The run loop of a virtual processor, its sleep, and what it sees of memory.
// SPDX-License-Identifier: Apache-2.0
#include "whp/vp.hpp"

#include "cpu/x86/interp/block_cache.hpp"
#include "cpu/x86/sys/events.hpp"
#include "cpu/x86/sys/local_apic.hpp"
#include "whp/features.hpp"
#include "whp/vp_use.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace mullion::whp {
namespace {

constexpr size_t kMostCodePages = 4096;
constexpr size_t kMostSeenPages = 1024;

uint64_t host_ns() {
  return uint64_t(std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count());
}

}  // namespace

Vp::Vp(Partition& partition, uint32_t index)
    : partition_(partition),
      index_(index),
      cpu_(*this, partition.model(), &partition.apics(), index),
      apic_timer_(partition.timers(), [this] {
        if (auto const next = cpu_.apic->poll(now_ns())) apic_timer_.arm_at(*next);
      }),
      rules_(partition.exit_rules()) {
  cpu_.intercepts = this;
  cpu_.apic->set_callbacks({.wake = [this] { announce(0); }, .deadline_changed = [this] { arm_apic_timer(); }});
  reset_processor();
}

Vp::~Vp() {
  std::scoped_lock const lock(partition_.timer_lock());
  apic_timer_.cancel();
}

void Vp::reset_processor() {
  x86::reset(cpu_);
  apic_base_ = 0xFEE00800 | (index_ == 0 ? x86::APIC_BASE_BSP : 0);
  if (!partition_.apic_emulated()) {
    // The client has the APIC: ours is switched off and every processor runs from the start.
    (void)cpu_.apic->set_base(cpu_.apic->base() & ~uint64_t{x86::APIC_BASE_ENABLE});
    cpu_.st.activity = x86::Activity::Running;
  }
  cpu_.st.msr.apic_base = apic_base_;
  pending_interruption_ = notifications_ = 0;
  pending_event_ = {};
  eois_.clear();
}

HRESULT Vp::reset() {
  Use const use(*this);
  if (!use) return WHV_E_INVALID_STATE;
  canceled_.store(false, std::memory_order_release);
  reset_processor();
  return S_OK;
}

bool Vp::addressed_by(const x86::ApicMessage& message) { return cpu_.apic->addressed_by(message); }

void Vp::arm_apic_timer() {
  if (!partition_.apic_emulated()) return;
  std::scoped_lock const lock(partition_.timer_lock());
  if (auto const next = cpu_.apic->next_deadline_ns()) apic_timer_.arm_at(*next);
  else apic_timer_.cancel();
}

// --- run ------------------------------------------------------------------------------------------------------------

HRESULT Vp::run(WHV_RUN_VP_EXIT_CONTEXT& exit) {
  Use const use(*this);
  if (!use) return WHV_E_INVALID_VP_STATE;
  running_.store(true, std::memory_order_release);
  uint64_t const start = host_ns();
  partition_.thaw();
  has_exit_ = at_instruction_ = walk_missed_ = false;
  std::memset(&exit_, 0, sizeof exit_);
  run_until_exit();
  fill_context(exit);
  run_ns_ += host_ns() - start;
  running_.store(false, std::memory_order_release);
  return S_OK;
}

void Vp::run_until_exit() {
  for (;;) {
    if (!eois_.empty()) {
      exit_with(WHvRunVpExitReasonX64ApicEoi);
      exit_.ApicEoi.InterruptVector = eois_.front();
      eois_.pop_front();
      return;
    }
    if (canceled_.exchange(false, std::memory_order_acq_rel)) {
      exit_with(WHvRunVpExitReasonCanceled);
      exit_.CancelReason.CancelReason = WhvRunVpCancelReasonUser;
      return;
    }
    partition_.gate().enter();
    refresh();
    bool const done = execute();
    remember_code();
    partition_.gate().leave();
    if (done || idle()) return;
  }
}

// Until something wants the gate, the processor sleeps, or there is an exit.
bool Vp::execute() {
  if (!state_valid()) {
    exit_with(WHvRunVpExitReasonInvalidVpRegisterValue);
    return true;
  }
  if (inject()) return true;
  want_window();
  x86::StopReason const reason = x86::run(cpu_);
  if (has_exit_) return true;
  x86::Activity const activity = cpu_.st.activity;
  if (activity == x86::Activity::Shutdown) {
    cpu_.st.activity = x86::Activity::Running;
    exit_with(WHvRunVpExitReasonUnrecoverableException);
    return true;
  }
  if (activity == x86::Activity::Halted && !partition_.apic_emulated()) {
    // The client decides when it goes on: it runs the processor again.
    cpu_.st.activity = x86::Activity::Running;
    ++intercepts_[1].count;
    exit_with(WHvRunVpExitReasonX64Halt);
    return true;
  }
  if (reason == x86::StopReason::Exit) {
    // Nobody asks for it without saying why.
    exit_with(WHvRunVpExitReasonUnsupportedFeature);
    exit_.UnsupportedFeature.FeatureCode = WHvUnsupportedFeatureIntercept;
    return true;
  }
  return false;
}

// Sleeps while there is nothing to execute.
bool Vp::idle() {
  x86::ArchState const& st = cpu_.st;
  if (st.activity == x86::Activity::Running || !eois_.empty()) return false;
  uint32_t held = x86::held_signals(cpu_) | x86::kAttnStep | x86::kAttnWindow;
  if (st.activity != x86::Activity::WaitForSipi) held |= x86::kAttnSipi;
  std::unique_lock lock(sleep_);
  woken_.wait(lock, [&] {
    return canceled_.load(std::memory_order_acquire) || (cpu_.attention.load(std::memory_order_acquire) & ~held) != 0;
  });
  return false;
}

void Vp::announce(uint32_t attention) {
  cpu_.attention.fetch_or(attention, std::memory_order_release);
  { std::lock_guard const lock(sleep_); }  // orders the notification behind a sleeper's check
  woken_.notify_one();
}

void Vp::kick() { announce(x86::kAttnStop); }

void Vp::cancel() {
  canceled_.store(true, std::memory_order_release);
  kick();
}

// --- memory ---------------------------------------------------------------------------------------------------------

// What may have changed while this processor was outside the gate.
void Vp::refresh() {
  ++epoch_;
  cpu_.blocks->forget_addresses();
  seen_pages_.clear();
  rules_ = partition_.exit_rules();
  uint64_t const version = partition_.map_version();
  if (version == map_seen_ && code_pages_.size() <= kMostCodePages) return;
  map_seen_ = version;
  cpu_.flush_tlb(true);
  cpu_.blocks->flush();
  code_pages_.clear();
}

x86::PhysPage Vp::resolve(uint64_t gpa) {
  x86::PhysPage const page = partition_.memory().page(gpa);
  if (page.host == nullptr) return page;
  uint64_t const number = gpa / kPageSize;
  if (cpu_.blocks->has_code(gpa)) {
    auto const it = code_pages_.find(number);
    if (it == code_pages_.end() || it->second.epoch == epoch_) return page;
    if (std::memcmp(it->second.bytes.data(), page.host, kPageSize) != 0) {
      cpu_.blocks->written(gpa & ~(kPageSize - 1), kPageSize);
    }
    it->second.epoch = epoch_;
    seen_pages_.push_back(number);
  } else if (seen_pages_.empty() || seen_pages_.back() != number) {
    if (seen_pages_.size() >= kMostSeenPages) remember_code();
    seen_pages_.push_back(number);
  }
  return page;
}

x86::PhysPage Vp::resolve_for_write(uint64_t gpa) {
  (void)partition_.memory().page_for_write(gpa);
  return resolve(gpa);
}

void Vp::remember_code() {
  for (uint64_t const number : seen_pages_) {
    uint64_t const gpa = number * kPageSize;
    x86::PhysPage const page = cpu_.blocks->has_code(gpa) ? partition_.memory().page(gpa) : x86::PhysPage{};
    if (page.host == nullptr) {
      code_pages_.erase(number);
      continue;
    }
    CodePage& kept = code_pages_[number];
    kept.epoch = epoch_;
    std::memcpy(kept.bytes.data(), page.host, kPageSize);
  }
  seen_pages_.clear();
}

void Vp::eoi(uint8_t vector) {
  eois_.push_back(vector);
  announce(x86::kAttnStop);
}

// --- small calls ----------------------------------------------------------------------------------------------------

HRESULT Vp::cpuid_output(uint32_t leaf, uint32_t subleaf, WHV_CPUID_OUTPUT& out) {
  Use const use(*this);
  if (!use) return WHV_E_INVALID_VP_STATE;
  x86::CpuidResult r = partition_.model().cpuid(leaf, subleaf, cpu_.st, index_);
  partition_.exit_rules()->apply_results(leaf, subleaf, index_, r);
  out = {r.eax, r.ebx, r.ecx, r.edx};
  return S_OK;
}

HRESULT Vp::counters(uint32_t set, void* buffer, uint32_t size, uint32_t* written) {
  Use const use(*this);
  if (!use) return WHV_E_INVALID_VP_STATE;
  switch (set) {
    case WHvProcessorCounterSetRuntime: {
      WHV_PROCESSOR_RUNTIME_COUNTERS const c{.TotalRuntime100ns = run_ns_ / 100, .HypervisorRuntime100ns = 0};
      return answer(&c, sizeof c, buffer, size, written);
    }
    case WHvProcessorCounterSetIntercepts: {
      WHV_PROCESSOR_ACTIVITY_COUNTERS c{};
      c.IoInstructions.Count = intercepts_[0].count;
      c.HaltInstructions.Count = intercepts_[1].count;
      c.CpuidInstructions.Count = intercepts_[2].count;
      c.MsrAccesses.Count = intercepts_[3].count;
      c.NestedPageFaultIntercepts.Count = intercepts_[4].count;
      return answer(&c, sizeof c, buffer, size, written);
    }
    case WHvProcessorCounterSetEvents: {
      WHV_PROCESSOR_GUEST_EVENT_COUNTERS const c{
          .PageFaultCount = page_faults_, .ExceptionCount = exceptions_, .InterruptCount = 0};
      return answer(&c, sizeof c, buffer, size, written);
    }
    default: return set <= WHvProcessorCounterSetSyntheticFeatures ? WHV_E_NOT_SUPPORTED : WHV_E_UNKNOWN_PROPERTY;
  }
}

}  // namespace mullion::whp
