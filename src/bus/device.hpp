// What every device is, and the abilities it may have.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "state/state.hpp"

#include <cstdint>
#include <string_view>

namespace mullion {

enum class IoStatus : uint8_t {
  ok,
  nobody,    // no such register: the bus answers as if no device were there
  bad_size,  // the register exists but not in this width or alignment
};

// The answer to a read: of a status other than ok the value means nothing.
struct IoRead {
  IoStatus status = IoStatus::nobody;
  uint64_t value = 0;

  static constexpr IoRead of(uint64_t value) { return {IoStatus::ok, value}; }
  static constexpr IoRead nobody() { return {IoStatus::nobody, 0}; }
  static constexpr IoRead bad_size() { return {IoStatus::bad_size, 0}; }
};

// All calls are made with the machine lock held (base/mutex.hpp).
class Device {
 public:
  Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  virtual ~Device() = default;
  // Unique in its machine; also the name of its unit in a saved state.
  virtual std::string_view name() const = 0;
  // Power-on state. Lines that are high go low, timers stop.
  virtual void reset() = 0;
  virtual void save(StateWriter& writer) const = 0;
  // Reads and validates everything before the first change; on an error nothing has changed.
  virtual Result<void> restore(StateReader& reader) = 0;
};

// Registers in port space. `offset` is relative to the range that was mapped; `size` is 1, 2 or 4 and
// never above the max_size given to the bus, and the access never leaves the range.
class PioTarget {
 public:
  virtual ~PioTarget() = default;
  virtual IoRead pio_read(uint16_t offset, unsigned size) = 0;
  virtual IoStatus pio_write(uint16_t offset, unsigned size, uint32_t value) = 0;
};

// Registers in memory space; `size` is 1, 2, 4 or 8.
class MmioTarget {
 public:
  virtual ~MmioTarget() = default;
  virtual IoRead mmio_read(uint64_t offset, unsigned size) = 0;
  virtual IoStatus mmio_write(uint64_t offset, unsigned size, uint64_t value) = 0;
};

}  // namespace mullion
