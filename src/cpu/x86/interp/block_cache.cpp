// Decoded blocks: finding, keeping and dropping them.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/interp/block_cache.hpp"

#include "cpu/x86/interp/thread.hpp"

#include <algorithm>
#include <new>

namespace mullion::x86 {
namespace {

constexpr size_t kBlockRoom = sizeof(isa::Record) * (BlockCache::kMaxInstructions + 2) + 64;

// What the rest of a block runs once its bytes were written: leaves before the instruction, to decode it anew.
void stale(Cpu& c, const isa::Record* r) {
  c.left = Status::Yield;
  MULLION_TAIL_CALL return interp::leave(c, r);
}

}  // namespace

BlockCache::BlockCache() : addresses_(kAddresses), buckets_(kBuckets), arena_(new uint8_t[kArenaBytes + 64]) {
  flush();
  counters = {};
}

BlockCache::~BlockCache() = default;

void BlockCache::flush() {
  // SAFETY: rounds up to the records' alignment within the 64 spare bytes.
  auto const start = reinterpret_cast<uintptr_t>(arena_.get());
  arena_next_ = arena_.get() + ((64 - start % 64) % 64);
  // A block may be running: what is left of it must not.
  for (auto& entries : buckets_) {
    for (Entry const& e : entries) {
      for (unsigned n = 0; n <= e.block->count; ++n) e.block->records()[n].run = stale;
    }
    entries.clear();
  }
  pages_.clear();
  std::fill(code_pages_.begin(), code_pages_.end(), 0);
  forget_addresses();
  ++counters.flushes;
}

Block* BlockCache::find(uint64_t gpa, CodeSize code) {
  for (Entry const& e : buckets_[bucket(gpa)]) {
    if (e.gpa == gpa && e.block->code == code) return e.block;
  }
  return nullptr;
}

Block* BlockCache::begin() {
  size_t const used = size_t(arena_next_ - arena_.get());
  if (used + kBlockRoom > kArenaBytes) flush();
  return new (arena_next_) Block;
}

void BlockCache::keep(Block* block) {
  arena_next_ += 64 + sizeof(isa::Record) * (block->count + 1u);
  buckets_[bucket(block->gpa)].push_back(Entry{block->gpa, block});
  uint64_t const page = block->gpa >> 12;
  Block*& first = pages_[page];
  block->next_in_page = first;
  first = block;
  if (page / 64 >= code_pages_.size()) code_pages_.resize(page / 64 + 1);
  code_pages_[page / 64] |= uint64_t{1} << (page % 64);
  ++counters.built;
  counters.instructions += block->count;
}

void BlockCache::written(uint64_t gpa, unsigned size) {
  uint64_t const page = gpa >> 12;
  auto const found = pages_.find(page);
  if (found == pages_.end()) return;
  Block** place = &found->second;
  while (Block* const b = *place) {
    if (gpa >= b->gpa + b->bytes || b->gpa >= gpa + size) {
      place = &b->next_in_page;
      continue;
    }
    *place = b->next_in_page;
    b->stale = true;
    for (unsigned n = 0; n <= b->count; ++n) b->records()[n].run = stale;
    auto& entries = buckets_[bucket(b->gpa)];
    std::erase_if(entries, [b](Entry const& e) { return e.block == b; });
    ++counters.invalidated;
  }
  if (found->second == nullptr) {
    pages_.erase(found);
    code_pages_[page / 64] &= ~(uint64_t{1} << (page % 64));
  }
}

}  // namespace mullion::x86
