// The bus on which local APICs, I/O APICs and MSIs exchange interrupt messages.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/mutex.hpp"

#include <cstdint>
#include <vector>

namespace mullion::x86 {

class LocalApic;

// SDM vol. 3 §11.6.1 (ICR bits 8-10), also the redirection entry's and the MSI's field.
enum class DeliveryMode : uint8_t { Fixed, LowestPriority, Smi, Reserved, Nmi, Init, Startup, ExtInt };

struct ApicMessage {
  uint32_t destination = 0;
  bool logical = false;
  bool wide = false;  // destination is 32 bits (from an x2APIC), else 8: 0xFF is everyone
  DeliveryMode mode = DeliveryMode::Fixed;
  uint8_t vector = 0;
  bool level = false;  // level-triggered
};

// Any thread may deliver. A local APIC adds and removes itself.
class ApicBus {
 public:
  ApicBus() = default;
  ApicBus(const ApicBus&) = delete;
  ApicBus& operator=(const ApicBus&) = delete;

  // How many local APICs took the message; 0: nobody is addressed or accepts.
  unsigned deliver(const ApicMessage& message);
  // Address and data of a message-signalled interrupt (SDM vol. 3 §11.11).
  unsigned deliver_msi(uint64_t address, uint32_t data);
  // Shorthand "all": everyone but `except`, whatever the destination.
  unsigned broadcast(const ApicMessage& message, const LocalApic* except);

 private:
  friend class LocalApic;
  void add(LocalApic& apic);
  void remove(LocalApic& apic);

  Mutex mutex_;  // taken inside the machine lock, outside LocalApic's
  std::vector<LocalApic*> apics_ MULLION_GUARDED_BY(mutex_);
};

}  // namespace mullion::x86
