// What is known of one rewritten instruction: its stub, where its operands live, how memory is moved.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpu.hpp"
#include "cpu/x86/isa/form.hpp"

#include <array>
#include <cstdint>

namespace mullion::x86::native {

struct Plan;
using Run = Status (*)(Cpu&, const Insn&, const Plan&);

// Generated code. Arguments point to the operands' values: ModRM.reg, VEX.vvvv, ModRM.rm or memory, and the mask,
// fourth or implicit operand. The result holds RFLAGS where the instruction writes them.
using Stub = uint64_t (*)(void*, void*, const void*, void*);

// Finds an operand's value in ArchState: base + ((Insn byte at `field` & mask) << shift).
struct Slot {
  uint16_t base = 0;
  uint8_t field = 0;
  uint8_t mask = 0;
  uint8_t shift = 0;
};

enum SlotIndex : uint8_t { kSlotReg, kSlotVvvv, kSlotRm, kSlotExtra, kNoSlot = 0xFF };

// What kind of value a register operand is.
enum class Kind : uint8_t { None, Vector, Mmx, Gpr, Mask };

// How a masked form touches memory. Lanes: lane n needs element n (modulo the elements that there are); Packed: the
// selected lanes lie in memory without gaps (VPEXPAND, VPCOMPRESS). Signs: lanes are selected by the sign bits of
// the vvvv operand (VMASKMOV). WholeStore: as Lanes, but faults of all elements count.
enum class MaskedMemory : uint8_t { None, Lanes, Packed, Signs, WholeStore };

// How an x87 instruction uses the stack: x87_fast.cpp.
struct X87Use {
  uint8_t full_offset = 0;  // bytes from the short stub to the one that loads the whole unit; 0: there is no short one
  bool top : 1 = false, second : 1 = false;
  uint8_t result : 2 = 0, pops : 2 = 0;
  uint8_t index = 0;        // second operand: ST(index)
  uint8_t codes = 0;        // condition codes that it sets, bits 8-15 of FSW
};

// All zero by default: the table of plans is memory that nothing touches until it is used.
struct alignas(64) Plan {
  Run run = nullptr;
  Stub stub = nullptr;
  std::array<Slot, 4> slot{};
  uint8_t mem_size = 0;         // bytes of the memory operand
  uint8_t align_mask = 0;       // address bits that must be zero
  uint8_t dest = 0;             // slot that is written, or kNoSlot
  uint8_t dest_size = 0;        // bytes of state behind it
  Kind reg = Kind::None, rm = Kind::None;
  bool writes_flags = false;
  bool uses_mxcsr = false;
  bool uses_mmx = false;        // MMX registers are named: the x87 unit changes to MMX
  bool half_results = false;    // FP16 results that may be tiny; FTZ does not apply to them
  bool any_alignment = false;   // no #AC although the operand is no wider than eight bytes
  // Masked memory operands: how lanes and elements in memory belong together.
  MaskedMemory masked = MaskedMemory::None;
  uint8_t element = 0;          // bytes of one element in memory
  uint8_t lanes = 0;            // mask bits that count
  bool stores = false;          // x87: the memory operand is written
  X87Use x87{};
};

static_assert(sizeof(Plan) == 64);

inline void* at(Cpu& c, const Insn& i, const Slot& s) {
  auto const* const fields = reinterpret_cast<const uint8_t*>(&i);
  // SAFETY: plans are made from the opcode table alone; field values are register numbers below 32.
  return reinterpret_cast<uint8_t*>(&c.st) + s.base + (size_t{uint8_t(fields[s.field] & s.mask)} << s.shift);
}

// How an instruction's operands are arranged, read from the operand column of the opcode table.
struct Shape {
  Kind reg = Kind::None, vvvv = Kind::None, rm = Kind::None;
  bool is4 = false;
  bool imm = false;
  bool implicit_xmm0 = false;
  uint8_t dest = kNoSlot;  // slot of the first operand
};
Shape shape_of(const isa::Form& form);

// Facts about a form that the table's columns do not hold, by its mnemonic.
bool uses_mxcsr(const isa::Form& form);
bool has_half_results(std::string_view mnemonic);
bool is_compare_string(std::string_view mnemonic);
// Sets Plan's `masked`, `element`, `lanes`; mem_size is set.
void arrange_mask(const Insn& i, const isa::Form& form, Plan& p);

// Writes the stub of `i` into `e`; false when the host cannot run it.
class Emitter;
bool emit_stub(Emitter& e, const Insn& i, const isa::Form& form, const Shape& shape, const uint8_t* bytes);

// How a plan is run.
Run choose_vector_run(const Insn& i, const isa::Form& form, const Plan& p);
Run choose_move_run(const Insn& i, const isa::Form& form, const Plan& p);  // null: no shorter way than the stub
// False: not an x87 form.
bool prepare_x87(const Insn& i, const isa::Form& form, Plan& p, Emitter& e);

}  // namespace mullion::x86::native
