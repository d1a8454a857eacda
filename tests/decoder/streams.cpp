// Byte strings to decode: random ones shaped like instructions, and the code of installed programs.
// SPDX-License-Identifier: Apache-2.0
#include "decoder/streams.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace mullion::test {

Bytes random_instruction(Random& random, x86::CodeSize code) {
  static constexpr uint8_t kPrefixes[] = {0x66, 0x67, 0xF0, 0xF2, 0xF3, 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65};
  Bytes b;
  for (uint8_t& x : b) x = uint8_t(random.next());
  unsigned n = 0;
  unsigned const map = random.below(12);
  bool const vector = map >= 6;
  if (unsigned const r = random.below(16); r < (vector ? 2u : 9u)) {
    unsigned const prefixes = 1 + (r == 0 ? random.below(4) : 0);
    for (unsigned k = 0; k < prefixes; ++k) b[n++] = kPrefixes[random.below(sizeof kPrefixes)];
  }
  if (code == x86::CodeSize::k64 && !vector && random.below(3) == 0) b[n++] = uint8_t(0x40 | random.below(16));
  uint8_t const mode_bits = code == x86::CodeSize::k64 ? 0 : 0xC0;
  switch (map) {
    case 0: break;
    case 1: case 2: b[n++] = 0x0F; break;
    case 3: case 4: b[n++] = 0x0F; b[n++] = 0x38; break;
    case 5: b[n++] = 0x0F; b[n++] = 0x3A; break;
    case 6: b[n++] = 0xC5; b[n] |= mode_bits; if (random.below(2)) b[n] |= 0x78; ++n; break;
    case 7: case 8:
      b[n++] = 0xC4;
      b[n] = uint8_t((b[n] & 0xE0) | mode_bits | (random.below(16) ? 1 + random.below(3) : random.below(32)));
      if (random.below(2)) b[n + 1] |= 0x78;
      n += 2;
      break;
    default:
      b[n++] = 0x62;
      b[n] = uint8_t((b[n] & 0xF0) | mode_bits | (random.below(16) ? 1 + random.below(6) : random.below(16)));
      if (random.below(16)) b[n + 1] |= 4;
      if (random.below(2)) b[n + 1] |= 0x78;
      if (random.below(2)) b[n + 2] &= 0x7F;
      if (random.below(2)) b[n + 2] |= 8;
      n += 3;
      break;
  }
  return b;
}

std::vector<std::vector<uint8_t>> code_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<uint8_t> const image{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::vector<uint8_t>> out;
  auto at = [&](uint64_t offset, unsigned size) {
    uint64_t v = 0;
    if (offset <= image.size() && image.size() - offset >= size) std::memcpy(&v, &image[offset], size);
    return v;
  };
  if (image.size() < 64 || std::memcmp(image.data(), "\x7f" "ELF\x02\x01", 6) != 0 || at(18, 2) != 62) return out;
  uint64_t const table = at(40, 8);
  for (unsigned k = 0; k < at(60, 2); ++k) {
    uint64_t const header = table + k * at(58, 2);
    uint64_t const offset = at(header + 24, 8);
    uint64_t const size = at(header + 32, 8);
    bool const code = at(header + 4, 4) == 1 && (at(header + 8, 8) & 4);  // PROGBITS, EXECINSTR
    if (!code || offset > image.size() || image.size() - offset < size) continue;
    out.emplace_back(image.begin() + ptrdiff_t(offset), image.begin() + ptrdiff_t(offset + size));
  }
  return out;
}

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> out;
  std::error_code error;
  for (auto const& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.is_regular_file(error) && !entry.is_symlink(error)) out.push_back(entry.path().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace mullion::test
