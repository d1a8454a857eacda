// Filling of fw_cfg and CMOS RAM.
// SPDX-License-Identifier: Apache-2.0
#include "machine/pc_fw_cfg.hpp"

#include "base/bytes.hpp"
#include "machine/kernel_rom/kernel_rom.hpp"
#include "machine/smbios.hpp"

#include <algorithm>
#include <array>

namespace mullion {
namespace {

constexpr std::array<uint16_t, 4> kComPorts{0x3f8, 0x2f8, 0x3e8, 0x2e8};
constexpr std::array<uint8_t, 4> kComIrqs{4, 3, 4, 3};

void add_part(FwCfg& fw_cfg, const Placed& part, uint16_t address, uint16_t size, uint16_t data) {
  fw_cfg.add_u32(address, part.content ? static_cast<uint32_t>(part.gpa) : 0);
  fw_cfg.add_u32(size, part.content ? static_cast<uint32_t>(part.content->size()) : 0);
  if (part.content) fw_cfg.add(data, fw_cfg_blob(part.content));
}

Result<void> add_kernel(FwCfg& fw_cfg, const KernelBoot& boot) {
  add_part(fw_cfg, boot.kernel, fw_cfg::kKernelAddr, fw_cfg::kKernelSize, fw_cfg::kKernelData);
  add_part(fw_cfg, boot.initrd, fw_cfg::kInitrdAddr, fw_cfg::kInitrdSize, fw_cfg::kInitrdData);
  add_part(fw_cfg, boot.cmdline, fw_cfg::kCmdlineAddr, fw_cfg::kCmdlineSize, fw_cfg::kCmdlineData);
  add_part(fw_cfg, boot.setup, fw_cfg::kSetupAddr, fw_cfg::kSetupSize, fw_cfg::kSetupData);
  fw_cfg.add_u32(fw_cfg::kKernelEntry, boot.protected_mode.eip);
  return fw_cfg.add_file(kKernelRomFile, build_kernel_rom(boot));
}

std::vector<uint8_t> text_bytes(std::string_view text) {
  std::vector<uint8_t> bytes{text.begin(), text.end()};
  bytes.push_back(0);
  return bytes;
}

void add_numbers(FwCfg& fw_cfg, const PcConfig& config, const RamLayout& ram) {
  fw_cfg.add_bytes(fw_cfg::kUuid, {config.uuid.begin(), config.uuid.end()});
  fw_cfg.add_u64(fw_cfg::kRamSize, ram.below_4g + ram.above_4g);
  fw_cfg.add_u16(fw_cfg::kNoGraphic, config.nographic ? 1 : 0);
  fw_cfg.add_u16(fw_cfg::kNbCpus, static_cast<uint16_t>(config.cpus));
  fw_cfg.add_u16(fw_cfg::kMaxCpus, static_cast<uint16_t>(config.cpus));
  fw_cfg.add_u16(fw_cfg::kBootMenu, config.boot_menu ? 1 : 0);
  fw_cfg.add_u16(fw_cfg::kBootDevice, config.boot_order.empty() ? 'c' : static_cast<uint8_t>(config.boot_order[0]));
  fw_cfg.add_u32(fw_cfg::kMachineId, 0);
  fw_cfg.add_u64(fw_cfg::kNuma, 0);
  fw_cfg.add_u32(fw_cfg::kIrq0Override, 1);  // interrupt 0 arrives at the I/O APIC's pin 2
}

// The file etc/acpi/tables. Firmware reads it after it has placed the power management registers, and the tables
// must say where: they are built anew each time.
class AcpiTablesSource final : public FwCfgSource {
 public:
  explicit AcpiTablesSource(std::function<acpi::PcDescription()> describe)
      : describe_(std::move(describe)), tables_(acpi::build_pc_tables(describe_()).tables) {}
  uint32_t size() const override { return static_cast<uint32_t>(tables_.size()); }
  void selected() override {
    auto now = acpi::build_pc_tables(describe_()).tables;
    if (now.size() == tables_.size()) tables_ = std::move(now);
  }
  bool read(uint32_t offset, std::span<uint8_t> to) const override {
    std::copy_n(tables_.begin() + offset, to.size(), to.begin());
    return true;
  }

 private:
  std::function<acpi::PcDescription()> describe_;
  std::vector<uint8_t> tables_;
};

Result<void> add_acpi(FwCfg& fw_cfg, const std::function<acpi::PcDescription()>& describe) {
  auto files = acpi::build_pc_tables(describe());
  for (auto added : {fw_cfg.add_file(acpi::kTablesFile, std::make_unique<AcpiTablesSource>(describe)),
                     fw_cfg.add_file(acpi::kRsdpFile, std::move(files.rsdp)),
                     fw_cfg.add_file(acpi::kLoaderFile, std::move(files.loader))}) {
    if (!added) return added;
  }
  return {};
}

uint8_t boot_code(char letter) {
  switch (letter) {
    case 'a':
    case 'b':
      return 1;
    case 'c':
      return 2;
    case 'd':
      return 3;
    case 'n':
      return 4;
    default:
      return 0;
  }
}

}  // namespace

uint16_t serial_port(const PcSerialConfig& serial) { return serial.iobase.value_or(kComPorts[serial.number % 4]); }
uint8_t serial_irq(const PcSerialConfig& serial) { return serial.irq.value_or(kComIrqs[serial.number % 4]); }

acpi::PcDescription describe_for_acpi(const PcConfig& config, const RamLayout& ram, uint16_t pm_base) {
  acpi::PcDescription pc;
  pc.cpus = config.cpus;
  // The window starts where RAM ends or, as firmware places BARs, at 2 GiB, 3 GiB or 3.5 GiB.
  pc.pci_hole_first = static_cast<uint32_t>(std::max<uint64_t>(ram.below_4g, 0x80000000));
  pc.pm_base = pm_base;
  pc.hpet = config.hpet;
  pc.i8042 = config.i8042;
  for (const auto& serial : config.serials) {
    pc.serial_ports.push_back({serial_port(serial), serial_irq(serial), serial.number + 1});
  }
  return pc;
}

Result<void> fill_fw_cfg(FwCfg& fw_cfg, const PcConfig& config, const RamLayout& ram, const KernelBoot* boot,
                         const std::function<uint16_t()>& pm_base) {
  add_numbers(fw_cfg, config, ram);
  std::vector<std::pair<std::string_view, std::vector<uint8_t>>> files{
      {"etc/e820", encode_e820(firmware_memory_map(ram))},
      // Bit 7: the state is there; S3 and S4 are not.
      {"etc/system-states", {128, 0, 0, 1, 2, 128}},
  };
  auto smbios = build_smbios({.product = "Standard PC (i440FX + PIIX, 1996)",
                              .version = "pc-i440fx-7.2",
                              .uuid = config.uuid,
                              .cpus = config.cpus,
                              .ram = ram});
  files.emplace_back("etc/smbios/smbios-tables", std::move(smbios.tables));
  files.emplace_back("etc/smbios/smbios-anchor", std::move(smbios.anchor));
  const auto add_wait = [&](std::string_view file, uint32_t milliseconds) {
    std::vector<uint8_t> bytes(4);
    store_le<uint32_t>(bytes.data(), milliseconds);
    files.emplace_back(file, std::move(bytes));
  };
  if (config.boot_menu_wait_ms) add_wait("etc/boot-menu-wait", *config.boot_menu_wait_ms);
  if (config.boot_fail_wait_ms) add_wait("etc/boot-fail-wait", *config.boot_fail_wait_ms);
  if (boot != nullptr) files.emplace_back("bootorder", text_bytes(kKernelRomBootOrder));
  for (auto& [name, bytes] : files) {
    if (auto added = fw_cfg.add_file(name, std::move(bytes)); !added) return added;
  }
  if (config.acpi) {
    auto added = add_acpi(fw_cfg, [config, ram, pm_base] { return describe_for_acpi(config, ram, pm_base()); });
    if (!added) return added;
  }
  return boot != nullptr ? add_kernel(fw_cfg, *boot) : Result<void>{};
}

void fill_cmos(Mc146818Rtc& rtc, const PcConfig& config, const RamLayout& ram) {
  const auto word = [&](uint8_t index, uint64_t value) {
    const auto clamped = std::min<uint64_t>(value, 0xffff);
    rtc.set_cmos(index, static_cast<uint8_t>(clamped));
    rtc.set_cmos(static_cast<uint8_t>(index + 1), static_cast<uint8_t>(clamped >> 8));
  };
  const auto beyond = [&](uint64_t start) { return ram.below_4g > start ? ram.below_4g - start : 0; };
  rtc.set_cmos(0x14, 0x06);  // coprocessor, PS/2 mouse; no floppy
  word(0x15, std::min<uint64_t>(ram.below_4g / 1024, 640));
  word(0x17, beyond(kMiB) / 1024);
  word(0x30, beyond(kMiB) / 1024);
  word(0x34, beyond(16 * kMiB) / 65536);
  const uint64_t above = ram.above_4g / 65536;
  for (unsigned i = 0; i < 3; ++i) rtc.set_cmos(static_cast<uint8_t>(0x5b + i), static_cast<uint8_t>(above >> (8 * i)));
  rtc.set_cmos(0x5f, static_cast<uint8_t>(config.cpus - 1));
  const std::string order = (config.boot_order.empty() ? "cad" : config.boot_order) + "   ";
  rtc.set_cmos(0x3d, static_cast<uint8_t>(boot_code(order[0]) | boot_code(order[1]) << 4));
  rtc.set_cmos(0x38, static_cast<uint8_t>(boot_code(order[2]) << 4 | 1));  // 1: no floppy signature check
}

}  // namespace mullion
