// One row of the opcode table as the program sees it.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpu.hpp"
#include "cpu/x86/decode/insn.hpp"
#include "cpu/x86/isa/features.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace mullion::x86::isa {

// A semantic function, instantiated for one operand size and one kind of ModRM operand.
using Semantic = Status (*)(Cpu&, const Insn&);

// The interpreter's record: an instruction and what runs it. Records of a block lie one after the other.
struct Record;
using Handler = void (*)(Cpu&, const Record*);
struct alignas(64) Record {
  Handler run = nullptr;
  Insn insn;
  mutable void* link = nullptr;  // interp/: where a branch within the page went last
  uint32_t index = 0;            // interp/: instructions of the block before this one
};

// Why a form may be refused whatever its operands are. Cpu::blocked holds the conditions that are not met now;
// a form whose `needs` meets it is refused by sys/conditions.hpp, which knows the exception of each.
enum Condition : ConditionMask {
  kNeedsCpl0 = 1,        // else #GP(0)
  kNeedsProtected = 2,   // not real, not virtual-8086 mode: else #UD
  kNeedsX87 = 4,         // CR0.EM = 0 and TS = 0: else #NM
  kNeedsWait = 8,        // FWAIT: not (MP and TS): else #NM
  kNeedsMmx = 16,        // EM = 0: else #UD; TS = 0: else #NM
  kNeedsSse = 32,        // EM = 0, OSFXSR: else #UD; TS = 0: else #NM
  kNeedsAvx = 64,        // protected, OSXSAVE, XCR0[2:1] = 3: else #UD; TS = 0: else #NM
  kNeedsAvx512 = 128,    // as AVX and XCR0[7:5] = 7
  kNeedsOpmask = 256,    // as AVX and XCR0[5]: VEX-coded mask instructions
  kNeedsXsave = 512,     // CR4.OSXSAVE: else #UD
  kNeedsUmip = 1024,     // not (UMIP and CPL > 0): else #GP(0)
  kNeedsLongMode = 2048, // EFER.LMA
  kNeedsTs0 = 4096,      // TS = 0: else #NM (FXSAVE, FXRSTOR, XSAVE: EM too where the manual says so)
  kNeedsVecGpr = 8192,   // VEX-coded general-register forms (BMI): protected, not virtual-8086: else #UD
};

// Form::attributes.
enum Attribute : uint32_t {
  kLockable = 1u << 0,       // LOCK allowed with a memory destination
  kEndsBlock = 1u << 1,
  kNative = 1u << 2,         // runs on the host by native/
  kAlign = 1u << 3,          // memory operand must be aligned to its size: #GP(0) (legacy SSE, VMOVAPS ...)
  kTakesRep = 1u << 4,       // F2/F3 are REP prefixes of it
  kComplex = 1u << 5,        // may touch any state: fetch everything before running it on fetched groups
  kUndefined = 1u << 6,      // always #UD: UD0, UD1, UD2
  kRefused = 1u << 7,        // always #UD: of a set that no model offers (VMX, SVM, TSX ...)
  kModIgnored = 1u << 8,     // ModRM.mod is not looked at: always a register (MOV from and to CR, DR)
  kX87NoWait = 1u << 9,      // x87 control form that does not check for pending exceptions
  kBroadcast = 1u << 10,     // EVEX ...
  kRounding = 1u << 11,
  kSae = 1u << 12,
  kMasking = 1u << 13,
  kZeroing = 1u << 14,
  kMaskRequired = 1u << 15,
  kVectorLength = 1u << 16,  // needs AVX512VL too when Insn::vl is below 2
  kVsib = 1u << 17,          // gathers, scatters: the index is a vector register
  kNearBranch = 1u << 18,    // 66 in 64-bit code: Intel ignores it, AMD does not
  kElse = 1u << 19,          // without its feature the bytes are an older form (TZCNT: BSF, hints: NOP)
  kAddressOnly = 1u << 20,   // names memory but does not access it (LEA, NOP, PREFETCH, INVLPG)
  kMemWrite = 1u << 21,      // the ModRM memory operand is written (and read, if kMemRead too)
  kMemRead = 1u << 22,
};

// Bits of Form::implicit_read and implicit_written above the sixteen general registers.
enum Implicit : uint64_t {
  kImplicitXmm0 = 1u << 16, kImplicitX87 = 1u << 17, kImplicitMxcsr = 1u << 18, kImplicitVectors = 1u << 19,
  kImplicitSegments = 1u << 20, kImplicitTables = 1u << 21, kImplicitControl = 1u << 22, kImplicitMsr = 1u << 23,
  kImplicitStack = 1u << 24, kImplicitXcr0 = 1u << 25, kImplicitPkru = 1u << 26,
};

// Bytes of the ModRM, moffs or string memory operand.
enum class MemSize : uint8_t {
  None,         // no memory operand, or the semantic function knows (XSAVE, FNSTENV ...)
  B1, B2, B4, B8, B16, B32, B64, B10,
  OpSize,       // v
  OpSizeMax4,   // z
  OpSizePair,   // a: BOUND
  FarPointer,   // p: 2 + operand size
  TableRegister, // s: 6, or 10 in 64-bit code
  Vector, VectorHalf, VectorQuarter, VectorEighth,
};

struct Form {
  std::string_view mnemonic;
  std::string_view encoding;     // as in the table
  std::string_view operands;     // as in the table
  ConditionMask needs;
  uint32_t attributes;           // Attribute
  std::array<Feature, 2> features;  // CPUID features, all of them needed
  uint8_t modes;                 // bit 0: 16-, bit 1: 32-, bit 2: 64-bit code
  MemSize mem_size;
  uint8_t broadcast_size;        // bytes of one element that {1toN} repeats, 0: none
  uint32_t flags_read, flags_written, flags_undefined;  // RFLAGS bits
  uint64_t implicit_read, implicit_written;             // bits 0-15: general registers; Implicit
  std::string_view function;     // family.function, or "-"
  const Handler* family;         // handlers of the family, see index
  std::array<uint16_t, 6> index; // by effective operand size (16, 32, 64) and ModRM kind (register or none, memory)

  bool is(Attribute a) const { return (attributes & a) != 0; }
  // `opsize` as Insn::opsize.
  Handler handler(unsigned opsize, bool mem) const { return family[index[(opsize - 1) * 2 + mem]]; }
};

// Bytes that the memory operand of `insn` spans; with EVEX broadcast those of one element.
unsigned memory_bytes(const Insn& insn);

// Whether a CPU with `features` has the instruction; otherwise #UD. Always false for refused and undefined forms.
bool offered(const Insn& insn, const FeatureSet& features);

std::span<const Form> forms();
inline const Form& form(uint16_t n) { return forms()[n]; }

}  // namespace mullion::x86::isa
