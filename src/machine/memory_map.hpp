// The guest's RAM as amounts below and above 4 GiB, and as the map that firmware and kernels read.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

namespace mullion {

inline constexpr uint64_t kMiB = uint64_t{1} << 20;
inline constexpr uint64_t kGiB = uint64_t{1} << 30;
inline constexpr uint64_t kFourGiB = 4 * kGiB;

struct RamLayout {
  uint64_t below_4g = 0;
  uint64_t above_4g = 0;

  // As the i440FX pc: RAM of 3.5 GiB or more is split at 3 GiB, so that PCI gets a whole GiB.
  static constexpr RamLayout split(uint64_t size) {
    constexpr uint64_t kLowMax = 0xe0000000, kLowSplit = 0xc0000000;
    return size >= kLowMax ? RamLayout{kLowSplit, size - kLowSplit} : RamLayout{size, 0};
  }
};

enum class E820Type : uint32_t { ram = 1, reserved = 2, acpi = 3, nvs = 4 };

struct E820Entry {
  uint64_t base = 0;
  uint64_t size = 0;
  E820Type type = E820Type::ram;
};
using MemoryMap = std::vector<E820Entry>;

// Of the last RAM below 4 GiB a boot without firmware keeps this much for ACPI tables; firmware keeps
// less than a MiB there. Loaders stay below it.
inline constexpr uint64_t kHighReserve = kMiB;

// What fw_cfg's etc/e820 says: RAM alone; firmware cuts out what it keeps for itself.
MemoryMap firmware_memory_map(const RamLayout& ram);
// What a kernel that is started without firmware gets.
MemoryMap direct_memory_map(const RamLayout& ram);
// Entries of 20 bytes: base, size, type.
std::vector<uint8_t> encode_e820(const MemoryMap& map);

}  // namespace mullion
