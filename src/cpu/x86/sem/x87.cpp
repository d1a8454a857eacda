// x87 control instructions: environments, control and status words (SDM vol. 1 §8.1, vol. 2).
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/native/x87_state.hpp"
#include "cpu/x86/sem/operands.hpp"

#include <array>
#include <algorithm>
#include <cstring>

namespace mullion::x86::sem {
namespace {

using native::x87_init;
using native::x87_normalise;
using native::x87_summarise;
using native::x87_wait;

// Figures 8-9 to 8-12: the environment in 14 or 28 bytes, with pointers as offsets or, in real and virtual-8086
// mode, split with the opcode. The selectors are deprecated and zero.
struct Environment {
  std::array<uint8_t, 28> bytes{};
  unsigned size = 28;
  bool wide = true;  // 32-bit format
  bool real = false;
};

unsigned tag_of(const X87State& x, unsigned physical) {
  if (!((x.ftw >> physical) & 1)) return 3;
  X87State::Register const& r = x.st[(physical - x.top()) & 7];
  unsigned const exponent = r.sign_exponent & 0x7FFF;
  if (exponent == 0 && r.mantissa == 0) return 1;
  if (exponent == 0 || exponent == 0x7FFF || !(r.mantissa >> 63)) return 2;
  return 0;
}

uint16_t full_tags(const X87State& x) {
  unsigned tags = 0;
  for (unsigned n = 0; n < 8; ++n) tags |= tag_of(x, n) << (2 * n);
  return uint16_t(tags);
}

Environment format_of(const Cpu& c, const Insn& i) {
  Environment e;
  e.wide = i.opsize != 1;
  e.size = e.wide ? 28 : 14;
  e.real = c.real_mode() || c.v86();
  return e;
}

Environment environment(const Cpu& c, const Insn& i) {
  X87State const& x = c.st.x87;
  Environment e = format_of(c, i);
  uint32_t words[7] = {x.fcw, x.fsw, full_tags(x), uint32_t(x.fip), 0, uint32_t(x.fdp), 0};
  if (e.real) {
    words[3] = uint16_t(x.fip);
    words[4] = (uint32_t(x.fip >> 4) & (e.wide ? 0xFFFF000 : 0xF000)) | x.fop;
    words[5] = uint16_t(x.fdp);
    words[6] = uint32_t(x.fdp >> 4) & (e.wide ? 0xFFFF000 : 0xF000);
  } else if (e.wide) {
    words[4] = uint32_t(x.fop) << 16;
  }
  for (unsigned n = 0; n < 7; ++n) {
    // The upper halves of the words that are 16 bits wide read as ones.
    bool const narrow = n < 3 || (!e.real && n == 6) || (e.real && (n == 3 || n == 5));
    uint32_t const value = words[n] | (narrow ? 0xFFFF0000 : 0);
    if (e.wide) std::memcpy(e.bytes.data() + 4 * n, &value, 4);
    else std::memcpy(e.bytes.data() + 2 * n, &value, 2);
  }
  return e;
}

void load_environment(Cpu& c, const Environment& e) {
  uint32_t words[7] = {};
  for (unsigned n = 0; n < 7; ++n) {
    if (e.wide) std::memcpy(&words[n], e.bytes.data() + 4 * n, 4);
    else std::memcpy(&words[n], e.bytes.data() + 2 * n, 2);
  }
  X87State& x = c.st.x87;
  native::x87_set_top(x, (words[1] >> 11) & 7);
  x.fcw = uint16_t(words[0]);
  x.fsw = uint16_t(words[1]);
  x.ftw = 0;
  for (unsigned n = 0; n < 8; ++n) {
    if (((words[2] >> (2 * n)) & 3) != 3) x.ftw |= uint8_t(1 << n);
  }
  if (e.real) {
    x.fip = (words[3] & 0xFFFF) | ((words[4] & 0xFFFF000) << 4);
    x.fop = uint16_t(words[4]);
    x.fdp = (words[5] & 0xFFFF) | ((words[6] & 0xFFFF000) << 4);
  } else {
    x.fip = words[3];
    x.fop = e.wide ? uint16_t(words[4] >> 16) : 0;
    x.fdp = words[5];
  }
  x87_normalise(x);
}

constexpr unsigned kStackBytes = 80;

// An image may go round the end of 16- or 32-bit offsets between two of its parts: words or doublewords of the
// environment, eight and two bytes of each register.
unsigned before_wrap(const Cpu& c, const Insn& i, unsigned environment, unsigned size) {
  uint64_t const left = Cpu::kAddressMask[i.addrsize] - c.effective(i);
  if (left >= size) return size;
  unsigned const at = unsigned(left) + 1, within = at < environment ? 0 : (at - environment) % 10;
  bool const between = at < environment ? at % (environment / 7) == 0 : within == 0 || within == 8;
  return between ? at : size;
}

Status store_image(Cpu& c, const Insn& i, const uint8_t* from, unsigned environment, unsigned size) {
  unsigned const first = std::min(before_wrap(c, i, environment, size), size);
  MULLION_TRY(c.store_bytes(i.seg, c.effective(i), from, first));
  return first == size ? Status::Done : c.store_bytes(i.seg, 0, from + first, size - first);
}

Status load_image(Cpu& c, const Insn& i, uint8_t* to, unsigned environment, unsigned size) {
  unsigned const first = std::min(before_wrap(c, i, environment, size), size);
  MULLION_TRY(c.load_bytes(i.seg, c.effective(i), to, first));
  return first == size ? Status::Done : c.load_bytes(i.seg, 0, to + first, size - first);
}

// Which byte is asked for first shows in the address of a page fault: the first word, then the last byte.
Status probe_store(Cpu& c, const Insn& i, unsigned first, unsigned size) {
  MULLION_TRY(c.probe_write(i.seg, c.effective(i), first));
  return c.probe_write(i.seg, (c.effective(i) + size - 1) & Cpu::kAddressMask[i.addrsize], 1);
}

Status probe_load(Cpu& c, const Insn& i, unsigned first, unsigned size) {
  uint8_t bytes[28];
  MULLION_TRY(c.load_bytes(i.seg, c.effective(i), bytes, first));
  return c.load<uint8_t>(i.seg, (c.effective(i) + size - 1) & Cpu::kAddressMask[i.addrsize], bytes[0]);
}

}  // namespace

// FNINIT
Status fninit(Cpu& c, const Insn&) {
  x87_init(c.st.x87);
  return Status::Done;
}

// FNCLEX
Status fnclex(Cpu& c, const Insn&) {
  c.st.x87.fsw &= uint16_t(~(native::kFswExceptions | native::kFswStackFault | native::kFswSummary | native::kFswBusy));
  return Status::Done;
}

// FNSTCW m2byte
Status fnstcw(Cpu& c, const Insn& i) { return c.store<uint16_t>(i.seg, c.effective(i), c.st.x87.fcw); }

// FLDCW m2byte
Status fldcw(Cpu& c, const Insn& i) {
  MULLION_TRY(x87_wait(c));
  uint16_t value;
  MULLION_TRY(c.load<uint16_t>(i.seg, c.effective(i), value));
  c.st.x87.fcw = uint16_t((value & 0x1F3F) | 0x40);
  x87_summarise(c.st.x87);
  return Status::Done;
}

// FNSTSW m2byte | FNSTSW AX
Status fnstsw(Cpu& c, const Insn& i) {
  if (i.mem()) return c.store<uint16_t>(i.seg, c.effective(i), c.st.x87.fsw);
  c.set_reg<uint16_t>(RAX, c.st.x87.fsw);
  return Status::Done;
}

// FNSTENV m14/28byte
Status fnstenv(Cpu& c, const Insn& i) {
  Environment const e = environment(c, i);
  MULLION_TRY(probe_store(c, i, e.wide ? 4 : 2, e.size));
  MULLION_TRY(store_image(c, i, e.bytes.data(), e.size, e.size));
  c.st.x87.fcw |= native::kFswExceptions;
  x87_summarise(c.st.x87);
  return Status::Done;
}

// FLDENV m14/28byte
Status fldenv(Cpu& c, const Insn& i) {
  MULLION_TRY(x87_wait(c));
  Environment e = format_of(c, i);
  MULLION_TRY(probe_load(c, i, e.wide ? 4 : 2, e.size));
  MULLION_TRY(load_image(c, i, e.bytes.data(), e.size, e.size));
  load_environment(c, e);
  return Status::Done;
}

// FNSAVE m94/108byte
Status fnsave(Cpu& c, const Insn& i) {
  Environment const e = environment(c, i);
  uint8_t image[28 + kStackBytes];
  std::memcpy(image, e.bytes.data(), e.size);
  for (unsigned n = 0; n < 8; ++n) std::memcpy(image + e.size + 10 * n, &c.st.x87.st[n], 10);
  MULLION_TRY(probe_store(c, i, e.wide ? 4 : 2, e.size + kStackBytes));
  MULLION_TRY(store_image(c, i, image, e.size, e.size + kStackBytes));
  x87_init(c.st.x87);
  return Status::Done;
}

// FRSTOR m94/108byte
Status frstor(Cpu& c, const Insn& i) {
  MULLION_TRY(x87_wait(c));
  Environment e = format_of(c, i);
  uint8_t image[28 + kStackBytes];
  MULLION_TRY(probe_load(c, i, e.wide ? 4 : 2, e.size + kStackBytes));
  MULLION_TRY(load_image(c, i, image, e.size, e.size + kStackBytes));
  std::memcpy(e.bytes.data(), image, e.size);
  load_environment(c, e);
  for (unsigned n = 0; n < 8; ++n) {
    c.st.x87.st[n] = {};
    std::memcpy(&c.st.x87.st[n].mantissa, image + e.size + 10 * n, 8);
    std::memcpy(&c.st.x87.st[n].sign_exponent, image + e.size + 10 * n + 8, 2);
  }
  return Status::Done;
}

// FENI, FDISI, FSETPM: nothing since the 80387
Status fneni(Cpu&, const Insn&) { return Status::Done; }

// FWAIT
Status fwait(Cpu& c, const Insn&) { return x87_wait(c); }

}  // namespace mullion::x86::sem

#include "cpu/x86/isa/sem_x87.inc"
