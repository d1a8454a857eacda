// What a loader prepared: where the parts of a kernel go, and how it is entered.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "machine/loaders/blob.hpp"
#include "machine/memory_map.hpp"

#include <cstdint>
#include <string>

namespace mullion {

// What the person asked for.
struct KernelConfig {
  std::string kernel;  // path; empty: no kernel is loaded
  std::string initrd;  // path; for multiboot "file args,file args", `,,` stands for a comma
  std::string append;  // command line
};

enum class KernelFormat : uint8_t { bzimage, pvh, multiboot };

struct Placed {
  uint64_t gpa = 0;
  BlobPtr content;  // null: nothing to place
};

// The firmware's memory map is copied to where the kernel expects it, in entries of 24 bytes.
struct MapSlot {
  static constexpr unsigned kEntrySize = 24;
  static constexpr unsigned kMaxEntries = 64;
  uint32_t gpa = 0;          // of the first entry's base address field
  uint32_t count_gpa = 0;    // a u32 that is set to entries * count_scale
  uint16_t count_scale = 1;  // multiboot counts bytes
};

// Entry through the kernel's own 16-bit code (Linux boot protocol).
struct RealModeEntry {
  uint16_t segment = 0;  // of the setup; execution starts 20h paragraphs on
  uint16_t stack = 0;    // SP
};

// Entry in flat 32-bit protected mode, paging off, interrupts off.
struct ProtectedEntry {
  uint32_t eip = 0;
  uint32_t eax = 0;
  uint32_t ebx = 0;
  uint32_t esi = 0;
};

// The four parts go by the names of fw_cfg's keys, where firmware and the option ROM find them.
struct KernelBoot {
  KernelFormat format = KernelFormat::bzimage;
  Placed kernel;
  Placed initrd;
  Placed cmdline;
  Placed setup;  // bzImage: the 16-bit part; else the information block in low memory
  RealModeEntry real_mode;
  ProtectedEntry protected_mode;
  MapSlot map;
};

// With firmware the bzImage's own 16-bit code runs; without, its 32-bit entry is used at once.
enum class BootRoute : uint8_t { firmware, direct };

// Recognizes the format, checks everything against the guest's RAM and lays the parts out.
Result<KernelBoot> prepare_kernel(const KernelConfig& config, const RamLayout& ram, BootRoute route);

// Copies the parts into RAM and writes `map` into its slot: a boot without firmware. `rsdp_gpa` goes
// where the protocol has a field for it.
Result<void> place_kernel(const KernelBoot& boot, GuestMemory& memory, const MemoryMap& map, uint64_t rsdp_gpa);

}  // namespace mullion
