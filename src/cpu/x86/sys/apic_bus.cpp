// Finds the local APICs that a message is for.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/apic_bus.hpp"

#include "cpu/x86/sys/local_apic.hpp"

#include <algorithm>

namespace mullion::x86 {

void ApicBus::add(LocalApic& apic) {
  MutexLock const lock(mutex_);
  apics_.push_back(&apic);
}

void ApicBus::remove(LocalApic& apic) {
  MutexLock const lock(mutex_);
  std::erase(apics_, &apic);
}

unsigned ApicBus::deliver(const ApicMessage& message) {
  MutexLock const lock(mutex_);
  if (message.mode != DeliveryMode::LowestPriority) {
    unsigned taken = 0;
    for (LocalApic* apic : apics_)
      if (apic->addressed_by(message) && apic->accept(message.mode, message.vector, message.level)) ++taken;
    return taken;
  }
  LocalApic* best = nullptr;
  unsigned least = 256;
  for (LocalApic* apic : apics_) {
    if (!apic->addressed_by(message) || !apic->enabled()) continue;
    if (unsigned const priority = apic->processor_priority(); priority < least) least = priority, best = apic;
  }
  return best != nullptr && best->accept(DeliveryMode::Fixed, message.vector, message.level) ? 1 : 0;
}

unsigned ApicBus::broadcast(const ApicMessage& message, const LocalApic* except) {
  MutexLock const lock(mutex_);
  unsigned taken = 0;
  for (LocalApic* apic : apics_)
    if (apic != except && apic->accept(message.mode, message.vector, message.level)) ++taken;
  return taken;
}

unsigned ApicBus::deliver_msi(uint64_t address, uint32_t data) {
  if ((address & ~uint64_t{0xFFFFF}) != 0xFEE00000) return 0;
  ApicMessage const message{.destination = uint32_t(address >> 12) & 0xFF,
                            .logical = (address & 4) != 0,
                            .wide = false,
                            .mode = DeliveryMode((data >> 8) & 7),
                            .vector = uint8_t(data),
                            .level = (data & 0x8000) != 0};
  return deliver(message);
}

}  // namespace mullion::x86
