// Selection, byte-wise reading and DMA of firmware configuration items.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/fw_cfg/fw_cfg.hpp"

#include "base/bytes.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <array>

namespace mullion {
namespace {
using namespace fw_cfg;

class BytesSource final : public FwCfgSource {
 public:
  explicit BytesSource(std::vector<uint8_t> bytes) : bytes_(std::move(bytes)) {}
  uint32_t size() const override { return static_cast<uint32_t>(bytes_.size()); }
  bool read(uint32_t offset, std::span<uint8_t> to) const override {
    std::copy_n(bytes_.begin() + offset, to.size(), to.begin());
    return true;
  }

 private:
  std::vector<uint8_t> bytes_;
};

template <class T>
std::vector<uint8_t> little(T value) {
  std::vector<uint8_t> bytes(sizeof value);
  store_le<T>(bytes.data(), value);
  return bytes;
}

constexpr size_t kChunk = 65536;

}  // namespace

std::unique_ptr<FwCfgSource> fw_cfg_bytes(std::vector<uint8_t> bytes) {
  return std::make_unique<BytesSource>(std::move(bytes));
}

FwCfg::FwCfg(GuestMemory& memory) : memory_(memory) {
  add_bytes(kSignature, {'Q', 'E', 'M', 'U'});
  add_u32(kId, 3);
  rebuild_directory();
}

void FwCfg::reset() {
  selected_ = 0;
  offset_ = 0;
  dma_high_ = 0;
}

namespace {
struct Fields {
  uint16_t selected = 0;
  uint32_t offset = 0;
  uint32_t dma_high = 0;
};
template <class Archive, class S>
void fields(Archive& ar, S& s) {
  ar.field(1, s.selected);
  ar.field(2, s.offset);
  ar.field(3, s.dma_high);
}
}  // namespace

void FwCfg::save(StateWriter& writer) const {
  const Fields saved{selected_, offset_, dma_high_};
  fields(writer, saved);
}

Result<void> FwCfg::restore(StateReader& reader) {
  Fields saved{selected_, offset_, dma_high_};
  fields(reader, saved);
  if (auto good = reader.finish(); !good) return good;
  selected_ = saved.selected;
  offset_ = saved.offset;
  dma_high_ = saved.dma_high;
  return {};
}

void FwCfg::add(uint16_t key, std::unique_ptr<FwCfgSource> source) { items_[key] = std::move(source); }
void FwCfg::add_u16(uint16_t key, uint16_t value) { add_bytes(key, little(value)); }
void FwCfg::add_u32(uint16_t key, uint32_t value) { add_bytes(key, little(value)); }
void FwCfg::add_u64(uint16_t key, uint64_t value) { add_bytes(key, little(value)); }

Result<void> FwCfg::add_file(std::string_view file, std::unique_ptr<FwCfgSource> source) {
  if (file.empty() || file.size() >= kMaxFileName) {
    return failure("fw_cfg: the file name '{}' has {} characters; it needs 1 to {}", file, file.size(),
                   kMaxFileName - 1);
  }
  if (files_.contains(file)) return failure("fw_cfg: there are two files of the name '{}'; remove one", file);
  const auto key = static_cast<uint16_t>(kFileFirst + files_.size());
  files_.emplace(file, key);
  add(key, std::move(source));
  rebuild_directory();
  return {};
}

// u32 count, then an entry of 64 bytes each: u32 size, u16 key, u16 zero, name; all big-endian, by name.
void FwCfg::rebuild_directory() {
  std::vector<uint8_t> directory(4 + files_.size() * 64);
  store_be<uint32_t>(directory.data(), static_cast<uint32_t>(files_.size()));
  size_t at = 4;
  for (const auto& [file, key] : files_) {
    store_be<uint32_t>(directory.data() + at, items_.at(key)->size());
    store_be<uint16_t>(directory.data() + at + 4, key);
    std::copy(file.begin(), file.end(), directory.begin() + static_cast<std::ptrdiff_t>(at) + 8);
    at += 64;
  }
  add_bytes(kFileDir, std::move(directory));
}

void FwCfg::select(uint16_t key) {
  selected_ = key;
  offset_ = 0;
  if (const auto item = items_.find(key); item != items_.end()) item->second->selected();
}

IoRead FwCfg::read_data(uint16_t, unsigned size) {
  if (size != 1) return IoRead::bad_size();
  const auto item = items_.find(selected_);
  if (item == items_.end() || offset_ >= item->second->size()) return IoRead::of(0);
  uint8_t byte = 0;
  (void)item->second->read(offset_++, {&byte, 1});
  return IoRead::of(byte);
}

// Byte writes would change an item, and no item here may be changed.
IoStatus FwCfg::write_selector(uint16_t offset, unsigned size, uint32_t value) {
  if (size == 2 && offset == 0) select(static_cast<uint16_t>(value));
  return IoStatus::ok;
}

IoRead FwCfg::read_dma(uint16_t offset, unsigned size) {
  uint64_t value = 0;  // the signature is big-endian: the byte at the lowest port comes first
  for (unsigned i = 0; i < size; ++i) value |= ((kDmaSignature >> (8 * (7 - offset - i))) & 0xff) << (8 * i);
  return IoRead::of(value);
}

// The register is big-endian; its lower half starts the transfer.
IoStatus FwCfg::write_dma(uint16_t offset, unsigned size, uint32_t value) {
  if (size != 4) return IoStatus::bad_size;
  if (offset == 0) {
    dma_high_ = byte_swap(value);
  } else if (offset == 4) {
    const uint64_t descriptor = uint64_t{dma_high_} << 32 | byte_swap(value);
    dma_high_ = 0;
    run_dma(descriptor);
  } else {
    return IoStatus::bad_size;
  }
  return IoStatus::ok;
}

void FwCfg::run_dma(uint64_t descriptor) {
  struct Raw {
    uint32_t control;
    uint32_t length;
    uint64_t address;
  };
  static_assert(sizeof(Raw) == 16);
  const auto raw = memory_.copy_in<Raw>(descriptor);
  if (!raw) {
    guest_error(name(), "DMA descriptor at {:#x} is not in RAM", descriptor);
    return;
  }
  const uint32_t control = byte_swap(raw->control);
  const uint32_t length = byte_swap(raw->length);
  if (control & kDmaSelect) select(static_cast<uint16_t>(control >> 16));
  bool good = true;
  if (control & kDmaRead) {
    good = transfer(byte_swap(raw->address), length);
  } else if (control & kDmaWrite) {
    good = false;  // no item may be written
  } else if (control & kDmaSkip) {
    offset_ += std::min(length, ~uint32_t{0} - offset_);
  }
  (void)memory_.copy_out<uint32_t>(descriptor, byte_swap(good ? 0u : kDmaError));
}

// Past the item's end the guest gets zeros. The length is bounded by RAM: the first byte that is not stops it.
bool FwCfg::transfer(uint64_t gpa, uint32_t length) {
  const auto item = items_.find(selected_);
  const uint32_t size = item == items_.end() ? 0 : item->second->size();
  const uint32_t there = offset_ < size ? std::min(length, size - offset_) : 0;
  std::vector<uint8_t> chunk(std::min<size_t>(there, kChunk));
  for (uint32_t done = 0; done < there;) {
    const std::span<uint8_t> part{chunk.data(), std::min<size_t>(chunk.size(), there - done)};
    if (!item->second->read(offset_, part) || !memory_.copy_out(gpa + done, part.data(), part.size())) return false;
    done += static_cast<uint32_t>(part.size());
    offset_ += static_cast<uint32_t>(part.size());
  }
  return length == there || memory_.fill(gpa + there, 0, length - there);
}

}  // namespace mullion
