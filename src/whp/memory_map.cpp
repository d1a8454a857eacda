// Mapping, splitting and looking up ranges; dirty pages.
// SPDX-License-Identifier: Apache-2.0
#include "whp/memory_map.hpp"

#include <algorithm>
#include <iterator>

namespace mullion::whp {
namespace {

constexpr uint32_t kKnownFlags = WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagExecute |
                                 WHvMapGpaRangeFlagTrackDirtyPages;

}  // namespace

bool MemoryMap::valid(uint64_t gpa, uint64_t size) const {
  if (size == 0 || ((gpa | size) & (kPageSize - 1)) != 0) return false;
  return gpa < limit_ && size <= limit_ - gpa;
}

const MemoryMap::Ranges::value_type* MemoryMap::find(uint64_t gpa) const {
  auto it = ranges_.upper_bound(gpa);
  if (it == ranges_.begin()) return nullptr;
  --it;
  return gpa - it->first < it->second.size ? &*it : nullptr;
}

MemoryMap::Ranges::iterator MemoryMap::split(uint64_t gpa) {
  auto it = ranges_.lower_bound(gpa);
  if (it == ranges_.begin() || (it != ranges_.end() && it->first == gpa)) return it;
  auto const before = std::prev(it);
  uint64_t const offset = gpa - before->first;
  Range& low = before->second;
  if (offset >= low.size) return it;
  Range high{.size = low.size - offset, .host = low.host + offset, .flags = low.flags, .dirty = {}};
  if (!low.dirty.empty()) {
    auto const cut = low.dirty.begin() + std::ptrdiff_t(offset / kPageSize);
    high.dirty.assign(cut, low.dirty.end());
    low.dirty.erase(cut, low.dirty.end());
  }
  low.size = offset;
  return ranges_.emplace_hint(it, gpa, std::move(high));
}

void MemoryMap::remove(uint64_t gpa, uint64_t size) {
  auto const first = split(gpa);
  auto const last = split(gpa + size);
  // The second split may have cut the range that the first one found; map iterators stay valid.
  ranges_.erase(first, last);
}

bool MemoryMap::covers(uint64_t gpa, uint64_t size) const {
  for (uint64_t done = 0; done < size;) {
    auto const* const range = find(gpa + done);
    if (range == nullptr) return false;
    done = range->first + range->second.size - gpa;
  }
  return true;
}

HRESULT MemoryMap::map(void* source, uint64_t gpa, uint64_t size, uint32_t flags) {
  if (!valid(gpa, size) || source == nullptr || (reinterpret_cast<uintptr_t>(source) & (kPageSize - 1)) != 0) {
    return E_INVALIDARG;
  }
  if ((flags & ~kKnownFlags) != 0) return E_INVALIDARG;
  remove(gpa, size);
  Range range{.size = size, .host = static_cast<uint8_t*>(source), .flags = flags, .dirty = {}};
  if (flags & WHvMapGpaRangeFlagTrackDirtyPages) range.dirty.assign(size / kPageSize, 1);  // fresh is dirty
  ranges_.emplace(gpa, std::move(range));
  return S_OK;
}

HRESULT MemoryMap::unmap(uint64_t gpa, uint64_t size) {
  if (!valid(gpa, size)) return E_INVALIDARG;
  if (!covers(gpa, size)) return WHV_E_GPA_RANGE_NOT_FOUND;
  remove(gpa, size);
  return S_OK;
}

HRESULT MemoryMap::query_dirty(uint64_t gpa, uint64_t size, uint64_t* bitmap, uint32_t bitmap_bytes) {
  if (!valid(gpa, size)) return E_INVALIDARG;
  uint64_t const pages = size / kPageSize;
  if (bitmap == nullptr ? bitmap_bytes != 0 : bitmap_bytes < (pages + 63) / 64 * 8) return E_INVALIDARG;
  for (uint64_t n = 0; n < pages;) {
    auto const* const range = find(gpa + n * kPageSize);
    if (range == nullptr || range->second.dirty.empty()) return WHV_E_GPA_RANGE_NOT_FOUND;
    n = (range->first + range->second.size - gpa) / kPageSize;
  }
  if (bitmap != nullptr) std::fill_n(bitmap, (pages + 63) / 64, 0);
  for (uint64_t n = 0; n < pages; ++n) {
    auto const it = std::prev(ranges_.upper_bound(gpa + n * kPageSize));
    uint8_t& dirty = it->second.dirty[(gpa + n * kPageSize - it->first) / kPageSize];
    if (dirty != 0 && bitmap != nullptr) bitmap[n / 64] |= uint64_t{1} << (n % 64);
    dirty = 0;
  }
  return S_OK;
}

x86::PhysPage MemoryMap::page(uint64_t gpa) const {
  auto const* const entry = find(gpa);
  if (entry == nullptr) return {};
  Range const& r = entry->second;
  uint64_t const offset = (gpa - entry->first) & ~(kPageSize - 1);
  bool const clean = !r.dirty.empty() && __atomic_load_n(&r.dirty[offset / kPageSize], __ATOMIC_RELAXED) == 0;
  x86::PhysPage page;
  page.read = (r.flags & WHvMapGpaRangeFlagRead) != 0;
  page.exec = page.read && (r.flags & WHvMapGpaRangeFlagExecute) != 0;
  page.write = page.read && (r.flags & WHvMapGpaRangeFlagWrite) != 0 && !clean;
  page.write_device = !page.write;
  page.host = page.read ? r.host + offset : nullptr;
  return page;
}

x86::PhysPage MemoryMap::page_for_write(uint64_t gpa) {
  auto const* const entry = find(gpa);
  if (entry == nullptr) return {};
  Range const& r = entry->second;
  if (!r.dirty.empty() && (r.flags & WHvMapGpaRangeFlagWrite)) {
    auto& dirty = const_cast<uint8_t&>(r.dirty[(gpa - entry->first) / kPageSize]);
    __atomic_store_n(&dirty, uint8_t{1}, __ATOMIC_RELAXED);
  }
  return page(gpa);
}

uint32_t MemoryMap::flags(uint64_t gpa) const {
  auto const* const entry = find(gpa);
  return entry == nullptr ? 0 : entry->second.flags;
}

uint8_t* MemoryMap::host(uint64_t gpa) {
  auto const* const entry = find(gpa);
  return entry == nullptr ? nullptr : entry->second.host + (gpa - entry->first);
}

uint64_t MemoryMap::pages() const {
  uint64_t pages = 0;
  for (auto const& [gpa, range] : ranges_) pages += range.size / kPageSize;
  return pages;
}

}  // namespace mullion::whp
