// One row of the opcode table as the program sees it.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpu.hpp"
#include "cpu/x86/decode/insn.hpp"

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
  void* link = nullptr;  // interp/: successor of a block's last record
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
  kLockable = 1,         // LOCK allowed with a memory destination
  kEndsBlock = 2,
  kNative = 4,           // runs on the host by native/
  kAlign = 8,            // memory operand must be aligned to its size: #GP(0) (legacy SSE, VMOVAPS ...)
  kTakesRep = 16,        // F2/F3 are REP prefixes of it
  kComplex = 32,         // may touch any state: fetch everything before running it on fetched groups
  kUndefined = 64,       // always #UD: known, decoded, not offered
  kNoModrmFetch = 128,
  kX87NoWait = 256,      // x87 control form that does not check for pending exceptions
  kBroadcast = 512, kRounding = 1024, kSae = 2048, kZeroing = 4096, kMaskRequired = 8192,  // EVEX
  kRefused = 16384,      // of a set that no model offers (VMX, SVM, TSX ...)
  kD64 = 32768,          // operand size 64 by default in 64-bit code
  kF64 = 65536,          // operand size always 64 in 64-bit code
};

struct Form {
  std::string_view mnemonic;
  std::string_view encoding;     // as in the table
  std::string_view operands;     // as in the table
  ConditionMask needs;
  uint32_t attributes;           // Attribute
  uint16_t feature;              // CPUID feature: isa/features.hpp; 0: always there
  uint8_t modes;                 // bit 0: 16-, bit 1: 32-, bit 2: 64-bit code
  uint32_t flags_read, flags_written, flags_undefined;  // RFLAGS bits
  uint64_t implicit_read, implicit_written;             // state groups beside the explicit operands: state/groups.hpp
  // By effective operand size (16, 32, 64) and ModRM kind (0: register or none, 1: memory).
  std::array<std::array<Handler, 2>, 3> handler;
};

std::span<const Form> forms();
inline const Form& form(uint16_t n) { return forms()[n]; }

}  // namespace mullion::x86::isa
