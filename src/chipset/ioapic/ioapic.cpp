// The 82093AA: redirection table, remote IRR, messages.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/ioapic/ioapic.hpp"

#include "base/log.hpp"
#include "chipset/ioapic/ioapic_regs.hpp"

namespace mullion {
namespace {

using namespace ioapic;

TraceEvent trace_ioapic_line{"ioapic_line", "an input of the I/O APIC changes"};
TraceEvent trace_ioapic_deliver{"ioapic_deliver", "the I/O APIC sends a message"};
TraceEvent trace_ioapic_write{"ioapic_write", "a write to a register of the I/O APIC"};

}  // namespace

IoApic::IoApic(const IoApicConfig& config, MsiSink& messages) : config_(config), messages_(messages) { reset(); }

// The levels of the inputs are the devices' and stay.
void IoApic::reset() {
  index_ = 0;
  id_ = config_.id;
  table_.fill(kMasked);
  irr_ = 0;
}

void IoApic::set_line(unsigned pin, bool level) {
  if (pin >= kPins) return;
  const bool rises = level && !test_bit(lines_, pin);
  lines_ = with_bit(lines_, pin, level);
  trace(trace_ioapic_line, "pin {} level {}", pin, level);
  if ((table_[pin] & kLevel) != 0) {
    irr_ = with_bit(irr_, pin, level);
  } else if (rises) {
    // An edge at a masked pin is lost (290566-001 §3.2.4, interrupt mask).
    if ((table_[pin] & kMasked) != 0) return;
    irr_ = with_bit(irr_, pin, true);
  }
  service(pin);
}

// Sends the pin's message if it is due.
void IoApic::service(unsigned pin) {
  uint64_t& entry = table_[pin];
  if (!test_bit(irr_, pin) || (entry & kMasked) != 0) return;
  const bool level = (entry & kLevel) != 0;
  if (level && (entry & kRemoteIrr) != 0) return;
  const uint64_t delivery = entry >> kDeliveryShift & kDeliveryMask;
  // Only fixed and lowest priority keep a level's handshake; the others are edges by nature.
  if (level && (delivery == kFixed || delivery == kLowest)) {
    entry |= kRemoteIrr;
  } else {
    irr_ = with_bit(irr_, pin, false);
  }
  const uint64_t address = 0xFEE0'0000u | (entry >> kDestShift) << 12 | (delivery == kLowest ? 8u : 0u) |
                           ((entry & kLogical) != 0 ? 4u : 0u);
  const auto data = static_cast<uint32_t>((entry & kVector) | delivery << 8 | 1u << 14 | (level ? 1u << 15 : 0u));
  trace(trace_ioapic_deliver, "pin {} address {:#x} data {:#x}", pin, address, data);
  messages_.deliver(address, data);
}

void IoApic::eoi(uint8_t vector) {
  for (unsigned pin = 0; pin < kPins; ++pin) {
    uint64_t& entry = table_[pin];
    if ((entry & kVector) != vector || (entry & kRemoteIrr) == 0) continue;
    entry &= ~kRemoteIrr;
    service(pin);
  }
}

IoRead IoApic::mmio_read(uint64_t offset, unsigned size) {
  if (size != 4 && offset != kIOREGSEL) return IoRead::bad_size();
  switch (offset) {
    case kIOREGSEL: return IoRead::of(index_);
    case kIOWIN: return IoRead::of(read_register());
    default: return IoRead::of(0);
  }
}

IoStatus IoApic::mmio_write(uint64_t offset, unsigned size, uint64_t value) {
  trace(trace_ioapic_write, "offset {:#x} index {:#x} value {:#x}", offset, index_, value);
  if (size != 4 && offset != kIOREGSEL) return IoStatus::bad_size;
  switch (offset) {
    case kIOREGSEL: index_ = static_cast<uint8_t>(value); break;
    case kIOWIN: write_register(static_cast<uint32_t>(value)); break;
    case kEOIR:
      if (config_.version >= 0x20) eoi(static_cast<uint8_t>(value));
      break;
    default: guest_error(name(), "write of {:#x} to offset {:#x}, where no register is", value, offset); break;
  }
  return IoStatus::ok;
}

uint32_t IoApic::read_register() const {
  switch (index_) {
    case kIOAPICID:
    case kIOAPICARB: return uint32_t{id_} << 24;
    case kIOAPICVER: return config_.version | (kPins - 1) << 16;
    default: break;
  }
  const unsigned pin = (index_ - kIOREDTBL) / 2u;
  if (index_ < kIOREDTBL || pin >= kPins) return 0;
  return static_cast<uint32_t>((index_ & 1) != 0 ? table_[pin] >> 32 : table_[pin]);
}

void IoApic::write_register(uint32_t value) {
  if (index_ == kIOAPICID) {
    id_ = value >> 24 & 15;
    return;
  }
  const unsigned pin = (index_ - kIOREDTBL) / 2u;
  if (index_ < kIOREDTBL || pin >= kPins) {
    if (index_ > kIOAPICARB) guest_error(name(), "write of {:#x} to register {:#x}, which is not there", value, index_);
    return;
  }
  const uint64_t old = table_[pin];
  const bool high = (index_ & 1) != 0;
  const uint64_t merged = high ? (old & low_mask(32)) | uint64_t{value} << 32 : (old & ~low_mask(32)) | value;
  uint64_t& entry = table_[pin];
  entry = (merged & kWritable) | (old & ~kWritable);
  // Remote IRR means nothing for edges: guests clear a stuck one by a visit to edge mode.
  if ((entry & kLevel) == 0) {
    entry &= ~kRemoteIrr;
    if ((old & kLevel) != 0) irr_ = with_bit(irr_, pin, false);
  } else {
    irr_ = with_bit(irr_, pin, test_bit(lines_, pin));
  }
  service(pin);
}

namespace {

template <class Archive, class Index, class Id, class Table, class Lines, class Irr>
void fields(Archive& ar, Index& index, Id& id, Table& table, Lines& lines, Irr& irr) {
  ar.field(1, index);
  ar.field(2, id);
  ar.field(3, table);
  ar.field(4, lines);
  ar.field(5, irr);
}

}  // namespace

void IoApic::save(StateWriter& writer) const { fields(writer, index_, id_, table_, lines_, irr_); }

Result<void> IoApic::restore(StateReader& reader) {
  uint8_t index = 0;
  uint8_t id = 0;
  std::array<uint64_t, kPins> table{};
  uint32_t lines = 0;
  uint32_t irr = 0;
  fields(reader, index, id, table, lines, irr);
  reader.check(lines <= low_mask(kPins) && irr <= low_mask(kPins), "inputs");
  for (const uint64_t entry : table) reader.check((entry & ~(kWritable | kRemoteIrr)) == 0, "redirection entry");
  if (auto good = reader.finish(); !good) return good;
  index_ = index;
  id_ = id;
  table_ = table;
  lines_ = lines;
  irr_ = irr;
  return {};
}

}  // namespace mullion
