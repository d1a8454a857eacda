// Building and encoding of memory maps.
// SPDX-License-Identifier: Apache-2.0
#include "machine/memory_map.hpp"

#include "base/bytes.hpp"

namespace mullion {

MemoryMap firmware_memory_map(const RamLayout& ram) {
  MemoryMap map{{0, ram.below_4g, E820Type::ram}};
  if (ram.above_4g != 0) map.push_back({kFourGiB, ram.above_4g, E820Type::ram});
  return map;
}

MemoryMap direct_memory_map(const RamLayout& ram) {
  MemoryMap map{{0, 0x9fc00, E820Type::ram},
                {0x9fc00, 0x400, E820Type::reserved},  // where an EBDA would be
                {0xf0000, 0x10000, E820Type::reserved},
                {kMiB, ram.below_4g - kHighReserve - kMiB, E820Type::ram},
                {ram.below_4g - kHighReserve, kHighReserve, E820Type::acpi},
                {0xfec00000, 0x1400000, E820Type::reserved}};
  if (ram.above_4g != 0) map.push_back({kFourGiB, ram.above_4g, E820Type::ram});
  return map;
}

std::vector<uint8_t> encode_e820(const MemoryMap& map) {
  std::vector<uint8_t> bytes(map.size() * 20);
  for (size_t i = 0; i < map.size(); ++i) {
    store_le<uint64_t>(bytes.data() + 20 * i, map[i].base);
    store_le<uint64_t>(bytes.data() + 20 * i + 8, map[i].size);
    store_le<uint32_t>(bytes.data() + 20 * i + 16, static_cast<uint32_t>(map[i].type));
  }
  return bytes;
}

}  // namespace mullion
