// Decoded blocks, keyed by guest-physical address and code size.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/isa/form.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace mullion::x86 {

// A run of instructions within one page, up to a transfer, a change of state or the page's end. Its records lie
// behind it; the last one is the end marker, whose Insn::next is the block's length in bytes.
struct alignas(64) Block {
  uint64_t gpa = 0;
  uint16_t bytes = 0;
  uint16_t count = 0;      // instructions
  CodeSize code = CodeSize::k16;
  bool stale = false;
  Block* next_in_page = nullptr;
  isa::Record* records() { return reinterpret_cast<isa::Record*>(this + 1); }  // SAFETY: allocated together
};
static_assert(sizeof(Block) == 64);

class BlockCache {
 public:
  static constexpr unsigned kMaxInstructions = 64;
  static constexpr size_t kArenaBytes = size_t{6} << 20;

  BlockCache();
  ~BlockCache();

  // By linear address: a direct-mapped cache that forget_addresses() empties in O(1).
  struct Address {
    uint64_t lin = 0;
    uint64_t tag = 0;
    Block* block = nullptr;
  };
  Address& address(uint64_t lin) { return addresses_[(lin ^ (lin >> 12)) & (kAddresses - 1)]; }
  uint64_t generation() const { return generation_; }
  void forget_addresses() { generation_ += 8; }

  // By guest-physical address.
  Block* find(uint64_t gpa, CodeSize code);
  // Room for a block of at most kMaxInstructions; may drop every block (so no block may be running). keep() makes
  // it visible after `count` and `bytes` are known; it then covers one page's bytes.
  Block* begin();
  void keep(Block* block);
  // For instructions that may not be kept (page crossing, device memory).
  isa::Record* scratch() { return scratch_.data(); }

  // Pages with code.
  bool has_code(uint64_t gpa) const {
    uint64_t const page = gpa >> 12;
    return page < code_pages_.size() * 64 && (code_pages_[page >> 6] >> (page & 63) & 1);
  }
  // Bytes of a page with code changed: blocks that hold any of them end after the current instruction.
  void written(uint64_t gpa, unsigned size);
  void flush();

  struct Counters {
    uint64_t built = 0, instructions = 0, invalidated = 0, flushes = 0;
  };
  Counters counters;

 private:
  static constexpr unsigned kAddresses = 1u << 13;
  static constexpr unsigned kBuckets = 1u << 14;
  static unsigned bucket(uint64_t gpa) { return unsigned((gpa ^ (gpa >> 14)) & (kBuckets - 1)); }

  struct Entry {
    uint64_t gpa;
    Block* block;
  };
  std::vector<Address> addresses_;
  uint64_t generation_ = 8;
  std::vector<std::vector<Entry>> buckets_;
  std::unordered_map<uint64_t, Block*> pages_;  // page number -> its blocks
  std::vector<uint64_t> code_pages_;            // bitmap by page number
  std::unique_ptr<uint8_t[]> arena_;
  uint8_t* arena_next_ = nullptr;
  alignas(64) std::array<isa::Record, 3> scratch_{};
};

}  // namespace mullion::x86
