// Runs every guest program of this folder on the software CPU, in blocks and one instruction at a time.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/interp/interpreter.hpp"
#include "cpu/x86/sys/events.hpp"
#include "cpu/x86/sys/exceptions.hpp"
#include "support/flat_port.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <thread>

namespace mullion::x86 {
namespace {

constexpr uint64_t kRomSize = 65536;
constexpr uint64_t kStepBudget = 3'000'000;

CpuModel make_model(const std::string& name) {
  // The program's first name part may choose a model: amd_syscall runs on an EPYC.
  std::vector<std::string> warnings;
  return CpuModel::parse(name.starts_with("amd_") ? "EPYC" : "max", warnings).value();
}

class SystemProgram : public testing::Test {
 public:
  SystemProgram(std::filesystem::path image, bool stepped) : image_(std::move(image)), stepped_(stepped) {}

  void TestBody() override {
    std::ifstream file(image_, std::ios::binary);
    std::vector<uint8_t> const rom(std::istreambuf_iterator<char>(file), {});
    ASSERT_EQ(rom.size(), kRomSize) << image_;
    test::FlatPort port(16u << 20);
    port.write(0xF0000, rom);
    port.rom_begin = 0xF0000, port.rom_end = 0x100000;
    port.top_rom = rom;
    port.device_base = 0xFF000000;
    port.device_memory.resize(0x10000);
    port.pio_value[0xE0] = 0x55667788;  // what the program wrote last
    CpuModel const model = make_model(image_.stem().string());
    Cpu cpu(port, model);
    reset(cpu);
    port.on_exit = [&] { cpu.attention.fetch_or(kAttnStop); };
    StopReason const reason = stepped_ ? by_steps(cpu, port) : in_blocks(cpu);
    EXPECT_EQ(reason, StopReason::Stop) << (cpu.st.activity == Activity::Shutdown ? triple_fault_report(cpu)
                                                                                  : "hangs or halts")
                                        << " at " << std::hex << cpu.st.rip;
    EXPECT_EQ(port.exit_code, 0) << port.text.substr(0, 4000) << "rip " << std::hex << cpu.st.rip;
  }

 private:
  static StopReason by_steps(Cpu& cpu, test::FlatPort& port) {
    for (uint64_t n = 0; n < kStepBudget; ++n) {
      StopReason const r = run_one(cpu);
      if (port.exit_code >= 0 || r != StopReason::Stop) return r;
      ++port.now;
    }
    return StopReason::Idle;
  }
  // A program that hangs is stopped after a while.
  static StopReason in_blocks(Cpu& cpu) {
    std::mutex mutex;
    std::condition_variable done;
    bool ended = false;
    std::thread guard([&] {
      std::unique_lock lock(mutex);
      if (!done.wait_for(lock, std::chrono::seconds(10), [&] { return ended; })) cpu.attention.fetch_or(kAttnStop);
    });
    StopReason const r = run(cpu);
    {
      std::lock_guard lock(mutex);
      ended = true;
    }
    done.notify_all();
    guard.join();
    return r;
  }

  std::filesystem::path image_;
  bool stepped_;
};

bool register_programs() {
  std::vector<std::filesystem::path> images;
  for (auto const& entry : std::filesystem::directory_iterator(MULLION_SYSTEM_IMAGES)) {
    if (entry.path().extension() == ".bin") images.push_back(entry.path());
  }
  std::ranges::sort(images);
  for (auto const& image : images) {
    for (bool const stepped : {false, true}) {
      testing::RegisterTest(stepped ? "SystemStepped" : "System", image.stem().string().c_str(), nullptr, nullptr,
                            __FILE__, __LINE__, [=]() -> testing::Test* { return new SystemProgram(image, stepped); });
    }
  }
  return !images.empty();
}
bool const registered = register_programs();

}  // namespace
}  // namespace mullion::x86
