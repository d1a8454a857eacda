// Guest-physical memory of a partition: ranges of the client's memory with rights and dirty pages.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/port.hpp"
#include "whp/include/WinHvPlatformDefs.h"

#include <cstdint>
#include <map>
#include <vector>

namespace mullion::whp {

inline constexpr uint64_t kPageSize = 4096;

// Changes are made while no processor runs (Gate); page() and page_for_write() may be called by several processors
// at once.
class MemoryMap {
 public:
  explicit MemoryMap(unsigned physical_bits) : limit_(uint64_t{1} << physical_bits) {}

  // Later mappings replace earlier ones, page by page.
  HRESULT map(void* source, uint64_t gpa, uint64_t size, uint32_t flags);
  // WHV_E_GPA_RANGE_NOT_FOUND, and nothing changed, unless every page is mapped.
  HRESULT unmap(uint64_t gpa, uint64_t size);
  // Reads and clears one bit a page. Null: clears alone.
  HRESULT query_dirty(uint64_t gpa, uint64_t size, uint64_t* bitmap, uint32_t bitmap_bytes);
  bool covers(uint64_t gpa, uint64_t size) const;

  // A clean page that is tracked is not writable here, so that the first write asks page_for_write().
  x86::PhysPage page(uint64_t gpa) const;
  x86::PhysPage page_for_write(uint64_t gpa);
  bool mapped(uint64_t gpa) const { return find(gpa) != nullptr; }
  uint32_t flags(uint64_t gpa) const;
  // The client's own access, whatever the flags: null where a page is not mapped.
  uint8_t* host(uint64_t gpa);
  uint64_t pages() const;

 private:
  struct Range {
    uint64_t size = 0;
    uint8_t* host = nullptr;
    uint32_t flags = 0;
    std::vector<uint8_t> dirty;  // a byte a page where dirty pages are tracked; written by processors at once
  };
  using Ranges = std::map<uint64_t, Range>;

  bool valid(uint64_t gpa, uint64_t size) const;
  const Ranges::value_type* find(uint64_t gpa) const;
  Ranges::iterator split(uint64_t gpa);  // makes a range begin at `gpa` if one covers it
  void remove(uint64_t gpa, uint64_t size);

  uint64_t limit_;
  Ranges ranges_;
};

}  // namespace mullion::whp
