// State groups of an instruction, from its row of the opcode table and its operands.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/isa/state_use.hpp"

#include "cpu/x86/isa/form.hpp"

#include <algorithm>
#include <string_view>

namespace mullion::x86::isa {

namespace {

template <size_t N> bool any_of(std::string_view word, const std::string_view (&list)[N]) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

// The first operand of these is not written.
constexpr std::string_view kReadFirst[] = {"CMP", "TEST", "BT", "PUSH", "JMP", "CALL", "MUL", "DIV", "IDIV", "OUT", "OUTS",
                                           "SCAS", "CMPS", "NOP", "LLDT", "LTR", "LMSW", "VERR", "VERW", "INVPCID",
                                           "WRFSBASE", "WRGSBASE", "MOVDIR64B"};
// The first operand of these is written and not read. Native forms and VEX-coded ones are like this too.
constexpr std::string_view kWriteFirst[] = {"MOV", "MOVZX", "MOVSX", "MOVSXD", "LEA", "MOVBE", "POPCNT", "LZCNT", "TZCNT",
                                            "RDRAND", "RDSEED", "RDPID", "IN", "LODS", "POP", "STR", "SLDT", "SMSW",
                                            "RDFSBASE", "RDGSBASE", "SETCC"};

struct Builder {
  const Insn& i;
  const Form& f;
  StateUse use;

  bool vex() const { return f.encoding.starts_with("VEX") || f.encoding.starts_with("EVEX"); }
  bool evex() const { return f.encoding.starts_with("EVEX"); }
  void both(StateMask m) { use.read |= m; use.written |= m; }

  enum class Role : uint8_t { Read, Write, ReadWrite };
  Role role(unsigned index) const {
    std::string_view const m = f.mnemonic;
    if (m == "XCHG" || m == "XADD") return Role::ReadWrite;
    if (m == "MULX" && index == 1) return Role::Write;
    if (index > 0) return Role::Read;
    if (any_of(m, kReadFirst)) return Role::Read;
    if (m == "IMUL") return f.function == "muldiv.imul3" ? Role::Write : f.function == "muldiv.imul2" ? Role::ReadWrite : Role::Read;
    if (any_of(m, kWriteFirst) || f.is(kNative) || vex()) return Role::Write;
    return Role::ReadWrite;
  }

  // Bytes of a general register that an operand size names; 0: not known.
  unsigned width(std::string_view size) const {
    if (size == "b") return 1;
    if (size == "w") return 2;
    if (size == "d") return 4;
    if (size == "q") return 8;
    if (size == "v") return 1u << i.opsize;
    if (size == "z") return std::min(1u << i.opsize, 4u);
    if (size == "y" || size == "m" || size == "r") return 4;  // or 8: both are written whole
    return 0;
  }

  void gpr(unsigned number, unsigned bytes, Role r) {
    StateMask const bit = state_gpr(number >= 20 ? number - 20 : number);
    if (r != Role::Write || bytes < 4) use.read |= bit;
    if (r != Role::Read) use.written |= bit;
  }

  void vectors() {
    both(vex() ? StateMask{kStateVectors} : StateMask{kStateSse});
    both(kStateMxcsr);
  }

  void memory(AddressKnown known) {
    if (known != AddressKnown::No && one_plain_operand(i)) {
      if (known == AddressKnown::Linear) use.read |= kStatePaging;
      return;
    }
    if (i.base < kNoReg) use.read |= state_gpr(i.base);
    if (f.is(kVsib)) both(kStateVectors);
    else if (i.index < kNoReg) use.read |= state_gpr(i.index);
    if (i.code != CodeSize::k64 || i.seg >= FS) use.read |= state_segment(i.seg);
    if (!f.is(kAddressOnly)) use.read |= kStatePaging;
  }

  void operand(std::string_view text, unsigned index) {
    size_t const brace = text.find('{');
    std::string_view const name = text.substr(0, brace);
    if (brace != text.npos && (i.evex & kEvexMask) != 0) both(kStateOpmask);
    Role const r = role(index);
    if (name == "AL") return gpr(RAX, 1, r);
    if (name == "AH") return gpr(RAX, 1, r);
    if (name == "AX") return gpr(RAX, 2, r);
    if (name == "EAX") return gpr(RAX, 4, r);
    if (name == "rAX") return gpr(RAX, 1u << i.opsize, r);
    if (name == "eAX") return gpr(RAX, std::min(1u << i.opsize, 4u), r);
    if (name == "CL") return gpr(RCX, 1, r);
    if (name == "DX") return gpr(RDX, 2, r);
    if (name == "rDX") return gpr(RDX, 1u << i.opsize, r);
    if (name == "XMM0") return vectors();
    if (name == "ST0" || name == "STi") return both(kStateX87);
    if (name == "1") return;
    if (name.size() == 2 && name[1] == 'S') return both(kStateSegments);  // ES, CS, SS, DS, FS, GS
    if (name.starts_with("Kreg") || name.starts_with("Kvvvv") || name.starts_with("Krm")) {
      return both(kStateOpmask);
    }
    if (name.starts_with("VM")) return vectors();
    std::string_view const size = name.substr(1);
    switch (name[0]) {
      case 'G': return gpr(i.reg, width(size), r);
      case 'B': return gpr(i.vvvv, width(size), r);
      case 'Z': case 'R': return gpr(i.rm, width(size), r);
      case 'E':
        if (!i.mem()) gpr(i.rm, width(size), r);
        return;
      case 'V': case 'H': case 'L': case 'U': return vectors();
      case 'W':
        if (!i.mem()) vectors();
        return;
      case 'P': case 'N': return both(kStateX87);
      case 'Q':
        if (!i.mem()) both(kStateX87);
        return;
      case 'S': return both(kStateSegments);
      case 'C': case 'D': return both(kStateControl | kStateXcr0);
      case 'X':
        if (i.code != CodeSize::k64 || i.seg >= FS) use.read |= state_segment(i.seg);
        use.read |= kStatePaging;
        return;
      case 'Y':
        if (i.code != CodeSize::k64) use.read |= kStateEs;
        use.read |= kStatePaging;
        return;
      default: return;  // immediates, displacements, memory
    }
  }

  // What the table's i:, ir:, iw: and the words for other state say.
  void implicit() {
    StateMask const registers = i.code == CodeSize::k64 ? StateMask{kStateGprs} : 0xFF;
    StateMask read = f.implicit_read & registers, written = f.implicit_written & registers;
    if (f.is(kTakesRep) && !i.has(kRep) && !i.has(kRepne)) {
      read &= ~state_gpr(RCX);
      written &= ~state_gpr(RCX);
    }
    use.read |= read;
    use.written |= written;
    // Parts of registers: 16-bit operands, AL and AH.
    if (i.opsize == 1 || f.mnemonic == "SALC") use.read |= written;
    constexpr std::pair<uint64_t, StateMask> kWords[] = {
        {kImplicitXmm0, kStateSse},
        {kImplicitX87, kStateX87},
        {kImplicitMxcsr, kStateMxcsr},
        {kImplicitVectors, kStateVectors | kStateOpmask},
        {kImplicitSegments, kStateSegments | kStateLdtr | kStateTr},
        {kImplicitTables, kStateGdtr | kStateIdtr},
        {kImplicitControl, kStateControl | kStateXcr0},
        {kImplicitMsr, kStateMsrs | kStateEfer | kStateFs | kStateGs | kStateCr4 | kStateSs},
        {kImplicitStack, state_gpr(RSP)},
        {kImplicitXcr0, kStateXcr0},
        {kImplicitPkru, kStatePkru | kStateCr4},
    };
    for (auto const& [word, groups] : kWords)
      if ((f.implicit_read | f.implicit_written) & word) both(groups);
    if (f.implicit_read & kImplicitStack) use.read |= kStatePaging | kStateSs;
  }

  void conditions() {
    constexpr ConditionMask kFpu = kNeedsX87 | kNeedsWait | kNeedsMmx;
    constexpr ConditionMask kUnits = kFpu | kNeedsSse | kNeedsAvx | kNeedsAvx512 | kNeedsOpmask | kNeedsXsave | kNeedsTs0;
    if (f.needs & kUnits) use.read |= kStateCr0 | kStateCr4 | kStateXcr0;
    if (f.needs & kFpu) both(kStateX87);
    if (f.needs & kNeedsCpl0) use.read |= kStateSs | kStateFlags;
    if (f.needs & kNeedsUmip) use.read |= kStateSs | kStateCr4;
    if (f.needs & kNeedsLongMode) use.read |= kStateEfer;
  }

  // Mnemonics whose state the table has no words for.
  void by_name() {
    std::string_view const m = f.mnemonic;
    if (m == "CPUID") use.read |= kStateCr4 | kStateXcr0 | kStateMsrs;
    if (m == "JMP" || m == "CALL" || m == "RET") use.read |= kStateCr4;  // canonical addresses
    if (m == "SLDT") use.read |= kStateLdtr;
    if (m == "STR") use.read |= kStateTr;
    if (m == "RDPID") use.read |= kStateMsrs;
    if (m == "HLT" || m == "MWAIT" || m == "STI" || m == "CLI") both(kStateActivity);
    if (m == "STI" || m == "CLI" || m == "POPF" || m == "PUSHF") use.read |= kStateCr4 | kStateSs;
    if (m == "IN" || m == "OUT" || m == "INS" || m == "OUTS") use.read |= kStateFlags | kStateSs | kStateTr | kStateCr0;
    if (m == "INVPCID" || m == "INVLPG" || m == "CLTS") use.read |= kStateControl;
    if (m == "MOVDIR64B" && i.code != CodeSize::k64) use.read |= kStateEs;
    // Opmask forms zero what they do not write; VZEROUPPER names no operand.
    if (m == "VZEROALL" || m == "VZEROUPPER") both(kStateVectors);
    // The string comparisons of SSE4.2 use their registers by width of the operand.
    if (m.starts_with("PCMPESTR") || m.starts_with("VPCMPESTR")) use.read |= state_gpr(RAX) | state_gpr(RDX);
    if (m.starts_with("PCMPESTRI") || m.starts_with("VPCMPESTRI") || m.starts_with("PCMPISTRI") ||
        m.starts_with("VPCMPISTRI"))
      use.written |= state_gpr(RCX);
    if (m.starts_with("MASKMOV") || m.starts_with("VMASKMOVDQU")) use.read |= state_gpr(RDI) | kStateDs | kStatePaging;
  }
};

}  // namespace

bool one_plain_operand(const Insn& insn) {
  Form const& f = form(insn.form);
  bool const modrm_or_moffs = insn.mem() && !f.is(kVsib) && !f.is(kAddressOnly) && !f.is(kTakesRep) && !f.is(kComplex);
  bool const string = f.operands.find('X') != f.operands.npos || f.operands.find('Y') != f.operands.npos;
  // BT with a register reaches beyond its operand.
  bool const bit_string = f.mnemonic.starts_with("BT") && f.operands.ends_with("Gv");
  bool const stack = ((f.implicit_read | f.implicit_written) & kImplicitStack) != 0;
  return modrm_or_moffs && !string && !bit_string && !stack && f.mnemonic != "XLATB" && f.mnemonic != "MOVDIR64B";
}

StateUse state_use(const Insn& insn, AddressKnown known) {
  Form const& f = form(insn.form);
  if (f.is(kComplex)) return {kStateAll, kStateAll};
  Builder b{.i = insn, .f = f, .use = {kStateRip | kStateCs, kStateRip}};
  if (insn.mem()) b.memory(known);
  std::string_view rest = f.operands;
  for (unsigned n = 0; !rest.empty(); ++n) {
    size_t const comma = std::min(rest.find(','), rest.size());
    b.operand(rest.substr(0, comma), n);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  b.implicit();
  b.conditions();
  b.by_name();
  if (f.flags_read != 0) b.use.read |= kStateFlags;
  if ((f.flags_written | f.flags_undefined) != 0) b.both(kStateFlags);
  return b.use;
}

}  // namespace mullion::x86::isa
