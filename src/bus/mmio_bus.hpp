// The memory-space bus for devices: which device answers loads and stores that are not RAM or ROM.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "bus/device.hpp"

#include <cstdint>
#include <vector>

namespace mullion {

struct MmioRange {
  uint64_t base = 0;
  uint64_t size = 0;
  unsigned max_size = 4;  // widest access the device takes; the bus splits wider ones
  unsigned min_size = 1;  // narrower reads take their bytes out of an aligned one of this size
  int priority = 0;       // of overlapping ranges the highest answers, then the last mapped
};

// Thread: any, with the machine lock held. Accesses of 1 to 8 bytes at any alignment; those that a
// device cannot take whole are split; bytes where nobody answers read as ones. Wider accesses
// (vector registers) are split by the caller.
class MmioBus {
 public:
  using Handle = uint32_t;

  // The caller makes sure that guest memory says "device" for the range (GuestMemory::map_device).
  Handle map(const MmioRange& range, MmioTarget& target);
  void unmap(Handle handle);

  uint64_t read(uint64_t gpa, unsigned size);
  void write(uint64_t gpa, unsigned size, uint64_t value);

 private:
  struct Entry {
    MmioRange range;
    MmioTarget* target = nullptr;  // null: free slot
    uint32_t order = 0;
  };
  struct Span {
    uint64_t first;
    uint64_t last;
    uint32_t entry;
  };
  void rebuild();
  const Span* find(uint64_t gpa);
  uint64_t read_part(const Span& span, uint64_t gpa, unsigned size);
  void write_part(const Span& span, uint64_t gpa, unsigned size, uint64_t value);
  unsigned part_size(const Span* span, uint64_t gpa, unsigned left) const;

  std::vector<Entry> entries_;
  std::vector<Span> flat_;  // sorted, without overlaps
  size_t last_hit_ = 0;
  uint32_t next_order_ = 1;
};

}  // namespace mullion
