// PCI: configuration space of a function, its base address registers and interrupt pin, and the bus.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "bus/line.hpp"
#include "bus/mmio_bus.hpp"
#include "bus/port_bus.hpp"
#include "state/state.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace mullion {

// Offsets in a configuration header of type 0 (PCI Local Bus 3.0, figure 6-1).
// clang-format off
namespace pci {
inline constexpr unsigned kVendorId      = 0x00;
inline constexpr unsigned kDeviceId      = 0x02;
inline constexpr unsigned kCommand       = 0x04;
inline constexpr unsigned kStatus        = 0x06;
inline constexpr unsigned kRevisionId    = 0x08;
inline constexpr unsigned kClassCode     = 0x09;
inline constexpr unsigned kHeaderType    = 0x0e;
inline constexpr unsigned kBar0          = 0x10;
inline constexpr unsigned kSubsystemVendorId = 0x2c;
inline constexpr unsigned kSubsystemId   = 0x2e;
inline constexpr unsigned kInterruptLine = 0x3c;
inline constexpr unsigned kInterruptPin  = 0x3d;

inline constexpr uint16_t kCommandIo     = 1u << 0;
inline constexpr uint16_t kCommandMemory = 1u << 1;
inline constexpr uint16_t kCommandMaster = 1u << 2;
inline constexpr uint16_t kCommandIntxOff = 1u << 10;
inline constexpr uint16_t kStatusInterrupt = 1u << 3;
}  // namespace pci
// clang-format on

constexpr uint8_t pci_devfn(unsigned slot, unsigned function) { return static_cast<uint8_t>(slot << 3 | function); }

struct PciIdentity {
  uint16_t vendor = 0xffff;
  uint16_t device = 0xffff;
  uint8_t revision = 0;
  uint32_t class_code = 0;  // base class, subclass, programming interface
  uint16_t subsystem_vendor = 0x1af4;
  uint16_t subsystem = 0x1100;
  bool multifunction = false;
  uint8_t interrupt_pin = 0;  // 1: INTA#; 0: none
};

// The buses that base address registers open windows on.
struct PciSpaces {
  PortBus& ports;
  MmioBus& mmio;
};

// One function's configuration space. A device holds or is one; the bus finds it by its number.
// Thread: any, with the machine lock held.
class PciFunction {
 public:
  static constexpr unsigned kConfigSize = 256;
  static constexpr unsigned kBars = 6;

  PciFunction(const PciIdentity& identity, const PciSpaces& spaces);
  virtual ~PciFunction();
  PciFunction(const PciFunction&) = delete;
  PciFunction& operator=(const PciFunction&) = delete;

  // Naturally aligned accesses of 1, 2 or 4 bytes within the space.
  uint32_t config_read(unsigned offset, unsigned size) const;
  void config_write(unsigned offset, unsigned size, uint32_t value);
  // Once, when the function is put on its bus.
  void connect_intx(const Line& line) { intx_ = line; }

 protected:
  // While constructing: a window of `size` bytes, a power of two.
  void add_io_bar(unsigned index, uint32_t size, unsigned max_access, PioTarget& target);
  void add_memory_bar(unsigned index, uint32_t size, unsigned max_access, MmioTarget& target);
  // While constructing: the value after reset, and which of its bits software may write.
  void define(unsigned offset, unsigned size, uint32_t reset_value, uint32_t writable);

  // For registers that lock: which bits software may write from now on.
  void set_writable(unsigned offset, unsigned size, uint32_t writable);

  // Called after software wrote bytes [offset, offset + size).
  virtual void config_written(unsigned /*offset*/, unsigned /*size*/) {}

  uint32_t config(unsigned offset, unsigned size) const { return config_read(offset, size); }
  void set_config(unsigned offset, unsigned size, uint32_t value);
  void set_intx(bool level);
  void reset_config();
  const std::array<uint8_t, kConfigSize>& config_bytes() const { return config_; }
  // For restore: only writable bits are taken over, then the windows follow.
  void restore_config(const std::array<uint8_t, kConfigSize>& bytes);
  const PciSpaces& spaces() const { return spaces_; }

 private:
  struct Bar {
    uint32_t size = 0;  // zero: not there
    unsigned max_access = 4;
    PioTarget* io = nullptr;
    MmioTarget* memory = nullptr;
    std::optional<uint32_t> handle;  // of the window while it is open
    uint32_t base = 0;
  };
  std::optional<uint32_t> wanted_base(const Bar& bar, unsigned index) const;
  void close(Bar& bar);
  void update_windows();
  void update_intx();

  PciSpaces spaces_;
  std::array<uint8_t, kConfigSize> config_{};
  std::array<uint8_t, kConfigSize> reset_{};
  std::array<uint8_t, kConfigSize> writable_{};
  std::array<Bar, kBars> bars_{};
  Line intx_;
  bool intx_level_ = false;
};

// Bus 0. Interrupt pins reach `router` as line number slot * 4 + pin, INTA# = 0.
class PciBus final {
 public:
  void set_router(LineSink& router) { router_ = &router; }
  void attach(uint8_t devfn, PciFunction& function);
  bool occupied(uint8_t devfn) const { return functions_[devfn] != nullptr; }
  // The first free slot from `from` on; none if the bus is full.
  std::optional<unsigned> free_slot(unsigned from) const;

  uint32_t config_read(unsigned bus, uint8_t devfn, unsigned offset, unsigned size) const;
  void config_write(unsigned bus, uint8_t devfn, unsigned offset, unsigned size, uint32_t value);

 private:
  std::array<PciFunction*, 256> functions_{};
  LineSink* router_ = nullptr;
};

}  // namespace mullion
