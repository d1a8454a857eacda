// PCI configuration space and bus 0.
// SPDX-License-Identifier: Apache-2.0
#include "bus/pci.hpp"

#include <algorithm>

namespace mullion {
namespace {
// Fixed chips (APIC, HPET) answer before a window that software put on top of them.
constexpr int kBarPriority = -1;
}  // namespace

PciFunction::PciFunction(const PciIdentity& identity, const PciSpaces& spaces) : spaces_(spaces) {
  define(pci::kVendorId, 2, identity.vendor, 0);
  define(pci::kDeviceId, 2, identity.device, 0);
  define(pci::kCommand, 2, 0, pci::kCommandIo | pci::kCommandMemory | pci::kCommandMaster | 0x0140 | pci::kCommandIntxOff);
  define(pci::kRevisionId, 1, identity.revision, 0);
  define(pci::kClassCode, 1, identity.class_code & 0xff, 0);
  define(pci::kClassCode + 1, 2, identity.class_code >> 8, 0);
  define(0x0c, 2, 0, 0xffff);  // cache line size, latency timer
  define(pci::kHeaderType, 1, identity.multifunction ? 0x80 : 0x00, 0);
  define(pci::kSubsystemVendorId, 2, identity.subsystem_vendor, 0);
  define(pci::kSubsystemId, 2, identity.subsystem, 0);
  define(pci::kInterruptLine, 1, 0, 0xff);
  define(pci::kInterruptPin, 1, identity.interrupt_pin, 0);
  config_ = reset_;
}

PciFunction::~PciFunction() {
  for (auto& bar : bars_) close(bar);
}

void PciFunction::define(unsigned offset, unsigned size, uint32_t reset_value, uint32_t writable) {
  for (unsigned i = 0; i < size; ++i) {
    reset_[offset + i] = static_cast<uint8_t>(reset_value >> (8 * i));
    config_[offset + i] = reset_[offset + i];
  }
  set_writable(offset, size, writable);
}

void PciFunction::set_writable(unsigned offset, unsigned size, uint32_t writable) {
  for (unsigned i = 0; i < size; ++i) writable_[offset + i] = static_cast<uint8_t>(writable >> (8 * i));
}

void PciFunction::add_io_bar(unsigned index, uint32_t size, unsigned max_access, PioTarget& target) {
  bars_[index] = {.size = size, .max_access = max_access, .io = &target, .handle = {}};
  define(pci::kBar0 + 4 * index, 4, 1, ~(size - 1));
}

void PciFunction::add_memory_bar(unsigned index, uint32_t size, unsigned max_access, MmioTarget& target) {
  bars_[index] = {.size = size, .max_access = max_access, .memory = &target, .handle = {}};
  define(pci::kBar0 + 4 * index, 4, 0, ~(size - 1));
}

uint32_t PciFunction::config_read(unsigned offset, unsigned size) const {
  uint32_t value = 0;
  for (unsigned i = 0; i < size && offset + i < kConfigSize; ++i) value |= uint32_t{config_[offset + i]} << (8 * i);
  return value;
}

void PciFunction::set_config(unsigned offset, unsigned size, uint32_t value) {
  for (unsigned i = 0; i < size && offset + i < kConfigSize; ++i) {
    config_[offset + i] = static_cast<uint8_t>(value >> (8 * i));
  }
}

void PciFunction::config_write(unsigned offset, unsigned size, uint32_t value) {
  for (unsigned i = 0; i < size && offset + i < kConfigSize; ++i) {
    auto& byte = config_[offset + i];
    const uint8_t mask = writable_[offset + i];
    byte = static_cast<uint8_t>((byte & ~mask) | ((value >> (8 * i)) & mask));
  }
  if (offset < pci::kBar0 + 4 * kBars) update_windows();
  if (offset <= pci::kCommand + 1 && offset + size > pci::kCommand) update_intx();
  config_written(offset, size);
}

void PciFunction::set_intx(bool level) {
  intx_level_ = level;
  update_intx();
}

void PciFunction::update_intx() {
  const auto status = config(pci::kStatus, 2) & ~uint32_t{pci::kStatusInterrupt};
  set_config(pci::kStatus, 2, intx_level_ ? status | pci::kStatusInterrupt : status);
  intx_.set(intx_level_ && (config(pci::kCommand, 2) & pci::kCommandIntxOff) == 0);
}

void PciFunction::reset_config() {
  config_ = reset_;
  intx_level_ = false;
  update_intx();
  update_windows();
}

void PciFunction::restore_config(const std::array<uint8_t, kConfigSize>& bytes) {
  for (unsigned i = 0; i < kConfigSize; ++i) {
    config_[i] = static_cast<uint8_t>((config_[i] & ~writable_[i]) | (bytes[i] & writable_[i]));
  }
  update_windows();
  update_intx();
}

// Where the window is to be: nowhere while decoding is off, at zero, or past the end of the space.
std::optional<uint32_t> PciFunction::wanted_base(const Bar& bar, unsigned index) const {
  const auto command = config(pci::kCommand, 2);
  const bool decoded = (command & (bar.io != nullptr ? pci::kCommandIo : pci::kCommandMemory)) != 0;
  const uint32_t base = config(pci::kBar0 + 4 * index, 4) & ~(bar.size - 1);
  const uint32_t last = base + bar.size - 1;
  if (bar.size == 0 || !decoded || base == 0 || last == ~uint32_t{0}) return std::nullopt;
  if (bar.io != nullptr && last > 0xffff) return std::nullopt;
  return base;
}

void PciFunction::close(Bar& bar) {
  if (!bar.handle) return;
  if (bar.io != nullptr) {
    spaces_.ports.unmap(*bar.handle);
  } else {
    spaces_.mmio.unmap(*bar.handle);
  }
  bar.handle.reset();
}

void PciFunction::update_windows() {
  for (unsigned i = 0; i < kBars; ++i) {
    auto& bar = bars_[i];
    const auto base = wanted_base(bar, i);
    if (base == (bar.handle ? std::optional{bar.base} : std::nullopt)) continue;
    close(bar);
    if (!base) continue;
    bar.base = *base;
    bar.handle = bar.io != nullptr
                     ? spaces_.ports.map({.first = static_cast<uint16_t>(*base),
                                          .count = bar.size,
                                          .max_size = bar.max_access,
                                          .priority = kBarPriority},
                                         *bar.io)
                     : spaces_.mmio.map({.base = *base,
                                         .size = bar.size,
                                         .max_size = bar.max_access,
                                         .min_size = 1,
                                         .priority = kBarPriority},
                                        *bar.memory);
  }
}

void PciBus::attach(uint8_t devfn, PciFunction& function) {
  functions_[devfn] = &function;
  const auto pin = function.config_read(pci::kInterruptPin, 1);
  if (pin != 0 && router_ != nullptr) function.connect_intx(Line{*router_, (devfn >> 3u) * 4u + pin - 1});
}

std::optional<unsigned> PciBus::free_slot(unsigned from) const {
  for (unsigned slot = from; slot < 32; ++slot) {
    const auto* first = functions_.data() + pci_devfn(slot, 0);
    if (std::all_of(first, first + 8, [](auto* function) { return function == nullptr; })) return slot;
  }
  return std::nullopt;
}

uint32_t PciBus::config_read(unsigned bus, uint8_t devfn, unsigned offset, unsigned size) const {
  const auto* function = bus == 0 ? functions_[devfn] : nullptr;
  return function != nullptr ? function->config_read(offset, size) : static_cast<uint32_t>(all_ones(size));
}

void PciBus::config_write(unsigned bus, uint8_t devfn, unsigned offset, unsigned size, uint32_t value) {
  auto* function = bus == 0 ? functions_[devfn] : nullptr;
  if (function != nullptr) function->config_write(offset, size, value);
}

}  // namespace mullion
