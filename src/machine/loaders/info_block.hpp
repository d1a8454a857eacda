// The page in low memory that carries boot information to PVH and multiboot kernels.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "machine/loaders/kernel_boot.hpp"

namespace mullion {

// The information structure first, then the memory map's entries, which firmware's map is copied to.
inline constexpr uint32_t kInfoGpa = 0x9000;
inline constexpr uint32_t kInfoSize = 0x1000;
inline constexpr uint32_t kInfoMapOffset = 0x100;
static_assert(kInfoMapOffset + MapSlot::kMaxEntries * MapSlot::kEntrySize <= kInfoSize);
// The option ROM's stack and descriptor lie below.
inline constexpr uint32_t kLoaderScratch = 0x7000;

// A kernel must not be loaded over what describes its boot.
Result<void> check_clear_of_info(const std::string& kernel, uint64_t gpa, uint64_t size);

}  // namespace mullion
