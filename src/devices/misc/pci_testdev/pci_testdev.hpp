// The PCI test device: a memory and an I/O window with a header that counts writes.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "bus/device.hpp"
#include "bus/pci.hpp"

#include <array>
#include <cstdint>

namespace mullion {

// Purpose: what test suites use to time and check accesses to a PCI device. Source document: QEMU's
// docs/specs/pci-testdev. Thread: any, machine lock held.
class PciTestdev final : public Device, public PciFunction, public PioTarget, public MmioTarget {
 public:
  static constexpr uint32_t kMemorySize = 4096;
  static constexpr uint32_t kIoSize = 256;

  explicit PciTestdev(const PciSpaces& spaces);

  std::string_view name() const override { return "pci-testdev"; }
  void reset() override;
  void save(StateWriter& writer) const override;
  Result<void> restore(StateReader& reader) override;

  IoRead pio_read(uint16_t offset, unsigned size) override { return read(io_, offset, size); }
  IoStatus pio_write(uint16_t offset, unsigned size, uint32_t value) override {
    return write(io_, offset, size, value);
  }
  IoRead mmio_read(uint64_t offset, unsigned size) override { return read(memory_, offset, size); }
  IoStatus mmio_write(uint64_t offset, unsigned size, uint64_t value) override {
    return write(memory_, offset, size, value);
  }

 private:
  struct Window {
    uint32_t target_offset;  // where the test's writes go
    uint8_t test = 0xff;     // which test runs; beyond the last: none
    uint32_t count = 0;
  };
  static IoRead read(const Window& window, uint64_t offset, unsigned size);
  static IoStatus write(Window& window, uint64_t offset, unsigned size, uint64_t value);

  Window memory_{.target_offset = kMemorySize / 2};
  Window io_{.target_offset = kIoSize / 2};
};

}  // namespace mullion
