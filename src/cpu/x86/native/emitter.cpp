// Host instruction encodings: legacy, VEX and EVEX prefixes.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/native/emitter.hpp"

namespace mullion::x86::native {

void Emitter::put(const Encoding& e) {
  // Extension bits as the prefixes hold them before inversion. A memory operand has no index.
  uint8_t const r = (e.reg >> 3) & 1, b = (e.rm >> 3) & 1;
  switch (e.kind) {
    case Encoding::Kind::Legacy: {
      constexpr uint8_t kPrefix[4] = {0, 0x66, 0xF3, 0xF2};
      if (e.prefix != 0) byte(kPrefix[e.prefix]);
      uint8_t const rex = uint8_t(0x40 | (e.w << 3) | (r << 2) | b);
      if (rex != 0x40) byte(rex);
      if (e.map != 0) byte(0x0F);
      if (e.map == 2) byte(0x38);
      if (e.map == 3) byte(0x3A);
      break;
    }
    case Encoding::Kind::Vex:
      byte(0xC4);
      byte(uint8_t((r ? 0 : 0x80) | 0x40 | (b ? 0 : 0x20) | e.map));
      byte(uint8_t((e.w << 7) | ((~e.vvvv & 15) << 3) | ((e.length & 1) << 2) | e.prefix));
      break;
    case Encoding::Kind::Evex:
      byte(0x62);
      byte(uint8_t((r ? 0 : 0x80) | 0x40 | (b ? 0 : 0x20) | 0x10 | e.map));
      byte(uint8_t((e.w << 7) | ((~e.vvvv & 15) << 3) | 4 | e.prefix));
      byte(uint8_t((e.evex_z << 7) | ((e.length & 3) << 5) | (e.evex_b << 4) | 8 | e.evex_mask));
      break;
  }
  byte(e.opcode);
  byte(uint8_t((e.mem ? 0 : 0xC0) | ((e.reg & 7) << 3) | (e.rm & 7)));
  if (e.has_imm) byte(e.imm);
}

void Emitter::movups(unsigned xmm, unsigned base, bool store) {
  put({.opcode = uint8_t(store ? 0x11 : 0x10), .reg = uint8_t(xmm), .rm = uint8_t(base), .mem = true});
}

void Emitter::vmovups(unsigned xmm, unsigned base, unsigned length, bool store) {
  put({.kind = length == 2 ? Encoding::Kind::Evex : Encoding::Kind::Vex, .length = uint8_t(length),
       .opcode = uint8_t(store ? 0x11 : 0x10), .reg = uint8_t(xmm), .rm = uint8_t(base), .mem = true});
}

void Emitter::movq_mmx(unsigned mm, unsigned base, bool store) {
  put({.opcode = uint8_t(store ? 0x7F : 0x6F), .reg = uint8_t(mm), .rm = uint8_t(base), .mem = true});
}

void Emitter::kmov(unsigned k, unsigned base, bool wide, bool store) {
  put({.kind = Encoding::Kind::Vex, .w = wide, .opcode = uint8_t(store ? 0x91 : 0x90), .reg = uint8_t(k),
       .rm = uint8_t(base), .mem = true});
}

void Emitter::mov64(unsigned gpr, unsigned base, int32_t disp, bool store) {
  byte(uint8_t(0x48 | ((gpr >> 3) << 2) | (base >> 3)));
  byte(store ? 0x89 : 0x8B);
  byte(uint8_t(0x80 | ((gpr & 7) << 3) | (base & 7)));
  put32(uint32_t(disp));
}

}  // namespace mullion::x86::native
