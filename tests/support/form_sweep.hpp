// A processor with its initial state in flat memory, and an encoding of every form, for tests that compare two runs.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/decode/decoder.hpp"
#include "cpu/x86/interp/interpreter.hpp"
#include "cpu/x86/state/state_view.hpp"
#include "support/flat_port.hpp"

#include <random>
#include <set>
#include <tuple>
#include <vector>

namespace mullion::x86::test {

using Bytes = std::vector<uint8_t>;

// Flat memory, identity-mapped in 64-bit mode; everything at CPL 0.
class World {
 public:
  static constexpr uint64_t kCode = 0x5000, kRam = 0x20000;

  // Memory operands of encodings() are at rsi + 16.
  World(CodeSize code, const CpuModel& model, uint64_t rsi = 0x9000) : port(kRam), cpu(port, model), start_(kRam) {
    reset_state(code);
    cpu.st.gpr[RSI] = rsi;
    std::mt19937_64 random(7);
    for (uint64_t at = 0x6000; at < kRam; at += 8) port.poke<uint64_t>(at, random());
    for (uint64_t n = 0; n < 512; ++n) port.poke<uint64_t>(0x3000 + 8 * n, n << 21 | 0xE3);  // 2 MiB pages, accessed, dirty
    port.poke<uint64_t>(0x1000, 0x2023);
    port.poke<uint64_t>(0x2000, 0x3023);
    start_ = port.ram;
    initial_ = cpu.st;
    cpu.update_mode();
  }

  // The initial state and memory, with `bytes` to be executed next.
  void prepare(const Bytes& bytes) {
    port.ram = start_;
    port.write(kCode, bytes);
    cpu.st = initial_;
    cpu.update_mode();
    cpu.flush_tlb(true);
    port.mmio.clear();
    port.pio.clear();
  }
  // Runs `bytes` with all groups but `valid` replaced.
  Status run(const Bytes& bytes, StateMask valid, const ArchState& poison) {
    prepare(bytes);
    copy_state(kStateAll & ~valid, poison, cpu.st);
    return step(cpu);
  }
  const ArchState& initial() const { return initial_; }

  FlatPort port;
  Cpu cpu;

 private:
  void reset_state(CodeSize code) {
    ArchState& st = cpu.st;
    std::mt19937_64 random(3);
    bool const wide = code == CodeSize::k64;
    Segment const data{.base = 0, .limit = 0xFFFFFFFF, .selector = 0x10, .attributes = 0xC093};
    for (auto& s : st.seg) s = data;
    st.seg[CS] = {.base = 0, .limit = 0xFFFFFFFF, .selector = 8, .attributes = uint16_t(wide ? 0xA09B : 0xC09B)};
    st.cr0 = CR0_PE | CR0_ET | CR0_NE | (wide ? uint64_t{CR0_PG} : 0);
    st.cr3 = 0x1000;
    st.cr4 = (CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE | CR4_FSGSBASE | CR4_DE) & cpu.model.cr4_valid();
    st.efer = wide ? EFER_LME | EFER_LMA : 0;
    st.xcr0 = cpu.model.xcr0_valid() & ~uint64_t{XCR0_PKRU};
    st.rip = kCode;
    for (unsigned n = 0; n < 16; ++n) st.gpr[n] = 0x8000 + 64 * (random() % 0x300);
    st.gpr[RCX] = 3;
    st.gpr[RSP] = 0x18000;
    st.flags.set_rflags(0x202 | 0x91);
    for (auto& v : st.zmm)
      for (auto& b : v.bytes) b = uint8_t(random());
    for (auto& k : st.k) k = random();
    st.msr.tsc_offset = 12345;
    st.activity = Activity::Running;
  }

  std::vector<uint8_t> start_;
  ArchState initial_;
};

inline ArchState poison_of(const ArchState& good) {
  ArchState p = good;
  for (unsigned n = 0; n < 16; ++n) p.gpr[n] = 0x00000DEADBEE0000 + n * 0x111;
  for (unsigned n : {ES, DS, FS, GS}) p.seg[n] = Segment{.base = 0x77770000, .limit = 1, .selector = 0x33, .attributes = 0x91};
  p.ldtr = p.tr = p.seg[DS];
  p.gdtr = p.idtr = TableRegister{.base = 0x66660000, .limit = 7};
  p.flags.set_rflags(good.flags.rflags() ^ (0x8D5 | 0x400));
  p.cr2 = 0x1234;
  p.dr[0] = 0x999;
  for (auto& v : p.zmm) v.bytes.fill(0x5A);
  p.k.fill(0xA5A5);
  p.x87.fcw = 0x123;
  p.x87.ftw = 0xFF;
  for (auto& r : p.x87.st) r = {.mantissa = 0x8000000000005A5A, .sign_exponent = 0x4005};
  p.x87.mxcsr = 0x1FA0;
  p.msr.tsc_offset = 999;
  p.msr.tsc_aux = 77;
  p.msr.sysenter_cs = 55;
  return p;
}

// The groups in which two states differ.
inline StateMask difference(const ArchState& a, const ArchState& b) {
  StateMask d = 0;
  for (unsigned n = 0; n < 16; ++n)
    if (a.gpr[n] != b.gpr[n]) d |= state_gpr(n);
  auto same = [](const Segment& x, const Segment& y) {
    return x.base == y.base && x.limit == y.limit && x.selector == y.selector && x.attributes == y.attributes;
  };
  for (unsigned n = 0; n < 6; ++n)
    if (!same(a.seg[n], b.seg[n])) d |= state_segment(n);
  auto note = [&](bool equal, StateMask group) { if (!equal) d |= group; };
  note(same(a.ldtr, b.ldtr), kStateLdtr);
  note(same(a.tr, b.tr), kStateTr);
  note(a.gdtr.base == b.gdtr.base && a.gdtr.limit == b.gdtr.limit, kStateGdtr);
  note(a.idtr.base == b.idtr.base && a.idtr.limit == b.idtr.limit, kStateIdtr);
  note(a.flags.rflags() == b.flags.rflags(), kStateFlags);
  note(a.cr0 == b.cr0, kStateCr0);
  note(a.cr2 == b.cr2, kStateCr2);
  note(a.cr3 == b.cr3, kStateCr3);
  note(a.cr4 == b.cr4, kStateCr4);
  note(a.efer == b.efer, kStateEfer);
  note(a.dr == b.dr, kStateDr);
  note(a.rip == b.rip, kStateRip);
  note(a.k == b.k, kStateOpmask);
  note(a.x87.mxcsr == b.x87.mxcsr, kStateMxcsr);
  note(a.xcr0 == b.xcr0, kStateXcr0);
  note(a.pkru == b.pkru, kStatePkru);
  note(a.msr.tsc_aux == b.msr.tsc_aux && a.msr.sysenter_cs == b.msr.sysenter_cs &&
           a.msr.kernel_gs_base == b.msr.kernel_gs_base, kStateMsrs);
  note(a.activity == b.activity && a.interrupt_shadow == b.interrupt_shadow && a.mov_ss_shadow == b.mov_ss_shadow,
       kStateActivity);
  bool x87 = a.x87.fcw == b.x87.fcw && a.x87.fsw == b.x87.fsw && a.x87.ftw == b.x87.ftw && a.x87.fop == b.x87.fop &&
             a.x87.fip == b.x87.fip && a.x87.fdp == b.x87.fdp;
  for (unsigned n = 0; n < 8; ++n)
    x87 = x87 && a.x87.st[n].mantissa == b.x87.st[n].mantissa && a.x87.st[n].sign_exponent == b.x87.st[n].sign_exponent;
  note(x87, kStateX87);
  for (unsigned n = 0; n < 32; ++n) {
    for (unsigned at = 0; at < 64; ++at)
      note(a.zmm[n].bytes[at] == b.zmm[n].bytes[at],
           n >= 16 || at >= 32 ? kStateAvx512 : at >= 16 ? kStateAvx : kStateSse);
  }
  return d;
}

// One encoding of each form, operand size, vector length and ModRM kind that a sweep over the opcode maps meets.
inline std::vector<Bytes> encodings(CodeSize code) {
  // What follows the ModRM byte: an 8-bit displacement, immediates, a moffs.
  constexpr uint8_t kTail[] = {0x10, 0x60, 0, 0, 0, 0, 0, 0, 0};
  std::set<std::tuple<unsigned, unsigned, unsigned, unsigned>> seen;
  std::vector<Bytes> found;
  auto consider = [&](Bytes b) {
    b.insert(b.end(), std::begin(kTail), std::end(kTail));
    if (b.size() > 15) b.resize(15);
    Insn i;
    if (decode(b, code, i) != DecodeResult::Ok) return;
    if (!seen.insert({i.form, i.opsize, i.vl, i.mem() ? 1 : 0}).second) return;
    b.resize(i.length);
    found.push_back(std::move(b));
  };
  std::vector<uint8_t> modrms;
  for (unsigned reg = 0; reg < 8; ++reg) {
    modrms.push_back(uint8_t(0x46 | reg << 3));  // [rsi + disp8]
    modrms.push_back(uint8_t(0xC3 | reg << 3));  // rBX
  }
  for (unsigned b = 0xC0; b < 0x100; ++b) modrms.push_back(uint8_t(b));
  std::vector<Bytes> prefixes{{}, {0x66}, {0xF2}, {0xF3}};
  if (code == CodeSize::k64)
    for (size_t n = 0; n < 4; ++n) prefixes.push_back(prefixes[n]), prefixes.back().push_back(0x48);
  for (auto const& prefix : prefixes) {
    for (auto const& map : {Bytes{}, Bytes{0x0F}, Bytes{0x0F, 0x38}, Bytes{0x0F, 0x3A}}) {
      for (unsigned op = 0; op < 256; ++op) {
        for (uint8_t const modrm : modrms) {
          Bytes b = prefix;
          b.insert(b.end(), map.begin(), map.end());
          b.push_back(uint8_t(op));
          b.push_back(modrm);
          consider(std::move(b));
        }
      }
    }
  }
  // VEX (C4) and EVEX: map, pp, W, L; vvvv names register 5, or none.
  for (unsigned vvvv : {10u, 15u}) {
    for (unsigned mode = 0; mode < 4 * 2 * 3; ++mode) {
      unsigned const pp = mode & 3, w = (mode >> 2) & 1, l = mode >> 3;
      for (unsigned map = 1; map <= 6; ++map) {
        for (unsigned op = 0; op < 256; ++op) {
          for (size_t n = 0; n < 16; ++n) {
            if (map <= 3 && l < 2)
              consider({0xC4, uint8_t(0xE0 | map), uint8_t(w << 7 | vvvv << 3 | l << 2 | pp), uint8_t(op), modrms[n]});
            for (uint8_t const mask : {0, 1})
              consider({0x62, uint8_t(0xF0 | map), uint8_t(w << 7 | vvvv << 3 | 4 | pp), uint8_t(l << 5 | 8 | mask),
                        uint8_t(op), modrms[n]});
          }
        }
      }
    }
  }
  return found;
}

}  // namespace mullion::x86::test
