// The port-space bus: which device answers IN and OUT at each of the 65,536 ports.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "bus/device.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace mullion {

struct PioRange {
  uint16_t first = 0;
  uint32_t count = 0;
  unsigned max_size = 1;  // widest access the device takes; the bus splits wider ones
  int priority = 0;       // of overlapping ranges the highest answers, then the last mapped
};

// Thread: any, with the machine lock held. Accesses may span devices and may run past port 0xFFFF;
// bytes where nobody answers read as ones, writes there are dropped.
class PortBus {
 public:
  using Handle = uint32_t;

  PortBus();
  // The range must lie in port space: anything beyond port 0xFFFF is cut off.
  Handle map(const PioRange& range, PioTarget& target);
  void unmap(Handle handle);

  uint32_t read(uint16_t port, unsigned size);
  void write(uint16_t port, unsigned size, uint32_t value);

 private:
  struct Entry {
    PioRange range;
    PioTarget* target = nullptr;  // null: free slot
    uint32_t order = 0;
  };
  void rebuild();
  uint32_t read_part(uint16_t port, unsigned size);
  void write_part(uint16_t port, unsigned size, uint32_t value);
  unsigned part_size(uint16_t port, unsigned left) const;

  std::vector<Entry> entries_;               // entries_[0] is nobody
  std::vector<uint16_t> owner_;              // port -> index in entries_
  uint32_t next_order_ = 1;
};

}  // namespace mullion
