// Text of a decoded instruction, in the manual's (Intel) syntax, from the opcode table.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/decode/disassembler.hpp"

#include "cpu/x86/isa/form.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace mullion::x86 {

namespace {

constexpr std::string_view kGpr8[] = {"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil"};
constexpr std::string_view kHigh8[] = {"ah", "ch", "dh", "bh"};
constexpr std::string_view kGpr16[] = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};
constexpr std::string_view kSegments[] = {"es", "cs", "ss", "ds", "fs", "gs", "seg6", "seg7"};
constexpr std::string_view kConditions[] = {"o", "no", "b", "ae", "e", "ne", "be", "a",
                                            "s", "ns", "p", "np", "l", "ge", "le", "g"};
constexpr std::string_view kRounding[] = {"rn-sae", "rd-sae", "ru-sae", "rz-sae"};

std::string gpr(unsigned n, unsigned bytes) {
  if (n >= 20) return std::string(kHigh8[(n - 20) & 3]);
  if (n >= 8) return fmt::format("r{}{}", n, bytes == 1 ? "b" : bytes == 2 ? "w" : bytes == 4 ? "d" : "");
  if (bytes == 1) return std::string(kGpr8[n]);
  return fmt::format("{}{}", bytes == 8 ? "r" : bytes == 4 ? "e" : "", kGpr16[n]);
}

std::string signed_hex(int64_t v) {
  return v < 0 ? fmt::format("-{:#x}", uint64_t{0} - uint64_t(v)) : fmt::format("{:#x}", v);
}

std::string_view width_name(unsigned bytes) {
  switch (bytes) {
    case 1: return "byte ";
    case 2: return "word ";
    case 4: return "dword ";
    case 6: return "fword ";
    case 8: return "qword ";
    case 10: return "tbyte ";
    case 16: return "xmmword ";
    case 32: return "ymmword ";
    case 64: return "zmmword ";
    default: return "";
  }
}

class Text {
 public:
  Text(const Insn& insn, uint64_t rip) : i_(insn), form_(isa::form(insn.form)), rip_(rip) {}

  std::string str() {
    std::string out;
    if (i_.has(kLock)) out += "lock ";
    if (form_.is(isa::kTakesRep)) {
      bool const compares = form_.mnemonic == "CMPS" || form_.mnemonic == "SCAS";
      if (i_.has(kRep)) out += compares ? "repe " : "rep ";
      if (i_.has(kRepne)) out += "repne ";
    }
    out += mnemonic();
    std::string_view rest = form_.is(isa::kTakesRep) ? std::string_view{} : form_.operands;  // strings: all implied
    char const* separator = " ";
    while (!rest.empty()) {
      size_t const comma = rest.find(',');
      std::string const text = operand(rest.substr(0, comma));
      rest = comma == rest.npos ? std::string_view{} : rest.substr(comma + 1);
      if (text.empty()) continue;
      out += separator;
      out += text;
      separator = ", ";
    }
    return out;
  }

 private:
  unsigned opsize() const { return 1u << i_.opsize; }

  std::string mnemonic() const {
    std::string_view const m = form_.mnemonic;
    std::string out;
    for (char c : m) out += char(c >= 'A' && c <= 'Z' ? c + 32 : c);
    unsigned const by_size = i_.opsize - 1;
    using Names = std::array<std::string_view, 3>;
    static constexpr struct { std::string_view name; Names names; } kSized[] = {
        {"CBW", {"cbw", "cwde", "cdqe"}}, {"CWD", {"cwd", "cdq", "cqo"}}, {"IRET", {"iret", "iretd", "iretq"}},
        {"PUSHF", {"pushf", "pushfd", "pushfq"}}, {"POPF", {"popf", "popfd", "popfq"}},
        {"PUSHA", {"pusha", "pushad", "pushad"}}, {"POPA", {"popa", "popad", "popad"}},
        {"JRCXZ", {"jcxz", "jecxz", "jrcxz"}},
    };
    for (auto const& s : kSized) {
      if (m == s.name) return std::string(s.names[m == "JRCXZ" ? i_.addrsize - 1 : by_size]);
    }
    if (size_t const cc = out.find("cc"); cc != out.npos && form_.encoding.find("+cc") != std::string_view::npos) {
      return out.substr(0, cc) + std::string(kConditions[i_.opcode & 15]);
    }
    if (form_.is(isa::kTakesRep)) out += "bwdq"[__builtin_ctz(isa::memory_bytes(i_))];
    return out;
  }

  // Bytes of a register operand by its size letters; vector registers: bytes of the register.
  unsigned register_bytes(std::string_view size) const {
    unsigned const vector = 16u << i_.vl;
    if (size == "b") return 1;
    if (size == "w") return 2;
    if (size == "d") return 4;
    if (size == "q") return 8;
    if (size == "v") return opsize();
    if (size == "z") return i_.opsize == 1 ? 2 : 4;
    if (size == "y") return i_.opsize == 3 ? 8 : 4;
    if (size == "r" || size == "m") return i_.code == CodeSize::k64 ? 8 : 4;
    if (size == "x") return vector;
    if (size == "hx") return vector / 2;
    if (size == "qx") return vector / 4;
    if (size == "ex") return vector / 8;
    if (size == "qq") return 32;
    if (size == "oq") return 64;
    return size.empty() ? 1u << i_.addrsize : 16;
  }

  std::string vector(unsigned n, std::string_view size) const {
    unsigned const bytes = size == "b" || size == "w" || size == "d" || size == "q" ? 16 : register_bytes(size);
    return fmt::format("{}mm{}", bytes >= 64 ? 'z' : bytes == 32 ? 'y' : 'x', n);
  }

  std::string memory(char letter) const {
    bool const unsized = form_.is(isa::kAddressOnly) || form_.mem_size == isa::MemSize::TableRegister;
    unsigned const bytes = unsized ? 0 : isa::memory_bytes(i_);
    std::string out(width_name(letter == 'V' ? 0 : bytes));
    if (i_.has(kSegOverride) || i_.seg == ES) out += fmt::format("{}:", kSegments[i_.seg & 7]);
    out += '[';
    if (i_.base == kRipReg) return out + fmt::format("{:#x}]", (rip_ + uint64_t(i_.disp)) & address_mask());
    bool any = false;
    if (i_.base != kNoReg) {
      out += gpr(i_.base, 1u << i_.addrsize);
      any = true;
    }
    if (i_.index != kNoReg) {
      if (any) out += '+';
      out += form_.is(isa::kVsib) ? fmt::format("{}mm{}", i_.vl == 2 ? 'z' : i_.vl == 1 ? 'y' : 'x', i_.index)
                                  : gpr(i_.index, 1u << i_.addrsize);
      if (i_.scale != 0) out += fmt::format("*{}", 1u << i_.scale);
      any = true;
    }
    if (!any) return out + fmt::format("{:#x}]", uint64_t(i_.disp) & address_mask());
    if (i_.disp > 0) out += '+';
    if (i_.disp != 0) out += signed_hex(i_.disp);
    return out + ']';
  }
  uint64_t address_mask() const { return i_.addrsize == 3 ? ~uint64_t{0} : (uint64_t{1} << (8u << i_.addrsize)) - 1; }

  std::string rm(char letter, std::string_view size) const {
    if (i_.mem()) return memory(letter);
    if (letter == 'W' || letter == 'U') return vector(i_.rm, size);
    if (letter == 'Q' || letter == 'N') return fmt::format("mm{}", i_.rm);
    return gpr(i_.rm, register_bytes(size));
  }

  // EVEX decorations, in the order of the manual.
  std::string decorated(std::string text, std::string_view decorations) const {
    if (decorations.empty()) return text;
    unsigned const mask = i_.evex & kEvexMask;
    auto has = [&](std::string_view d) { return decorations.find(d) != decorations.npos; };
    if ((has("{k}") || has("{kz}")) && mask != 0) text += fmt::format("{{k{}}}", mask);
    if (has("{kz}") && (i_.evex & kEvexZ)) text += "{z}";
    if (!(i_.evex & kEvexB)) return text;
    if (i_.mem()) {
      if (has("{b") && form_.broadcast_size != 0) text += fmt::format("{{1to{}}}", broadcast_count());
    } else if (has("{er}")) {
      text += fmt::format(", {{{}}}", kRounding[i_.scale & 3]);
    } else if (has("{sae}")) {
      text += ", {sae}";
    }
    return text;
  }

  unsigned broadcast_count() const {
    Insn whole = i_;
    whole.evex &= uint8_t(~kEvexB);
    return isa::memory_bytes(whole) / form_.broadcast_size;
  }

  std::string immediate(std::string_view size) {
    bool const second = immediates_++ != 0;
    if (size == "b") {
      unsigned const shift = !second ? 0 : form_.mnemonic == "ENTER" ? 32 : 8;
      return fmt::format("{:#x}", (i_.imm >> shift) & 0xFF);
    }
    if (size == "w") return fmt::format("{:#x}", i_.imm & 0xFFFF);
    if (size == "v") return fmt::format("{:#x}", i_.imm);
    return signed_hex(int64_t(i_.imm));
  }

  std::string operand(std::string_view text) {
    size_t const brace = text.find('{');
    std::string_view const name = text.substr(0, brace);
    std::string_view const decorations = brace == text.npos ? std::string_view{} : text.substr(brace);
    return decorated(plain(name), decorations);
  }

  std::string plain(std::string_view name) {
    if (name == "1") return "1";
    if (name == "ST0") return "st0";
    if (name == "STi") return fmt::format("st{}", i_.rm);
    if (name == "rAX") return gpr(RAX, opsize());
    if (name == "eAX") return gpr(RAX, i_.opsize == 1 ? 2 : 4);
    if (name.size() == 2 && name[0] >= 'A' && name[0] <= 'S' && (name[1] == 'L' || name[1] == 'X' || name[1] == 'S')) {
      return {char(name[0] + 32), char(name[1] + 32)};
    }
    if (name == "Kreg") return fmt::format("k{}", i_.reg);
    if (name == "Krm") return fmt::format("k{}", i_.rm);
    if (name == "Kvvvv") return fmt::format("k{}", i_.vvvv);
    if (name.starts_with("TM")) return name == "TMreg" ? fmt::format("tmm{}", i_.reg) : fmt::format("tmm{}", i_.rm);
    if (name.starts_with("VM")) return memory('V');
    std::string_view const size = name.substr(1);
    switch (name[0]) {
      case 'G': return gpr(i_.reg, register_bytes(size));
      case 'B': return gpr(i_.vvvv, register_bytes(size));
      case 'Z': return gpr(i_.rm, register_bytes(size));
      case 'E': case 'M': case 'R': case 'W': case 'U': case 'Q': case 'N': return rm(name[0], size);
      case 'V': return vector(i_.reg, size);
      case 'H': return vector(i_.vvvv, size);
      case 'L': return vector((i_.imm >> 4) & 15, size);
      case 'P': return fmt::format("mm{}", i_.reg);
      case 'S': return std::string(kSegments[i_.reg & 7]);
      case 'C': return fmt::format("cr{}", i_.reg);
      case 'D': return fmt::format("dr{}", i_.reg);
      case 'I': return immediate(size);
      case 'O': return memory('O');
      case 'J': {
        uint64_t const target = rip_ + i_.length + i_.imm;
        return fmt::format("{:#x}", i_.opsize == 1 ? target & 0xFFFF : i_.opsize == 2 ? target & 0xFFFFFFFF : target);
      }
      case 'A': return fmt::format("{:#x}:{:#x}", (i_.imm >> 32) & 0xFFFF, i_.imm & 0xFFFFFFFF);
      default: return {};  // X, Y: strings name no operands
    }
  }

  Insn const& i_;
  isa::Form const& form_;
  uint64_t const rip_;
  unsigned immediates_ = 0;
};

}  // namespace

std::string disassemble(const Insn& insn, uint64_t rip) { return Text(insn, rip).str(); }

}  // namespace mullion::x86
