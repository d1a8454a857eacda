// A processor's whole world for tests: flat RAM from 0, recorded device accesses, a clock that the test moves.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/port.hpp"

#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace mullion::x86::test {

// RAM occupies [0, size), `top_rom` ends at 4 GiB. Everything else is a device that reads as all ones unless the test
// says otherwise.
class FlatPort final : public CpuPort {
 public:
  struct IoAccess {
    uint64_t address;
    unsigned size;
    uint64_t value;
    bool write;
    bool operator==(const IoAccess&) const = default;
  };

  explicit FlatPort(size_t ram_size = 16u << 20) : ram(ram_size) {}

  PhysPage resolve(uint64_t gpa) override {
    uint64_t const page = gpa & ~uint64_t{0xFFF};
    uint64_t const top = (uint64_t{1} << 32) - top_rom.size();
    if (page >= top && page < uint64_t{1} << 32) {
      return PhysPage{.host = top_rom.data() + (page - top), .read = true, .write = false, .exec = true};
    }
    if (gpa / 4096 >= ram.size() / 4096) return {};
    bool const rom = page >= rom_begin && page < rom_end;
    return PhysPage{.host = ram.data() + page, .read = true, .write = !rom, .exec = true};
  }
  PortStatus mmio_read(uint64_t gpa, unsigned size, uint64_t& value) override {
    if (exit_on_mmio) return PortStatus::Exit;
    if (gpa >= device_base && gpa - device_base + size <= device_memory.size()) {
      value = 0;
      std::memcpy(&value, device_memory.data() + (gpa - device_base), size);
      return PortStatus::Done;
    }
    value = mmio_value.contains(gpa) ? mmio_value[gpa] : ~uint64_t{0};
    if (size < 8) value &= (uint64_t{1} << (8 * size)) - 1;
    mmio.push_back({gpa, size, value, false});
    return PortStatus::Done;
  }
  PortStatus mmio_write(uint64_t gpa, unsigned size, uint64_t value) override {
    if (exit_on_mmio) return PortStatus::Exit;
    if (gpa >= device_base && gpa - device_base + size <= device_memory.size()) {
      std::memcpy(device_memory.data() + (gpa - device_base), &value, size);
      return PortStatus::Done;
    }
    mmio.push_back({gpa, size, value, true});
    return PortStatus::Done;
  }
  PortStatus port_in(uint16_t port, unsigned size, uint32_t& value) override {
    if (exit_on_pio) return PortStatus::Exit;
    value = pio_value.contains(port) ? pio_value[port] : ~uint32_t{0};
    if (size < 4) value &= (uint32_t{1} << (8 * size)) - 1;
    pio.push_back({port, size, value, false});
    return PortStatus::Done;
  }
  // 0xE9 collects text; 0xF4 is isa-debug-exit: `on_exit` hears of it.
  PortStatus port_out(uint16_t port, unsigned size, uint32_t value) override {
    if (exit_on_pio) return PortStatus::Exit;
    pio.push_back({port, size, value, true});
    if (port == 0xE9) text.push_back(char(value));
    if (port == 0xF4) {
      exit_code = int(value);
      if (on_exit) on_exit();
    }
    return PortStatus::Done;
  }
  int acknowledge_pic() override {
    if (pic_vectors.empty()) return -1;
    int const v = pic_vectors.front();
    pic_vectors.pop_front();
    return v;
  }
  void eoi(uint8_t vector) override { eois.push_back(vector); }
  uint64_t now_ns() override { return now; }

  // RAM as the test sees it.
  template <class T> T peek(uint64_t gpa) const {
    T v{};
    if (gpa + sizeof v <= ram.size()) std::memcpy(&v, ram.data() + gpa, sizeof v);
    return v;
  }
  template <class T> void poke(uint64_t gpa, T v) {
    if (gpa + sizeof v <= ram.size()) std::memcpy(ram.data() + gpa, &v, sizeof v);
  }
  void write(uint64_t gpa, std::span<const uint8_t> bytes) {
    if (gpa + bytes.size() <= ram.size()) std::memcpy(ram.data() + gpa, bytes.data(), bytes.size());
  }

  std::vector<uint8_t> ram;
  std::vector<uint8_t> top_rom;
  uint64_t rom_begin = 0, rom_end = 0;  // RAM that ignores writes
  uint64_t device_base = 0;
  std::vector<uint8_t> device_memory;  // keeps what is written at device_base, unrecorded
  std::vector<IoAccess> mmio, pio;
  std::map<uint64_t, uint64_t> mmio_value;
  std::map<uint16_t, uint32_t> pio_value;
  std::deque<int> pic_vectors;
  std::vector<uint8_t> eois;
  std::string text;
  int exit_code = -1;
  std::function<void()> on_exit;
  bool exit_on_mmio = false, exit_on_pio = false;
  uint64_t now = 0;
};

}  // namespace mullion::x86::test
