// ELF files for x86: headers, loadable segments by physical address, and Xen's PVH entry note.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "machine/loaders/blob.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace mullion {

// A statically linked program as one piece of physical memory.
struct ElfImage {
  uint64_t gpa = 0;  // of its lowest byte
  BlobPtr content;   // from there to the end of the last segment, zeros where the file has none
  uint64_t entry = 0;                 // a physical address
  std::optional<uint32_t> pvh_entry;  // XEN_ELFNOTE_PHYS32_ENTRY
  bool is_64bit = false;
};

bool is_elf(std::span<const uint8_t> head);
// Checks every offset and size against the file, and all addresses against `limit`.
Result<ElfImage> parse_elf(const BlobPtr& file, const std::string& name, uint64_t limit);

}  // namespace mullion
