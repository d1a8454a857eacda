// The PIIX4's power management function: PM1a, the PM timer, GPE0, soft-off, SMI command port, SMBus.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/clock.hpp"
#include "bus/device.hpp"
#include "bus/line.hpp"
#include "bus/pci.hpp"
#include "bus/pio_window.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>

namespace mullion {

struct Piix4PmEvents {
  std::function<void()> power_off;  // the guest entered S5; returns, the machine stops soon after
  std::function<void()> smi;        // empty: the machine has no SMM, and firmware is told that all is set up
};

// Purpose: ACPI's fixed hardware. Source document: Intel 82371AB (290562), section 7; GPE0 as QEMU's pc.
// Thread: any, machine lock held.
class Piix4Pm final : public Device, public PciFunction {
 public:
  Piix4Pm(const PciSpaces& spaces, TimerHost& timers, Line sci, Piix4PmEvents events);
  ~Piix4Pm() override;

  std::string_view name() const override { return "piix4-pm"; }
  void reset() override;
  void save(StateWriter& writer) const override;
  Result<void> restore(StateReader& reader) override;

  PioTarget& apm_ports() { return apm_window_; }  // B2h, 2 ports
  PioTarget& gpe_ports() { return gpe_window_; }  // AFE0h, 4 ports
  void power_button();
  // Where the PM registers are; before firmware has opened the window, where SeaBIOS puts them.
  uint16_t pm_base() const;
  // What firmware does at POST, for a boot without firmware.
  void set_up_without_firmware();

  struct State {
    uint16_t pmsts = 0;
    uint16_t pmen = 0;
    uint16_t pmcntrl = 0;
    uint64_t overflow_base = 0;  // PM timer bit-23 changes already reported
    std::array<uint8_t, 4> gpe{};
    uint8_t apmc = 0;
    uint8_t apms = 0;
    uint8_t smb_status = 0;
    std::array<uint8_t, 6> smb{};
  };

 private:
  void config_written(unsigned offset, unsigned size) override;
  IoRead read_pm(uint16_t offset, unsigned size);
  IoStatus write_pm(uint16_t offset, unsigned size, uint32_t value);
  IoRead read_gpe(uint16_t offset, unsigned) { return IoRead::of(state_.gpe[offset]); }
  IoStatus write_gpe(uint16_t offset, unsigned size, uint32_t value);
  IoRead read_apm(uint16_t offset, unsigned) { return IoRead::of(offset == 0 ? state_.apmc : state_.apms); }
  IoStatus write_apm(uint16_t offset, unsigned size, uint32_t value);
  IoRead read_smbus(uint16_t offset, unsigned size);
  IoStatus write_smbus(uint16_t offset, unsigned size, uint32_t value);
  void write_pmcntrl(uint16_t value);
  uint64_t timer_ticks() const;
  void latch_overflow();
  void update_sci();
  void update_windows();
  void move_window(std::optional<PortBus::Handle>& handle, bool open, uint16_t base, uint32_t count, unsigned max_size,
                   PioTarget& target);

  State state_;
  TimerHost& timers_;
  Line sci_;
  Piix4PmEvents events_;
  Timer overflow_timer_;
  std::optional<PortBus::Handle> pm_handle_;
  std::optional<PortBus::Handle> smbus_handle_;
  PioWindow<Piix4Pm, &Piix4Pm::read_pm, &Piix4Pm::write_pm> pm_window_{*this};
  PioWindow<Piix4Pm, &Piix4Pm::read_gpe, &Piix4Pm::write_gpe> gpe_window_{*this};
  PioWindow<Piix4Pm, &Piix4Pm::read_apm, &Piix4Pm::write_apm> apm_window_{*this};
  PioWindow<Piix4Pm, &Piix4Pm::read_smbus, &Piix4Pm::write_smbus> smbus_window_{*this};
};

}  // namespace mullion
