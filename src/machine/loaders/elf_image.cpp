// Parsing of ELF files.
// SPDX-License-Identifier: Apache-2.0
#include "machine/loaders/elf_image.hpp"

#include "base/bytes.hpp"
#include "base/checked.hpp"
#include "machine/memory_map.hpp"

#include <algorithm>

namespace mullion {
namespace {

constexpr uint32_t kPtLoad = 1, kPtNote = 4;
constexpr uint16_t kEm386 = 3, kEmX86_64 = 62;
constexpr uint32_t kXenPhys32Entry = 18;
constexpr unsigned kMaxSegments = 256;
constexpr uint64_t kMaxNotes = kMiB;

struct Segment {
  uint32_t type = 0;
  uint64_t offset = 0;
  uint64_t virtual_address = 0;
  uint64_t physical_address = 0;
  uint64_t file_size = 0;
  uint64_t memory_size = 0;
  uint64_t alignment = 0;
};

struct Header {
  bool is_64bit = false;
  uint64_t entry = 0;
  uint64_t segments_offset = 0;
  uint16_t segment_size = 0;
  uint16_t segment_count = 0;
};

tl::unexpected<Error> refuse(const std::string& name, const std::string& why) {
  return failure("cannot boot the kernel '{}': {}", name, why);
}

Result<Header> parse_header(const std::vector<uint8_t>& head, const std::string& name) {
  Header h;
  h.is_64bit = head.size() > 4 && head[4] == 2;
  if (head.size() < (h.is_64bit ? 64u : 52u)) return refuse(name, "the ELF header is truncated");
  if (head[5] != 1) return refuse(name, "it is a big-endian ELF file; x86 is little-endian");
  const auto machine = load_le<uint16_t>(&head[18]);
  if (machine != kEm386 && machine != kEmX86_64) {
    return refuse(name, fmt::format("it is an ELF file for another processor (machine {}); an x86 kernel is needed", machine));
  }
  if (h.is_64bit) {
    h.entry = load_le<uint64_t>(&head[24]);
    h.segments_offset = load_le<uint64_t>(&head[32]);
    h.segment_size = load_le<uint16_t>(&head[54]);
    h.segment_count = load_le<uint16_t>(&head[56]);
  } else {
    h.entry = load_le<uint32_t>(&head[24]);
    h.segments_offset = load_le<uint32_t>(&head[28]);
    h.segment_size = load_le<uint16_t>(&head[42]);
    h.segment_count = load_le<uint16_t>(&head[44]);
  }
  if (h.segment_count == 0 || h.segment_count > kMaxSegments || h.segment_size < (h.is_64bit ? 56u : 32u)) {
    return refuse(name, fmt::format("its ELF program header table ({} entries of {} bytes) makes no sense; is it an object file?",
                                    h.segment_count, h.segment_size));
  }
  return h;
}

Segment parse_segment(const uint8_t* at, bool is_64bit) {
  if (is_64bit) {
    return {load_le<uint32_t>(at),      load_le<uint64_t>(at + 8),  load_le<uint64_t>(at + 16),
            load_le<uint64_t>(at + 24), load_le<uint64_t>(at + 32), load_le<uint64_t>(at + 40),
            load_le<uint64_t>(at + 48)};
  }
  return {load_le<uint32_t>(at),      load_le<uint32_t>(at + 4),  load_le<uint32_t>(at + 8), load_le<uint32_t>(at + 12),
          load_le<uint32_t>(at + 16), load_le<uint32_t>(at + 20), load_le<uint32_t>(at + 28)};
}

Result<std::vector<Segment>> parse_segments(const Blob& file, const Header& h, const std::string& name) {
  const uint64_t table_size = uint64_t{h.segment_size} * h.segment_count;
  if (!in_range(h.segments_offset, table_size, file.size())) {
    return refuse(name, "its ELF program headers lie beyond the end of the file; it is truncated");
  }
  std::vector<uint8_t> table(static_cast<size_t>(table_size));
  if (!file.read(h.segments_offset, table)) return refuse(name, "the file cannot be read");
  std::vector<Segment> segments;
  for (unsigned i = 0; i < h.segment_count; ++i) {
    const auto s = parse_segment(table.data() + size_t{i} * h.segment_size, h.is_64bit);
    if (s.type != kPtLoad && s.type != kPtNote) continue;
    if (!in_range(s.offset, s.file_size, file.size())) {
      return refuse(name, fmt::format("its ELF segment {} lies beyond the end of the file; it is truncated", i));
    }
    if (s.type == kPtLoad && s.file_size > s.memory_size) {
      return refuse(name, fmt::format("its ELF segment {} is larger in the file than in memory", i));
    }
    segments.push_back(s);
  }
  return segments;
}

// A note: name size, description size, type; then both, padded to four bytes (eight if the segment says so).
std::optional<uint32_t> find_pvh_entry(const Blob& file, const Segment& segment) {
  std::vector<uint8_t> notes(static_cast<size_t>(std::min(segment.file_size, kMaxNotes)));
  if (!file.read(segment.offset, notes)) return std::nullopt;
  const uint64_t alignment = segment.alignment == 8 ? 8 : 4;
  for (uint64_t at = 0; in_range(at, 12, notes.size());) {
    const uint64_t name_size = load_le<uint32_t>(&notes[at]);
    const uint64_t value_size = load_le<uint32_t>(&notes[at + 4]);
    const auto type = load_le<uint32_t>(&notes[at + 8]);
    const uint64_t name_at = at + 12;
    const uint64_t value_at = align_up(name_at + name_size, alignment);
    if (!in_range(value_at, value_size, notes.size())) return std::nullopt;
    const bool xen = name_size == 4 && load_le<uint32_t>(&notes[name_at]) == 0x006e6558;  // "Xen"
    if (xen && type == kXenPhys32Entry && value_size >= 4) return load_le<uint32_t>(&notes[value_at]);
    at = align_up(value_at + value_size, alignment);
  }
  return std::nullopt;
}

// The entry is a virtual address in kernels that give both; the program headers say how to translate it.
uint64_t physical_entry(uint64_t entry, const std::vector<Segment>& segments) {
  for (const auto& s : segments) {
    if (s.type != kPtLoad || entry < s.virtual_address || entry - s.virtual_address >= s.memory_size) continue;
    return entry - s.virtual_address + s.physical_address;
  }
  return entry;
}

}  // namespace

bool is_elf(std::span<const uint8_t> head) {
  return head.size() >= 6 && load_le<uint32_t>(head.data()) == 0x464c457f && (head[4] == 1 || head[4] == 2);
}

Result<ElfImage> parse_elf(const BlobPtr& file, const std::string& name, uint64_t limit) {
  const auto header = parse_header(blob_head(*file, 64), name);
  if (!header) return tl::unexpected(header.error());
  const auto segments = parse_segments(*file, *header, name);
  if (!segments) return tl::unexpected(segments.error());

  ElfImage image;
  image.is_64bit = header->is_64bit;
  image.entry = physical_entry(header->entry, *segments);
  uint64_t lowest = ~uint64_t{0};
  uint64_t end = 0;
  for (const auto& s : *segments) {
    if (s.type == kPtNote) {
      if (const auto entry = find_pvh_entry(*file, s)) image.pvh_entry = entry;
    } else if (s.memory_size != 0) {
      if (!in_range(s.physical_address, s.memory_size, limit)) {
        return refuse(name, fmt::format("its ELF segment at {:#x} of {:#x} bytes does not fit into the guest's RAM of {} MiB; "
                                        "give it more with -m",
                                        s.physical_address, s.memory_size, limit / kMiB));
      }
      lowest = std::min(lowest, s.physical_address);
      end = std::max(end, s.physical_address + s.memory_size);
    }
  }
  if (end == 0) return refuse(name, "the ELF file has nothing to load");
  std::vector<BlobPart> parts;
  for (const auto& s : *segments) {
    if (s.type == kPtLoad && s.file_size != 0) {
      parts.push_back({s.physical_address - lowest, slice_blob(file, s.offset, s.file_size)});
    }
  }
  image.gpa = lowest;
  image.content = image_blob(end - lowest, std::move(parts));
  return image;
}

}  // namespace mullion
