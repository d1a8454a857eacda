// The 82441FX host bridge: PCI configuration mechanism #1, shadow RAM (PAM) and SMRAM control.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "bus/device.hpp"
#include "bus/pci.hpp"
#include "memory/guest_memory.hpp"

#include <cstdint>
#include <optional>

namespace mullion {

// Where the host bridge finds what lies under the shadow segments.
struct I440fxMemory {
  BlockId ram = 0;                  // guest physical address = offset below 1 MiB
  std::optional<BlockId> bios_rom;  // its last 128 KiB, or all, show below 1 MiB until shadowed
  uint64_t bios_rom_size = 0;
};

// Purpose: owner of A0000h–FFFFFh and of ports CF8h–CFFh. Source document: Intel 82441FX (290549).
// Thread: any, with the machine lock held.
class I440fx final : public Device, public PciFunction, public PioTarget {
 public:
  static constexpr uint16_t kFirstPort = 0xcf8;
  static constexpr unsigned kPortCount = 8;

  // `reset_control` answers byte accesses to CF9h, which lies inside CONFADD.
  I440fx(PciBus& bus, const PciSpaces& spaces, GuestMemory& memory, const I440fxMemory& layout,
         PioTarget& reset_control);

  std::string_view name() const override { return "i440fx"; }
  void reset() override;
  void save(StateWriter& writer) const override;
  Result<void> restore(StateReader& reader) override;

  IoRead pio_read(uint16_t offset, unsigned size) override;
  IoStatus pio_write(uint16_t offset, unsigned size, uint32_t value) override;

  // For a boot without firmware: RAM from C0000h to FFFFFh.
  void set_up_without_firmware();

  // What a processor sees at A0000h–BFFFFh: SMRAM, or the video memory behind the bus.
  bool smram_visible(bool in_smm) const;

 private:
  void config_written(unsigned offset, unsigned size) override;
  void map_segment(uint64_t first, uint64_t size, unsigned attributes);
  void update_shadow();
  void update_smram();

  PciBus& bus_;
  GuestMemory& memory_;
  I440fxMemory layout_;
  PioTarget& reset_control_;
  uint32_t confadd_ = 0;
};

}  // namespace mullion
