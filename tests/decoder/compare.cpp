// Decodes one byte string with both decoders and says where they differ.
// SPDX-License-Identifier: Apache-2.0
#include "decoder/compare.hpp"

#include "cpu/x86/isa/form.hpp"

#include <fmt/format.h>

namespace mullion::test {

using namespace x86;

namespace {

// Number in Insn of a Zydis register.
unsigned number_of(ZydisRegister r) {
  if (r >= ZYDIS_REGISTER_AL && r <= ZYDIS_REGISTER_BL) return unsigned(r - ZYDIS_REGISTER_AL);
  if (r >= ZYDIS_REGISTER_AH && r <= ZYDIS_REGISTER_BH) return unsigned(r - ZYDIS_REGISTER_AH) + 20;
  if (r >= ZYDIS_REGISTER_SPL && r <= ZYDIS_REGISTER_DIL) return unsigned(r - ZYDIS_REGISTER_SPL) + 4;
  if (r >= ZYDIS_REGISTER_R8B && r <= ZYDIS_REGISTER_R15B) return unsigned(r - ZYDIS_REGISTER_R8B) + 8;
  return unsigned(ZydisRegisterGetId(r));
}

bool general(ZydisRegister r) {
  auto const c = ZydisRegisterGetClass(r);
  return c >= ZYDIS_REGCLASS_GPR8 && c <= ZYDIS_REGCLASS_GPR64;
}

unsigned address_register(ZydisRegister r) {
  if (r == ZYDIS_REGISTER_NONE) return kNoReg;
  if (r == ZYDIS_REGISTER_RIP || r == ZYDIS_REGISTER_EIP) return kRipReg;
  return number_of(r);
}

unsigned segment_of(ZydisRegister r) { return unsigned(r - ZYDIS_REGISTER_ES); }

void check(std::string& out, const char* what, uint64_t zydis, uint64_t ours) {
  if (zydis != ours) out += fmt::format(" {}: zydis {:#x} ours {:#x};", what, zydis, ours);
}

void check_memory(std::string& out, const Decoded& d, const ZydisDecodedOperand& o) {
  Insn const& i = d.insn;
  auto const& m = o.mem;
  if (!i.mem()) {
    out += " memory operand missing;";
    return;
  }
  bool const vsib = m.type == ZYDIS_MEMOP_TYPE_VSIB;
  bool const accessed = m.type != ZYDIS_MEMOP_TYPE_AGEN && m.type != ZYDIS_MEMOP_TYPE_MIB;
  if (accessed) check(out, "segment", segment_of(m.segment), i.seg);
  unsigned base = address_register(m.base);
  unsigned index = address_register(m.index);
  check(out, "base", base, i.base);
  check(out, "index", index, i.index);
  if (m.index != ZYDIS_REGISTER_NONE) check(out, "scale", m.scale, 1u << i.scale);
  uint64_t const mask = i.addrsize == 3 ? ~uint64_t{0} : (uint64_t{1} << (8u << i.addrsize)) - 1;
  int64_t disp = m.disp.value;
  if (base == kRipReg) disp += i.length;
  check(out, "disp", uint64_t(disp) & mask, uint64_t(i.disp) & mask);
  // NOP, PREFETCH, CLFLUSH: Zydis gives the cache line, the table the byte that is translated.
  isa::Form const& form = isa::form(i.form);
  if (form.is(isa::kAddressOnly) || form.function == "misc.clflush") return;
  check(out, "memory read", (o.actions & ZYDIS_OPERAND_ACTION_MASK_READ) != 0, form.is(isa::kMemRead));
  check(out, "memory written", (o.actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0, form.is(isa::kMemWrite));
  unsigned const bytes = isa::memory_bytes(i);
  if (!vsib && o.size != 0 && bytes != 0) check(out, "memory bytes", o.size / 8u, bytes);
}

void check_immediate(std::string& out, const Decoded& d, const ZydisDecodedOperand& o, unsigned nth) {
  if (o.encoding == ZYDIS_OPERAND_ENCODING_NONE) return;  // the 1 of D0 and D1
  uint64_t ours = d.insn.imm;
  if (nth == 1) ours = d.zydis.mnemonic == ZYDIS_MNEMONIC_ENTER ? (ours >> 32) & 0xFF : (ours >> 8) & 0xFF;
  else if (d.zydis.mnemonic == ZYDIS_MNEMONIC_ENTER) ours &= 0xFFFF;
  else if (d.zydis.mnemonic == ZYDIS_MNEMONIC_EXTRQ || d.zydis.mnemonic == ZYDIS_MNEMONIC_INSERTQ) ours &= 0xFF;
  else if (isa::form(d.insn.form).operands.find(",L") != std::string_view::npos) ours &= 15;  // bits 4-7: a register
  uint64_t zydis = o.imm.value.u;
  // Immediates are compared at the width of the operation; branch offsets whole.
  if (!o.imm.is_relative) {
    unsigned const width = o.size == 0 ? 64 : o.size;
    uint64_t const mask = width >= 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
    ours &= mask;
    zydis &= mask;
  }
  check(out, "immediate", zydis, ours);
}

void check_register(std::string& out, const Decoded& d, const ZydisDecodedOperand& o) {
  Insn const& i = d.insn;
  unsigned const n = number_of(o.reg.value);
  switch (o.encoding) {
    case ZYDIS_OPERAND_ENCODING_MODRM_REG:
      // Zydis gives hint NOPs a second operand; the table has none.
      if (d.zydis.mnemonic != ZYDIS_MNEMONIC_NOP) check(out, "reg", n, i.reg);
      break;
    case ZYDIS_OPERAND_ENCODING_MODRM_RM: check(out, "rm", n, i.rm); break;
    case ZYDIS_OPERAND_ENCODING_OPCODE: check(out, "opcode register", n, i.rm); break;
    case ZYDIS_OPERAND_ENCODING_NDSNDD: check(out, "vvvv", n, i.vvvv); break;
    case ZYDIS_OPERAND_ENCODING_IS4: check(out, "is4", n, (i.imm >> 4) & (i.code == CodeSize::k64 ? 15 : 7)); break;
    case ZYDIS_OPERAND_ENCODING_MASK: check(out, "mask", n, i.evex & kEvexMask); break;
    default: break;
  }
  if (!general(o.reg.value)) return;
  // Registers that follow the operand size (v, y) must have it.
  std::string_view const text = isa::form(i.form).operands;
  char letter = 0;
  if (o.encoding == ZYDIS_OPERAND_ENCODING_MODRM_REG) letter = 'G';
  if (o.encoding == ZYDIS_OPERAND_ENCODING_OPCODE) letter = 'Z';
  if (letter == 0) return;
  for (char size : {'v', 'y'}) {
    char const wanted[3] = {letter, size, 0};
    bool const at_least_32 = size == 'y' && i.opsize == 1;  // CRC32 with a 16-bit source
    if (text.find(wanted) != text.npos) check(out, "operand size", o.size, at_least_32 ? 32 : 8u << i.opsize);
  }
}

}  // namespace

Comparer::Comparer() {
  ZydisDecoderInit(&decoders_[0], ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16);
  ZydisDecoderInit(&decoders_[1], ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32);
  ZydisDecoderInit(&decoders_[2], ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  for (ZydisDecoder& z : decoders_) ZydisDecoderEnableMode(&z, ZYDIS_DECODER_MODE_KNC, ZYAN_FALSE);
  amd_ = decoders_[2];
  ZydisDecoderEnableMode(&amd_, ZYDIS_DECODER_MODE_AMD_BRANCHES, ZYAN_TRUE);
}

const Decoded& Comparer::decode(std::span<const uint8_t> bytes, CodeSize code, bool amd_branches) {
  d_.code = code;
  d_.bytes = bytes;
  d_.result = x86::decode(bytes, code, d_.insn, {.amd_branches = amd_branches, .features = nullptr});
  ZydisDecoder const& z = amd_branches && code == CodeSize::k64 ? amd_ : decoders_[size_t(code)];
  d_.zydis_status = ZydisDecoderDecodeFull(&z, bytes.data(), bytes.size(), &d_.zydis, d_.operands);
  d_.zydis_ok = ZYAN_SUCCESS(d_.zydis_status);
  return d_;
}

std::string Comparer::difference() const {
  Decoded const& d = d_;
  bool const ours = d.result == DecodeResult::Ok;
  if (ours != d.zydis_ok) {
    return ours ? fmt::format("only ours: {} ({}), zydis {:#x}", isa::form(d.insn.form).mnemonic,
                              isa::form(d.insn.form).encoding, uint32_t(d.zydis_status))
                : fmt::format("only zydis: {} [{}]", ZydisMnemonicGetString(d.zydis.mnemonic),
                              ZydisISASetGetString(d.zydis.meta.isa_set));
  }
  if (!ours) return {};
  std::string out;
  check(out, "length", d.zydis.length, d.insn.length);
  unsigned immediates = 0;
  for (unsigned k = 0; k < d.zydis.operand_count; ++k) {
    ZydisDecodedOperand const& o = d.operands[k];
    if (o.visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN) continue;
    switch (o.type) {
      case ZYDIS_OPERAND_TYPE_REGISTER: check_register(out, d, o); break;
      case ZYDIS_OPERAND_TYPE_MEMORY:
        if (o.encoding == ZYDIS_OPERAND_ENCODING_MODRM_RM || o.encoding == ZYDIS_OPERAND_ENCODING_DISP16_32_64) {
          check_memory(out, d, o);
        }
        break;
      case ZYDIS_OPERAND_TYPE_IMMEDIATE: check_immediate(out, d, o, immediates++); break;
      case ZYDIS_OPERAND_TYPE_POINTER:
        check(out, "offset", o.ptr.offset, uint32_t(d.insn.imm));
        check(out, "selector", o.ptr.segment, (d.insn.imm >> 32) & 0xFFFF);
        break;
      default: break;
    }
  }
  if (out.empty()) return out;
  return fmt::format("{} ({}, zydis {}):{}", isa::form(d.insn.form).mnemonic, isa::form(d.insn.form).encoding,
                     ZydisMnemonicGetString(d.zydis.mnemonic), out);
}

}  // namespace mullion::test
