// Writes random encodings of a form of the opcode table.
// SPDX-License-Identifier: Apache-2.0
#include "insn/encoder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace mullion::insn {
namespace {

using namespace x86;

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> out;
  while (!text.empty()) {
    size_t const n = std::min(text.find(at), text.size());
    if (n != 0) out.emplace_back(text.substr(0, n));
    text.remove_prefix(std::min(text.size(), n + 1));
  }
  return out;
}

bool is_hex_byte(std::string_view w) {
  return w.size() == 2 && std::all_of(w.begin(), w.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); });
}

int prefix_of(std::string_view w) { return w == "NP" ? 0 : w == "66" ? 0x66 : w == "F3" ? 0xF3 : w == "F2" ? 0xF2 : -1; }

}  // namespace

std::string Encoder::Bytes::text() const {
  std::string s;
  for (unsigned n = 0; n < size; ++n) s += fmt::format("{}{:02X}", n ? " " : "", data[n]);
  return s;
}

Encoder::Encoder(const isa::Form& form) : form_(form) {
  parse_encoding(form.encoding);
  parse_operands(form.operands);
}

void Encoder::parse_encoding(std::string_view text) {
  std::vector<std::string> words = split(text, ' ');
  size_t n = 0;
  if (words[0].starts_with("VEX.") || words[0].starts_with("EVEX.")) {
    auto const parts = split(words[n++], '.');
    space_ = parts[0] == "VEX" ? Space::Vex : Space::Evex;
    length_ = parts[1];
    prefix_ = prefix_of(parts[2]);
    map_ = parts[3] == "0F" ? 1 : parts[3] == "0F38" ? 2 : parts[3] == "0F3A" ? 3 : parts[3] == "MAP5" ? 5 : 6;
    if (parts.size() > 4) w_ = parts[4] == "W0" ? 0 : parts[4] == "W1" ? 1 : -1;
  } else if (words[0].starts_with("XOP.")) {
    space_ = Space::Xop;
    map_ = unsigned(std::strtoul(words[n++].c_str() + 4, nullptr, 16));
  } else if (prefix_of(words[0]) >= 0 && words.size() > 1 &&
             (words[0] == "NP" || words[1] == "0F" || words[1] == "90" || words[1] == "W0" || words[1] == "W1")) {
    prefix_ = prefix_of(words[n++]);
  }
  if (words[n] == "W0" || words[n] == "W1") w_ = words[n++][1] - '0';
  std::vector<uint8_t> opcode;
  for (; n < words.size() && is_hex_byte(words[n]); ++n) opcode.push_back(uint8_t(std::strtoul(words[n].c_str(), nullptr, 16)));
  if (space_ == Space::Legacy && opcode.size() > 1 && opcode[0] == 0x0F) {
    opcode.erase(opcode.begin());
    map_ = 1;
    if (opcode.size() > 1 && (opcode[0] == 0x38 || opcode[0] == 0x3A)) {
      map_ = opcode[0] == 0x38 ? 2 : 3;
      opcode.erase(opcode.begin());
    }
  }
  if (!opcode.empty()) opcode_ = opcode[0];
  for (; n < words.size(); ++n) {
    std::string const& w = words[n];
    if (w == "**") any_opcode_ = true;
    else if (w == "+r") plus_r_ = true;
    else if (w == "+cc") plus_cc_ = true;
    else if (w == "/r") modrm_ = true;
    else if (w[0] == '/') modrm_ = true, digit_ = w[1] - '0';
    else if (w[0] == '(') modrm_ = true, fixed_modrm_ = int(std::strtoul(w.c_str() + 1, nullptr, 16));
  }
}

void Encoder::parse_operands(std::string_view text) {
  for (std::string const& word : split(text, ',')) {
    std::string const body = word.substr(0, word.find('{'));
    Operand o;
    for (std::string_view name : {"Kreg", "Kvvvv", "Krm", "VM", "TM", "STi", "ST0", "XMM0"})
      if (body.starts_with(name)) o.letter = name;
    static constexpr std::string_view kFixed[] = {"AL", "CL", "AX", "DX", "rAX", "eAX", "rDX", "EAX", "AH", "ES", "CS", "SS", "DS", "FS", "GS", "1"};
    if (std::find(std::begin(kFixed), std::end(kFixed), body) != std::end(kFixed)) o.letter = "fixed";
    if (o.letter.empty()) {
      o.letter = body.substr(0, 1);
      o.size = body.substr(1);
    }
    auto const one_of = [&](std::initializer_list<std::string_view> of) {
      return std::find(of.begin(), of.end(), o.letter) != of.end();
    };
    o.memory_only = one_of({"M", "VM"});
    o.register_only = one_of({"R", "U", "N", "STi"});
    o.modrm = o.memory_only || o.register_only || one_of({"E", "W", "Q", "Krm"});
    operands_.push_back(o);
  }
}

bool Encoder::has(std::string_view letter) const {
  return std::any_of(operands_.begin(), operands_.end(), [&](const Operand& o) { return o.letter == letter; });
}

void Encoder::choose_modrm(Random& r, Choice& c, uint64_t data) const {
  if (fixed_modrm_ >= 0) {
    c.modrm = uint8_t(fixed_modrm_);
    c.rex &= 0xA;
    return;
  }
  c.modrm = uint8_t((digit_ >= 0 ? unsigned(digit_) : r.below(8)) << 3);
  auto const rm = std::find_if(operands_.begin(), operands_.end(), [](const Operand& o) { return o.modrm; });
  bool const may_register = rm == operands_.end() ? digit_ < 0 : !rm->memory_only;
  bool const may_memory = rm != operands_.end() && !rm->register_only;
  c.memory = may_memory && (!may_register || r.percent(60)) && !is(isa::kModIgnored);
  if (!c.memory) {
    c.modrm |= uint8_t(0xC0 | r.below(8));
    return;
  }
  bool const vsib = is(isa::kVsib);
  unsigned const mod = unsigned(r.below(3));
  unsigned const low = vsib ? 4 : unsigned(r.below(8));
  c.modrm |= uint8_t(mod << 6 | low);
  if (c.addrsize == 2) {
    c.disp_size = mod == 0 ? (low == 6 ? 2 : 0) : mod;
    c.absolute = mod == 0 && low == 6;
    c.disp = r.next();
  } else {
    c.disp_size = mod == 1 ? 1 : mod == 2 ? 4 : 0;
    c.disp = r.percent(70) ? r.below(0x2000) - 0x1000 : r.next();
    unsigned base = low;
    if (low == 4) {
      c.has_sib = true;
      c.sib = uint8_t(r.below(256));
      if (r.percent(20) && !vsib) c.sib = uint8_t((c.sib & 0xC7) | 0x20);
      base = c.sib & 7;
    }
    if (mod == 0 && base == 5) {
      c.disp_size = 4;
      c.absolute = true;
      c.rip_relative = c.mode == Mode::k64 && low == 5;
    }
  }
  if (c.absolute) c.disp = data;
}

uint8_t Encoder::opcode(Random& r) const {
  if (any_opcode_) return uint8_t(r.below(256));
  return uint8_t(opcode_ + (plus_r_ ? r.below(8) : plus_cc_ ? r.below(16) : 0));
}

// Prefixes of legacy forms: order is free but for REX, which is last.
void Encoder::put_prefixes(Random& r, Choice& c, Bytes& b) const {
  bool const legacy = space_ == Space::Legacy;
  bool const selected = prefix_ >= 0;
  if (r.percent(12)) b.put(r.pick<uint8_t>({0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65}));
  bool const other_address = r.percent(10);
  if (other_address) b.put(0x67);
  c.addrsize = c.mode == Mode::k64 ? (other_address ? 4 : 8) : (c.mode == Mode::k32) != other_address ? 4 : 2;
  bool opsize = false;
  if (legacy) {
    opsize = prefix_ == 0x66 || (prefix_ > 0x66 && r.percent(10)) || (!selected && r.percent(25));
    if (opsize) b.put(0x66);
    if (is(isa::kLockable) ? r.percent(25) : r.percent(1)) b.put(0xF0);
    if (prefix_ > 0x66) b.put(uint64_t(prefix_));
    else if (!selected && r.percent(is(isa::kTakesRep) ? 70 : 2)) b.put(r.percent(50) ? 0xF3 : 0xF2);
  }
  c.opsize = (c.mode == Mode::k16) != opsize ? 2 : 4;
  if (c.mode == Mode::k64 && legacy) {
    c.rex = uint8_t(r.below(16));
    if (w_ >= 0) c.rex = uint8_t((c.rex & 7) | w_ << 3);
    else if (r.percent(30)) c.rex = 0;
    if (c.rex != 0 || r.percent(20)) b.put(0x40 | c.rex);
    if (c.rex & 8) c.opsize = 8;
  }
}

void Encoder::put_vex(Random& r, Choice& c, Bytes& b) const {
  unsigned const l = length_ == "256" || length_ == "L1" ? 1 : length_ == "128" || length_ == "L0" ? 0 : unsigned(r.below(2));
  unsigned const w = w_ >= 0 ? unsigned(w_) : unsigned(r.below(2));
  unsigned const pp = prefix_ == 0x66 ? 1 : prefix_ == 0xF3 ? 2 : prefix_ == 0xF2 ? 3 : 0;
  bool const wide = c.mode == Mode::k64;
  bool const uses_vvvv = has("H") || has("B") || has("Kvvvv");
  c.vvvv = uses_vvvv ? uint8_t(r.below(wide ? 16 : 8)) : 0;
  if (has("Kvvvv")) c.vvvv &= 7;
  c.rex = uint8_t(wide ? r.below(8) : 0) | uint8_t(w << 3);
  if (has("Kreg")) c.rex &= 0xB;
  if (wide && w) c.opsize = 8;
  uint8_t const tail = uint8_t((~c.vvvv & 15) << 3 | l << 2 | pp);
  if (map_ == 1 && (w_ != 1) && !w && (c.rex & 3) == 0 && r.percent(70)) {
    b.put(0xC5);
    b.put((c.rex & 4 ? 0 : 0x80) | tail);
    return;
  }
  b.put(space_ == Space::Xop ? 0x8F : 0xC4);
  b.put(uint8_t((~c.rex & 7) << 5 | map_));
  b.put(uint8_t(w << 7 | tail));
}

void Encoder::put_evex(Random& r, Choice& c, Bytes& b) const {
  unsigned l = length_ == "512" ? 2 : length_ == "256" || length_ == "L1" ? 1 : length_ == "128" || length_ == "L0" ? 0 : unsigned(r.below(3));
  unsigned const w = w_ >= 0 ? unsigned(w_) : unsigned(r.below(2));
  unsigned const pp = prefix_ == 0x66 ? 1 : prefix_ == 0xF3 ? 2 : prefix_ == 0xF2 ? 3 : 0;
  bool const wide = c.mode == Mode::k64;
  bool const vsib = is(isa::kVsib);
  bool const uses_vvvv = has("H") || has("B") || has("Kvvvv");
  unsigned const vvvv = uses_vvvv ? unsigned(r.below(wide ? 32 : 8)) : 0;
  unsigned v_high = vsib ? unsigned(r.below(wide ? 2 : 1)) : vvvv >> 4;
  unsigned r_high = wide ? unsigned(r.below(2)) : 0;
  c.rex = uint8_t(wide ? r.below(8) : 0);
  if (has("Kreg") || has("G")) r_high = 0;
  if (has("Kreg")) c.rex &= 3;
  if (wide && w) c.opsize = 8;
  bool const rounds = is(isa::kRounding) || is(isa::kSae);
  bool const b_bit = c.memory ? is(isa::kBroadcast) && r.percent(40) : rounds && r.percent(40);
  if (b_bit && !c.memory && is(isa::kRounding)) l = unsigned(r.below(4));
  else if (b_bit && !c.memory && length_ == "L") l = 2;
  unsigned mask = is(isa::kMasking) || is(isa::kMaskRequired) ? unsigned(r.percent(40) ? 0 : r.below(8)) : 0;
  if (is(isa::kMaskRequired)) mask = 1 + unsigned(r.below(7));
  bool const z = is(isa::kZeroing) && mask != 0 && r.percent(40);
  b.put(0x62);
  b.put(uint8_t((~c.rex & 7) << 5 | (r_high ^ 1) << 4 | map_));
  b.put(uint8_t(w << 7 | (~vvvv & 15) << 3 | 4 | pp));
  b.put(uint8_t(unsigned{z} << 7 | l << 5 | unsigned{b_bit} << 4 | (v_high ^ 1) << 3 | mask));
}

// A value for operand `o` if it is an immediate, and its size.
uint64_t Encoder::immediate(Random& r, const Choice& c, const Operand& o, unsigned& size, uint64_t data) const {
  unsigned const z = c.opsize == 2 ? 2 : 4;
  size = 0;
  if (o.letter == "I") {
    size = o.size == "w" ? 2 : o.size == "z" ? z : o.size == "v" ? c.opsize : 1;
    return r.value();
  }
  if (o.letter == "J") {
    size = o.size == "b" ? 1 : c.mode == Mode::k64 ? 4 : z;
    return r.percent(80) ? r.below(256) - 128 : r.next();
  }
  if (o.letter == "A") {
    size = z + 2;
    uint64_t const selector = r.pick<uint16_t>({kUser32Cs, kUser64Cs, kLdtCode16, kUserDs, 0, kLdtNotPresent});
    return (r.percent(80) ? kCode + r.below(kCodeSize) : r.next()) % (uint64_t{1} << (8 * z)) | selector << (8 * z);
  }
  if (o.letter == "O") {
    size = c.addrsize;
    return data;
  }
  if (o.letter == "L") {
    size = 1;
    return r.next();
  }
  return 0;
}

Encoder::Bytes Encoder::encode(Random& r, Mode mode, uint64_t rip, uint64_t data) const {
  Bytes b;
  Choice c;
  c.mode = mode;
  put_prefixes(r, c, b);
  if (space_ == Space::Legacy) {
    if (map_ != 0) b.put(0x0F);
    if (map_ > 1) b.put(map_ == 2 ? 0x38 : 0x3A);
    b.put(opcode(r));
    if (modrm_) choose_modrm(r, c, data);
  } else {
    choose_modrm(r, c, data);
    if (space_ == Space::Evex) put_evex(r, c, b);
    else put_vex(r, c, b);
    b.put(opcode(r));
  }
  unsigned displacement_at = 0;
  if (modrm_) {
    b.put(c.modrm);
    if (c.has_sib) b.put(c.sib);
    displacement_at = b.size;
    b.put(c.disp, c.disp_size);
  }
  for (Operand const& o : operands_) {
    unsigned size;
    uint64_t const v = immediate(r, c, o, size, data);
    b.put(v, size);
  }
  if (c.rip_relative && displacement_at + 4 <= b.data.size()) {
    uint64_t const relative = data - (rip + b.size);
    for (unsigned n = 0; n < 4; ++n) b.data[displacement_at + n] = uint8_t(relative >> (8 * n));
  }
  return b;
}

}  // namespace mullion::insn
