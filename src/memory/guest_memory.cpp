// The guest-physical map: layout, lookup, DMA, dirty pages.
// SPDX-License-Identifier: Apache-2.0
#include "memory/guest_memory.hpp"

#include "base/bytes.hpp"
#include "base/checked.hpp"

#include <algorithm>
#include <cstring>

namespace mullion {
namespace {

constexpr uint32_t kReadMemory = 1u << 0;
constexpr uint32_t kWriteMemory = 1u << 1;
constexpr uint32_t kWriteDropped = 1u << 2;
constexpr uint32_t kRam = 1u << 3;
constexpr unsigned kBlockShift = 8;  // the block that is written, above the bits

// SAFETY: an addend comes from a block that lives as long as the map, and find() has checked that the
// address lies in the span that the addend belongs to.
uint8_t* host_address(uint64_t gpa, uint64_t addend) { return reinterpret_cast<uint8_t*>(gpa + addend); }

bool continues(const RangeUse& a, const RangeUse& b, uint64_t length) {
  using Kind = RangeUse::Kind;
  if (a.read != b.read || a.write != b.write || a.is_ram != b.is_ram) return false;
  if (a.read == Kind::memory && (a.read_block != b.read_block || a.read_offset + length != b.read_offset)) return false;
  return a.write != Kind::memory || (a.write_block == b.write_block && a.write_offset + length == b.write_offset);
}

RangeUse shifted(RangeUse use, uint64_t by) {
  use.read_offset += by;
  use.write_offset += by;
  return use;
}

}  // namespace

GuestMemory::GuestMemory() { blocks_.reserve(kMaxBlocks); }

Result<BlockId> GuestMemory::add_block(std::string name, uint64_t size) {
  if (size == 0 || size > kAddressLimit) {
    return failure("memory '{}': {} bytes; it must be between 1 byte and {} GiB", name, size, kAddressLimit >> 30);
  }
  if (blocks_.size() == kMaxBlocks) return failure("memory '{}': a machine has at most {} blocks", name, kMaxBlocks);
  auto memory = HostMemory::allocate(align_up(size, kPageSize));
  if (!memory) return tl::unexpected(memory.error().within(name));
  blocks_.push_back(std::make_unique<Block>(std::move(name), std::move(*memory)));
  return static_cast<BlockId>(blocks_.size() - 1);
}

std::span<uint8_t> GuestMemory::block_bytes(BlockId block) {
  if (block >= blocks_.size()) return {};
  const HostMemory& memory = blocks_[block]->memory;
  return {memory.data(), memory.size()};
}

Result<void> GuestMemory::check_backing(RangeUse::Kind kind, BlockId block, uint64_t offset, uint64_t size) const {
  if (kind != RangeUse::Kind::memory) return {};
  if (block >= blocks_.size()) return failure("memory map: there is no block {}", block);
  if (offset % kPageSize != 0 || !in_range(offset, size, blocks_[block]->memory.size())) {
    return failure("memory map: {:#x}+{:#x} is not within '{}'", offset, size, blocks_[block]->name);
  }
  return {};
}

Result<void> GuestMemory::map(uint64_t gpa, uint64_t size, const RangeUse& use) {
  if (size == 0 || (gpa | size) % kPageSize != 0 || !in_range(gpa, size, kAddressLimit)) {
    return failure("memory map: {:#x}+{:#x} is not a range of whole pages below {:#x}", gpa, size, kAddressLimit);
  }
  if (auto good = check_backing(use.read, use.read_block, use.read_offset, size); !good) return good;
  if (auto good = check_backing(use.write, use.write_block, use.write_offset, size); !good) return good;

  const uint64_t end = gpa + size;
  std::vector<Span> next;
  for (const Span& s : spans_) {
    if (s.first < gpa) next.push_back({s.first, std::min(s.end, gpa), s.use});
    if (s.end > end) {
      const uint64_t first = std::max(s.first, end);
      next.push_back({first, s.end, shifted(s.use, first - s.first)});
    }
  }
  if (use.read != RangeUse::Kind::device || use.write != RangeUse::Kind::device) next.push_back({gpa, end, use});
  std::sort(next.begin(), next.end(), [](const Span& a, const Span& b) { return a.first < b.first; });
  std::vector<Span> merged;
  for (const Span& s : next) {
    if (!merged.empty() && merged.back().end == s.first &&
        continues(merged.back().use, s.use, s.first - merged.back().first)) {
      merged.back().end = s.end;
    } else {
      merged.push_back(s);
    }
  }
  if (merged.size() > kMaxSpans) return failure("memory map: more than {} ranges", kMaxSpans);
  spans_ = std::move(merged);
  publish();
  notify_mapping(gpa, size);
  return {};
}

void GuestMemory::publish() {
  sequence_.fetch_add(1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  for (size_t i = 0; i < spans_.size(); ++i) {
    const Span& s = spans_[i];
    FastSpan& f = fast_[i];
    // SAFETY: the address is only made a number; it is used within the span alone.
    const auto addend = [&](BlockId block, uint64_t offset) {
      return reinterpret_cast<uintptr_t>(blocks_[block]->memory.data()) + offset - s.first;
    };
    uint32_t flags = s.use.is_ram ? kRam : 0;
    if (s.use.read == RangeUse::Kind::memory) {
      flags |= kReadMemory;
      f.read_addend.store(addend(s.use.read_block, s.use.read_offset), std::memory_order_relaxed);
    }
    if (s.use.write == RangeUse::Kind::memory) {
      flags |= kWriteMemory | (s.use.write_block << kBlockShift);
      f.write_addend.store(addend(s.use.write_block, s.use.write_offset), std::memory_order_relaxed);
    }
    if (s.use.write == RangeUse::Kind::dropped) flags |= kWriteDropped;
    f.first.store(s.first, std::memory_order_relaxed);
    f.end.store(s.end, std::memory_order_relaxed);
    f.flags.store(flags, std::memory_order_relaxed);
  }
  fast_count_.store(static_cast<uint32_t>(spans_.size()), std::memory_order_relaxed);
  sequence_.fetch_add(1, std::memory_order_release);
}

// One attempt under the sequence number; false if the map changed meanwhile.
bool GuestMemory::search(uint64_t gpa, Found& found) const {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  const uint32_t sequence = sequence_.load(std::memory_order_acquire);
  const uint32_t count = fast_count_.load(kRelaxed);
  uint32_t low = 0;  // the first span that starts above gpa
  uint32_t high = count;
  while (low < high) {
    const uint32_t middle = (low + high) / 2;
    if (fast_[middle].first.load(kRelaxed) <= gpa) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  found = {low < count ? fast_[low].first.load(kRelaxed) : ~uint64_t{0}, 0, 0, 0};
  if (low > 0 && gpa < fast_[low - 1].end.load(kRelaxed)) {
    const FastSpan& f = fast_[low - 1];
    found = {f.end.load(kRelaxed), f.read_addend.load(kRelaxed), f.write_addend.load(kRelaxed), f.flags.load(kRelaxed)};
  }
  std::atomic_thread_fence(std::memory_order_acquire);
  return (sequence & 1) == 0 && sequence_.load(kRelaxed) == sequence;
}

GuestMemory::Found GuestMemory::find(uint64_t gpa) const {
  Found found;
  while (!search(gpa, found)) {
  }
  return found;
}

PageView GuestMemory::resolve_page(uint64_t gpa) const {
  const uint64_t page = gpa & a20_mask() & ~(kPageSize - 1);
  const Found f = find(page);
  PageView view;
  if ((f.flags & kReadMemory) != 0) view.read = host_address(page, f.read_addend);
  if ((f.flags & kWriteMemory) != 0) view.write = host_address(page, f.write_addend);
  view.write_dropped = (f.flags & kWriteDropped) != 0;
  view.is_ram = (f.flags & kRam) != 0;
  return view;
}

void GuestMemory::set_a20(bool enabled) {
  const uint64_t mask = enabled ? ~uint64_t{0} : ~bit(20);
  if (a20_mask_.exchange(mask, std::memory_order_relaxed) != mask) notify_mapping(0, ~uint64_t{0});
}

void GuestMemory::notify_mapping(uint64_t gpa, uint64_t size) {
  for (MappingListener* listener : listeners_) listener->on_mapping_change(gpa, size);
}

template <class Step>
bool GuestMemory::for_each_piece(uint64_t gpa, uint64_t size, Step step) const {
  if (!in_range(gpa, size, kAddressLimit)) return false;
  while (size != 0) {
    const Found f = find(gpa);
    const uint64_t piece = std::min(size, f.end - gpa);
    if (!step(f, gpa, piece)) return false;
    gpa += piece;
    size -= piece;
  }
  return true;
}

bool GuestMemory::copy_in(uint64_t gpa, void* to, uint64_t size) const {
  const auto readable = [](const Found& f, uint64_t, uint64_t) { return (f.flags & kReadMemory) != 0; };
  if (!for_each_piece(gpa, size, readable)) return false;
  auto* out = static_cast<uint8_t*>(to);
  return for_each_piece(gpa, size, [&](const Found& f, uint64_t here, uint64_t piece) {
    if (!readable(f, here, piece)) return false;
    std::memcpy(out, host_address(here, f.read_addend), piece);
    out += piece;
    return true;
  });
}

// store(host, offset, size) fills one piece of RAM.
template <class Store>
bool GuestMemory::dma_store(uint64_t gpa, uint64_t size, Store store) {
  const auto writable = [](const Found& f, uint64_t, uint64_t) {
    return (f.flags & (kWriteMemory | kWriteDropped)) != 0;
  };
  if (!for_each_piece(gpa, size, writable)) return false;
  const bool stored = for_each_piece(gpa, size, [&](const Found& f, uint64_t here, uint64_t piece) {
    if (!writable(f, here, piece)) return false;
    if ((f.flags & kWriteMemory) == 0) return true;
    uint8_t* host = host_address(here, f.write_addend);
    store(host, here - gpa, piece);
    if (dirty_tracking()) mark_host_range(f.flags, host, piece);
    return true;
  });
  for (CodeWatcher* watcher : watchers_) watcher->dma_write(gpa, size);
  return stored;
}

bool GuestMemory::copy_out(uint64_t gpa, const void* from, uint64_t size) {
  const auto* in = static_cast<const uint8_t*>(from);
  return dma_store(gpa, size,
                   [in](uint8_t* host, uint64_t offset, uint64_t piece) { std::memcpy(host, in + offset, piece); });
}

bool GuestMemory::fill(uint64_t gpa, uint8_t value, uint64_t size) {
  return dma_store(gpa, size, [value](uint8_t* host, uint64_t, uint64_t piece) { std::memset(host, value, piece); });
}

void GuestMemory::set_dirty_tracking(bool on) {
  if (on) {
    for (const auto& block : blocks_) {
      const uint64_t words = (block->memory.size() / kPageSize + 63) / 64;
      if (block->dirty.empty()) block->dirty = std::vector<std::atomic<uint64_t>>(words);
    }
  }
  dirty_tracking_.store(on, std::memory_order_release);
  notify_mapping(0, ~uint64_t{0});
}

void GuestMemory::mark_host_range(uint32_t flags, const uint8_t* host, uint64_t size) {
  Block& block = *blocks_[flags >> kBlockShift];
  const auto offset = static_cast<uint64_t>(host - block.memory.data());
  for (uint64_t page = offset / kPageSize; page <= (offset + size - 1) / kPageSize; ++page) {
    if (page / 64 < block.dirty.size()) block.dirty[page / 64].fetch_or(bit(page % 64), std::memory_order_relaxed);
  }
}

void GuestMemory::mark_dirty(uint64_t gpa, uint64_t size) {
  if (!dirty_tracking()) return;
  for_each_piece(gpa, size, [&](const Found& f, uint64_t here, uint64_t piece) {
    if ((f.flags & kWriteMemory) != 0) mark_host_range(f.flags, host_address(here, f.write_addend), piece);
    return true;
  });
}

std::vector<uint64_t> GuestMemory::take_dirty(BlockId block) {
  std::vector<uint64_t> marks;
  if (block >= blocks_.size()) return marks;
  for (auto& word : blocks_[block]->dirty) marks.push_back(word.exchange(0, std::memory_order_relaxed));
  notify_mapping(0, ~uint64_t{0});
  return marks;
}

uint64_t GuestMemory::ram_bytes() const {
  uint64_t bytes = 0;
  for (const Span& s : spans_) bytes += s.use.is_ram ? s.end - s.first : 0;
  return bytes;
}

}  // namespace mullion
