// Dispatch in memory space by a sorted list of ranges without overlaps.
// SPDX-License-Identifier: Apache-2.0
#include "bus/mmio_bus.hpp"

#include "base/log.hpp"

#include <algorithm>

namespace mullion {
namespace {

TraceEvent trace_mmio_read{"mmio_read", "a read from device memory, with the answer"};
TraceEvent trace_mmio_write{"mmio_write", "a write to device memory"};
TraceEvent trace_mmio_unassigned{"mmio_unassigned", "an access to memory where nobody answers"};

}  // namespace

MmioBus::Handle MmioBus::map(const MmioRange& range, MmioTarget& target) {
  auto slot = std::find_if(entries_.begin(), entries_.end(), [](const Entry& e) { return e.target == nullptr; });
  if (slot == entries_.end()) slot = entries_.emplace(entries_.end());
  *slot = {range, &target, next_order_++};
  const auto handle = static_cast<Handle>(slot - entries_.begin());
  rebuild();
  return handle;
}

void MmioBus::unmap(Handle handle) {
  if (handle >= entries_.size()) return;
  entries_[handle] = {};
  rebuild();
}

// Cuts all ranges at all edges and gives each piece to the strongest range that covers it.
void MmioBus::rebuild() {
  std::vector<uint64_t> edges;
  for (const Entry& e : entries_) {
    if (e.target == nullptr || e.range.size == 0) continue;
    edges.push_back(e.range.base);
    const uint64_t last = std::min(e.range.size - 1, ~e.range.base) + e.range.base;
    if (last != ~uint64_t{0}) edges.push_back(last + 1);
  }
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  flat_.clear();
  last_hit_ = 0;
  for (size_t i = 0; i < edges.size(); ++i) {
    const uint64_t first = edges[i];
    const uint64_t last = i + 1 < edges.size() ? edges[i + 1] - 1 : ~uint64_t{0};
    const Entry* best = nullptr;
    for (const Entry& e : entries_) {
      if (e.target == nullptr || first < e.range.base || first - e.range.base >= e.range.size) continue;
      if (best == nullptr || e.range.priority > best->range.priority ||
          (e.range.priority == best->range.priority && e.order > best->order)) {
        best = &e;
      }
    }
    if (best == nullptr) continue;
    const auto index = static_cast<uint32_t>(best - entries_.data());
    if (!flat_.empty() && flat_.back().entry == index && flat_.back().last + 1 == first) {
      flat_.back().last = last;
    } else {
      flat_.push_back({first, last, index});
    }
  }
}

const MmioBus::Span* MmioBus::find(uint64_t gpa) {
  if (last_hit_ < flat_.size() && gpa >= flat_[last_hit_].first && gpa <= flat_[last_hit_].last) {
    return &flat_[last_hit_];
  }
  auto after = std::upper_bound(flat_.begin(), flat_.end(), gpa, [](uint64_t a, const Span& s) { return a < s.first; });
  if (after == flat_.begin()) return nullptr;
  --after;
  if (gpa > after->last) return nullptr;
  last_hit_ = static_cast<size_t>(after - flat_.begin());
  return &*after;
}

// The widest naturally aligned access at `gpa` that the device takes whole.
unsigned MmioBus::part_size(const Span* span, uint64_t gpa, unsigned left) const {
  if (span == nullptr) return 1;
  unsigned size = 8;
  const unsigned most = std::min(left, entries_[span->entry].range.max_size);
  while (size > most || (gpa & (size - 1)) != 0 || span->last - gpa < size - 1) size /= 2;
  return size;
}

uint64_t MmioBus::read_part(const Span& span, uint64_t gpa, unsigned size) {
  const Entry& e = entries_[span.entry];
  const uint64_t offset = gpa - e.range.base;
  if (size >= e.range.min_size) {
    const IoRead answer = e.target->mmio_read(offset, size);
    return answer.status == IoStatus::ok ? answer.value & all_ones(size) : all_ones(size);
  }
  const uint64_t whole = offset & ~uint64_t{e.range.min_size - 1};
  const IoRead answer = e.target->mmio_read(whole, e.range.min_size);
  return answer.status == IoStatus::ok ? (answer.value >> ((offset - whole) * 8)) & all_ones(size) : all_ones(size);
}

void MmioBus::write_part(const Span& span, uint64_t gpa, unsigned size, uint64_t value) {
  const Entry& e = entries_[span.entry];
  e.target->mmio_write(gpa - e.range.base, size, value & all_ones(size));
}

uint64_t MmioBus::read(uint64_t gpa, unsigned size) {
  uint64_t value = 0;
  for (unsigned done = 0; done < size;) {
    const Span* span = find(gpa + done);
    const unsigned part = part_size(span, gpa + done, size - done);
    if (span == nullptr) trace(trace_mmio_unassigned, "read {:#x} size {}", gpa + done, part);
    value |= (span == nullptr ? all_ones(part) : read_part(*span, gpa + done, part)) << (done * 8);
    done += part;
  }
  trace(trace_mmio_read, "{:#x} size {} value {:#x}", gpa, size, value);
  return value;
}

void MmioBus::write(uint64_t gpa, unsigned size, uint64_t value) {
  trace(trace_mmio_write, "{:#x} size {} value {:#x}", gpa, size, value);
  for (unsigned done = 0; done < size;) {
    const Span* span = find(gpa + done);
    const unsigned part = part_size(span, gpa + done, size - done);
    if (span == nullptr) {
      trace(trace_mmio_unassigned, "write {:#x} size {}", gpa + done, part);
    } else {
      write_part(*span, gpa + done, part, value >> (done * 8));
    }
    done += part;
  }
}

}  // namespace mullion
