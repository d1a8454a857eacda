// The test device's registers.
// SPDX-License-Identifier: Apache-2.0
#include "devices/misc/pc_testdev/pc_testdev.hpp"

#include "base/checked.hpp"

#include <cstring>

namespace mullion {

void PcTestdev::reset() {
  data_ = 0;
  memory_.fill(0);
  for (uint16_t i = 0; i < kIrqLines; ++i) {
    if (test_bit(lines_, i)) write_irq(i, 1, 0);
  }
}

// The bytes of one 32-bit register.
IoRead PcTestdev::read_data(uint16_t offset, unsigned size) {
  if (offset + size > 4) return IoRead::bad_size();
  return IoRead::of(data_ >> (offset * 8) & all_ones(size));
}

IoStatus PcTestdev::write_data(uint16_t offset, unsigned size, uint32_t value) {
  if (offset + size > 4) return IoStatus::bad_size;
  const auto mask = static_cast<uint32_t>(all_ones(size) << (offset * 8));
  data_ = (data_ & ~mask) | (value << (offset * 8) & mask);
  return IoStatus::ok;
}

IoStatus PcTestdev::write_irq(uint16_t offset, unsigned, uint32_t value) {
  if (offset >= kIrqLines) return IoStatus::nobody;
  lines_ = with_bit(lines_, offset, value != 0);
  irqs_.set_line(offset, value != 0);
  return IoStatus::ok;
}

IoRead PcTestdev::mmio_read(uint64_t offset, unsigned size) {
  if (!in_range(offset, size, kMmioSize)) return IoRead::nobody();
  uint64_t value = 0;
  std::memcpy(&value, memory_.data() + offset, size);
  return IoRead::of(value);
}

IoStatus PcTestdev::mmio_write(uint64_t offset, unsigned size, uint64_t value) {
  if (!in_range(offset, size, kMmioSize)) return IoStatus::nobody;
  std::memcpy(memory_.data() + offset, &value, size);
  return IoStatus::ok;
}

void PcTestdev::save(StateWriter& writer) const {
  writer.field(1, data_);
  writer.field(2, lines_);
  writer.field(3, memory_);
}

Result<void> PcTestdev::restore(StateReader& reader) {
  uint32_t data = 0;
  uint32_t lines = 0;
  std::vector<uint8_t> memory;
  reader.field(1, data);
  reader.field(2, lines);
  reader.field(3, memory, kMmioSize);
  reader.check(lines <= low_mask(kIrqLines), "lines");
  reader.check(memory.empty() || memory.size() == kMmioSize, "memory");
  if (auto good = reader.finish(); !good) return good;
  data_ = data;
  lines_ = lines;
  memory_.fill(0);
  std::copy(memory.begin(), memory.end(), memory_.begin());
  return {};
}

}  // namespace mullion
