// One decoded instruction.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace mullion::x86 {

// Code size of the segment that is being executed: how bytes are decoded.
enum class CodeSize : uint8_t { k16, k32, k64 };

enum SegReg : uint8_t { ES, CS, SS, DS, FS, GS };
enum GprNumber : uint8_t { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 };

inline constexpr uint8_t kNoReg = 16;   // gpr[16] is constant zero: a missing base or index
inline constexpr uint8_t kRipReg = 17;  // gpr[17] is the value of RIP at the start of the current block

// Bits of Insn::prefixes.
enum InsnPrefix : uint8_t {
  kLock = 1,             // F0
  kRep = 2,              // F3, where it is not part of the opcode
  kRepne = 4,            // F2, where it is not part of the opcode
  kMem = 8,              // ModRM (or moffs, or string) names memory
  kRex = 16,             // REX, VEX or EVEX present: byte registers 4-7 are SPL..DIL
  kSegOverride = 32,
  kOpsizePrefix = 64,    // 66 present
  kAddrPrefix = 128,     // 67 present
};

// Bits of Insn::evex.
enum InsnEvex : uint8_t {
  kEvexMask = 7, kEvexB = 8, kEvexZ = 16, kEvexPresent = 32, kVexPresent = 64, kVexW = 128
};

// Register numbers are complete: REX, VEX and EVEX extensions are folded in by the decoder. Byte registers AH,
// CH, DH, BH have numbers 20-23. A memory operand is gpr[base] + (gpr[index] << scale) + disp, cut to addrsize;
// for RIP-relative operands base is kRipReg and disp includes `next` (gpr[17] + next is the address of the
// following instruction); whoever places an instruction in a block at another offset adjusts both.
struct Insn {
  uint16_t form = 0;       // row of the opcode table: isa::form(form)
  uint16_t next = 0;       // offset of the following instruction from gpr[kRipReg]
  uint8_t length = 0;      // bytes, 1-15
  uint8_t opsize = 0;      // log2 of the effective operand size in bytes: 1, 2, 3
  uint8_t addrsize = 0;    // log2 of the effective address size in bytes: 1, 2, 3
  CodeSize code = CodeSize::k16;
  uint8_t seg = DS;        // segment of the memory operand, default or override
  uint8_t prefixes = 0;    // InsnPrefix
  uint8_t reg = 0;         // ModRM.reg
  uint8_t rm = 0;          // ModRM.rm as a register, or the register in the opcode (+r forms)
  uint8_t base = kNoReg;
  uint8_t index = kNoReg;  // VSIB: the vector register number
  uint8_t scale = 0;       // shift count 0-3
  uint8_t vvvv = 0;        // second source of VEX, EVEX
  uint8_t vl = 0;          // 0: 128, 1: 256, 2: 512 bits
  uint8_t evex = 0;        // InsnEvex
  uint8_t modrm = 0;       // the byte itself
  uint8_t opcode = 0;      // the last opcode byte: condition codes are its low four bits
  uint32_t stub = 0;       // native forms: index of the host stub, 0 while there is none
  int64_t disp = 0;        // sign-extended; moffs forms hold the whole offset here
  uint64_t imm = 0;        // first immediate, sign-extended where the manual says so; far pointers: offset in
                           // bits 0-31, selector in 32-47; ENTER: second immediate in bits 32-39

  bool has(InsnPrefix p) const { return (prefixes & p) != 0; }
  bool mem() const { return has(kMem); }
};
static_assert(sizeof(Insn) == 48 || sizeof(Insn) == 40);

}  // namespace mullion::x86
