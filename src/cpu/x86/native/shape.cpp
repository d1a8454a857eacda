// Reads operand columns of the opcode table, and knows families of vector instructions by their mnemonics.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/native/plan.hpp"

#include <algorithm>
#include <initializer_list>

namespace mullion::x86::native {
namespace {

bool starts_with_any(std::string_view s, std::initializer_list<std::string_view> list) {
  return std::any_of(list.begin(), list.end(), [&](std::string_view p) { return s.starts_with(p); });
}

bool contains_any(std::string_view s, std::initializer_list<std::string_view> list) {
  return std::any_of(list.begin(), list.end(), [&](std::string_view p) { return s.find(p) != s.npos; });
}

std::string_view without_v(std::string_view m) { return m.starts_with('V') ? m.substr(1) : m; }

}  // namespace

Shape shape_of(const isa::Form& form) {
  Shape s;
  std::string_view rest = form.operands;
  for (unsigned n = 0; !rest.empty(); ++n) {
    size_t const comma = rest.find(',');
    std::string_view const op = rest.substr(0, comma);
    rest = comma == rest.npos ? std::string_view{} : rest.substr(comma + 1);
    uint8_t slot = kNoSlot;
    if (op == "XMM0") {
      s.implicit_xmm0 = true;
      continue;
    }
    if (op.starts_with("Kreg")) {
      s.reg = Kind::Mask, slot = kSlotReg;
    } else if (op.starts_with("Kvvvv")) {
      s.vvvv = Kind::Mask, slot = kSlotVvvv;
    } else if (op.starts_with("Krm")) {
      s.rm = Kind::Mask, slot = kSlotRm;
    } else {
      switch (op.empty() ? '-' : op[0]) {
        case 'V': s.reg = Kind::Vector, slot = kSlotReg; break;
        case 'P': s.reg = Kind::Mmx, slot = kSlotReg; break;
        case 'G': s.reg = Kind::Gpr, slot = kSlotReg; break;
        case 'H': s.vvvv = Kind::Vector, slot = kSlotVvvv; break;
        case 'B': s.vvvv = Kind::Gpr, slot = kSlotVvvv; break;
        case 'W': case 'U': s.rm = Kind::Vector, slot = kSlotRm; break;
        case 'Q': case 'N': s.rm = Kind::Mmx, slot = kSlotRm; break;
        case 'E': case 'R': s.rm = Kind::Gpr, slot = kSlotRm; break;
        case 'M': slot = kSlotRm; break;
        case 'L': s.is4 = true; break;
        case 'I': s.imm = true; break;
        default: break;
      }
    }
    if (n == 0) s.dest = slot;
  }
  if (form.implicit_read & isa::kImplicitXmm0) s.implicit_xmm0 = true;
  return s;
}

// Everything that rounds, compares or converts floating-point numbers, or only looks at DAZ; integer, logic, move and
// permute forms are not slowed down by loading MXCSR.
bool uses_mxcsr(const isa::Form& form) {
  if (form.implicit_read & isa::kImplicitMxcsr) return true;
  std::string_view const m = without_v(form.mnemonic);
  if (starts_with_any(m, {"CVT"})) return true;
  return contains_any(m, {"PS", "PD", "SS", "SD", "PH", "SH"}) &&
         starts_with_any(m, {"ADD", "SUB", "MUL", "DIV", "SQRT", "MAX", "MIN", "CMP", "COMI", "UCOMI", "ROUND", "RNDSCALE",
                             "REDUCE", "RANGE", "GETEXP", "GETMANT", "SCALEF", "FIXUPIMM", "FPCLASS", "RCP", "RSQRT", "FM",
                             "FNM", "FC", "DPP", "HADD", "HSUB", "DPBF", "EXP2"});
}

bool has_half_results(std::string_view mnemonic) {
  std::string_view const m = without_v(mnemonic);
  return (m.ends_with("PH") || m.ends_with("SH") || m.ends_with("PHX")) &&
         starts_with_any(m, {"ADD", "SUB", "MUL", "DIV", "SCALEF", "FM", "FNM", "FC", "CVTP", "CVTS"});
}

bool is_compare_string(std::string_view mnemonic) {
  return starts_with_any(without_v(mnemonic), {"PCMPESTR", "PCMPISTR"});
}

namespace {

// Bytes of the element that a mnemonic ends in: VPADDB, VMOVDQU16, VADDPS, VBROADCASTF64X2 ...
unsigned suffix_element(std::string_view m, bool w) {
  if (m.starts_with("VPCOMPRESS")) return m.ends_with('B') ? 1 : m.ends_with('W') ? 2 : m.ends_with('D') ? 4 : 8;
  if (m.ends_with("64X2") || m.ends_with("64X4")) return 8;
  if (m.ends_with("X2") || m.ends_with("X4") || m.ends_with("X8")) return 4;
  if (m.ends_with("PS") || m.ends_with("SS") || m.ends_with("32")) return 4;
  if (m.ends_with("PD") || m.ends_with("SD") || m.ends_with("64")) return 8;
  if (m.ends_with("PH") || m.ends_with("SH") || m.ends_with("PHX") || m.ends_with("BF16") || m.ends_with("16")) return 2;
  if (m.ends_with("8") || m.ends_with("B")) return 1;
  if (m.ends_with("W")) return 2;
  if (m.ends_with("D")) return 4;
  if (m.ends_with("Q")) return 8;
  return w ? 8 : 4;
}

// Exception classes without fault suppression (E4NF, E5NF, E6NF ...; SDM vol. 2 §2.8).
bool reads_whole_memory(std::string_view m, const isa::Form& form) {
  if (m == "VPSHUFBITQMB") return false;
  if (starts_with_any(m, {"VPSLL", "VPSRL", "VPSRA"})) return form.mem_size == isa::MemSize::B16 && m[5] != 'V';
  return starts_with_any(m, {"VPERM", "VPSHUFB", "VPSHUFD", "VPSHUFHW", "VPSHUFLW", "VPUNPCK", "VUNPCK", "VSHUF", "VALIGN",
                             "VPALIGN", "VPACK", "VDBPSADBW", "VPCONFLICT", "VPMULTISHIFT", "VGF2P8AFFINE", "VINSERT",
                             "VPMADDUBSW", "VPMADDWD", "VMOVDDUP", "VMOVSHDUP", "VMOVSLDUP", "VCVTNE2PS2BF16"});
}

}  // namespace

void arrange_mask(const Insn& i, const isa::Form& form, Plan& p) {
  std::string_view const m = form.mnemonic;
  if (i.mem() && starts_with_any(m, {"VMASKMOV", "VPMASKMOV"})) {
    p.masked = MaskedMemory::Signs;
    p.element = uint8_t(suffix_element(m, i.evex & kVexW));
    p.lanes = uint8_t(p.mem_size / p.element);
    return;
  }
  if (!i.mem() || !(i.evex & kEvexMask) || reads_whole_memory(m, form)) return;
  unsigned const vector = 16u << i.vl;
  unsigned const suffix = suffix_element(m, i.evex & kVexW);
  bool const packed = starts_with_any(m, {"VPEXPAND", "VEXPAND", "VPCOMPRESS", "VCOMPRESS"});
  // E6NF: stores of VEXTRACT ask for all of the memory and write what is selected.
  p.masked = packed ? MaskedMemory::Packed : m.starts_with("VEXTRACT") ? MaskedMemory::WholeStore : MaskedMemory::Lanes;
  if (form.broadcast_size != 0) {
    unsigned const whole = form.mem_size == isa::MemSize::VectorHalf ? vector / 2
                           : form.mem_size == isa::MemSize::VectorQuarter ? vector / 4 : vector;
    p.element = form.broadcast_size;
    p.lanes = uint8_t(whole / p.element);
  } else if (form.is(isa::kMemWrite)) {
    p.element = uint8_t(suffix);  // also of narrowing stores
    p.lanes = uint8_t(p.mem_size / suffix);
  } else {
    bool const scalar = m.ends_with("SS") || m.ends_with("SD") || m.ends_with("SH");
    bool const broadcast = starts_with_any(m, {"VBROADCAST", "VPBROADCAST"});
    p.lanes = uint8_t(scalar && !broadcast ? 1 : vector / suffix);
    p.element = uint8_t(broadcast ? std::min<unsigned>(suffix, p.mem_size) : std::max(1u, unsigned{p.mem_size} / p.lanes));
  }
}

}  // namespace mullion::x86::native
