// The soft TLB's filling and flushing.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/mem/tlb.hpp"

#include "base/log.hpp"

#include <cstddef>

namespace mullion::x86 {
namespace {
enum : uint8_t { kFilled = 1, kGlobal = 2, kLarge = 4 };
}

Tlb::Tlb() {
  log_.reserve(kEntries);
  for (unsigned slot = 0; slot < kEntries; ++slot) clear(slot);
}

void Tlb::clear(unsigned slot) {
  entries_[slot] = TlbEntry{.neg_r = never(slot), .neg_w = never(slot), .page = nullptr, .gpa = ~uint64_t{0}};
}

void Tlb::fill(uint64_t lin, uint64_t gpa, uint8_t* page, bool read, bool write, bool global, bool large) {
  unsigned const slot = index(lin);
  uint64_t const tag = 0 - (lin & ~uint64_t{0xFFF});
  TlbEntry& e = entries_[slot];
  e.neg_r = read ? tag : never(slot);
  e.neg_w = write ? tag : never(slot);
  e.page = page;
  e.gpa = gpa & ~uint64_t{0xFFF};
  if ((state_[slot] & kFilled) == 0) log_.push_back(uint16_t(slot));
  state_[slot] = uint8_t(kFilled | (global ? kGlobal : 0) | (large ? kLarge : 0));
  has_large_ = has_large_ || large;
}

void Tlb::flush(bool with_global) {
  log_item(LogItem::mmu, "TLB flush, {} entries{}\n", log_.size(), with_global ? " and global ones" : "");
  size_t kept = 0;
  for (uint16_t const slot : log_) {
    if (!with_global && (state_[slot] & kGlobal)) {
      log_[kept++] = slot;
      continue;
    }
    clear(slot);
    state_[slot] = 0;
  }
  log_.resize(kept);
  if (kept == 0) has_large_ = false;
}

void Tlb::flush_page(uint64_t lin) {
  log_item(LogItem::mmu, "TLB flush of page {:x}\n", lin);
  unsigned const slot = index(lin);
  clear(slot);
  // The page may be a piece of a larger one, whose other pieces go with it.
  if (!has_large_) return;
  constexpr uint64_t kRegion = ~((uint64_t{1} << 30) - 1);
  for (uint16_t const s : log_) {
    TlbEntry const& e = entries_[s];
    uint64_t const tag = e.neg_r != never(s) ? e.neg_r : e.neg_w;
    if ((state_[s] & kLarge) && ((0 - tag) & kRegion) == (lin & kRegion)) clear(s);
  }
}

void Tlb::forbid_writes(uint64_t gpa) {
  for (uint16_t const slot : log_) {
    TlbEntry& e = entries_[slot];
    if (e.gpa == (gpa & ~uint64_t{0xFFF})) e.neg_w = never(slot);
  }
}

}  // namespace mullion::x86
