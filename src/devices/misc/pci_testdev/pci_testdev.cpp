// The tests that the PCI test device offers.
// SPDX-License-Identifier: Apache-2.0
#include "devices/misc/pci_testdev/pci_testdev.hpp"

#include <algorithm>
#include <string_view>

namespace mullion {
namespace {

constexpr PciIdentity kIdentity{.vendor = 0x1b36, .device = 0x0005, .class_code = 0x00ff00};

// Header: u8 test, u8 width, u16 zero, u32 offset, u32 data, u32 count, name.
constexpr uint8_t kWidth = 1;
constexpr uint8_t kData = 0xfa;
struct Test {
  std::string_view name;
  bool matches_data;  // only writes of kData count
};
constexpr std::array<Test, 3> kTests{{{"no-eventfd", false}, {"wildcard-eventfd", false}, {"datamatch-eventfd", true}}};

struct Fields {
  std::array<uint8_t, PciFunction::kConfigSize> config{};
  uint8_t memory_test = 0xff;
  uint32_t memory_count = 0;
  uint8_t io_test = 0xff;
  uint32_t io_count = 0;
};
template <class Archive, class S>
void fields(Archive& ar, S& s) {
  ar.field(1, s.config);
  ar.field(2, s.memory_test);
  ar.field(3, s.memory_count);
  ar.field(4, s.io_test);
  ar.field(5, s.io_count);
}

}  // namespace

PciTestdev::PciTestdev(const PciSpaces& spaces) : PciFunction(kIdentity, spaces) {
  add_memory_bar(0, kMemorySize, 4, *this);
  add_io_bar(1, kIoSize, 4, *this);
}

void PciTestdev::reset() {
  reset_config();
  for (auto* window : {&memory_, &io_}) {
    window->test = 0xff;
    window->count = 0;
  }
}

void PciTestdev::save(StateWriter& writer) const {
  const Fields saved{config_bytes(), memory_.test, memory_.count, io_.test, io_.count};
  fields(writer, saved);
}

Result<void> PciTestdev::restore(StateReader& reader) {
  Fields saved{config_bytes(), memory_.test, memory_.count, io_.test, io_.count};
  fields(reader, saved);
  if (auto good = reader.finish(); !good) return good;
  restore_config(saved.config);
  memory_.test = saved.memory_test;
  memory_.count = saved.memory_count;
  io_.test = saved.io_test;
  io_.count = saved.io_count;
  return {};
}

IoRead PciTestdev::read(const Window& window, uint64_t offset, unsigned size) {
  std::array<uint8_t, 48> header{};
  if (window.test < kTests.size()) {
    const auto& test = kTests[window.test];
    header[0] = window.test;
    header[1] = kWidth;
    store_le<uint32_t>(&header[4], window.target_offset + window.test * kWidth);
    store_le<uint32_t>(&header[8], kData);
    store_le<uint32_t>(&header[12], window.count);
    std::copy(test.name.begin(), test.name.end(), header.begin() + 16);
  }
  uint64_t value = 0;
  for (unsigned i = 0; i < size; ++i) {
    if (offset + i < header.size()) value |= uint64_t{header[offset + i]} << (8 * i);
  }
  return IoRead::of(value);
}

IoStatus PciTestdev::write(Window& window, uint64_t offset, unsigned, uint64_t value) {
  if (offset == 0) {
    window.test = static_cast<uint8_t>(value);
    window.count = 0;
  } else if (window.test < kTests.size() && offset == window.target_offset + window.test * kWidth) {
    if (!kTests[window.test].matches_data || (value & 0xff) == kData) ++window.count;
  }
  return IoStatus::ok;
}

}  // namespace mullion
