// How interrupts come into the local APIC, wait there, reach the processor and are ended.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/local_apic.hpp"

#include "cpu/x86/cpu.hpp"

#include <algorithm>
#include <bit>

namespace mullion::x86 {

namespace {

constexpr uint32_t kMasked = 1u << 16;
constexpr uint32_t kRemoteIrr = 1u << 14;
constexpr uint32_t kLevel = 1u << 15;
constexpr uint32_t kSendIllegalVector = 1u << 5;     // ESR
constexpr uint32_t kReceiveIllegalVector = 1u << 6;  // ESR
constexpr uint32_t kSuppressEoi = 1u << 12;          // SVR

using Bank = std::array<uint32_t, 8>;

bool test(const Bank& bank, unsigned vector) { return (bank[vector >> 5] >> (vector & 31)) & 1; }
void set(Bank& bank, unsigned vector, bool on = true) {
  uint32_t const bit = 1u << (vector & 31);
  bank[vector >> 5] = on ? bank[vector >> 5] | bit : bank[vector >> 5] & ~bit;
}
int highest(const Bank& bank) {
  for (int i = 7; i >= 0; --i)
    if (bank[size_t(i)] != 0) return i * 32 + 31 - std::countl_zero(bank[size_t(i)]);
  return -1;
}

DeliveryMode mode_of(uint64_t word) { return DeliveryMode((word >> 8) & 7); }

}  // namespace

void LocalApic::publish(After& after) {
  bool const pending = deliverable() >= 0 || ext_int();
  pending_.store(pending, std::memory_order_release);
  if (pending) after.attention |= kAttnInterrupt;
}

// Without the mutex.
void LocalApic::finish(const After& after) {
  if (after.attention != 0) {
    uint32_t const before = attention_.fetch_or(after.attention, std::memory_order_acq_rel);
    if ((before & after.attention) != after.attention && callbacks_.wake) callbacks_.wake();
  }
  if (after.eoi >= 0) port_.eoi(uint8_t(after.eoi));
  if (after.deadline && callbacks_.deadline_changed) callbacks_.deadline_changed();
  if (after.ipi) send_ipi(*after.ipi);
}

// SDM vol. 3 §11.8.3.1.
uint8_t LocalApic::ppr() const {
  int const isr = highest(s_.isr);
  uint8_t const service = isr < 0 ? 0 : uint8_t(isr & 0xF0);
  return (s_.tpr & 0xF0) >= service ? s_.tpr : service;
}

int LocalApic::deliverable() const {
  int const irr = highest(s_.irr);
  return irr >= 0 && hardware_enabled() && (irr & 0xF0) > (ppr() & 0xF0) ? irr : -1;
}

bool LocalApic::ext_int() const {
  bool const pin = (s_.lint & 1) != 0;
  if (!hardware_enabled()) return pin;
  uint32_t const lvt = s_.lvt[kLvtLint0];
  return s_.ext_int_message || (pin && (lvt & kMasked) == 0 && mode_of(lvt) == DeliveryMode::ExtInt);
}

int LocalApic::pending_vector() {
  MutexLock const lock(mutex_);
  return deliverable();
}

uint8_t LocalApic::processor_priority() {
  MutexLock const lock(mutex_);
  return ppr();
}

bool LocalApic::enabled() {
  MutexLock const lock(mutex_);
  return hardware_enabled() && software_enabled();
}

uint8_t LocalApic::sipi_vector() {
  MutexLock const lock(mutex_);
  return s_.sipi_vector;
}

int LocalApic::acknowledge() {
  After after;
  mutex_.lock();
  int const vector = deliverable();
  bool const from_pic = vector < 0 && ext_int();
  if (vector >= 0) {
    set(s_.irr, unsigned(vector), false);
    set(s_.isr, unsigned(vector));
  }
  s_.ext_int_message = s_.ext_int_message && !from_pic;
  publish(after);
  mutex_.unlock();
  finish(after);
  return from_pic ? port_.acknowledge_pic() : vector;
}

void LocalApic::request(uint8_t vector, bool level, After& after) {
  if (vector < 16) return error(kReceiveIllegalVector, after);
  set(s_.irr, vector);
  set(s_.tmr, vector, level);
}

bool LocalApic::accept_locked(DeliveryMode mode, uint8_t vector, bool level, After& after) {
  if (!hardware_enabled()) return false;
  switch (mode) {
    case DeliveryMode::Fixed: case DeliveryMode::LowestPriority:
      if (!software_enabled()) return false;
      request(vector, level, after);
      return true;
    case DeliveryMode::Smi: after.attention |= kAttnSmi; return true;
    case DeliveryMode::Nmi: after.attention |= kAttnNmi; return true;
    case DeliveryMode::Init: after.attention |= kAttnInit; return true;
    case DeliveryMode::Startup:
      s_.sipi_vector = vector;
      after.attention |= kAttnSipi;
      return true;
    case DeliveryMode::ExtInt: s_.ext_int_message = true; return true;
    case DeliveryMode::Reserved: return false;
  }
  return false;
}

bool LocalApic::accept(DeliveryMode mode, uint8_t vector, bool level) {
  After after;
  mutex_.lock();
  bool const taken = accept_locked(mode, vector, level, after);
  if (taken) publish(after);
  mutex_.unlock();
  finish(after);
  return taken;
}

// SDM vol. 3 §11.6.2.
bool LocalApic::addressed_by(const ApicMessage& m) {
  MutexLock const lock(mutex_);
  if (!hardware_enabled()) return false;
  uint32_t const d = m.destination;
  if (m.wide ? d == 0xFFFFFFFF : d == 0xFF && (!m.logical || x2apic())) return true;
  if (!m.logical) return d == (x2apic() ? config_.id : s_.xapic_id);
  uint32_t const mine = ldr();
  if (x2apic()) return d >> 16 == mine >> 16 && (d & mine & 0xFFFF) != 0;
  if (d > 0xFF) return false;
  uint32_t const id = mine >> 24;
  if (s_.dfr >> 28 == 0xF) return (d & id) != 0;
  return (d >> 4 == 0xF || d >> 4 == id >> 4) && (d & id & 15) != 0;
}

// A local source fires. Timer and error are always fixed and edge-triggered.
void LocalApic::lvt_event(ApicLvt entry, After& after) {
  uint32_t const lvt = s_.lvt[entry];
  if ((lvt & kMasked) != 0) return;
  bool const pin = entry == kLvtLint0 || entry == kLvtLint1;
  switch (mode_of(lvt)) {
    case DeliveryMode::Fixed:
      if (pin && (lvt & kLevel) != 0) {
        if ((lvt & kRemoteIrr) != 0) return;
        s_.lvt[entry] |= kRemoteIrr;
        request(uint8_t(lvt), true, after);
      } else {
        request(uint8_t(lvt), false, after);
      }
      return;
    case DeliveryMode::Smi: after.attention |= kAttnSmi; return;
    case DeliveryMode::Nmi: after.attention |= kAttnNmi; return;
    case DeliveryMode::Init: after.attention |= kAttnInit; return;
    default: return;  // ExtINT follows the level of LINT0: ext_int()
  }
}

void LocalApic::set_lint(unsigned pin, bool level) {
  After after;
  mutex_.lock();
  uint8_t const bit = uint8_t(1u << (pin & 1));
  bool const rising = level && (s_.lint & bit) == 0;
  s_.lint = level ? s_.lint | bit : s_.lint & uint8_t(~bit);
  if (rising) {
    if (hardware_enabled())
      lvt_event(ApicLvt(kLvtLint0 + (pin & 1)), after);
    else if (bit == 2)
      after.attention |= kAttnNmi;  // SDM vol. 3 §11.4.3: the pins are INTR and NMI
  }
  publish(after);
  mutex_.unlock();
  finish(after);
}

void LocalApic::raise_lvt(ApicLvt entry) {
  After after;
  mutex_.lock();
  lvt_event(entry, after);
  publish(after);
  mutex_.unlock();
  finish(after);
}

// SDM vol. 3 §11.5.3. Called again by its own interrupt's illegal vector at most once: the bit is set then.
void LocalApic::error(uint32_t bit, After& after) {
  bool const known = (s_.esr_pending & bit) != 0;
  s_.esr_pending |= bit;
  if (!known) lvt_event(kLvtError, after);
}

// SDM vol. 3 §11.8.5.
void LocalApic::eoi(After& after) {
  int const vector = highest(s_.isr);
  if (vector < 0) return;
  set(s_.isr, unsigned(vector), false);
  if (!test(s_.tmr, unsigned(vector))) return;
  if ((s_.svr & kSuppressEoi) == 0) after.eoi = vector;
  for (ApicLvt const entry : {kLvtLint0, kLvtLint1}) {
    uint32_t& lvt = s_.lvt[entry];
    if ((lvt & kRemoteIrr) == 0 || int(lvt & 0xFF) != vector) continue;
    lvt &= ~kRemoteIrr;
    if ((s_.lint >> (entry - kLvtLint0)) & 1) lvt_event(entry, after);
  }
}

// SDM vol. 3 §11.6.1.
void LocalApic::send_ipi(uint64_t icr) {
  mutex_.lock();
  bool const wide = x2apic();
  mutex_.unlock();
  ApicMessage const m{.destination = wide ? uint32_t(icr >> 32) : uint32_t(icr >> 56),
                      .logical = (icr & 0x800) != 0,
                      .wide = wide,
                      .mode = mode_of(icr),
                      .vector = uint8_t(icr),
                      .level = false};
  bool const vectored = m.mode == DeliveryMode::Fixed || m.mode == DeliveryMode::LowestPriority;
  if (vectored && m.vector < 16) {
    After after;
    mutex_.lock();
    error(kSendIllegalVector, after);
    publish(after);
    mutex_.unlock();
    return finish(after);
  }
  if (m.mode == DeliveryMode::Reserved || m.mode == DeliveryMode::ExtInt) return;
  bool const deassert = (icr & 0xC000) == 0x8000;
  if (m.mode == DeliveryMode::Init && deassert) return;  // only older processors synchronise their arbitration ids
  switch ((icr >> 18) & 3) {
    case 0: bus_.deliver(m); return;
    case 1: accept(m.mode, m.vector, false); return;
    case 2: bus_.broadcast(m, nullptr); return;
    case 3: bus_.broadcast(m, this); return;
  }
}

}  // namespace mullion::x86
