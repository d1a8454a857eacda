// Where the decoder intentionally differs from Zydis, with the reasons.
// SPDX-License-Identifier: Apache-2.0
#include "decoder/compare.hpp"

#include "cpu/x86/isa/form.hpp"

#include <initializer_list>
#include <string_view>

namespace mullion::test {

using namespace x86;

namespace {

bool zydis_set(const Decoded& d, std::initializer_list<ZydisISASet> sets) {
  for (ZydisISASet s : sets) {
    if (d.zydis.meta.isa_set == s) return true;
  }
  return false;
}

std::string_view mnemonic(const Decoded& d) { return isa::form(d.insn.form).mnemonic; }

}  // namespace

const char* intended(const Decoded& d) {
  bool const ours = d.result == DecodeResult::Ok;
  if (!ours && d.zydis_ok) {
    if (zydis_set(d, {ZYDIS_ISA_SET_KNCE, ZYDIS_ISA_SET_KNCJKBR, ZYDIS_ISA_SET_KNCSTREAM, ZYDIS_ISA_SET_KNCV,
                      ZYDIS_ISA_SET_KNC_MISC, ZYDIS_ISA_SET_KNC_PF_HINT, ZYDIS_ISA_SET_PADLOCK_ACE,
                      ZYDIS_ISA_SET_PADLOCK_PHE, ZYDIS_ISA_SET_PADLOCK_PMM, ZYDIS_ISA_SET_PADLOCK_RNG,
                      ZYDIS_ISA_SET_TDX, ZYDIS_ISA_SET_SNP, ZYDIS_ISA_SET_TBM, ZYDIS_ISA_SET_MCOMMIT})) {
      return "sets of other processors, in no line of the table: #UD";
    }
  }
  if (ours && mnemonic(d) == "NOP" && (d.insn.opcode == 0x1A || d.insn.opcode == 0x1B)) {
    return "MPX encodings are hint NOPs on a processor without MPX";
  }
  if (ours && !d.zydis_ok && isa::form(d.insn.form).is(isa::kRefused)) {
    return "refused forms raise #UD whether their operands are valid or not";
  }
  if (ours && d.zydis_ok && (d.bytes[0] == 0x67 || d.insn.has(kAddrPrefix)) && d.zydis.raw.sib.base == 5 &&
      d.zydis.raw.modrm.mod == 0 && d.insn.base == kNoReg) {
    return "SIB.base = 101 with mod = 00 has no base whatever REX.B is; Zydis misses it with 67";
  }
  if (ours && !d.zydis_ok && d.code != CodeSize::k64 && (d.insn.evex & kVexW) &&
      mnemonic(d).starts_with("VCVT")) {
    return "EVEX.W of a general register operand is ignored outside 64-bit code (seen on a processor)";
  }
  if (ours && d.zydis_ok && (d.zydis.attributes & ZYDIS_ATTRIB_HAS_NOTRACK)) {
    return "3E before an indirect branch is a DS override without CET, and Zydis takes it for NOTRACK alone";
  }
  if (ours && d.insn.has(kOpsizePrefix) && mnemonic(d) == "MOVSXD") {
    return "MOVSXD with a 16-bit operand reads two bytes (SDM; seen at the end of a page on a processor)";
  }
  if (ours && d.insn.has(kOpsizePrefix) && isa::form(d.insn.form).is(isa::kNearBranch)) {
    return "AMD: 66 makes indirect near branches 16-bit too (APM vol. 3, CALL, JMP); Zydis knows relative ones";
  }
  if (ours && (mnemonic(d) == "XOP" || mnemonic(d) == "3DNOW")) {
    return "one line stands for a whole map that always raises #UD";
  }
  return nullptr;
}

}  // namespace mullion::test
