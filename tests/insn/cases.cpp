// Makes the inputs of a case: registers at random, and those that an address is made of aimed at the data pages.
// SPDX-License-Identifier: Apache-2.0
#include "insn/differential.hpp"

#include "cpu/x86/decode/decoder.hpp"

namespace mullion::insn {
namespace {

using namespace x86;

CodeSize code_size(Mode mode) { return mode == Mode::k64 ? CodeSize::k64 : mode == Mode::k32 ? CodeSize::k32 : CodeSize::k16; }

const LdtEntry* ldt_entry(uint16_t selector) {
  for (LdtEntry const& e : ldt_entries())
    if (e.selector == selector) return &e;
  return nullptr;
}

}  // namespace

uint64_t Differential::segment_base(const Case& c, unsigned seg) const {
  if (c.mode == Mode::k64) return seg == FS ? c.state.fs_base : seg == GS ? c.state.gs_base : 0;
  LdtEntry const* e = ldt_entry(c.state.seg[seg]);
  return e ? e->base : 0;
}

// An offset in `seg` for an access of `size` bytes: mostly inside the data, at times across a page's end, into the
// hole, the read-only page, beyond everything.
uint64_t Differential::target(Case& c, unsigned seg, unsigned size, unsigned addrsize) {
  Random& r = random_;
  uint64_t at;
  unsigned const kind = unsigned(r.below(100));
  if (kind < 70) at = r.below(kHolePage * 4096 - 512);
  else if (kind < 80) at = 4096 * (1 + r.below(kHolePage - 1)) - 1 - r.below(size + 1);  // may cross
  else if (kind < 84) at = kHolePage * 4096 - 1 - r.below(2 * size + 1);
  else if (kind < 87) at = (kHolePage + 1) * 4096 - 1 - r.below(2 * size + 1);
  else if (kind < 91) at = kReadOnlyPage * 4096 - 64 + r.below(4096);
  else if (kind < 96) at = r.below(kDataSize);
  else if (kind < 97) at = kDataSize - 1 - r.below(2 * size + 1);
  else if (kind < 98 && c.mode == Mode::k64) return 0x00007FFFFFFFFFFF - r.below(2 * size + 1) + r.below(size + 1);
  else return r.value();
  if (r.percent(50)) at &= ~uint64_t{63};
  else if (r.percent(50)) at &= ~uint64_t{7};
  (void)addrsize;
  return kData + at - segment_base(c, seg);
}

void Differential::fill_memory() {
  uint8_t page[4096];
  for (unsigned p = 0; p < kDataSize / 4096; ++p) {
    for (unsigned n = 0; n < 4096; n += 8) {
      uint64_t v = random_.percent(40) ? random_.value() : 0;
      if (v == 0 && random_.percent(50)) v = random_.double_bits();
      else if (v == 0) v = random_.float_bits() | uint64_t{random_.float_bits()} << 32;
      std::memcpy(page + n, &v, 8);
    }
    std::memcpy(soft_.data() + p * 4096, page, 4096);
    if (NativeRunner::writable(p)) std::memcpy(native_.data() + p * 4096, page, 4096);
    else if (NativeRunner::readable(p)) native_.write_read_only_page(page);
  }
}

void Differential::fill_registers(Case& c) {
  Random& r = random_;
  MachineState& s = c.state;
  for (uint64_t& g : s.gpr) g = r.value();
  if (c.mode != Mode::k64) {
    for (unsigned n = 0; n < 16; ++n) s.gpr[n] = n < 8 ? uint32_t(s.gpr[n]) : 0;
    if (c.mode == Mode::k32 && r.percent(25)) {
      for (unsigned n : {ES, SS, DS, FS, GS})
        if (r.percent(40)) s.seg[n] = r.pick<uint16_t>({kLdtData16, kLdtData32, kLdtExpandDown, kLdtData16});
      if (r.percent(10)) s.seg[r.pick({DS, ES})] = kLdtReadOnly;
    }
  } else if (native_.has_fsgsbase()) {
    s.fs_base = r.percent(50) ? 0 : kData + 8 * r.below(256);
    s.gs_base = r.percent(50) ? 0 : kData + r.below(2048);
  } else {
    s.gs_base = s.fs_base = 0;
  }
  s.rflags = 0x202 | (r.next() & kArithmeticFlags) | (r.percent(30) ? uint64_t{DF} : 0) | (r.percent(3) ? uint64_t{AC} : 0);
  unsigned const width = native_.has_avx512() ? 64 : native_.has_avx() ? 32 : 16;
  unsigned const vectors = native_.has_avx512() ? 32 : 16;
  unsigned const kind = unsigned(r.below(4));
  for (unsigned n = 0; n < vectors; ++n) {
    for (unsigned b = 0; b < width; b += 8) {
      uint64_t v;
      if (kind == 0) v = r.next();
      else if (kind == 1) v = r.double_bits();
      else if (kind == 2) v = r.float_bits() | uint64_t{r.float_bits()} << 32;
      else v = r.value();
      std::memcpy(s.zmm[n].bytes.data() + b, &v, 8);
    }
  }
  if (native_.has_avx512())
    for (uint64_t& k : s.k) k = r.percent(70) ? r.next() : r.value();
  // MXCSR: mostly all exceptions masked; rounding, DAZ, FTZ and sticky bits at random.
  s.x87.mxcsr = uint32_t(0x1F80 | (r.percent(50) ? r.next() & 0xE07F : 0));
  if (r.percent(15)) s.x87.mxcsr = uint32_t(r.next() & 0xFFFF);
  s.x87.fcw = uint16_t(0x037F);
  if (r.percent(50)) s.x87.fcw = uint16_t((r.next() & 0x0F00) | 0x7F);
  if (r.percent(15)) s.x87.fcw = uint16_t((r.next() & 0x0F3F) | 0x40);
  s.x87.fsw = uint16_t(r.next() & 0x7F00);
  s.x87.ftw = r.percent(60) ? 0xFF : uint8_t(r.next());
  for (auto& reg : s.x87.st) {
    reg.mantissa = r.percent(70) ? r.next() | uint64_t{1} << 63 : r.value();
    reg.sign_exponent = uint16_t(r.percent(60) ? 0x3FFF - 40 + r.below(80) + (r.next() & 0x8000)
                                               : r.percent(50) ? r.pick<uint16_t>({0, 0x8000, 0x7FFF, 0xFFFF, 1, 0x7FFE}) : r.next());
  }
}

namespace {

// Memory that an instruction reaches without ModRM: register, segment, and how far.
struct ImplicitAccess {
  uint8_t reg;
  uint8_t seg;
};

}  // namespace

// Gives registers that form addresses values that lead to the data.
void Differential::aim(Case& c) {
  Random& r = random_;
  MachineState& s = c.state;
  Insn const& i = c.insn;
  isa::Form const& f = isa::form(i.form);
  uint64_t const mask = Cpu::kAddressMask[i.addrsize];
  // In 64-bit code the upper halves of 32-bit addresses are noise.
  auto const dress = [&](uint64_t v, unsigned addrsize) {
    if (c.mode != Mode::k64) return addrsize == 1 ? (v & 0xFFFF) | (r.percent(80) ? 0 : uint64_t{uint32_t(r.next()) & 0xFFFF0000u}) : uint64_t{uint32_t(v)};
    return addrsize == 2 ? (v & 0xFFFFFFFF) | (r.percent(50) ? 0 : r.next() << 32) : v;
  };
  auto const point = [&](unsigned reg, unsigned seg, unsigned size, unsigned addrsize) {
    s.gpr[reg] = dress(target(c, seg, size, addrsize), addrsize);
  };
  unsigned const stack_address = c.mode == Mode::k64 ? 3 : 2;
  if ((f.implicit_read >> RSP & 1) || f.mnemonic == "LEAVE" || f.mnemonic == "ENTER") {
    point(RSP, SS, 8, stack_address);
    if (f.implicit_read >> RBP & 1) point(RBP, SS, 8, stack_address);
    if (i.mem() && (i.base == RSP || i.base == RBP)) return;
  }
  if (f.function.starts_with("string.") || f.function.starts_with("io.")) {
    point(RSI, i.seg, 8, i.addrsize);
    point(RDI, ES, 8, i.addrsize);
    if (r.percent(20)) s.gpr[RDI] = s.gpr[RSI] + r.below(64) - 32;
    // CMPS and SCAS: fewer than one turn of REP does, for where a later turn faults, flags are those of its beginning.
    bool const compares = f.flags_written != 0;
    s.gpr[RCX] = dress(r.percent(80) ? r.below(40) : r.below(compares ? 1000 : 9000), i.addrsize);
    if (c.mode != Mode::k64) s.gpr[RCX] = uint32_t(s.gpr[RCX]), s.gpr[RDI] = uint32_t(s.gpr[RDI]);
    return;
  }
  if (f.function == "mov.xlat") {
    point(RBX, i.seg, 1, i.addrsize);
    return;
  }
  if (f.mnemonic == "MASKMOVQ" || f.mnemonic == "MASKMOVDQU" || f.mnemonic == "VMASKMOVDQU") point(RDI, i.seg, 16, i.addrsize);
  if (f.mnemonic == "MOVDIR64B") s.gpr[i.reg & 15] = dress((kData - segment_base(c, ES) + r.below(0x8000)) & ~uint64_t{r.percent(90) ? 63u : 0u}, i.addrsize);
  if (!i.mem()) return;
  unsigned const size = std::max(1u, isa::memory_bytes(i));
  uint64_t const at = (target(c, i.seg, size, i.addrsize) - uint64_t(i.disp)) & mask;
  if (f.is(isa::kVsib)) {
    for (unsigned b = 0; b < 64; b += 4) {
      bool const quad = f.mnemonic.find("QD") != std::string_view::npos || f.mnemonic.find("QQ") != std::string_view::npos ||
                        f.mnemonic.find("QP") != std::string_view::npos || f.mnemonic.find("ERQ") != std::string_view::npos;
      int32_t v = int32_t(r.below(0x400)) - 0x200;
      if (quad && (b & 4)) v = 0;
      if (quad && !(b & 4)) v = int32_t(r.below(0x400));
      if (r.percent(3)) v = int32_t(r.next());
      std::memcpy(s.zmm[i.index].bytes.data() + b, &v, 4);
    }
    if (i.base < 16) s.gpr[i.base] = dress(at, i.addrsize);
    return;
  }
  if (i.base < 16 && i.index < 16 && i.base != i.index) {
    if (r.percent(70)) s.gpr[i.index] = dress(r.below(256), i.addrsize);
    s.gpr[i.base] = dress(at - (s.gpr[i.index] << i.scale), i.addrsize);
  } else if (i.base < 16 && i.index < 16) {
    s.gpr[i.base] = at / ((1u << i.scale) + 1);
  } else if (i.base < 16) {
    s.gpr[i.base] = dress(at, i.addrsize);
  } else if (i.index < 16) {
    s.gpr[i.index] = dress(at >> i.scale, i.addrsize);
  }
}

void Differential::poke(uint64_t linear, uint64_t v, unsigned size) {
  uint64_t const at = linear - kData;
  if (at >= kDataSize - 8 || !NativeRunner::writable(unsigned(at >> 12)) || !NativeRunner::writable(unsigned((at + size - 1) >> 12))) return;
  std::memcpy(native_.data() + at, &v, size);
  std::memcpy(soft_.data() + at, &v, size);
}

// Instructions that load segment registers mostly get selectors that mean something, and far returns a frame.
void Differential::place_selectors(Case& c) {
  Random& r = random_;
  MachineState& s = c.state;
  Insn const& i = c.insn;
  isa::Form const& f = isa::form(i.form);
  if (r.percent(10)) return;
  auto const data_selector = [&] {
    return r.pick<uint16_t>({0, 3, kUserDs, kUserDs, kUser32Cs, kUser64Cs, kLdtData16, kLdtData16, kLdtData32, kLdtReadOnly,
                             kLdtNotPresent, kLdtExpandDown, 0x18, 0xFFF8, kLdtCode16});
  };
  auto const code_selector = [&] { return r.pick<uint16_t>({kUser64Cs, kUser32Cs, kLdtCode16, kUser64Cs, kUser32Cs, kUserDs, 0, kLdtNotPresent, 0x10}); };
  auto const target = [&](uint16_t selector) {
    return r.percent(10) ? r.value() : (selector == kLdtCode16 ? 0 : kCode) + r.below(kCodeSize);
  };
  unsigned const size = 1u << i.opsize;
  uint64_t const stack = segment_base(c, SS) + (c.mode == Mode::k16 ? uint16_t(s.gpr[RSP]) : s.gpr[RSP]);
  uint64_t const operand = segment_base(c, i.seg) + ((s.gpr[i.base & 15] * (i.base < 16) + ((s.gpr[i.index & 15] * (i.index < 16)) << i.scale) +
                                                     (i.base == kRipReg ? s.rip : 0) + uint64_t(i.disp)) & Cpu::kAddressMask[i.addrsize]);
  if (f.function == "segment.mov_to_sreg") {
    if (i.mem()) poke(operand, data_selector(), 2);
    else s.gpr[i.rm & 15] = data_selector();
  } else if (f.function.starts_with("xsave.xrstor")) {
    // A header that the processor takes, mostly.
    uint64_t const mask = soft_.cpu().st.xcr0, present = r.next() & mask;
    bool const compact = r.percent(50);
    if (r.percent(90)) poke(operand + 24, r.next() & (r.percent(80) ? 0xFFFF : 0x1FFFF), 4);
    if (r.percent(90)) poke(operand + 512, present | (r.percent(5) ? uint64_t{1} << r.below(64) : 0), 8);
    for (unsigned at = 520; at < 576; at += 8) poke(operand + at, r.percent(99) ? 0 : r.value(), 8);
    if (compact) poke(operand + 520, uint64_t{1} << 63 | ((present | r.next()) & (r.percent(95) ? mask : mask << 1)), 8);
  } else if (f.function == "stack.pop_sreg") {
    poke(stack, data_selector(), 2);
  } else if (f.operands == "Gv,Mp") {
    poke(operand + size, data_selector(), 2);
  } else if (f.operands == "Mp") {
    uint16_t const cs = code_selector();
    poke(operand, target(cs), size);
    poke(operand + size, cs, 2);
  } else if (f.function == "far.ret_far" || f.function == "far.iret") {
    uint16_t const cs = code_selector();
    poke(stack, target(cs), size);
    poke(stack + size, cs, size);
    if (f.function == "far.ret_far") return;
    poke(stack + 2 * size, 0x202 | (r.next() & kArithmeticFlags), size);
    poke(stack + 3 * size, kData + r.below(kDataSize), size);
    poke(stack + 4 * size, r.percent(80) ? kUserDs : data_selector(), size);
  }
}

Case Differential::make_case(const Encoder& encoder, const isa::Form& form) {
  Random& r = random_;
  Case c;
  do c.mode = Mode(r.percent(60) ? 2 : r.below(2)); while (!(form.modes >> unsigned(c.mode) & 1));
  // Where the bytes lie: mostly inside a page, at times across its end or up to the end of all code.
  unsigned const where = unsigned(r.below(100));
  uint64_t const offset = where < 90 ? 64 + 16 * r.below(200) : where < 97 ? 4096 - r.below(15) : kCodeSize - r.below(15);
  c.state = initial_state(c.mode, offset);
  fill_registers(c);
  uint64_t const direct = kData + r.below(kHolePage * 4096) - segment_base(c, DS);
  c.bytes = encoder.encode(r, c.mode, c.state.rip, direct);
  c.decoded = decode({c.bytes.data.data(), c.bytes.size}, code_size(c.mode), c.insn) == DecodeResult::Ok;
  if (!c.decoded) return c;
  Insn const& i = c.insn;
  isa::Form const& f = isa::form(i.form);
  aim(c);
  MachineState& s = c.state;
  if ((f.mnemonic == "DIV" || f.mnemonic == "IDIV") && r.percent(80)) {
    s.gpr[RDX] = r.percent(50) ? 0 : r.below(16);
    if (f.mnemonic == "IDIV" && r.percent(30)) s.gpr[RDX] = ~uint64_t{0};
    if (c.mode != Mode::k64) s.gpr[RDX] = uint32_t(s.gpr[RDX]);
    if (i.opsize == 1 || f.operands == "Eb") s.gpr[RAX] = r.below(r.percent(50) ? 256 : 0x8000);
  }
  if (f.function.starts_with("bit.bt") && i.mem() && i.reg < 16 && f.operands == "Ev,Gv" && i.reg != i.base && i.reg != i.index)
    s.gpr[i.reg] = r.percent(90) ? uint32_t(r.below(0x8000) - 0x4000) : r.value();
  if (c.mode == Mode::k64 && f.function.starts_with("bit.bt") && i.opsize == 3 && i.mem() && f.operands == "Ev,Gv")
    s.gpr[i.reg] = uint64_t(int64_t(int32_t(s.gpr[i.reg])));
  if (f.function.starts_with("xsave.x")) {  // components that the host has beyond ours are not asked for
    uint64_t const foreign = native_.xcr0() & ~soft_.cpu().st.xcr0;
    s.gpr[RAX] &= ~uint64_t{uint32_t(foreign)};
    s.gpr[RDX] &= ~(foreign >> 32);
  }
  place_selectors(c);
  bool const repeated = (i.prefixes & (kRep | kRepne)) && f.is(isa::kTakesRep);
  if (repeated || f.function == "stack.pushf" || f.is(isa::kVsib)) c.until = Until::Trap;
  bool const shadow = f.function == "stack.pop_sreg" || f.function == "segment.mov_to_sreg" || f.function == "segment.lss";
  if ((c.until == Until::Trap || shadow) && offset + c.bytes.size >= kCodeSize) s.rip -= 32;  // room for the trap
  return c;
}

}  // namespace mullion::insn
