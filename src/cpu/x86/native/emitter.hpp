// Writes the few host instructions that stubs are made of.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace mullion::x86::native {

// An instruction in encoded fields. Register numbers are host registers; `base` is the memory operand's register
// (never RSP, RBP, R12, R13: they would need SIB or a displacement).
struct Encoding {
  enum class Kind : uint8_t { Legacy, Vex, Evex } kind = Kind::Legacy;
  uint8_t prefix = 0;      // mandatory prefix: 0: none, 1: 66, 2: F3, 3: F2
  uint8_t map = 1;         // 0: one-byte, 1: 0F, 2: 0F38, 3: 0F3A, 5, 6
  bool w = false;
  uint8_t length = 0;      // VEX.L; EVEX.L'L
  uint8_t opcode = 0;
  uint8_t reg = 0;         // ModRM.reg
  uint8_t vvvv = 0;
  uint8_t rm = 0;          // ModRM.rm as a register, or
  bool mem = false;        // ... [rm]
  bool has_imm = false;
  uint8_t imm = 0;
  uint8_t evex_mask = 0;
  bool evex_z = false, evex_b = false;
};

class Emitter {
 public:
  static constexpr size_t kMax = 256;

  void bytes(std::initializer_list<uint8_t> list) {
    for (uint8_t b : list) byte(b);
  }
  void byte(uint8_t b) {
    if (size_ < kMax) code_[size_] = b;
    ++size_;
  }
  void put32(uint32_t v) {
    for (unsigned n = 0; n < 4; ++n) byte(uint8_t(v >> (8 * n)));
  }
  void put(const Encoding& e);

  // Moves between a register and memory at [base].
  void movups(unsigned xmm, unsigned base, bool store);                        // 128 bits, legacy
  void vmovups(unsigned xmm, unsigned base, unsigned length, bool store);      // length 0, 1, 2
  void movq_mmx(unsigned mm, unsigned base, bool store);
  void kmov(unsigned k, unsigned base, bool wide, bool store);                 // wide: 64 bits, else 16
  void mov64(unsigned gpr, unsigned base, int32_t disp, bool store);
  void vzeroupper() { bytes({0xC5, 0xF8, 0x77}); }
  void emms() { bytes({0x0F, 0x77}); }
  void flags_to_rax() { bytes({0x9C, 0x58}); }  // pushfq; pop rax
  void ret() { byte(0xC3); }

  bool ok() const { return size_ <= kMax; }
  size_t size() const { return size_; }
  const uint8_t* data() const { return code_.data(); }

 private:
  std::array<uint8_t, kMax> code_{};
  size_t size_ = 0;
};

}  // namespace mullion::x86::native
