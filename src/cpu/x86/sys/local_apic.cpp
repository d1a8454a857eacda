// Registers of the local APIC: the xAPIC page, the x2APIC MSRs, IA32_APIC_BASE.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/local_apic.hpp"

namespace mullion::x86 {

namespace {

constexpr uint32_t kMasked = 1u << 16;
constexpr uint32_t kVersion = 0x14 | ((kLvtCount - 1) << 16) | (1u << 24);  // directed EOI: SVR bit 12 exists
constexpr uint32_t kSvrMask = 0x11FF;
constexpr uint32_t kIllegalRegister = 1u << 7;  // ESR
constexpr uint64_t kNoPage = ~uint64_t{0};

unsigned offset_of(uint32_t msr) { return (msr & 0xFF) << 4; }

}  // namespace

LocalApic::LocalApic(ApicBus& bus, CpuPort& port, std::atomic<uint32_t>& attention, const Config& config)
    : bus_(bus), port_(port), attention_(attention), config_(config) {
  bus_.add(*this);
  reset();
}

LocalApic::~LocalApic() { bus_.remove(*this); }

void LocalApic::set_base_locked(uint64_t base) {
  s_.base = base;
  base_.store(base, std::memory_order_relaxed);
  bool const page = hardware_enabled() && !x2apic();
  page_.store(page ? base & config_.physical_mask & ~uint64_t{0xFFF} : kNoPage, std::memory_order_relaxed);
}

void LocalApic::defaults(uint64_t base, After& after) {
  uint8_t const lint = s_.lint;  // pins are driven from outside
  s_ = LocalApicState{};
  s_.lint = lint;
  s_.xapic_id = uint8_t(config_.id);
  set_base_locked(base);
  after.deadline = true;
}

void LocalApic::reset() {
  After after;
  mutex_.lock();
  uint64_t const enable = config_.present ? APIC_BASE_ENABLE : 0;
  defaults(0xFEE00000 | enable | (config_.bsp ? APIC_BASE_BSP : 0), after);
  // What firmware programs first; a kernel that is loaded without firmware relies on it (MP specification §3.6.2.1).
  if (config_.bsp) s_.lvt[kLvtLint0] = uint32_t(DeliveryMode::ExtInt) << 8;
  publish(after);
  mutex_.unlock();
  finish(after);
}

void LocalApic::init() {
  After after;
  mutex_.lock();
  uint8_t const id = s_.xapic_id;
  defaults(s_.base, after);
  s_.xapic_id = id;
  publish(after);
  mutex_.unlock();
  finish(after);
}

// SDM vol. 3 §11.12.5: the way into x2APIC mode leads through xAPIC mode, the way out through disabled.
bool LocalApic::set_base(uint64_t value) {
  if (!config_.present) return false;
  uint64_t const page = config_.physical_mask & ~uint64_t{0xFFF};
  uint64_t const valid = page | APIC_BASE_BSP | APIC_BASE_ENABLE | (config_.x2apic ? APIC_BASE_X2APIC : 0);
  if ((value & ~valid) != 0) return false;
  bool const enable = (value & APIC_BASE_ENABLE) != 0, extended = (value & APIC_BASE_X2APIC) != 0;
  if (extended && !enable) return false;
  After after;
  mutex_.lock();
  bool const forbidden = (extended && !hardware_enabled()) || (!extended && enable && x2apic());
  if (!forbidden) {
    if (!enable && hardware_enabled())
      defaults(value, after);
    else
      set_base_locked(value);
    publish(after);
  }
  mutex_.unlock();
  finish(after);
  return !forbidden;
}

// SDM vol. 3 §11.12.10.2: cluster and bit follow from the id.
uint32_t LocalApic::ldr() const {
  return x2apic() ? ((config_.id >> 4) << 16) | (1u << (config_.id & 15)) : s_.ldr;
}

std::optional<ApicLvt> LocalApic::lvt_at(unsigned offset) {
  if (offset < APIC_LVT_TIMER || offset > APIC_LVT_ERROR) return std::nullopt;
  return ApicLvt((offset - APIC_LVT_TIMER) >> 4);
}

// Bits that software may set (SDM vol. 3 figure 11-8).
uint32_t LocalApic::lvt_mask(ApicLvt entry) const {
  switch (entry) {
    case kLvtTimer: return 0x300FF | (config_.tsc_deadline ? 0x40000 : 0);
    case kLvtLint0: case kLvtLint1: return 0x1A7FF;
    case kLvtError: return 0x100FF;
    default: return 0x107FF;
  }
}

uint32_t LocalApic::read_register(unsigned offset, After& after) {
  if (auto const entry = lvt_at(offset)) return s_.lvt[*entry];
  if (offset >= APIC_ISR && offset < APIC_ESR) {
    auto const& bank = offset < APIC_TMR ? s_.isr : offset < APIC_IRR ? s_.tmr : s_.irr;
    return bank[(offset >> 4) & 7];
  }
  switch (offset) {
    case APIC_ID: return x2apic() ? config_.id : uint32_t{s_.xapic_id} << 24;
    case APIC_VERSION: return kVersion;
    case APIC_TPR: return s_.tpr;
    case APIC_APR: case APIC_PPR: return ppr();
    case APIC_EOI: case APIC_RRD: return 0;
    case APIC_LDR: return ldr();
    case APIC_DFR: return s_.dfr;
    case APIC_SVR: return s_.svr;
    case APIC_ESR: return s_.esr;
    case APIC_ICR_LOW: return uint32_t(s_.icr);
    case APIC_ICR_HIGH: return uint32_t(s_.icr >> 32);
    case APIC_INITIAL_COUNT: return timer_mode() == Timer::TscDeadline ? 0 : s_.initial_count;
    case APIC_CURRENT_COUNT: return current_count(port_.now_ns());
    case APIC_DIVIDE: return s_.divide;
    default: error(kIllegalRegister, after); return 0;
  }
}

void LocalApic::write_register(unsigned offset, uint32_t value, After& after) {
  if (auto const entry = lvt_at(offset)) return write_lvt(*entry, value, after);
  switch (offset) {
    case APIC_ID: s_.xapic_id = uint8_t(value >> 24); return;
    case APIC_TPR: s_.tpr = uint8_t(value); return;
    case APIC_EOI: eoi(after); return;
    case APIC_LDR: s_.ldr = value & 0xFF000000; return;
    case APIC_DFR: s_.dfr = value | 0x0FFFFFFF; return;
    case APIC_SVR: write_svr(value, after); return;
    case APIC_ESR:
      s_.esr = s_.esr_pending;
      s_.esr_pending = 0;
      return;
    case APIC_ICR_LOW:
      s_.icr = (s_.icr & 0xFFFFFFFF00000000) | (value & 0x000CCFFF);
      after.ipi = s_.icr;
      return;
    case APIC_ICR_HIGH: s_.icr = (s_.icr & 0xFFFFFFFF) | (uint64_t{value} << 32); return;
    case APIC_INITIAL_COUNT: load_counter(value, port_.now_ns(), after); return;
    case APIC_DIVIDE: set_divide(value, port_.now_ns(), after); return;
    case APIC_VERSION: case APIC_APR: case APIC_PPR: case APIC_RRD: case APIC_CURRENT_COUNT: return;
    default:
      if (offset < APIC_ISR || offset >= APIC_ESR) error(kIllegalRegister, after);
  }
}

void LocalApic::write_lvt(ApicLvt entry, uint32_t value, After& after) {
  value &= lvt_mask(entry);
  if (!software_enabled()) value |= kMasked;
  uint32_t const old = s_.lvt[entry];
  if (entry == kLvtTimer) {
    expire(port_.now_ns(), after);
    Timer const before = timer_mode();
    s_.lvt[entry] = value;
    if ((before == Timer::TscDeadline) != (timer_mode() == Timer::TscDeadline)) disarm(after);
    after.deadline = true;
    return;
  }
  constexpr uint32_t kRemoteIrr = 1u << 14;
  s_.lvt[entry] = value | (old & kRemoteIrr);
  // A level that is high already counts once the pin is unmasked.
  bool const level_fixed = (value & 0x8700) == 0x8000;
  if ((entry == kLvtLint0 || entry == kLvtLint1) && level_fixed && ((s_.lint >> (entry - kLvtLint0)) & 1))
    lvt_event(entry, after);
}

void LocalApic::write_svr(uint32_t value, After& after) {
  s_.svr = value & kSvrMask;
  if (software_enabled()) return;
  // SDM vol. 3 §11.4.7.2: all LVT entries are masked and stay so.
  for (uint32_t& lvt : s_.lvt) lvt |= kMasked;
  after.deadline = true;
}

uint32_t LocalApic::read(unsigned offset) {
  After after;
  mutex_.lock();
  uint32_t const value = (offset & 15) == 0 ? read_register(offset, after) : 0;
  if (after.attention != 0) publish(after);
  mutex_.unlock();
  finish(after);
  return value;
}

void LocalApic::write(unsigned offset, uint32_t value) {
  After after;
  mutex_.lock();
  if ((offset & 15) == 0) write_register(offset, value, after);
  publish(after);
  mutex_.unlock();
  finish(after);
}

bool LocalApic::read_msr(uint32_t index, uint64_t& value) {
  unsigned const offset = offset_of(index);
  After after;
  mutex_.lock();
  bool good = x2apic() && index >> 8 == 8;
  switch (offset) {
    case APIC_ID: case APIC_VERSION: case APIC_TPR: case APIC_PPR: case APIC_LDR: case APIC_SVR: case APIC_ESR:
    case APIC_INITIAL_COUNT: case APIC_CURRENT_COUNT: case APIC_DIVIDE:
      break;
    case APIC_ICR_LOW: break;
    default: good = good && (lvt_at(offset) || (offset >= APIC_ISR && offset < APIC_ESR));
  }
  if (good) value = offset == APIC_ICR_LOW ? s_.icr : read_register(offset, after);
  mutex_.unlock();
  return good;
}

// SDM vol. 3 table 11-6: reserved bits and read-only registers are #GP.
bool LocalApic::valid_x2apic_write(unsigned offset, uint64_t value) const {
  if (auto const entry = lvt_at(offset)) return (value & ~uint64_t{lvt_mask(*entry)}) == 0;
  switch (offset) {
    case APIC_TPR: case APIC_SELF_IPI: return value <= 0xFF;
    case APIC_EOI: case APIC_ESR: return value == 0;
    case APIC_SVR: return (value & ~uint64_t{kSvrMask}) == 0;
    case APIC_ICR_LOW: return (value & 0xFFF33000) == 0;
    case APIC_INITIAL_COUNT: return value <= 0xFFFFFFFF;
    case APIC_DIVIDE: return (value & ~uint64_t{0xB}) == 0;
    default: return false;
  }
}

bool LocalApic::write_msr(uint32_t index, uint64_t value) {
  unsigned const offset = offset_of(index);
  After after;
  mutex_.lock();
  bool const good = x2apic() && index >> 8 == 8 && valid_x2apic_write(offset, value);
  if (good) {
    if (offset == APIC_ICR_LOW) {
      s_.icr = value;
      after.ipi = value;
    } else if (offset == APIC_SELF_IPI) {
      request(uint8_t(value), false, after);
    } else {
      write_register(offset, uint32_t(value), after);
    }
    publish(after);
  }
  mutex_.unlock();
  finish(after);
  return good;
}

uint8_t LocalApic::cr8() {
  MutexLock const lock(mutex_);
  return uint8_t(s_.tpr >> 4);
}

void LocalApic::set_cr8(uint8_t value) {
  After after;
  mutex_.lock();
  s_.tpr = uint8_t(value << 4);
  publish(after);
  mutex_.unlock();
  finish(after);
}

LocalApicState LocalApic::save() {
  MutexLock const lock(mutex_);
  return s_;
}

void LocalApic::restore(const LocalApicState& state) {
  After after;
  mutex_.lock();
  s_ = state;
  if (s_.initial_count == 0 && timer_mode() != Timer::TscDeadline) s_.deadline_ns = 0;
  set_base_locked(state.base);
  after.deadline = true;
  publish(after);
  mutex_.unlock();
  finish(after);
}

}  // namespace mullion::x86
