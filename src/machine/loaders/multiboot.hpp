// Multiboot 1: the header in a kernel's first 8 KiB, and the information structure it is entered with.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "machine/loaders/kernel_boot.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace mullion {

// Source document: Multiboot Specification 0.6.96, section 3.
struct MultibootHeader {
  uint32_t offset = 0;  // in the file
  uint32_t flags = 0;
  uint32_t header_addr = 0;
  uint32_t load_addr = 0;
  uint32_t load_end_addr = 0;
  uint32_t bss_end_addr = 0;
  uint32_t entry_addr = 0;
};

std::optional<MultibootHeader> find_multiboot_header(std::span<const uint8_t> head);

Result<KernelBoot> prepare_multiboot(const MultibootHeader& header, const BlobPtr& file, const KernelConfig& config,
                                     const RamLayout& ram);

}  // namespace mullion
