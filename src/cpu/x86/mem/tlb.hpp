// The soft TLB: linear pages to host pages, one compare for rights, crossing and kind of page.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace mullion::x86 {

// 32 bytes, shared with generated code. An access of `size` bytes at `lin` hits when
// lin + neg_r (or neg_w) <= 4096 - size, unsigned: the sum is the offset in the page. Everything special - not
// present, no right, dirty bit not yet set, a page that holds decoded code, a device - simply does not match.
struct TlbEntry {
  uint64_t neg_r;
  uint64_t neg_w;
  uint8_t* page;
  uint64_t gpa;     // guest-physical page address
};

class Tlb {
 public:
  static constexpr unsigned kBits = 12;
  static constexpr unsigned kEntries = 1u << kBits;

  Tlb();
  static unsigned index(uint64_t lin) { return unsigned(lin >> 12) & (kEntries - 1); }
  TlbEntry& at(uint64_t lin) { return entries_[index(lin)]; }

  // `large`: the guest page is larger than 4 KiB. `global`: survives flush(false).
  void fill(uint64_t lin, uint64_t gpa, uint8_t* page, bool read, bool write, bool global, bool large);
  void flush(bool with_global);
  void flush_page(uint64_t lin);
  // The page at `gpa` became code: writes to it take the slow path from now on.
  void forbid_writes(uint64_t gpa);

  // A tag that no address of this slot can match: the negative of a page with another index.
  static uint64_t never(unsigned slot) { return 0 - (uint64_t{slot ^ 1} << 12); }

 private:
  void clear(unsigned slot);

  std::array<TlbEntry, kEntries> entries_;
  std::array<uint8_t, kEntries> state_{};  // bit 0 filled and logged, bit 1 global, bit 2 large
  std::vector<uint16_t> log_;              // slots filled since the last full flush
  bool has_large_ = false;
};

}  // namespace mullion::x86
