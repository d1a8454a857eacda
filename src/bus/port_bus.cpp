// Dispatch in port space by a table with one small index a port.
// SPDX-License-Identifier: Apache-2.0
#include "bus/port_bus.hpp"

#include "base/log.hpp"

#include <algorithm>

namespace mullion {
namespace {

constexpr uint32_t kPorts = 0x1'0000;

TraceEvent trace_pio_read{"pio_read", "a read from a port, with the answer"};
TraceEvent trace_pio_write{"pio_write", "a write to a port"};
TraceEvent trace_pio_unassigned{"pio_unassigned", "an access to a port where nobody answers"};

}  // namespace

PortBus::PortBus() : entries_(1), owner_(kPorts, 0) {}

PortBus::Handle PortBus::map(const PioRange& range, PioTarget& target) {
  auto slot = std::find_if(entries_.begin() + 1, entries_.end(), [](const Entry& e) { return e.target == nullptr; });
  if (slot == entries_.end()) slot = entries_.emplace(entries_.end());
  *slot = {range, &target, next_order_++};
  slot->range.count = std::min(range.count, kPorts - range.first);
  const auto handle = static_cast<Handle>(slot - entries_.begin());
  rebuild();
  return handle;
}

void PortBus::unmap(Handle handle) {
  if (handle == 0 || handle >= entries_.size()) return;
  entries_[handle] = {};
  rebuild();
}

void PortBus::rebuild() {
  std::vector<uint16_t> order;
  for (size_t i = 1; i < entries_.size(); ++i) {
    if (entries_[i].target != nullptr) order.push_back(static_cast<uint16_t>(i));
  }
  std::sort(order.begin(), order.end(), [this](uint16_t a, uint16_t b) {
    const Entry& x = entries_[a];
    const Entry& y = entries_[b];
    return x.range.priority != y.range.priority ? x.range.priority < y.range.priority : x.order < y.order;
  });
  std::fill(owner_.begin(), owner_.end(), uint16_t{0});
  for (const uint16_t i : order) {
    const PioRange& r = entries_[i].range;
    std::fill_n(owner_.begin() + r.first, r.count, i);
  }
}

// The widest access at `port` that its device takes whole and that stays within its ports.
unsigned PortBus::part_size(uint16_t port, unsigned left) const {
  const uint16_t owner = owner_[port];
  if (owner == 0) return 1;
  unsigned size = std::min(left, entries_[owner].range.max_size);
  if (size == 3) size = 2;
  while (size > 1) {
    const uint32_t last = uint32_t{port} + size - 1;
    if (last < kPorts && owner_[last] == owner) break;
    size /= 2;
  }
  return size;
}

uint32_t PortBus::read_part(uint16_t port, unsigned size) {
  const uint32_t ones = static_cast<uint32_t>(all_ones(size));
  const Entry& e = entries_[owner_[port]];
  if (e.target == nullptr) {
    trace(trace_pio_unassigned, "read {:#06x} size {}", port, size);
    return ones;
  }
  const IoRead answer = e.target->pio_read(static_cast<uint16_t>(port - e.range.first), size);
  if (answer.status != IoStatus::ok) return ones;
  return static_cast<uint32_t>(answer.value) & ones;
}

void PortBus::write_part(uint16_t port, unsigned size, uint32_t value) {
  const Entry& e = entries_[owner_[port]];
  if (e.target == nullptr) {
    trace(trace_pio_unassigned, "write {:#06x} size {} value {:#x}", port, size, value);
    return;
  }
  e.target->pio_write(static_cast<uint16_t>(port - e.range.first), size,
                      value & static_cast<uint32_t>(all_ones(size)));
}

uint32_t PortBus::read(uint16_t port, unsigned size) {
  uint32_t value = 0;
  for (unsigned done = 0; done < size;) {
    const auto here = static_cast<uint16_t>(port + done);
    const unsigned part = part_size(here, size - done);
    value |= read_part(here, part) << (done * 8);
    done += part;
  }
  trace(trace_pio_read, "{:#06x} size {} value {:#x}", port, size, value);
  return value;
}

void PortBus::write(uint16_t port, unsigned size, uint32_t value) {
  trace(trace_pio_write, "{:#06x} size {} value {:#x}", port, size, value);
  for (unsigned done = 0; done < size;) {
    const auto here = static_cast<uint16_t>(port + done);
    const unsigned part = part_size(here, size - done);
    write_part(here, part, value >> (done * 8));
    done += part;
  }
}

}  // namespace mullion
