// The logic of the PIIX4's power management function.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/piix4_pm/piix4_pm.hpp"

#include "base/checked.hpp"
#include "base/log.hpp"
#include "chipset/piix4_pm/piix4_pm_regs.hpp"

#include <utility>

namespace mullion {
namespace {
using namespace piix4;

constexpr PciIdentity kIdentity{
    .vendor = 0x8086, .device = 0x7113, .revision = 0x03, .class_code = 0x068000, .interrupt_pin = 1};
constexpr unsigned kTimerBits = 24;
constexpr uint16_t kEnables = TMROF_STS | GBL_STS | PWRBTN_STS | RTC_STS;
constexpr uint16_t kPmcntrlWritable = SCI_EN | 0x0002 | kSusTyp | SUS_EN;

struct Fields {
  Piix4Pm::State state;
  std::array<uint8_t, PciFunction::kConfigSize> config{};
};
template <class Archive, class S>
void fields(Archive& ar, S& s) {
  ar.field(1, s.config);
  ar.field(2, s.state.pmsts);
  ar.field(3, s.state.pmen);
  ar.field(4, s.state.pmcntrl);
  ar.field(5, s.state.overflow_base);
  ar.field(6, s.state.gpe);
  ar.field(7, s.state.apmc);
  ar.field(8, s.state.apms);
  ar.field(9, s.state.smb_status);
  ar.field(10, s.state.smb);
}

}  // namespace

Piix4Pm::Piix4Pm(const PciSpaces& spaces, TimerHost& timers, Line sci, Piix4PmEvents events)
    : PciFunction(kIdentity, spaces),
      timers_(timers),
      sci_(sci),
      events_(std::move(events)),
      overflow_timer_(timers, [this] {
        latch_overflow();
        update_sci();
      }) {
  define(pci::kStatus, 2, 0x0280, 0);
  define(pci::kInterruptLine, 1, kSciIrq, 0xff);
  define(kPmba, 4, 0x00000001, 0x0000ffc0);
  for (unsigned devres = 0x4c; devres < kPmregmisc; devres += 4) define(devres, 4, 0, 0xffffffff);
  // Without SMM firmware must not wait for its own handler: APMC_EN says that it is there already.
  if (!events_.smi) define(kDevactb, 4, kApmcEn, 0xffffffff);
  define(kPmregmisc, 1, 0, 0x01);
  define(kSmbba, 4, 0x00000001, 0x0000fff0);
  define(kSmbhstcfg, 1, 0, 0x0f);
}

Piix4Pm::~Piix4Pm() {
  if (pm_handle_) spaces().ports.unmap(*pm_handle_);
  if (smbus_handle_) spaces().ports.unmap(*smbus_handle_);
}

void Piix4Pm::reset() {
  state_ = {};
  state_.overflow_base = timer_ticks() >> (kTimerBits - 1);
  reset_config();
  update_windows();
  update_sci();
}

void Piix4Pm::save(StateWriter& writer) const {
  const Fields saved{.state = state_, .config = config_bytes()};
  fields(writer, saved);
}

Result<void> Piix4Pm::restore(StateReader& reader) {
  Fields saved{.state = state_, .config = config_bytes()};
  fields(reader, saved);
  if (auto good = reader.finish(); !good) return good;
  state_ = saved.state;
  restore_config(saved.config);
  update_windows();
  update_sci();
  return {};
}

uint64_t Piix4Pm::timer_ticks() const { return mul_div(timers_.now_ns(), kPmTimerHz, kNsPerSecond); }

// TMROF_STS is set whenever bit 23 changes; the change is noticed when somebody looks or the timer fires.
void Piix4Pm::latch_overflow() {
  const uint64_t changes = timer_ticks() >> (kTimerBits - 1);
  if (changes == state_.overflow_base) return;
  state_.overflow_base = changes;
  state_.pmsts |= TMROF_STS;
}

void Piix4Pm::update_sci() {
  const bool pm1 = (state_.pmsts & state_.pmen & kEnables) != 0;
  const bool gpe = ((state_.gpe[0] & state_.gpe[2]) | (state_.gpe[1] & state_.gpe[3])) != 0;
  sci_.set((state_.pmcntrl & SCI_EN) != 0 && (pm1 || gpe));
  if ((state_.pmen & TMROF_STS) != 0 && (state_.pmsts & TMROF_STS) == 0) {
    overflow_timer_.arm_at(mul_div_up((state_.overflow_base + 1) << (kTimerBits - 1), kNsPerSecond, kPmTimerHz));
  } else {
    overflow_timer_.cancel();
  }
}

void Piix4Pm::power_button() {
  state_.pmsts |= PWRBTN_STS;
  update_sci();
}

uint16_t Piix4Pm::pm_base() const {
  const auto base = static_cast<uint16_t>(config(kPmba, 4) & 0xffc0);
  return base != 0 && (config(kPmregmisc, 1) & 1) != 0 ? base : kPmBase;
}

void Piix4Pm::set_up_without_firmware() {
  set_config(kPmba, 4, kPmBase | 1);
  set_config(kPmregmisc, 1, 1);
  set_config(kSmbba, 4, kSmbusBase | 1);
  set_config(kSmbhstcfg, 1, 0x09);
  set_config(pci::kCommand, 2, pci::kCommandIo);
  update_windows();
}

void Piix4Pm::move_window(std::optional<PortBus::Handle>& handle, bool open, uint16_t base, uint32_t count,
                          unsigned max_size, PioTarget& target) {
  auto& ports = spaces().ports;
  if (handle) ports.unmap(*handle);
  handle.reset();
  if (open && base != 0) handle = ports.map({.first = base, .count = count, .max_size = max_size}, target);
}

void Piix4Pm::update_windows() {
  const auto pm_base = static_cast<uint16_t>(config(kPmba, 4) & 0xffc0);
  move_window(pm_handle_, (config(kPmregmisc, 1) & 1) != 0, pm_base, kPmWindow, 4, pm_window_);
  const auto smb_base = static_cast<uint16_t>(config(kSmbba, 4) & 0xfff0);
  move_window(smbus_handle_, (config(kSmbhstcfg, 1) & 1) != 0, smb_base, 16, 1, smbus_window_);
}

void Piix4Pm::config_written(unsigned offset, unsigned size) {
  const auto touches = [&](unsigned reg) { return offset <= reg + 3 && offset + size > reg; };
  if (touches(kPmba) || touches(kPmregmisc) || touches(kSmbba) || touches(kSmbhstcfg)) update_windows();
}

IoRead Piix4Pm::read_pm(uint16_t offset, unsigned size) {
  latch_overflow();
  const std::array<uint32_t, 4> dwords{static_cast<uint32_t>(state_.pmsts | state_.pmen << 16), state_.pmcntrl,
                                       static_cast<uint32_t>(timer_ticks() & low_mask(kTimerBits)), 0};
  const unsigned dword = std::min(offset / 4u, 3u);
  if (offset % 4 + size > 4) return IoRead::bad_size();
  return IoRead::of((dwords[dword] >> (8 * (offset % 4))) & all_ones(size));
}

IoStatus Piix4Pm::write_pm(uint16_t offset, unsigned size, uint32_t value) {
  if (offset % 4 + size > 4) return IoStatus::bad_size;
  latch_overflow();
  const unsigned shift = 8 * (offset % 4);
  const auto mask = static_cast<uint32_t>(all_ones(size) << shift);
  const uint32_t placed = (value << shift) & mask;
  if (offset < 4) {
    state_.pmsts = static_cast<uint16_t>(state_.pmsts & ~placed);  // written ones clear
    if (mask >> 16 != 0) {
      const auto kept = state_.pmen & ~(mask >> 16);
      state_.pmen = static_cast<uint16_t>((kept | placed >> 16) & kEnables);
    }
    update_sci();
  } else if (offset < 8) {
    write_pmcntrl(static_cast<uint16_t>((state_.pmcntrl & ~mask) | placed));
  }
  return IoStatus::ok;
}

void Piix4Pm::write_pmcntrl(uint16_t value) {
  state_.pmcntrl = static_cast<uint16_t>(value & kPmcntrlWritable & ~SUS_EN);  // SUS_EN reads zero
  update_sci();
  if ((value & SUS_EN) == 0) return;
  const unsigned type = (value & kSusTyp) >> 10;
  if (type == 0) {
    if (events_.power_off) events_.power_off();
  } else {
    unimplemented(name(), "suspend type {}", type);
  }
}

IoStatus Piix4Pm::write_gpe(uint16_t offset, unsigned, uint32_t value) {
  auto& byte = state_.gpe[offset];
  byte = static_cast<uint8_t>(offset < 2 ? byte & ~value : value);
  update_sci();
  return IoStatus::ok;
}

IoStatus Piix4Pm::write_apm(uint16_t offset, unsigned, uint32_t value) {
  if (offset == 1) {
    state_.apms = static_cast<uint8_t>(value);
    return IoStatus::ok;
  }
  state_.apmc = static_cast<uint8_t>(value);
  if (value == kAcpiEnable) state_.pmcntrl |= SCI_EN;
  if (value == kAcpiDisable) state_.pmcntrl &= static_cast<uint16_t>(~SCI_EN);
  update_sci();
  if (events_.smi && (config(kDevactb, 4) & kApmcEn) != 0) events_.smi();
  return IoStatus::ok;
}

// The SMBus host controller with nothing on its bus: every transaction ends at once with a device error.
IoRead Piix4Pm::read_smbus(uint16_t offset, unsigned) {
  if (offset == 0) return IoRead::of(state_.smb_status);
  if (offset >= 2 && offset < 2 + state_.smb.size()) return IoRead::of(state_.smb[offset - 2u]);
  return IoRead::of(0);
}

IoStatus Piix4Pm::write_smbus(uint16_t offset, unsigned, uint32_t value) {
  constexpr uint8_t kStart = 1u << 6, kInterrupt = 1u << 1, kDeviceError = 1u << 2;
  if (offset == 0) state_.smb_status = static_cast<uint8_t>(state_.smb_status & ~value);
  if (offset == 2 && (value & kStart)) state_.smb_status = kInterrupt | kDeviceError;
  if (offset >= 2 && offset < 2 + state_.smb.size()) {
    state_.smb[offset - 2u] = static_cast<uint8_t>(offset == 2 ? value & ~uint32_t{kStart} : value);
  }
  return IoStatus::ok;
}

}  // namespace mullion
