// Building, running and resetting the pc machine.
// SPDX-License-Identifier: Apache-2.0
#include "machine/pc.hpp"

#include "base/log.hpp"
#include "chipset/piix4_pm/piix4_pm_regs.hpp"
#include "machine/firmware.hpp"
#include "machine/pc_chips.hpp"
#include "machine/pc_fw_cfg.hpp"

#include <algorithm>

namespace mullion {
namespace {

constexpr uint64_t kRamBelowVideo = 0xa0000;
constexpr uint64_t kSmallestRam = kMiB;
// Above the RAM there must be room in the guest's address space for devices.
constexpr uint64_t kLargestRam = GuestMemory::kAddressLimit / 2;

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

}  // namespace

Pc::Pc(MachineCore& core, const PcConfig& config)
    : core_(core), config_(config), ram_(RamLayout::split(config.memory_bytes)) {}

Pc::~Pc() {
  core_.set_vcpu(nullptr);
  // Timers are destroyed with the machine lock held.
  const std::scoped_lock guard{core_.lock()};
  vcpu_.reset();
  chips_.reset();
}

Result<std::unique_ptr<Pc>> Pc::create(MachineCore& core, const PcConfig& config, const VcpuFactory& make_vcpu) {
  std::unique_ptr<Pc> pc{new Pc{core, config}};
  if (auto built = pc->build_memory(); !built) return tl::unexpected(built.error());
  if (!config.kernel.kernel.empty()) {
    auto kernel = prepare_kernel(config.kernel, pc->ram_, config.kernel_route);
    if (!kernel) return tl::unexpected(kernel.error());
    pc->kernel_ = std::move(*kernel);
  } else if (!config.kernel.initrd.empty() || !config.kernel.append.empty()) {
    return failure("{} needs a kernel: add -kernel", config.kernel.initrd.empty() ? "-append" : "-initrd");
  }
  {
    const std::scoped_lock guard{core.lock()};
    if (auto built = pc->build_chips(); !built) return tl::unexpected(built.error());
  }
  auto vcpu = make_vcpu({pc->memory_, core.timers(), core.lock(), *pc, pc->apics_});
  if (!vcpu) return tl::unexpected(vcpu.error());
  pc->vcpu_ = std::move(*vcpu);
  pc->chips_->pins.connect(pc->vcpu_.get());
  core.set_vcpu(pc->vcpu_.get());
  return pc;
}

Result<void> Pc::build_memory() {
  if (config_.memory_bytes < kSmallestRam || config_.memory_bytes % kPageSize != 0) {
    return failure("the pc machine needs at least {} MiB of RAM in whole pages, not {} bytes; change -m",
                   kSmallestRam / kMiB, config_.memory_bytes);
  }
  if (config_.memory_bytes > kLargestRam) {
    return failure("the pc machine has room for {} GiB of RAM at most, not {}; change -m", kLargestRam / kGiB,
                   config_.memory_bytes / kGiB);
  }
  auto ram = memory_.add_block("pc.ram", config_.memory_bytes);
  if (!ram) return tl::unexpected(ram.error());
  ram_block_ = *ram;
  if (auto mapped = memory_.map(0, kRamBelowVideo, RangeUse::ram(ram_block_, 0)); !mapped) return mapped;
  if (ram_.below_4g > kMiB) {
    if (auto mapped = memory_.map(kMiB, ram_.below_4g - kMiB, RangeUse::ram(ram_block_, kMiB)); !mapped) return mapped;
  }
  if (ram_.above_4g != 0) {
    if (auto mapped = memory_.map(kFourGiB, ram_.above_4g, RangeUse::ram(ram_block_, ram_.below_4g)); !mapped) {
      return mapped;
    }
  }
  if (config_.kernel_route == BootRoute::direct) {
    return config_.kernel.kernel.empty() ? failure("a boot without firmware needs a kernel: add -kernel")
                                         : Result<void>{};
  }
  const auto firmware = load_firmware({config_.firmware, config_.data_dirs, config_.program_dir});
  if (!firmware) return tl::unexpected(firmware.error());
  rom_size_ = firmware->size();
  auto rom = memory_.add_block("pc.bios", rom_size_);
  if (!rom) return tl::unexpected(rom.error());
  rom_block_ = *rom;
  std::copy(firmware->begin(), firmware->end(), memory_.block_bytes(*rom).begin());
  return memory_.map(kFourGiB - rom_size_, rom_size_, RangeUse::read_only(*rom, 0));
}

Result<void> Pc::build_chips() {
  chips_ = std::make_unique<PcChips>(
      memory_, core_.timers(), config_,
      I440fxMemory{.ram = ram_block_, .bios_rom = rom_block_, .bios_rom_size = rom_size_}, [this] { power_off(); });
  auto& c = *chips_;
  for (Device* device : std::initializer_list<Device*>{&c.pic, &c.ioapic, &c.pit, &c.rtc, &c.port92, &c.dma, &c.fw_cfg,
                                                       &c.piix3, &c.i440fx, &c.pm}) {
    own(*device);
  }
  if (c.hpet) own(*c.hpet);
  if (c.i8042) own(*c.i8042);
  map_ports();
  fill_cmos(c.rtc, config_, ram_);
  const bool through_rom = kernel_ && config_.kernel_route == BootRoute::firmware;
  if (auto filled = fill_fw_cfg(c.fw_cfg, config_, ram_, through_rom ? &*kernel_ : nullptr,
                                [this] { return chips_->pm.pm_base(); });
      !filled) {
    return filled;
  }
  return add_devices();
}

void Pc::map_ports() {
  auto& c = *chips_;
  auto& ports = c.ports;
  ports.map({.first = 0x00, .count = 16}, c.dma.low_ports());
  if (config_.pic) {
    ports.map({.first = 0x20, .count = 2}, c.pic.master_ports());
    ports.map({.first = 0xa0, .count = 2}, c.pic.slave_ports());
    ports.map({.first = 0x4d0, .count = 2}, c.pic.elcr_ports());
  }
  if (config_.pit) {
    ports.map({.first = 0x40, .count = 4}, c.pit);
    ports.map({.first = 0x61, .count = 1}, c.pit.port61());
  }
  if (c.i8042) {
    ports.map({.first = 0x60, .count = 1}, c.i8042->data_port());
    ports.map({.first = 0x64, .count = 1}, c.i8042->command_port());
  }
  ports.map({.first = 0x70, .count = 2}, c.rtc);
  ports.map({.first = 0x80, .count = 16}, c.dma.page_ports());
  ports.map({.first = 0x92, .count = 1, .priority = 1}, c.port92);
  ports.map({.first = piix4::kApmc, .count = 2}, c.pm.apm_ports());
  ports.map({.first = 0xc0, .count = 32}, c.dma.high_ports());
  ports.map({.first = fw_cfg::kSelectorPort, .count = 2, .max_size = 2}, c.fw_cfg.data_ports());
  ports.map({.first = fw_cfg::kDmaPort, .count = 8, .max_size = 4}, c.fw_cfg.dma_ports());
  ports.map({.first = I440fx::kFirstPort, .count = I440fx::kPortCount, .max_size = 4}, c.i440fx);
  ports.map({.first = piix4::kGpe0Base, .count = piix4::kGpe0Length}, c.pm.gpe_ports());
  c.mmio.map({.base = IoApic::kDefaultBase, .size = IoApic::kWindowSize, .max_size = 4}, c.ioapic);
  if (c.hpet) c.mmio.map({.base = Hpet::kDefaultBase, .size = Hpet::kWindowSize, .max_size = 8}, *c.hpet);
}

Result<void> Pc::add_devices() {
  auto& c = *chips_;
  for (const auto& serial : config_.serials) {
    const unsigned irq = serial_irq(serial);
    auto& uart = c.uarts.emplace_back(Ns16550UartConfig{.name = fmt::format("serial{}", c.uarts.size())},
                                      core_.timers(), c.irqs.line(irq), serial.chardev);
    c.ports.map({.first = serial_port(serial), .count = 8}, uart);
    own(uart);
  }
  Result<void> result;
  const auto add_pci_testdev = [&](const PcPciTestdevConfig& device) -> Result<void> {
    const auto slot = device.slot ? std::optional<unsigned>{*device.slot} : c.pci.free_slot(2);
    if (!slot || *slot > 31) return failure("pci-testdev: there is no free PCI slot");
    if (c.pci.occupied(pci_devfn(*slot, 0))) {
      return failure("pci-testdev: PCI slot {} is taken; leave out addr= to get a free one", *slot);
    }
    auto& testdev = c.pci_testdevs.emplace_back(c.spaces);
    c.pci.attach(pci_devfn(*slot, 0), testdev);
    own(testdev);
    return {};
  };
  const Overloaded add{
      [&](const IsaDebugExitConfig& device) -> Result<void> {
        auto& exit = c.debug_exits.emplace_back(device, [this](int status) {
          core_.request_exit({MachineExit::Reason::debug_exit, status, {}});
        });
        c.ports.map({.first = device.iobase, .count = device.iosize, .max_size = 4}, exit);
        own(exit);
        return {};
      },
      [&](const PcDebugconConfig& device) -> Result<void> {
        auto& debugcon = c.debugcons.emplace_back(device.config, device.chardev);
        c.ports.map({.first = device.config.iobase, .count = 1, .priority = 1}, debugcon);
        own(debugcon);
        return {};
      },
      [&](const PcTestdevConfig&) -> Result<void> {
        if (c.pc_testdev) return failure("pc-testdev: there is one already; its ports are fixed");
        c.pc_testdev = std::make_unique<PcTestdev>(c.test_irqs);
        c.ports.map({.first = 0xe0, .count = 4, .max_size = 4}, c.pc_testdev->data_ports());
        c.ports.map({.first = 0xe4, .count = 4, .max_size = 4}, c.pc_testdev->flush_ports());
        c.ports.map({.first = 0xe8, .count = 4}, c.pc_testdev->byte_ports());
        c.ports.map({.first = 0x2000, .count = PcTestdev::kIrqLines}, c.pc_testdev->irq_ports());
        c.mmio.map({.base = PcTestdev::kMmioBase, .size = PcTestdev::kMmioSize, .max_size = 8}, *c.pc_testdev);
        own(*c.pc_testdev);
        return {};
      },
      add_pci_testdev,
  };
  for (const auto& device : config_.devices) {
    if (auto added = std::visit(add, device); !added) return added;
  }
  return {};
}

void Pc::power_off() {
  if (config_.no_shutdown) {
    core_.pause();
  } else {
    core_.request_exit({MachineExit::Reason::power_off, 0, {}});
  }
}

Result<void> Pc::reset_all() {
  {
    const std::scoped_lock guard{core_.lock()};
    memory_.set_a20(true);
    for (auto* device : devices_) device->reset();
  }
  vcpu_->reset();
  return config_.kernel_route == BootRoute::direct ? start_without_firmware() : Result<void>{};
}

// What firmware would have left behind: routed interrupts, ACPI tables, the kernel in RAM.
Result<void> Pc::start_without_firmware() {
  const uint64_t tables_gpa = ram_.below_4g - kHighReserve;
  constexpr uint64_t kRsdpGpa = 0xf0000;
  {
    const std::scoped_lock guard{core_.lock()};
    chips_->i440fx.set_up_without_firmware();
    chips_->piix3.set_up_without_firmware();
    chips_->pm.set_up_without_firmware();
    chips_->ports.write(0x4d1, 1, 0x0e);  // ELCR: 9, 10 and 11 are level-triggered
    uint64_t rsdp_gpa = 0;
    if (config_.acpi) {
      auto files = acpi::build_pc_tables(describe_for_acpi(config_, ram_, chips_->pm.pm_base()));
      acpi::link_in_place(files, tables_gpa, kRsdpGpa);
      rsdp_gpa = kRsdpGpa;
      if (!memory_.copy_out(tables_gpa, files.tables.data(), files.tables.size()) ||
          !memory_.copy_out(kRsdpGpa, files.rsdp.data(), files.rsdp.size())) {
        return failure("the ACPI tables do not fit into the guest's RAM of {} MiB; give it more with -m",
                       ram_.below_4g / kMiB);
      }
    }
    if (auto placed = place_kernel(*kernel_, memory_, direct_memory_map(ram_), rsdp_gpa); !placed) return placed;
  }
  const auto& entry = kernel_->protected_mode;
  vcpu_->start_flat32({.eip = entry.eip, .eax = entry.eax, .ebx = entry.ebx, .esi = entry.esi});
  return {};
}

MachineExit Pc::run() {
  const auto fatal = [](const Error& error) { return MachineExit{MachineExit::Reason::fatal, 1, error.message}; };
  if (auto ready = reset_all(); !ready) return fatal(ready.error());
  core_.start();
  for (;;) {
    if (auto exit = core_.poll()) return *exit;
    const VcpuExit why = vcpu_->run();
    if (why == VcpuExit::Kicked) continue;
    if (auto exit = core_.poll()) return *exit;
    if (config_.no_reboot) return {MachineExit::Reason::reset, 0, {}};
    if (auto ready = reset_all(); !ready) return fatal(ready.error());
  }
}

uint64_t Pc::mmio_read(uint64_t gpa, unsigned size) {
  const std::scoped_lock guard{core_.lock()};
  return chips_->mmio.read(gpa, size);
}

void Pc::mmio_write(uint64_t gpa, unsigned size, uint64_t value) {
  const std::scoped_lock guard{core_.lock()};
  chips_->mmio.write(gpa, size, value);
}

uint32_t Pc::port_in(uint16_t port, unsigned size) {
  const std::scoped_lock guard{core_.lock()};
  return chips_->ports.read(port, size);
}

void Pc::port_out(uint16_t port, unsigned size, uint32_t value) {
  const std::scoped_lock guard{core_.lock()};
  chips_->ports.write(port, size, value);
}

int Pc::acknowledge_pic() {
  const std::scoped_lock guard{core_.lock()};
  return chips_->pic.intr() ? chips_->pic.acknowledge() : -1;
}

void Pc::eoi(uint8_t vector) {
  const std::scoped_lock guard{core_.lock()};
  chips_->ioapic.eoi(vector);
}

void Pc::triple_fault(const char* report) {
  constexpr unsigned kReports = 3;  // a guest that does nothing else must not fill the terminal
  if (++triple_faults_ <= kReports) report_warning(report);
  if (triple_faults_ == kReports) report_warning("further triple faults of this guest are not reported");
}

}  // namespace mullion
