// Writes random encodings of a form of the opcode table, from the text of its columns alone.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/isa/form.hpp"
#include "insn/native_runner.hpp"
#include "insn/random.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mullion::insn {

// A form's encoding and operand columns, taken apart. Knows nothing of the decoder.
class Encoder {
 public:
  explicit Encoder(const x86::isa::Form& form);

  struct Bytes {
    std::array<uint8_t, 15> data{};
    unsigned size = 0;
    void put(uint64_t v, unsigned n = 1) {
      for (; n != 0 && size < data.size(); --n, v >>= 8) data[size++] = uint8_t(v);
    }
    std::string text() const;
  };
  // `rip` is where the bytes will lie (an offset in CS); operands without a register point to `data`, an offset in
  // the data segments.
  Bytes encode(Random& random, Mode mode, uint64_t rip, uint64_t data) const;

 private:
  enum class Space : uint8_t { Legacy, Vex, Evex, Xop };
  struct Operand {
    std::string letter, size;
    bool memory_only = false, register_only = false, modrm = false;
  };
  void parse_encoding(std::string_view text);
  void parse_operands(std::string_view text);
  bool has(std::string_view letter) const;
  bool is(x86::isa::Attribute a) const { return form_.is(a); }

  struct Choice {  // of one encoding
    Mode mode = Mode::k64;
    unsigned opsize = 4, addrsize = 8;
    bool memory = false;
    uint8_t rex = 0;   // W R X B in bits 3-0
    uint8_t modrm = 0, sib = 0;
    bool has_sib = false;
    unsigned disp_size = 0;
    bool absolute = false, rip_relative = false;
    uint64_t disp = 0;
    uint8_t high = 0;  // EVEX: R' and V' in bits 4 and 3
    uint8_t vvvv = 0;
  };
  void choose_modrm(Random& r, Choice& c, uint64_t data) const;
  void put_prefixes(Random& r, Choice& c, Bytes& b) const;
  void put_vex(Random& r, Choice& c, Bytes& b) const;
  void put_evex(Random& r, Choice& c, Bytes& b) const;
  unsigned immediate_size(const Choice& c) const;
  uint64_t immediate(Random& r, const Choice& c, const Operand& o, unsigned& size, uint64_t data) const;
  uint8_t opcode(Random& r) const;

  const x86::isa::Form& form_;
  Space space_ = Space::Legacy;
  int prefix_ = -1;  // 0 none allowed, 0x66, 0xF3, 0xF2; -1: does not select
  int w_ = -1;
  unsigned map_ = 0;
  std::string length_;
  uint8_t opcode_ = 0;
  bool plus_r_ = false, plus_cc_ = false, any_opcode_ = false, modrm_ = false;
  int digit_ = -1, fixed_modrm_ = -1;
  std::vector<Operand> operands_;
};

}  // namespace mullion::insn
