// What device tests share: lines that remember, and the save-restore-save check.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "bus/device.hpp"
#include "bus/line.hpp"

#include <gtest/gtest.h>

#include <map>
#include <utility>
#include <vector>

namespace mullion {

// Levels and rising edges of numbered lines.
class FakeLines final : public LineSink {
 public:
  void set_line(unsigned index, bool level) override {
    if (level && !levels_[index]) ++rises_[index];
    levels_[index] = level;
    ++calls_[index];
  }
  Line line(unsigned index) { return Line{*this, index}; }
  bool level(unsigned index) { return levels_[index]; }
  int rises(unsigned index) { return rises_[index]; }
  int calls(unsigned index) { return calls_[index]; }

 private:
  std::map<unsigned, bool> levels_;
  std::map<unsigned, int> rises_;
  std::map<unsigned, int> calls_;
};

// Messages in the order of delivery.
class FakeMessages final : public MsiSink {
 public:
  void deliver(uint64_t address, uint32_t data) override { sent.emplace_back(address, data); }
  std::vector<std::pair<uint64_t, uint32_t>> sent;
};

// Saving, restoring into `other` and saving again gives the same bytes.
inline void expect_round_trip(const Device& device, Device& other) {
  StateWriter first;
  device.save(first);
  auto reader = StateReader::parse(first.bytes());
  ASSERT_TRUE(reader);
  const auto restored = other.restore(*reader);
  ASSERT_TRUE(restored) << restored.error().message;
  StateWriter second;
  other.save(second);
  EXPECT_EQ(first.bytes(), second.bytes());
}

inline uint64_t pio_in(PioTarget& target, uint16_t offset, unsigned size = 1) {
  const IoRead answer = target.pio_read(offset, size);
  EXPECT_EQ(answer.status, IoStatus::ok);
  return answer.value;
}

inline void pio_out(PioTarget& target, uint16_t offset, uint32_t value, unsigned size = 1) {
  EXPECT_EQ(target.pio_write(offset, size, value), IoStatus::ok);
}

}  // namespace mullion
