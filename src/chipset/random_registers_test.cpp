// Every legacy device takes any sequence of register accesses, and saves and restores at any moment.
// SPDX-License-Identifier: Apache-2.0
#include "bus/mmio_bus.hpp"
#include "bus/port_bus.hpp"
#include "chipset/hpet/hpet.hpp"
#include "chipset/i8042/i8042.hpp"
#include "chipset/i8237_dma/i8237_dma.hpp"
#include "chipset/i8254_pit/i8254_pit.hpp"
#include "chipset/i8259_pic/i8259_pic.hpp"
#include "chipset/ioapic/ioapic.hpp"
#include "chipset/mc146818_rtc/mc146818_rtc.hpp"
#include "chipset/ns16550_uart/ns16550_uart.hpp"
#include "chipset/port92/port92.hpp"
#include "support/devices.hpp"
#include "support/fake_clock.hpp"

#include <random>

namespace mullion {
namespace {

// The legacy part of a PC, wired together.
struct Board {
  Board() {
    ports.map({.first = 0x00, .count = 16}, dma.low_ports());
    ports.map({.first = 0x20, .count = 2}, pic.master_ports());
    ports.map({.first = 0x40, .count = 4}, pit);
    ports.map({.first = 0x60, .count = 1}, kbc.data_port());
    ports.map({.first = 0x61, .count = 1}, pit.port61());
    ports.map({.first = 0x64, .count = 1}, kbc.command_port());
    ports.map({.first = 0x70, .count = 2}, rtc);
    ports.map({.first = 0x80, .count = 16}, dma.page_ports());
    ports.map({.first = 0x92, .count = 1, .priority = 1}, port92);
    ports.map({.first = 0xA0, .count = 2}, pic.slave_ports());
    ports.map({.first = 0xC0, .count = 32}, dma.high_ports());
    ports.map({.first = 0x3F8, .count = 8}, uart);
    ports.map({.first = 0x4D0, .count = 2}, pic.elcr_ports());
    memory.map({.base = IoApic::kDefaultBase, .size = IoApic::kWindowSize, .max_size = 4}, ioapic);
    memory.map({.base = Hpet::kDefaultBase, .size = Hpet::kWindowSize, .max_size = 8}, hpet);
  }
  std::vector<Device*> devices() { return {&pic, &pit, &rtc, &kbc, &port92, &dma, &uart, &ioapic, &hpet}; }

  FakeClock clock;
  FakeLines cpu;
  FakeMessages messages;
  I8259Pic pic{cpu.line(0)};
  IoApic ioapic{{}, messages};
  Hpet hpet{clock, {Line{pic, 0}, Line{pic, 8}, &ioapic, &messages}};
  I8254Pit pit{clock, hpet.pit_in()};
  Mc146818Rtc rtc{{1'000'000'000}, clock, hpet.rtc_in()};
  Ns16550Uart uart{{}, clock, Line{pic, 4}, nullptr};
  I8042 kbc{{Line{pic, 1}, Line{pic, 12}, cpu.line(1), &cpu, 2}};
  Port92 port92{cpu, 2, cpu.line(1)};
  I8237Dma dma;
  PortBus ports;
  MmioBus memory;
};

constexpr uint16_t kPorts[] = {0x00, 0x08, 0x0B, 0x0F, 0x20, 0x21, 0x40, 0x42, 0x43,  0x60,  0x61, 0x64,  0x70,  0x71,
                               0x80, 0x92, 0xA0, 0xA1, 0xC0, 0xD6, 0x3F8, 0x3F9, 0x3FA, 0x3FB, 0x3FC, 0x3FD, 0x4D0, 0x4D1};

void step(Board& board, std::mt19937& random) {
  const uint32_t r = random();
  const unsigned size = 1u << (r & 1) << (r >> 1 & 1);
  const uint32_t value = random() & 7 ? random() & 0xFF : random();
  const uint16_t port = kPorts[(r >> 8) % std::size(kPorts)];
  const uint64_t gpa = ((r >> 16 & 1) != 0 ? Hpet::kDefaultBase : IoApic::kDefaultBase) + (r >> 20 & 0x1FC);
  switch (r >> 4 & 7) {
    case 0: board.memory.read(gpa, 4); break;
    case 1: board.memory.write(gpa, 4, value); break;
    case 2: board.ports.read(port, size); break;
    case 3: board.clock.advance(value * 97u); break;
    case 4: board.pic.acknowledge(); break;
    case 5: board.ioapic.eoi(static_cast<uint8_t>(value)); break;
    default: board.ports.write(port, size, value); break;
  }
}

TEST(RandomRegisters, no_sequence_harms_and_every_state_round_trips) {
  std::mt19937 random{20'240'229};
  for (int round = 0; round < 20; ++round) {
    Board board;
    for (int i = 0; i < 3'000; ++i) step(board, random);
    board.messages.sent.clear();
    Board other;
    other.clock.advance(board.clock.now_ns());
    const auto from = board.devices();
    const auto to = other.devices();
    for (size_t d = 0; d < from.size(); ++d) expect_round_trip(*from[d], *to[d]);
    for (Device* device : from) device->reset();
  }
}

TEST(RandomRegisters, damaged_saved_states_are_refused_or_harmless) {
  std::mt19937 random{7};
  Board board;
  for (int i = 0; i < 2'000; ++i) step(board, random);
  for (Device* device : board.devices()) {
    StateWriter writer;
    device->save(writer);
    for (int i = 0; i < 300; ++i) {
      auto bytes = writer.bytes();
      if (bytes.empty()) break;
      for (int k = 0; k < 3; ++k) bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
      auto reader = StateReader::parse(bytes);
      if (reader) (void)device->restore(*reader);
      for (int k = 0; k < 5; ++k) step(board, random);
    }
  }
}

}  // namespace
}  // namespace mullion
