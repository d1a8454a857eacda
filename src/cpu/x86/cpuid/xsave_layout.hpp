// Where each state component lies in an XSAVE area.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>

namespace mullion::x86 {

// SDM vol. 1 §13.4-13.5. Standard-format offsets are those of Intel's processors; CPUID leaf 0xD reports them.
struct XsaveComponent {
  uint16_t size = 0;    // 0: this processor never has it
  uint16_t offset = 0;  // in the standard format
  bool supervisor = false;
  bool aligned = false;  // to 64 bytes in the compacted format
};

inline constexpr uint32_t kXsaveLegacySize = 576;  // legacy region and header

inline constexpr std::array<XsaveComponent, 10> kXsaveComponents{{
    {.size = 160, .offset = 0},     // 0: x87
    {.size = 256, .offset = 160},   // 1: SSE
    {.size = 256, .offset = 576},   // 2: upper halves of YMM0-15
    {},                             // 3: MPX
    {},                             // 4: MPX
    {.size = 64, .offset = 1088},   // 5: opmask
    {.size = 512, .offset = 1152},  // 6: upper halves of ZMM0-15
    {.size = 1024, .offset = 1664}, // 7: ZMM16-31
    {},                             // 8: processor trace
    {.size = 8, .offset = 2688},    // 9: PKRU
}};

// Size of an area that holds `components` in the standard format.
constexpr uint32_t xsave_standard_size(uint64_t components) {
  uint32_t end = kXsaveLegacySize;
  for (unsigned n = 2; n < kXsaveComponents.size(); ++n) {
    uint32_t const top = uint32_t{kXsaveComponents[n].offset} + kXsaveComponents[n].size;
    if ((components >> n) & 1 && top > end) end = top;
  }
  return end;
}

// Offset of component `n` >= 2 in the compacted format of an area whose XCOMP_BV is `components`.
constexpr uint32_t xsave_compacted_offset(uint64_t components, unsigned n) {
  uint32_t at = kXsaveLegacySize;
  for (unsigned m = 2; m < kXsaveComponents.size(); ++m) {
    if (!((components >> m) & 1)) continue;
    if (kXsaveComponents[m].aligned) at = (at + 63) & ~uint32_t{63};
    if (m == n) return at;
    at += kXsaveComponents[m].size;
  }
  return at;
}

// Size of that area.
constexpr uint32_t xsave_compacted_size(uint64_t components) {
  return xsave_compacted_offset(components, unsigned(kXsaveComponents.size()));
}

}  // namespace mullion::x86
