// Encoding of SMBIOS 2.8 structures.
// SPDX-License-Identifier: Apache-2.0
#include "machine/smbios.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>

namespace mullion {
namespace {

// Source document: DMTF DSP0134, sections 5.2.1 (anchor) and 7 (structures).
class Tables final {
 public:
  void begin(uint8_t type, uint16_t handle) {
    start_ = bytes_.size();
    strings_.clear();
    bytes_.push_back(type);
    bytes_.push_back(0);
    u16(handle);
  }
  void u8(unsigned value) { bytes_.push_back(static_cast<uint8_t>(value)); }
  void u16(unsigned value) { little(value, 2); }
  void u32(uint32_t value) { little(value, 4); }
  void u64(uint64_t value) { little(value, 8); }
  void text(std::string_view text) {
    strings_.emplace_back(text);
    u8(static_cast<unsigned>(strings_.size()));
  }
  void uuid(const std::array<uint8_t, 16>& id) {
    // The first three fields are little-endian.
    for (const size_t i : {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15}) bytes_.push_back(id[i]);
  }
  void end() {
    bytes_[start_ + 1] = static_cast<uint8_t>(bytes_.size() - start_);
    for (const auto& text : strings_) {
      bytes_.insert(bytes_.end(), text.begin(), text.end());
      bytes_.push_back(0);
    }
    if (strings_.empty()) bytes_.push_back(0);
    bytes_.push_back(0);
    largest_ = std::max(largest_, bytes_.size() - start_);
    ++count_;
  }
  const std::vector<uint8_t>& bytes() const { return bytes_; }
  size_t largest() const { return largest_; }
  unsigned count() const { return count_; }

 private:
  void little(uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i) bytes_.push_back(static_cast<uint8_t>(value >> (8 * i)));
  }
  std::vector<uint8_t> bytes_;
  std::vector<std::string> strings_;
  size_t start_ = 0;
  size_t largest_ = 0;
  unsigned count_ = 0;
};

constexpr uint16_t kMemoryArray = 0x1000, kNoError = 0xfffe;

void add_system(Tables& t, const SmbiosDescription& m) {
  t.begin(1, 0x100);
  t.text("Mullion");
  t.text(m.product);
  t.text(m.version);
  t.u8(0);
  t.uuid(m.uuid);
  t.u8(6);  // woken by the power switch
  t.u16(0);
  t.end();
}

void add_chassis(Tables& t, const SmbiosDescription& m) {
  t.begin(3, 0x300);
  t.text("Mullion");
  t.u8(1);  // other
  t.text(m.version);
  t.u16(0);
  for (const unsigned state : {3, 3, 3, 2}) t.u8(state);  // safe, safe, safe; security unknown
  t.u32(0);
  for (int i = 0; i < 5; ++i) t.u8(0);
  t.end();
}

void add_processor(Tables& t, const SmbiosDescription& m) {
  t.begin(4, 0x400);
  t.text("CPU 0");
  t.u8(3);  // central processor
  t.u8(1);  // family: other
  t.text("Mullion");
  t.u64(0);
  t.text(m.version);
  t.u8(0);
  for (const unsigned mhz : {0, 2000, 2000}) t.u16(mhz);
  t.u8(0x41);  // populated, enabled
  t.u8(1);
  for (int cache = 0; cache < 3; ++cache) t.u16(0xffff);
  for (int i = 0; i < 3; ++i) t.u8(0);
  for (int i = 0; i < 3; ++i) t.u8(std::min(m.cpus, 255u));
  t.u16(2);  // characteristics unknown
  t.u16(1);
  t.end();
}

void add_memory(Tables& t, const SmbiosDescription& m) {
  const uint64_t bytes = m.ram.below_4g + m.ram.above_4g;
  t.begin(16, kMemoryArray);
  for (const unsigned value : {1, 3, 3}) t.u8(value);  // other, system memory, no ECC
  t.u32(static_cast<uint32_t>(std::min<uint64_t>(bytes / 1024, 0x80000000)));
  t.u16(kNoError);
  t.u16(1);
  t.u64(bytes);
  t.end();

  t.begin(17, 0x1100);
  for (const unsigned value : {unsigned{kMemoryArray}, unsigned{kNoError}, 0xffffu, 0xffffu}) t.u16(value);
  t.u16(static_cast<unsigned>(std::min<uint64_t>(bytes / kMiB, 0x7fff)));
  t.u8(9);  // DIMM
  t.u8(0);
  t.text("DIMM 0");
  t.u8(0);
  t.u8(7);  // RAM
  t.u16(2);
  t.u16(0);
  for (int i = 0; i < 5; ++i) t.u8(0);
  t.u32(static_cast<uint32_t>(bytes / kMiB));
  for (int i = 0; i < 4; ++i) t.u16(0);
  t.end();

  const auto mapped = [&](uint16_t handle, uint64_t first, uint64_t size) {
    t.begin(19, handle);
    t.u32(0xffffffff);  // the extended fields hold
    t.u32(0xffffffff);
    t.u16(kMemoryArray);
    t.u8(1);
    t.u64(first);
    t.u64(first + size - 1);
    t.end();
  };
  mapped(0x1300, 0, m.ram.below_4g);
  if (m.ram.above_4g != 0) mapped(0x1301, kFourGiB, m.ram.above_4g);
}

uint8_t checksum(const uint8_t* first, size_t length) {
  return static_cast<uint8_t>(-std::accumulate(first, first + length, 0u));
}

}  // namespace

SmbiosFiles build_smbios(const SmbiosDescription& machine) {
  Tables t;
  add_system(t, machine);
  add_chassis(t, machine);
  add_processor(t, machine);
  add_memory(t, machine);
  t.begin(32, 0x2000);  // no errors at boot
  for (int i = 0; i < 7; ++i) t.u8(0);
  t.end();
  t.begin(127, 0x7f00);
  t.end();

  constexpr std::string_view kAnchor{"_SM_"}, kIntermediate{"_DMI_"};
  std::vector<uint8_t> anchor(31);
  std::copy(kAnchor.begin(), kAnchor.end(), anchor.begin());
  std::copy(kIntermediate.begin(), kIntermediate.end(), anchor.begin() + 16);
  anchor[5] = 31;
  anchor[6] = 2;
  anchor[7] = 8;
  store_le<uint16_t>(&anchor[8], static_cast<uint16_t>(t.largest()));
  store_le<uint16_t>(&anchor[22], static_cast<uint16_t>(t.bytes().size()));
  store_le<uint16_t>(&anchor[28], static_cast<uint16_t>(t.count()));
  anchor[30] = 0x28;
  anchor[21] = checksum(&anchor[16], 15);
  anchor[4] = checksum(anchor.data(), 31);
  return {t.bytes(), std::move(anchor)};
}

}  // namespace mullion
