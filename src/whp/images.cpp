// XSAVE images and APIC pages.
// SPDX-License-Identifier: Apache-2.0
#include "whp/images.hpp"

#include "cpu/x86/cpuid/xsave_layout.hpp"
#include "cpu/x86/native/x87_state.hpp"

#include <cstring>

namespace mullion::whp {
namespace {

using namespace x86;

constexpr uint64_t kCompacted = uint64_t{1} << 63;
constexpr unsigned kHeader = 512, kXmm = 160;

struct Part {
  unsigned first, count, from, size;  // of the vector registers
};
Part part_of(unsigned component) {
  switch (component) {
    case 1: return {0, 16, 0, 16};
    case 2: return {0, 16, 16, 16};
    case 6: return {0, 16, 32, 32};
    case 7: return {16, 16, 0, 64};
    default: return {};
  }
}

void put_component(const ArchState& st, unsigned n, uint8_t* to) {
  if (n == 5) std::memcpy(to, st.k.data(), 64);
  if (n == 9) std::memcpy(to, &st.pkru, 4);
  Part const p = part_of(n);
  for (unsigned r = 0; r < p.count; ++r) std::memcpy(to + r * p.size, st.zmm[p.first + r].bytes.data() + p.from, p.size);
}

// Null: the initial configuration.
void take_component(ArchState& st, unsigned n, const uint8_t* from) {
  static constexpr uint8_t kZero[1024] = {};
  if (from == nullptr) from = kZero;
  if (n == 5) std::memcpy(st.k.data(), from, 64);
  if (n == 9) std::memcpy(&st.pkru, from, 4);
  Part const p = part_of(n);
  for (unsigned r = 0; r < p.count; ++r) std::memcpy(st.zmm[p.first + r].bytes.data() + p.from, from + r * p.size, p.size);
}

}  // namespace

uint32_t xsave_image_size(const CpuModel& model) { return xsave_compacted_size(model.xcr0_valid()); }

std::vector<uint8_t> xsave_image(const CpuModel& model, const ArchState& st) {
  uint64_t const all = model.xcr0_valid() | XCR0_X87 | XCR0_SSE;
  std::vector<uint8_t> image(xsave_image_size(model));
  std::memcpy(image.data(), &st.x87, sizeof st.x87);
  put_component(st, 1, image.data() + kXmm);
  uint64_t const header[2] = {all, kCompacted | all};
  std::memcpy(image.data() + kHeader, header, sizeof header);
  for (unsigned n = 2; n < kXsaveComponents.size(); ++n) {
    if ((all >> n) & 1) put_component(st, n, image.data() + xsave_compacted_offset(all, n));
  }
  return image;
}

bool load_xsave_image(const CpuModel& model, ArchState& st, std::span<const uint8_t> image) {
  if (image.size() != xsave_image_size(model)) return false;
  uint64_t const all = model.xcr0_valid() | XCR0_X87 | XCR0_SSE;
  uint64_t header[8];
  std::memcpy(header, image.data() + kHeader, sizeof header);
  bool const compacted = (header[1] & kCompacted) != 0;
  uint64_t const layout = compacted ? header[1] & ~kCompacted : all;
  uint64_t const present = header[0];
  if ((layout & ~all) != 0 || (present & ~layout) != 0 || (!compacted && header[1] != 0)) return false;
  uint32_t const needed = compacted ? xsave_compacted_size(layout) : xsave_standard_size(present);
  if (needed > image.size()) return false;
  X87State x87;
  std::memcpy(&x87, image.data(), sizeof x87);
  uint32_t const mxcsr = x87.mxcsr;
  if ((mxcsr & ~st.x87.mxcsr_mask) != 0) return false;
  if (!(present & XCR0_X87)) x87 = X87State{};
  x87.mxcsr = (present & (XCR0_SSE | XCR0_AVX)) ? mxcsr : 0x1F80;
  x87.mxcsr_mask = st.x87.mxcsr_mask;
  native::x87_normalise(x87);
  st.x87 = x87;
  take_component(st, 1, (present & XCR0_SSE) ? image.data() + kXmm : nullptr);
  for (unsigned n = 2; n < kXsaveComponents.size(); ++n) {
    if (!((all >> n) & 1)) continue;
    uint32_t const at = compacted ? xsave_compacted_offset(layout, n) : uint32_t{kXsaveComponents[n].offset};
    take_component(st, n, ((present >> n) & 1) ? image.data() + at : nullptr);
  }
  return true;
}

// --- the local APIC ---------------------------------------------------------------------------------------------------

namespace {

constexpr uint16_t kPlain[] = {APIC_ID, APIC_VERSION, APIC_TPR, APIC_PPR, APIC_LDR, APIC_DFR, APIC_SVR, APIC_ESR,
                               APIC_ICR_LOW, APIC_ICR_HIGH, APIC_LVT_TIMER, APIC_LVT_THERMAL, APIC_LVT_PERF,
                               APIC_LVT_LINT0, APIC_LVT_LINT1, APIC_LVT_ERROR, APIC_INITIAL_COUNT, APIC_CURRENT_COUNT,
                               APIC_DIVIDE};

}  // namespace

ApicPage apic_page(LocalApic& apic) {
  ApicPage page{};
  for (uint16_t const offset : kPlain) page[offset / 4] = apic.read(offset);
  LocalApicState const s = apic.save();
  for (unsigned n = 0; n < 8; ++n) {
    page[(APIC_ISR + 16 * n) / 4] = s.isr[n];
    page[(APIC_TMR + 16 * n) / 4] = s.tmr[n];
    page[(APIC_IRR + 16 * n) / 4] = s.irr[n];
  }
  return page;
}

void load_apic_page(LocalApic& apic, const ApicPage& page, uint64_t now_ns) {
  LocalApicState s = apic.save();
  bool const x2apic = (s.base & APIC_BASE_X2APIC) != 0;
  if (!x2apic) {
    s.xapic_id = uint8_t(page[APIC_ID / 4] >> 24);
    s.ldr = page[APIC_LDR / 4] & 0xFF000000;
    s.dfr = page[APIC_DFR / 4] | 0x0FFFFFFF;
  }
  s.tpr = uint8_t(page[APIC_TPR / 4]);
  s.svr = page[APIC_SVR / 4] & 0x11FF;
  s.esr = page[APIC_ESR / 4];
  s.icr = page[APIC_ICR_LOW / 4] | uint64_t{page[APIC_ICR_HIGH / 4]} << 32;
  for (unsigned n = 0; n < kLvtCount; ++n) s.lvt[n] = page[(APIC_LVT_TIMER + 16 * n) / 4];
  s.divide = page[APIC_DIVIDE / 4] & 0xB;
  for (unsigned n = 0; n < 8; ++n) {
    s.isr[n] = page[(APIC_ISR + 16 * n) / 4];
    s.tmr[n] = page[(APIC_TMR + 16 * n) / 4];
    s.irr[n] = page[(APIC_IRR + 16 * n) / 4];
  }
  s.initial_count = page[APIC_INITIAL_COUNT / 4];
  uint32_t const current = page[APIC_CURRENT_COUNT / 4];
  unsigned const code = ((s.divide >> 1) & 4) | (s.divide & 3);
  uint64_t const divisor = code == 7 ? 1 : uint64_t{2} << code;
  uint64_t const left = current != 0 ? current : s.initial_count;
  bool const deadline_mode = ((s.lvt[kLvtTimer] >> 17) & 3) == 2;
  bool const runs = current != 0 || ((s.lvt[kLvtTimer] >> 17) & 3) == 1;
  if (!deadline_mode) s.deadline_ns = runs && s.initial_count != 0 ? now_ns + left * divisor : 0;  // 1 GHz
  apic.restore(s);
}

}  // namespace mullion::whp
