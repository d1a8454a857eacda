// FXSAVE, XSAVE and their relatives (SDM vol. 1 §10.5, chapter 13), MXCSR, EMMS.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sem/xsave.hpp"

#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/cpuid/xsave_layout.hpp"
#include "cpu/x86/native/x87_state.hpp"
#include "cpu/x86/sem/operands.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace mullion::x86::sem {
namespace {

constexpr uint64_t kCompacted = uint64_t{1} << 63;
constexpr unsigned kHeader = 512, kXmmArea = 160, kMxcsrAt = 24;
constexpr uint32_t kMxcsrInit = 0x1F80;

unsigned vector_count(const Insn& i) { return i.code == CodeSize::k64 ? 16 : 8; }

uint32_t mxcsr_reserved(const Cpu& c) { return ~c.st.x87.mxcsr_mask; }

// The legacy x87 area: FIP and FDP are 64 bits with REX.W; without, 32 bits and a selector. Processors that
// deprecate the selectors store zeros for them.
void x87_image(const Cpu& c, const Insn& i, uint8_t* image) {
  X87State x = c.st.x87;
  if (i.opsize != 3) {
    x.fip = uint32_t(x.fip);
    x.fdp = uint32_t(x.fdp);
  }
  for (auto& r : x.st) {
    std::memset(reinterpret_cast<uint8_t*>(&r) + 10, 0, 6);  // SAFETY: the padding of a 16-byte register
  }
  std::memcpy(image, &x, sizeof(x));
}

void load_x87_image(Cpu& c, const Insn& i, const uint8_t* image) {
  X87State x;
  std::memcpy(&x, image, sizeof(x));
  x.mxcsr = c.st.x87.mxcsr;
  x.mxcsr_mask = c.st.x87.mxcsr_mask;
  if (i.opsize != 3) {
    x.fip = uint32_t(x.fip);
    x.fdp = uint32_t(x.fdp);
  }
  native::x87_normalise(x);
  c.st.x87 = x;
}

void init_x87(Cpu& c) {
  native::x87_init(c.st.x87);
  c.st.x87.st = {};
}

// FXSAVE and FXRSTOR leave the XMM registers alone with EFER.FFXSR at CPL 0 in 64-bit code.
bool skips_xmm(const Cpu& c) {
  return (c.st.efer & EFER_FFXSR) && c.code64() && c.st.cpl == 0;
}

// --- components of the XSAVE area ---------------------------------------------------------------------------

bool all_zero(const void* p, size_t size) {
  auto const* b = static_cast<const uint8_t*>(p);
  for (size_t n = 0; n < size; ++n) {
    if (b[n] != 0) return false;
  }
  return true;
}

// Where one register's part of a component lies.
struct Part {
  unsigned first, count, from, size;  // registers first .. first + count - 1, bytes from .. from + size - 1 of each
};
Part part_of(unsigned component, unsigned vectors) {
  switch (component) {
    case 1: return {0, vectors, 0, 16};
    case 2: return {0, vectors, 16, 16};
    case 6: return {0, vectors, 32, 32};
    default: return {16, vectors == 16 ? 16u : 0u, 0, 64};
  }
}

}  // namespace

// XINUSE: whether a component differs from its initial configuration (SDM vol. 1 §13.6).
bool xsave_in_use(const Cpu& c, unsigned component) {
  switch (component) {
    case 0: {
      X87State const& x = c.st.x87;
      return x.fcw != 0x37F || x.fsw != 0 || x.ftw != 0 || x.fop != 0 || x.fip != 0 || x.fdp != 0 || !all_zero(&x.st, sizeof(x.st));
    }
    case 5: return !all_zero(&c.st.k, sizeof(c.st.k));
    case 9: return c.st.pkru != 0;
    default: {
      Part const p = part_of(component, c.code64() ? 16 : 8);  // outside 64-bit code the others do not count
      for (unsigned n = 0; n < p.count; ++n) {
        if (!all_zero(c.st.zmm[p.first + n].bytes.data() + p.from, p.size)) return true;
      }
      return false;
    }
  }
}

namespace {

// Bytes of a component as it lies in memory. Outside 64-bit code only the first eight registers are moved.
unsigned store_component(const Cpu& c, const Insn& i, unsigned component, uint8_t* out) {
  if (component == 5) {
    std::memcpy(out, c.st.k.data(), 64);
    return 64;
  }
  if (component == 9) {
    std::memset(out, 0, 8);
    std::memcpy(out, &c.st.pkru, 4);
    return 8;
  }
  Part const p = part_of(component, vector_count(i));
  for (unsigned n = 0; n < p.count; ++n) std::memcpy(out + n * p.size, c.st.zmm[p.first + n].bytes.data() + p.from, p.size);
  return p.count * p.size;
}

// `in` null: the initial configuration.
void load_component(Cpu& c, const Insn& i, unsigned component, const uint8_t* in) {
  if (component == 0) {
    if (in != nullptr) load_x87_image(c, i, in);
    else init_x87(c);
  } else if (component == 5) {
    if (in != nullptr) std::memcpy(c.st.k.data(), in, 64);
    else c.st.k = {};
  } else if (component == 9) {
    c.st.pkru = 0;
    if (in != nullptr) std::memcpy(&c.st.pkru, in, 4);
  } else {
    Part const p = part_of(component, vector_count(i));
    for (unsigned n = 0; n < p.count; ++n) {
      uint8_t* const to = c.st.zmm[p.first + n].bytes.data() + p.from;
      if (in != nullptr) std::memcpy(to, in + n * p.size, p.size);
      else std::memset(to, 0, p.size);
    }
  }
}

unsigned loaded_bytes(const Insn& i, unsigned component) {
  if (component == 0) return 160;
  if (component == 5) return 64;
  if (component == 9) return 8;
  Part const p = part_of(component, vector_count(i));
  return p.count * p.size;
}

uint64_t requested(const Cpu& c) { return (uint64_t{uint32_t(c.st.gpr[RDX])} << 32) | uint32_t(c.st.gpr[RAX]); }

uint64_t offset_address(const Cpu& c, const Insn& i, uint64_t offset) {
  return (c.effective(i) + offset) & Cpu::kAddressMask[i.addrsize];
}

// A misaligned address that is not canonical either is reported as that: #SS(0) in the stack segment.
Status check_alignment(Cpu& c, const Insn& i, unsigned align) {
  uint64_t lin = 0;
  MULLION_TRY(c.linear(i.seg, c.effective(i), 4, false, lin));
  if ((lin & (align - 1)) == 0) return Status::Done;
  if (c.long_mode() && !c.canonical(lin)) return c.raise(i.seg == SS ? kSS : kGP, 0);
  return c.raise(c.current_view == Cpu::kViewChecked && (lin & 3) != 0 ? kAC : kGP, 0);
}

// An area may go round the end of 16- or 32-bit offsets, between two of its 64-byte lines.
unsigned before_wrap(const Insn& i, uint64_t ea, unsigned size) {
  uint64_t const left = Cpu::kAddressMask[i.addrsize] - ea;
  return left < size ? unsigned(left) + 1 : size;
}

Status put(Cpu& c, const Insn& i, unsigned offset, const void* from, unsigned size) {
  uint64_t const ea = offset_address(c, i, offset);
  unsigned const first = std::min(before_wrap(i, ea, size), size);
  MULLION_TRY(c.store_bytes(i.seg, ea, from, first));
  return first == size ? Status::Done : c.store_bytes(i.seg, 0, static_cast<const uint8_t*>(from) + first, size - first);
}

Status get(Cpu& c, const Insn& i, unsigned offset, void* to, unsigned size) {
  uint64_t const ea = offset_address(c, i, offset);
  unsigned const first = std::min(before_wrap(i, ea, size), size);
  MULLION_TRY(c.load_bytes(i.seg, ea, to, first));
  return first == size ? Status::Done : c.load_bytes(i.seg, 0, static_cast<uint8_t*>(to) + first, size - first);
}

enum class Save : uint8_t { Plain, Opt, Compacted, Supervisor };

// A page fault in the middle leaves memory partly written, as the manual allows; the last byte is asked first,
// as Intel's processors do.
Status save(Cpu& c, const Insn& i, Save kind) {
  MULLION_TRY(check_alignment(c, i, 64));
  bool const compact = kind == Save::Compacted || kind == Save::Supervisor;
  uint64_t const enabled = c.st.xcr0 | (kind == Save::Supervisor ? c.st.msr.xss : 0);
  uint64_t const rfbm = requested(c) & enabled;
  uint64_t used = 0;
  for (unsigned n = 0; n < kXsaveComponents.size(); ++n) {
    if (((rfbm >> n) & 1) && xsave_in_use(c, n)) used |= uint64_t{1} << n;
  }
  if (compact && (rfbm & XCR0_SSE) && c.st.x87.mxcsr != kMxcsrInit) used |= XCR0_SSE;
  uint64_t const saved = kind == Save::Plain ? rfbm : used;
  uint32_t const size = compact ? xsave_compacted_size(rfbm) : xsave_standard_size(rfbm);
  MULLION_TRY(c.probe_write(i.seg, offset_address(c, i, size - 1), 1));
  // Then comes the legacy region, then the header is asked.
  alignas(64) uint8_t bytes[1024];
  bool const mxcsr = compact ? (saved & XCR0_SSE) != 0 : (rfbm & (XCR0_SSE | XCR0_AVX)) != 0;
  if (saved & XCR0_X87) {
    x87_image(c, i, bytes);
    MULLION_TRY(put(c, i, 0, bytes, kMxcsrAt));
    MULLION_TRY(put(c, i, 32, bytes + 32, 128));
  }
  if (mxcsr) MULLION_TRY(put(c, i, kMxcsrAt, &c.st.x87.mxcsr, 8));
  if (saved & XCR0_SSE) MULLION_TRY(put(c, i, kXmmArea, bytes, store_component(c, i, 1, bytes)));
  MULLION_TRY(c.probe_write(i.seg, offset_address(c, i, kHeader), compact ? 16 : 8));
  for (unsigned n = 2; n < kXsaveComponents.size(); ++n) {
    if (!((saved >> n) & 1)) continue;
    unsigned const length = store_component(c, i, n, bytes);
    unsigned const offset = compact ? xsave_compacted_offset(rfbm, n) : kXsaveComponents[n].offset;
    if (length != 0) MULLION_TRY(put(c, i, offset, bytes, length));
  }
  uint64_t header[2] = {used, kCompacted | rfbm};
  if (!compact) {
    MULLION_TRY(c.load<uint64_t>(i.seg, offset_address(c, i, kHeader), header[0]));
    header[0] = (header[0] & ~rfbm) | used;
  }
  return put(c, i, kHeader, header, compact ? 16 : 8);
}

Status restore(Cpu& c, const Insn& i, bool supervisor) {
  MULLION_TRY(check_alignment(c, i, 64));
  uint64_t const enabled = c.st.xcr0 | (supervisor ? c.st.msr.xss : 0);
  uint64_t const rfbm = requested(c) & enabled;
  // The header decides what is read of the rest. Bytes 8-15 are read first, which a page fault shows.
  uint64_t header[8];
  MULLION_TRY(get(c, i, kHeader + 8, header + 1, sizeof(header) - 8));
  MULLION_TRY(c.load<uint64_t>(i.seg, offset_address(c, i, kHeader), header[0]));
  uint64_t const present = header[0], layout = header[1];
  bool const compact = (layout & kCompacted) != 0;
  uint64_t const loaded = rfbm & present;
  uint64_t const held = layout & ~kCompacted;
  if (compact && (!supervisor && !c.model.has(Feature::XSAVEC))) return c.raise(kGP, 0);
  if (compact && (held & ~enabled) != 0) return c.raise(kGP, 0);
  bool const reads_mxcsr = (compact ? rfbm & layout & XCR0_SSE : rfbm & (XCR0_SSE | XCR0_AVX)) != 0;
  bool const inits_mxcsr = compact && (rfbm & ~present & XCR0_SSE) != 0;
  // The last byte and the legacy area are touched before the rest of the header is judged, and everything is read
  // before a register changes. A compacted area ends where its last requested component does.
  alignas(64) uint8_t area[kXsaveComponents.size()][1024];
  uint64_t const up_to = (uint64_t{1} << std::bit_width(rfbm & held)) - 1;
  uint32_t const extent = compact ? xsave_compacted_size(held & up_to) : xsave_standard_size(rfbm);
  MULLION_TRY(c.load<uint8_t>(i.seg, offset_address(c, i, extent - 1), area[0][0]));
  if ((compact ? rfbm & layout : rfbm) & XCR0_X87) MULLION_TRY(get(c, i, 0, area[0], loaded_bytes(i, 0)));
  uint32_t mxcsr = kMxcsrInit;
  if (reads_mxcsr) MULLION_TRY(c.load<uint32_t>(i.seg, offset_address(c, i, kMxcsrAt), mxcsr));
  if (inits_mxcsr) mxcsr = kMxcsrInit;
  bool const bad_mxcsr = (mxcsr & mxcsr_reserved(c)) != 0;
  if (!compact && bad_mxcsr) return c.raise(kGP, 0);
  if (!compact && (supervisor || header[1] != 0 || header[2] != 0)) return c.raise(kGP, 0);
  if (compact) {
    if ((present & ~held) != 0 || !all_zero(header + 2, 48)) return c.raise(kGP, 0);
  } else if ((present & ~c.st.xcr0) != 0) {
    return c.raise(kGP, 0);
  }
  for (unsigned n = 1; n < kXsaveComponents.size(); ++n) {
    if (!((loaded >> n) & 1)) continue;
    unsigned const offset = n == 1 ? kXmmArea : compact ? xsave_compacted_offset(held, n) : kXsaveComponents[n].offset;
    unsigned const size = loaded_bytes(i, n);
    if (size != 0) MULLION_TRY(get(c, i, offset, area[n], size));
  }
  for (unsigned n = 0; n < kXsaveComponents.size(); ++n) {
    if (bad_mxcsr && n > 1 && ((loaded >> n) & 1)) continue;
    if ((rfbm >> n) & 1) load_component(c, i, n, (loaded >> n) & 1 ? area[n] : nullptr);
  }
  if (bad_mxcsr) return c.raise(kGP, 0);  // of a compacted area: with the legacy region loaded
  if (reads_mxcsr || inits_mxcsr) c.st.x87.mxcsr = mxcsr;
  // Translations that were filled under the old PKRU must go.
  if (rfbm & XCR0_PKRU) c.flush_tlb(true);
  return Status::Done;
}

}  // namespace

// FXSAVE m512byte
Status fxsave(Cpu& c, const Insn& i) {
  MULLION_TRY(check_alignment(c, i, 16));
  alignas(16) uint8_t image[512];
  bool const sse = (c.st.cr4 & CR4_OSFXSR) != 0;
  unsigned const size = !sse || skips_xmm(c) ? kXmmArea : kXmmArea + 256;
  MULLION_TRY(c.probe_write(i.seg, offset_address(c, i, 511), 1));
  MULLION_TRY(c.probe_write(i.seg, c.effective(i), 1));
  MULLION_TRY(get(c, i, 0, image, size));
  x87_image(c, i, image);
  if (size > kXmmArea) {
    for (unsigned n = 0; n < vector_count(i); ++n) std::memcpy(image + kXmmArea + 16 * n, c.st.zmm[n].bytes.data(), 16);
  }
  return put(c, i, 0, image, size);
}

// FXRSTOR m512byte
Status fxrstor(Cpu& c, const Insn& i) {
  MULLION_TRY(check_alignment(c, i, 16));
  alignas(16) uint8_t image[512];
  MULLION_TRY(c.load<uint8_t>(i.seg, offset_address(c, i, 511), image[0]));
  MULLION_TRY(get(c, i, 0, image, 512));
  uint32_t mxcsr;
  std::memcpy(&mxcsr, image + kMxcsrAt, 4);
  bool const sse = (c.st.cr4 & CR4_OSFXSR) != 0;
  if (sse && (mxcsr & mxcsr_reserved(c))) return c.raise(kGP, 0);
  load_x87_image(c, i, image);
  if (sse) {
    c.st.x87.mxcsr = mxcsr;
    if (!skips_xmm(c)) {
      for (unsigned n = 0; n < vector_count(i); ++n) std::memcpy(c.st.zmm[n].bytes.data(), image + kXmmArea + 16 * n, 16);
    }
  }
  return Status::Done;
}

// XSAVE mem
Status xsave(Cpu& c, const Insn& i) { return save(c, i, Save::Plain); }
// XSAVEOPT mem
Status xsaveopt(Cpu& c, const Insn& i) { return save(c, i, Save::Opt); }
// XSAVEC mem
Status xsavec(Cpu& c, const Insn& i) { return save(c, i, Save::Compacted); }
// XSAVES mem
Status xsaves(Cpu& c, const Insn& i) { return save(c, i, Save::Supervisor); }
// XRSTOR mem
Status xrstor(Cpu& c, const Insn& i) { return restore(c, i, false); }
// XRSTORS mem
Status xrstors(Cpu& c, const Insn& i) { return restore(c, i, true); }

// LDMXCSR m32
Status ldmxcsr(Cpu& c, const Insn& i) {
  uint32_t value;
  MULLION_TRY(c.load<uint32_t>(i.seg, c.effective(i), value));
  if (value & mxcsr_reserved(c)) return c.raise(kGP, 0);
  c.st.x87.mxcsr = value;
  return Status::Done;
}

// STMXCSR m32
Status stmxcsr(Cpu& c, const Insn& i) { return c.store<uint32_t>(i.seg, c.effective(i), c.st.x87.mxcsr); }

// EMMS
Status emms(Cpu& c, const Insn&) {
  MULLION_TRY(native::x87_wait(c));
  native::x87_enter_mmx(c.st.x87);
  c.st.x87.ftw = 0;
  return Status::Done;
}

}  // namespace mullion::x86::sem

#include "cpu/x86/isa/sem_xsave.inc"
