// The parameters inside the kernel option ROM, and the bounds of its assembled code.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>

namespace mullion::kernel_rom {

// One descriptor of fw_cfg's DMA, big-endian, as the ROM hands it over.
struct DmaDescriptor {
  uint32_t control;
  uint32_t length;
  uint64_t address;
};

// At kParameters in the ROM; kernel_rom_code.cpp has the same offsets.
struct Parameters {
  uint16_t protected_mode;  // 0: enter 16-bit code
  uint16_t segment;         // 16-bit entry: of the setup
  uint16_t stack;
  uint16_t map_segment;     // protected entry: the memory map's slot
  uint16_t map_offset;
  uint16_t count_offset;    // in map_segment
  uint16_t count_scale;
  uint16_t map_entries;
  uint32_t eip;
  uint32_t eax;
  uint32_t ebx;
  uint32_t unused;
  DmaDescriptor loads[5];   // ends with a zero control word
};
inline constexpr size_t kParameters = 0x40;
static_assert(offsetof(Parameters, eip) == 0x10 && offsetof(Parameters, loads) == 0x20);
static_assert(sizeof(Parameters) == 0x70);

inline constexpr size_t kPnpHeader = 0x20;

extern "C" const uint8_t mullion_kernel_rom_begin[];
extern "C" const uint8_t mullion_kernel_rom_end[];

}  // namespace mullion::kernel_rom
