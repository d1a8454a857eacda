// Layout of the generated decode tables (isa/gen.py writes the values).
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace mullion::x86::tables {

enum class Imm : uint8_t { None, U8, S8, U16, Z, V, Far, Moffs, Enter, TwoBytes };

// Effective operand size (SDM vol. 1 table 3-4).
enum class Size : uint8_t {
  Normal,
  Default64,  // 64 bits in 64-bit code unless 66
  Force64,    // 64 bits in 64-bit code
  RexW,       // 32, or 64 with W; 66 has no say
  Native,     // 32, in 64-bit code 64
};

// disp8*N of EVEX by tuple type (SDM vol. 2 §2.7.5): N in bytes, vector: 16 << L'L.
enum class Disp8 : uint8_t {
  None, Full, Half, FullMem, T1S, T2, T4, T8, HalfMem, QuarterMem, EighthMem, Mem128, Dup, S8, S16, S32, S64
};

// What a register number in ModRM or vvvv names, and so how it is extended and checked.
enum class Class : uint8_t { None, Byte, Gpr, Vector, Mmx, Mask, Segment, Control, Debug, Tile };

enum EntryFlag : uint32_t {
  kHasModrm = 1u << 0,
  kLockOk = 1u << 1,
  kNoMod = 1u << 2,         // ModRM.mod is ignored: a register
  kNotCs = 1u << 3,         // segment register operand must not be CS
  kNeedsFeature = 1u << 4,  // exists only with its CPUID feature; otherwise the next entry that fits
  kDistinct = 1u << 5,      // gather: destination, index and mask registers must differ
  kNear = 1u << 6,
  kRepPrefix = 1u << 7,
  kNeedsMask = 1u << 8,     // aaa must not be zero
  kXlat = 1u << 9,
  kRepIsOpcode = 1u << 10,  // F2 or F3 selects the form and is no prefix of it
  kStringSource = 1u << 11,
  kStringDest = 1u << 12,
  kVsibIndex = 1u << 13,
  kMaskOk = 1u << 14,
  kZeroOk = 1u << 15,
  kBroadcastOk = 1u << 16,
  kRoundOk = 1u << 17,
  kMemDest = 1u << 18,
  kScalar = 1u << 19,
  kVvvvUnused = 1u << 20,   // vvvv must be 1111
  kLockCr8 = 1u << 21,      // AMD: LOCK MOV CRn names CR8
};

// Applies when (selector & mask) == value; selector bits: kSel*.
struct Entry {
  uint16_t mask;
  uint16_t value;
  uint16_t form;
  Imm imm;
  Size size;
  Disp8 disp8;
  uint8_t element;  // bytes of a broadcast element
  Class reg;
  Class rm;
  Class vvvv;
  uint32_t flags;
};

enum Selector : uint8_t {
  kSelPrefix = 0,  // 2 bits: none, 66, F3, F2
  kSelMod3 = 2,
  kSelReg = 3,
  kSelRm = 6,
  kSelW = 9,
  kSelL = 10,
  kSelMode = 12,
  kSelRexB = 14,
};

// One opcode: entries first..first+count, in order of preference; a group: kGroups[first + ModRM.reg].
enum RowFlag : uint8_t { kRowModrm = 1, kRowGroup = 2 };
struct Row {
  uint16_t first;
  uint8_t count;
  uint8_t flags;
};

// Index of kRows.
enum MapIndex : uint8_t { kMapLegacy = 0, kMapVex = 4, kMapEvex = 7, kMapXop = 12 };

}  // namespace mullion::x86::tables
