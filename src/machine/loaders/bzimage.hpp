// Linux's boot protocol 2.x: the header of a bzImage and where its parts go.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "machine/loaders/kernel_boot.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace mullion {

// Source document: Linux, Documentation/arch/x86/boot.rst.
struct BzImageHeader {
  uint16_t protocol = 0;
  uint32_t setup_size = 0;        // bytes of the 16-bit part, boot sector included
  uint8_t loadflags = 0;
  uint32_t initrd_max = 0;        // highest address of the initrd's last byte
  uint32_t cmdline_max = 255;     // without the terminating zero
  uint64_t preferred_address = 0;  // 0: the header does not say
  uint32_t init_size = 0;
};

// None if the file is not a Linux kernel at all.
std::optional<BzImageHeader> parse_bzimage(std::span<const uint8_t> head);

Result<KernelBoot> prepare_bzimage(const BzImageHeader& header, BlobPtr file, const KernelConfig& config,
                                   const RamLayout& ram, BootRoute route);

// Completes the zero page of a direct boot.
void fill_zero_page(std::span<uint8_t> page, const MemoryMap& map, uint64_t rsdp_gpa);

}  // namespace mullion
