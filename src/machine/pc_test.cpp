// The pc machine as a processor sees it, with a scripted processor in its place.
// SPDX-License-Identifier: Apache-2.0
#include "machine/pc.hpp"

#include "bus/device.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <thread>

namespace mullion {
namespace {

// Each run() takes the next step of the script, which acts on the bus as guest code would.
class ScriptedVcpu final : public Vcpu {
 public:
  explicit ScriptedVcpu(CpuBus& guest) : bus(guest) {}
  VcpuExit run() override {
    while (!reset_wanted && !kicked) {
      if (script.empty()) {
        std::this_thread::yield();
        continue;
      }
      const auto step = std::move(script.front());
      script.pop_front();
      step(*this);
      if (shutdown) {
        shutdown = false;
        return VcpuExit::TripleFault;
      }
    }
    return reset_wanted.exchange(false) ? VcpuExit::Reset : (kicked = false, VcpuExit::Kicked);
  }
  void reset() override { ++resets; }
  std::string describe() const override { return {}; }
  void start_flat32(const FlatStart& start) override { flat = start; }
  void set_pic_request(bool level) override { intr = level; }
  void nmi() override {}
  void smi() override {}
  void kick() override { kicked = true; }
  void request_reset() override { reset_wanted = true; }
  void deliver_msi(uint64_t address, uint32_t data) override { msis.emplace_back(address, data); }

  CpuBus& bus;
  std::deque<std::function<void(ScriptedVcpu&)>> script;
  unsigned resets = 0;
  bool intr = false;
  bool shutdown = false;
  std::atomic<bool> reset_wanted{false};
  std::atomic<bool> kicked{false};
  std::optional<FlatStart> flat;
  std::vector<std::pair<uint64_t, uint32_t>> msis;
};

class PcMachine : public ::testing::Test {
 protected:
  PcMachine() {
    folder = std::filesystem::path{::testing::TempDir()} /
             ("mullion_pc_" + std::string{::testing::UnitTest::GetInstance()->current_test_info()->name()});
    std::filesystem::create_directories(folder);
    std::string rom(0x40000, '\x90');
    rom[0x3fff0] = '\xea';
    write_file("bios-256k.bin", rom);
    config.memory_bytes = 16 * kMiB;
    config.firmware = (folder / "bios-256k.bin").string();
  }
  ~PcMachine() override {
    pc.reset();
    std::filesystem::remove_all(folder);
  }
  void write_file(const std::string& name, const std::string& text) {
    std::ofstream{folder / name, std::ios::binary} << text;
  }
  Result<void> make() {
    auto made = Pc::create(core, config, [this](const Pc::VcpuEnvironment& e) -> Result<std::unique_ptr<Vcpu>> {
      auto made_vcpu = std::make_unique<ScriptedVcpu>(e.bus);
      vcpu = made_vcpu.get();
      return made_vcpu;
    });
    if (!made) return tl::unexpected(made.error());
    pc = std::move(*made);
    return {};
  }
  std::string refusal() {
    const auto made = make();
    return made ? "accepted" : made.error().message;
  }
  void then(std::function<void(ScriptedVcpu&)> step) { vcpu->script.push_back(std::move(step)); }
  void out(uint16_t port, unsigned size, uint32_t value) {
    then([=](ScriptedVcpu& v) { v.bus.port_out(port, size, value); });
  }
  void power_off() {
    out(0xcf8, 4, 0x80000b40);  // 00:01.3, PMBA
    out(0xcfc, 4, 0x600);
    out(0xcf8, 4, 0x80000b80);
    out(0xcfc, 1, 1);
    out(0x604, 2, 0x2000);
  }

  std::filesystem::path folder;
  MachineCore core;
  PcConfig config;
  ScriptedVcpu* vcpu = nullptr;
  std::unique_ptr<Pc> pc;
};

#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST_F(PcMachine, firmware_is_at_the_top_of_4_gib_and_below_1_mib) {
  ASSERT_TRUE(make().has_value());
  EXPECT_EQ(pc->memory().copy_in<uint8_t>(0xfffffff0), 0xea);
  EXPECT_EQ(pc->memory().copy_in<uint8_t>(0xffff0), 0xea);
  EXPECT_EQ(pc->memory().copy_in<uint8_t>(0xe0000), 0x90);
  EXPECT_FALSE(pc->memory().copy_in<uint8_t>(0xa0000).has_value());
  EXPECT_TRUE(pc->memory().copy_in<uint8_t>(16 * kMiB - 1).has_value());
  EXPECT_FALSE(pc->memory().copy_in<uint8_t>(16 * kMiB).has_value());
}

TEST_F(PcMachine, large_ram_is_split_around_the_pci_hole) {
  config.memory_bytes = 4 * kGiB;
  ASSERT_TRUE(make().has_value());
  EXPECT_TRUE(pc->memory().copy_in<uint8_t>(0xbfffffff).has_value());
  EXPECT_FALSE(pc->memory().copy_in<uint8_t>(0xc0000000).has_value());
  EXPECT_TRUE(pc->memory().copy_in<uint8_t>(0x13fffffff).has_value());
  EXPECT_FALSE(pc->memory().copy_in<uint8_t>(0x140000000).has_value());
}

TEST(RamLayout, splits_at_3_gib_from_3_5_gib_on) {
  EXPECT_EQ(RamLayout::split(0xdfffffff).below_4g, 0xdfffffffu);
  EXPECT_EQ(RamLayout::split(0xe0000000).below_4g, 0xc0000000u);
  EXPECT_EQ(RamLayout::split(0xe0000000).above_4g, 0x20000000u);
}

TEST_F(PcMachine, soft_off_ends_the_run) {
  ASSERT_TRUE(make().has_value());
  power_off();
  const auto exit = pc->run();
  EXPECT_EQ(exit.reason, MachineExit::Reason::power_off);
  EXPECT_EQ(exit.status, 0);
}

TEST_F(PcMachine, every_way_to_reset_resets_processor_and_devices) {
  ASSERT_TRUE(make().has_value());
  const auto pm_is_reset = [](ScriptedVcpu& v) {
    v.bus.port_out(0xcf8, 4, 0x80000b40);
    EXPECT_EQ(v.bus.port_in(0xcfc, 4), 1u);
    v.bus.port_out(0xcfc, 4, 0x600);
  };
  then(pm_is_reset);
  out(0xcf9, 1, 6);
  then(pm_is_reset);
  out(0x92, 1, 1);
  then(pm_is_reset);
  out(0x64, 1, 0xfe);
  then(pm_is_reset);
  then([](ScriptedVcpu& v) { v.shutdown = true; });
  then(pm_is_reset);
  power_off();
  EXPECT_EQ(pc->run().reason, MachineExit::Reason::power_off);
  EXPECT_EQ(vcpu->resets, 5u);  // at the start, then one for each way
}

TEST_F(PcMachine, a_reset_ends_the_run_if_so_configured) {
  config.no_reboot = true;
  ASSERT_TRUE(make().has_value());
  out(0xcf9, 1, 6);
  EXPECT_EQ(pc->run().reason, MachineExit::Reason::reset);
}

TEST_F(PcMachine, debug_exit_gives_the_status) {
  config.devices.push_back(IsaDebugExitConfig{.iobase = 0xf4, .iosize = 4});
  ASSERT_TRUE(make().has_value());
  out(0xf4, 4, 0x10);
  const auto exit = pc->run();
  EXPECT_EQ(exit.reason, MachineExit::Reason::debug_exit);
  EXPECT_EQ(exit.status, 0x21);
}

TEST_F(PcMachine, a_spinning_guest_ends_on_request_from_another_thread) {
  ASSERT_TRUE(make().has_value());
  std::thread person{[&] {
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
    core.request_exit({MachineExit::Reason::quit, 0, {}});
  }};
  EXPECT_EQ(pc->run().reason, MachineExit::Reason::quit);
  person.join();
}

TEST_F(PcMachine, a_paused_guest_does_not_run_and_can_be_ended) {
  ASSERT_TRUE(make().has_value());
  bool ran = false;
  then([&](ScriptedVcpu&) { ran = true; });
  core.pause();
  std::thread person{[&] {
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
    core.request_exit({MachineExit::Reason::quit, 0, {}});
  }};
  EXPECT_EQ(pc->run().reason, MachineExit::Reason::quit);
  EXPECT_FALSE(ran);
  EXPECT_EQ(core.timers().now_ns(), 0u);
  person.join();
}

TEST_F(PcMachine, soft_off_pauses_if_so_configured) {
  config.no_shutdown = true;
  ASSERT_TRUE(make().has_value());
  power_off();
  std::thread person{[&] {
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
    core.request_exit({MachineExit::Reason::quit, 3, {}});
  }};
  EXPECT_EQ(pc->run().status, 3);
  person.join();
}

TEST_F(PcMachine, interrupts_reach_pic_and_ioapic) {
  config.devices.push_back(PcTestdevConfig{});
  ASSERT_TRUE(make().has_value());
  out(0x20, 1, 0x11);  // ICW1–ICW4: vectors from 20h
  out(0x21, 1, 0x20);
  out(0x21, 1, 0x04);
  out(0x21, 1, 0x01);
  out(0x21, 1, 0xf7);  // only IRQ 3
  then([](ScriptedVcpu& v) {
    const auto redirect = [&](unsigned pin, uint32_t low) {
      v.bus.mmio_write(0xfec00000, 4, 0x10 + 2 * pin);
      v.bus.mmio_write(0xfec00010, 4, low);
    };
    redirect(3, 0x43);
    redirect(2, 0x42);
    EXPECT_EQ(v.bus.acknowledge_pic(), -1);
    v.bus.port_out(0x2003, 1, 1);
    EXPECT_TRUE(v.intr);
    EXPECT_EQ(v.bus.acknowledge_pic(), 0x23);
    ASSERT_EQ(v.msis.size(), 1u);
    EXPECT_EQ(v.msis[0].second & 0xff, 0x43u);
    v.bus.port_out(0x2000, 1, 1);  // ISA interrupt 0 is the I/O APIC's pin 2
    ASSERT_EQ(v.msis.size(), 2u);
    EXPECT_EQ(v.msis[1].second & 0xff, 0x42u);
  });
  power_off();
  EXPECT_EQ(pc->run().reason, MachineExit::Reason::power_off);
}

TEST_F(PcMachine, pci_devices_are_where_they_are_expected) {
  config.devices.push_back(PcPciTestdevConfig{});
  config.devices.push_back(PcPciTestdevConfig{.slot = 9});
  ASSERT_TRUE(make().has_value());
  then([](ScriptedVcpu& v) {
    const auto id = [&](unsigned slot, unsigned function) {
      v.bus.port_out(0xcf8, 4, 0x80000000 | slot << 11 | function << 8);
      return v.bus.port_in(0xcfc, 4);
    };
    EXPECT_EQ(id(0, 0), 0x12378086u);
    EXPECT_EQ(id(1, 0), 0x70008086u);
    EXPECT_EQ(id(1, 3), 0x71138086u);
    EXPECT_EQ(id(2, 0), 0x00051b36u);
    EXPECT_EQ(id(9, 0), 0x00051b36u);
    EXPECT_EQ(id(3, 0), 0xffffffffu);
  });
  power_off();
  (void)pc->run();
}

// OVMF puts the registers at B000h, SeaBIOS at 600h.
TEST_F(PcMachine, acpi_tables_follow_the_power_management_registers) {
  ASSERT_TRUE(make().has_value());
  const auto tables_say = [](ScriptedVcpu& v, uint16_t pm_timer) {
    v.bus.port_out(0x510, 2, 0x19);
    std::string directory;
    for (unsigned i = 0; i < 4 + 12 * 64; ++i) directory.push_back(static_cast<char>(v.bus.port_in(0x511, 1)));
    const auto at = directory.find("etc/acpi/tables") - 4;
    v.bus.port_out(0x510, 2, static_cast<uint8_t>(directory[at]) << 8 | static_cast<uint8_t>(directory[at + 1]));
    std::string tables;
    for (unsigned i = 0; i < 8192; ++i) tables.push_back(static_cast<char>(v.bus.port_in(0x511, 1)));
    const auto field = tables.find("FACP") + 76;  // PM_TMR_BLK
    return static_cast<uint8_t>(tables[field]) == (pm_timer & 0xff) &&
           static_cast<uint8_t>(tables[field + 1]) == pm_timer >> 8;
  };
  then([&](ScriptedVcpu& v) { EXPECT_TRUE(tables_say(v, 0x608)); });
  out(0xcf8, 4, 0x80000b40);
  out(0xcfc, 4, 0xb000);
  out(0xcf8, 4, 0x80000b80);
  out(0xcfc, 1, 1);
  then([&](ScriptedVcpu& v) { EXPECT_TRUE(tables_say(v, 0xb008)); });
  out(0xb004, 2, 0x2000);
  EXPECT_EQ(pc->run().reason, MachineExit::Reason::power_off);
}

TEST_F(PcMachine, chips_can_be_left_out) {
  config.pic = config.pit = config.i8042 = config.hpet = false;
  ASSERT_TRUE(make().has_value());
  then([](ScriptedVcpu& v) {
    for (const uint16_t port : {0x21, 0xa1, 0x4d0, 0x40, 0x61, 0x60, 0x64}) EXPECT_EQ(v.bus.port_in(port, 1), 0xffu);
    EXPECT_EQ(v.bus.mmio_read(0xfed00000, 4), 0xffffffffu);
  });
  power_off();
  EXPECT_EQ(pc->run().reason, MachineExit::Reason::power_off);
}

TEST_F(PcMachine, direct_boot_starts_the_kernel_after_each_reset) {
  // A multiboot kernel of one page at 2 MiB, with addresses in its header.
  std::string kernel(4096, '\xf4');
  const auto put = [&](size_t at, uint32_t value) {
    for (unsigned i = 0; i < 4; ++i) kernel[at + i] = static_cast<char>(value >> (8 * i));
  };
  const uint32_t flags = 0x10003;
  for (const auto [at, value] : std::initializer_list<std::pair<size_t, uint32_t>>{{0, 0x1badb002},
                                                                                   {4, flags},
                                                                                   {8, 0u - 0x1badb002 - flags},
                                                                                   {12, 0x200000},
                                                                                   {16, 0x200000},
                                                                                   {20, 0},
                                                                                   {24, 0},
                                                                                   {28, 0x200040}}) {
    put(at, value);
  }
  write_file("kernel", kernel);
  config.kernel.kernel = (folder / "kernel").string();
  config.kernel_route = BootRoute::direct;
  config.firmware = "there is none";
  ASSERT_TRUE(make().has_value());
  then([&](ScriptedVcpu& v) {
    ASSERT_TRUE(v.flat.has_value());
    EXPECT_EQ(v.flat->eip, 0x200040u);
    EXPECT_EQ(v.flat->eax, 0x2badb002u);
    EXPECT_EQ(pc->memory().copy_in<uint8_t>(0x200040), 0xf4);
    EXPECT_EQ(pc->memory().copy_in<uint64_t>(0xf0000), 0x2052545020445352u);  // "RSD PTR "
    EXPECT_EQ(v.bus.port_in(0x604, 2), 0u);  // power management is where the tables say
    (void)pc->memory().fill(0x200000, 0, 4096);
    v.flat.reset();
  });
  out(0xcf9, 1, 6);
  then([&](ScriptedVcpu& v) {
    EXPECT_TRUE(v.flat.has_value());
    EXPECT_EQ(pc->memory().copy_in<uint8_t>(0x200040), 0xf4);
  });
  power_off();
  EXPECT_EQ(pc->run().reason, MachineExit::Reason::power_off);
}

TEST_F(PcMachine, bad_configurations_are_explained) {
  config.firmware = "no-such-firmware.bin";
  EXPECT_SAYS(refusal(), "cannot find the firmware 'no-such-firmware.bin'");
  write_file("odd.bin", "x");
  config.firmware = (folder / "odd.bin").string();
  EXPECT_SAYS(refusal(), "multiple of 64 KiB");
  config.firmware = "bios-256k.bin";
  config.data_dirs = {folder.string()};
  config.memory_bytes = 0;
  EXPECT_SAYS(refusal(), "at least 1 MiB");
  config.memory_bytes = uint64_t{1} << 60;
  EXPECT_SAYS(refusal(), "at most");
  config.memory_bytes = 16 * kMiB;
  config.kernel.append = "quiet";
  EXPECT_SAYS(refusal(), "-append needs a kernel");
  config.kernel = {};
  config.devices = {PcPciTestdevConfig{.slot = 1}};
  EXPECT_SAYS(refusal(), "slot 1 is taken");
  config.devices = {PcTestdevConfig{}, PcTestdevConfig{}};
  EXPECT_SAYS(refusal(), "there is one already");
  config.devices.clear();
  config.kernel_route = BootRoute::direct;
  EXPECT_SAYS(refusal(), "needs a kernel");
}

TEST_F(PcMachine, two_machines_live_in_one_process) {
  ASSERT_TRUE(make().has_value());
  MachineCore other_core;
  ScriptedVcpu* other_vcpu = nullptr;
  auto other = Pc::create(other_core, config, [&](const Pc::VcpuEnvironment& e) -> Result<std::unique_ptr<Vcpu>> {
    auto made = std::make_unique<ScriptedVcpu>(e.bus);
    other_vcpu = made.get();
    return made;
  });
  ASSERT_TRUE(other.has_value());
  other_vcpu->script.push_back([&](ScriptedVcpu&) { other_core.request_exit({MachineExit::Reason::quit, 7, {}}); });
  power_off();
  std::thread thread{[&] { EXPECT_EQ((*other)->run().status, 7); }};
  EXPECT_EQ(pc->run().reason, MachineExit::Reason::power_off);
  thread.join();
}

// No sequence of port accesses may do more than end or reset the machine.
TEST_F(PcMachine, random_port_accesses_are_survived) {
  config.devices = {PcTestdevConfig{}, PcPciTestdevConfig{}};
  config.serials = {PcSerialConfig{}};
  ASSERT_TRUE(make().has_value());
  then([](ScriptedVcpu& v) {
    uint64_t state = 0x9e3779b97f4a7c15;
    const auto random = [&] {
      state ^= state << 13;
      state ^= state >> 7;
      return state ^= state << 17;
    };
    constexpr std::array<uint16_t, 16> kPorts{0x00, 0x20, 0x40,  0x60,  0x70,  0x80,  0x92,  0xa0,
                                              0xb2, 0xc0, 0x3f8, 0x4d0, 0x510, 0x514, 0xcf8, 0x600};
    for (int i = 0; i < 100'000; ++i) {
      const auto port = static_cast<uint16_t>(kPorts[random() % kPorts.size()] + random() % 16);
      const unsigned size = 1u << (random() % 3);
      auto value = static_cast<uint32_t>(random());
      if (port == 0xcf8) value = 0x80000000 | (value & 0x1fff);
      if (random() & 1) {
        v.bus.port_out(port, size, value);
      } else {
        (void)v.bus.port_in(port, size);
      }
    }
  });
  then([&](ScriptedVcpu&) { core.request_exit({MachineExit::Reason::quit, 0, {}}); });
  (void)pc->run();
}

}  // namespace
}  // namespace mullion
