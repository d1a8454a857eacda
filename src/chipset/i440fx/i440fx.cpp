// The 82441FX's registers and what they do to the memory map.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/i440fx/i440fx.hpp"

#include "chipset/i440fx/i440fx_regs.hpp"

#include <algorithm>

namespace mullion {
namespace {

constexpr uint64_t kSmramBase = 0xa0000;
constexpr uint64_t kSmramSize = 0x20000;
constexpr uint64_t kOneMiB = 0x100000;
constexpr uint64_t kBiosWindow = 0x20000;  // at most this much of the ROM shows below 1 MiB
constexpr uint8_t kSmramWritable = i440fx::D_OPEN | i440fx::D_CLS | i440fx::D_LCK | i440fx::G_SMRAME;
constexpr PciIdentity kIdentity{.vendor = 0x8086, .device = 0x1237, .revision = 0x02, .class_code = 0x060000};

}  // namespace

I440fx::I440fx(PciBus& bus, const PciSpaces& spaces, GuestMemory& memory, const I440fxMemory& layout,
               PioTarget& reset_control)
    : PciFunction(kIdentity, spaces), bus_(bus), memory_(memory), layout_(layout), reset_control_(reset_control) {
  define(pci::kCommand, 2, pci::kCommandMemory | pci::kCommandMaster, 0x0100);
  define(pci::kStatus, 2, 0x0280, 0);
  define(0x50, 2, 0, 0xffff);   // PMCCFG
  define(0x57, 1, 0x01, 0xff);  // DRAMC
  define(0x58, 1, 0x10, 0xff);  // DRAMT
  for (unsigned pam = i440fx::kPam0; pam <= i440fx::kPam6; ++pam) define(pam, 1, 0, 0xff);
  for (unsigned drb = 0x60; drb <= 0x67; ++drb) define(drb, 1, 0x01, 0xff);
  define(i440fx::kSmram, 1, i440fx::C_BASE_SEG, kSmramWritable);
  update_shadow();
  update_smram();
}

void I440fx::reset() {
  confadd_ = 0;
  set_writable(i440fx::kSmram, 1, kSmramWritable);
  reset_config();
  update_shadow();
  update_smram();
}

namespace {
struct Fields {
  uint32_t confadd = 0;
  std::array<uint8_t, PciFunction::kConfigSize> config{};
};
template <class Archive, class S>
void fields(Archive& ar, S& s) {
  ar.field(1, s.confadd);
  ar.field(2, s.config);
}
}  // namespace

void I440fx::save(StateWriter& writer) const {
  const Fields saved{.confadd = confadd_, .config = config_bytes()};
  fields(writer, saved);
}

Result<void> I440fx::restore(StateReader& reader) {
  Fields saved{.confadd = confadd_, .config = config_bytes()};
  fields(reader, saved);
  if (auto good = reader.finish(); !good) return good;
  confadd_ = saved.confadd & ~uint32_t{3};
  const bool locked = (saved.config[i440fx::kSmram] & i440fx::D_LCK) != 0;
  set_writable(i440fx::kSmram, 1, kSmramWritable);
  restore_config(saved.config);
  if (locked) set_writable(i440fx::kSmram, 1, i440fx::D_CLS);
  update_shadow();
  update_smram();
  return {};
}

IoRead I440fx::pio_read(uint16_t offset, unsigned size) {
  if (offset < 4) {
    if (size == 4) return IoRead::of(confadd_);
    return offset == 1 && size == 1 ? reset_control_.pio_read(0, 1) : IoRead::nobody();
  }
  if ((confadd_ & i440fx::kConfigEnable) == 0) return IoRead::nobody();
  const unsigned reg = (confadd_ & 0xfc) + (offset & 3u);
  return IoRead::of(bus_.config_read((confadd_ >> 16) & 0xff, static_cast<uint8_t>(confadd_ >> 8), reg, size));
}

IoStatus I440fx::pio_write(uint16_t offset, unsigned size, uint32_t value) {
  if (offset < 4) {
    if (size == 4) {
      confadd_ = value & ~uint32_t{3};
      return IoStatus::ok;
    }
    return offset == 1 && size == 1 ? reset_control_.pio_write(0, 1, value) : IoStatus::nobody;
  }
  if ((confadd_ & i440fx::kConfigEnable) == 0) return IoStatus::nobody;
  const unsigned reg = (confadd_ & 0xfc) + (offset & 3u);
  bus_.config_write((confadd_ >> 16) & 0xff, static_cast<uint8_t>(confadd_ >> 8), reg, size, value);
  return IoStatus::ok;
}

void I440fx::config_written(unsigned offset, unsigned size) {
  const auto touches = [&](unsigned first, unsigned last) { return offset <= last && offset + size > first; };
  if (touches(i440fx::kSmram, i440fx::kSmram)) {
    // D_LCK: from now to reset D_OPEN reads zero, and neither it nor G_SMRAME can be changed.
    auto smram = static_cast<uint8_t>(config(i440fx::kSmram, 1));
    if (smram & i440fx::D_LCK) {
      smram = static_cast<uint8_t>(smram & ~i440fx::D_OPEN);
      set_config(i440fx::kSmram, 1, smram);
      set_writable(i440fx::kSmram, 1, i440fx::D_CLS);
    }
    update_smram();
  }
  if (touches(i440fx::kPam0, i440fx::kPam6)) update_shadow();
}

void I440fx::set_up_without_firmware() {
  set_config(i440fx::kPam0, 1, 0x30);
  for (unsigned pam = i440fx::kPam0 + 1; pam <= i440fx::kPam6; ++pam) set_config(pam, 1, 0x33);
  update_shadow();
}

bool I440fx::smram_visible(bool in_smm) const {
  const auto smram = config(i440fx::kSmram, 1);
  if (smram & i440fx::D_OPEN) return true;
  return in_smm && (smram & i440fx::G_SMRAME) != 0;
}

// The map's errors are about layouts that cannot exist here: block sizes are checked by the machine.
void I440fx::update_smram() {
  const bool open = smram_visible(false);
  (void)memory_.map(kSmramBase, kSmramSize, open ? RangeUse::ram(layout_.ram, kSmramBase) : RangeUse::device());
}

void I440fx::map_segment(uint64_t first, uint64_t size, unsigned attributes) {
  const bool read = (attributes & i440fx::kPamRead) != 0;
  const bool write = (attributes & i440fx::kPamWrite) != 0;
  const bool rom = layout_.bios_rom && first >= kOneMiB - std::min(layout_.bios_rom_size, kBiosWindow);
  const uint64_t rom_offset = rom ? layout_.bios_rom_size - (kOneMiB - first) : 0;
  RangeUse use = RangeUse::device();
  if (read) {
    use = write ? RangeUse::ram(layout_.ram, first) : RangeUse::read_only(layout_.ram, first);
  } else if (write) {
    use = rom ? RangeUse::read_rom_write_ram(*layout_.bios_rom, rom_offset, layout_.ram, first)
              : RangeUse::read_device_write_ram(layout_.ram, first);
  } else if (rom) {
    use = RangeUse::read_only(*layout_.bios_rom, rom_offset);
  }
  (void)memory_.map(first, size, use);
}

void I440fx::update_shadow() {
  for (unsigned pam = i440fx::kPam0 + 1; pam <= i440fx::kPam6; ++pam) {
    const uint64_t first = 0xc0000 + uint64_t{pam - i440fx::kPam0 - 1} * 0x8000;
    map_segment(first, 0x4000, config(pam, 1) & 3);
    map_segment(first + 0x4000, 0x4000, (config(pam, 1) >> 4) & 3);
  }
  map_segment(0xf0000, 0x10000, (config(i440fx::kPam0, 1) >> 4) & 3);
}

}  // namespace mullion
