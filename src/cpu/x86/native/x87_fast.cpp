// The short way for x87 instructions: load one or two registers, run, store the result, read FSW.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/native/x87_fast.hpp"

#include "cpu/x86/native/code_memory.hpp"
#include "cpu/x86/native/emitter.hpp"
#include "cpu/x86/native/memory_operand.hpp"
#include "cpu/x86/native/x87_state.hpp"

#include <cstring>
#include <utility>

namespace mullion::x86::native {
namespace {

enum Result : uint8_t { kNone, kTop, kSecond, kPushed };

constexpr uint8_t kC1 = kFswC1 >> 8, kC1C2 = (kFswC1 | kFswC2) >> 8, kAllCodes = (kFswC0 | kFswC1 | kFswC2 | kFswC3) >> 8;

// How the instruction uses the stack. `host_left`: values that it leaves on the host's stack above the result.
struct Use {
  bool known = false;
  bool top = false, second = false;  // ST(0), and ST(i) or ST(1), are operands
  Result result = kNone;
  uint8_t pops = 0;
  uint8_t codes = kC1;               // condition codes that it sets; the others stay
};

Use use_of_memory(unsigned opcode, unsigned digit) {
  constexpr Use kArithmetic{.known = true, .top = true, .result = kTop};
  constexpr Use kCompare{.known = true, .top = true, .codes = kAllCodes}, kComparePop{.known = true, .top = true, .pops = 1, .codes = kAllCodes};
  constexpr Use kLoad{.known = true, .result = kPushed}, kStore{.known = true, .top = true}, kStorePop{.known = true, .top = true, .pops = 1};
  if (!(opcode & 1)) return digit == 2 ? kCompare : digit == 3 ? kComparePop : kArithmetic;  // D8 DA DC DE
  switch (digit) {
    case 0: return kLoad;                                     // FLD m32, m64; FILD m16, m32
    case 1: return opcode == 0xD9 ? Use{} : kStorePop;        // FISTTP
    case 2: return kStore;
    case 3: return kStorePop;
    case 4: return opcode == 0xDF ? kLoad : Use{};            // FBLD
    case 5: return opcode == 0xDB || opcode == 0xDF ? kLoad : Use{};       // FLD m80, FILD m64
    case 6: return opcode == 0xDF ? kStorePop : Use{};        // FBSTP
    default: return opcode == 0xDB || opcode == 0xDF ? kStorePop : Use{};  // FSTP m80, FISTP m64
  }
}

Use use_of_register(unsigned opcode, unsigned modrm) {
  unsigned const digit = (modrm >> 3) & 7;
  Use arithmetic{.known = true, .top = true, .second = true, .result = kTop};
  Use compare{.known = true, .top = true, .second = true, .codes = kAllCodes};
  switch (opcode) {
    case 0xD8:
      if (digit != 2 && digit != 3) return arithmetic;
      compare.pops = digit & 1;
      return compare;
    case 0xDC:
      arithmetic.result = kSecond;
      return digit == 2 || digit == 3 ? Use{} : arithmetic;
    case 0xDE:
      if (modrm == 0xD9) {  // FCOMPP
        compare.pops = 2;
        return compare;
      }
      arithmetic.result = kSecond;
      arithmetic.pops = 1;
      return digit == 2 || digit == 3 ? Use{} : arithmetic;
    case 0xDA:
      compare.pops = 2;  // FUCOMPP
      return modrm == 0xE9 ? compare : Use{};
    case 0xDD:
      compare.pops = digit & 1;  // FUCOM, FUCOMP
      return digit == 4 || digit == 5 ? compare : Use{};
    case 0xDB: case 0xDF:
      compare.pops = opcode == 0xDF;  // FUCOMI, FCOMI and with pop: into RFLAGS
      compare.codes = 0;
      return digit == 5 || digit == 6 ? compare : Use{};
    default: break;
  }
  Use const unary{.known = true, .top = true, .result = kTop}, constant{.known = true, .result = kPushed};
  switch (modrm) {
    case 0xE0: case 0xE1: return unary;                                        // FCHS FABS
    case 0xE4: case 0xE5: return {.known = true, .top = true, .codes = kAllCodes};  // FTST FXAM
    case 0xE8: case 0xE9: case 0xEA: case 0xEB: case 0xEC: case 0xED: case 0xEE: return constant;
    case 0xF0: case 0xFA: case 0xFC: return unary;                             // F2XM1 FSQRT FRNDINT
    case 0xFE: case 0xFF: return {.known = true, .top = true, .result = kTop, .codes = kC1C2};  // FSIN FCOS
    case 0xF1: case 0xF3: case 0xF9:                                           // FYL2X FPATAN FYL2XP1
      return {.known = true, .top = true, .second = true, .result = kSecond, .pops = 1};
    case 0xFD: return arithmetic;                                              // FSCALE
    default: return {};
  }
}

void tbyte(Emitter& e, uint8_t digit, unsigned argument) {  // fld, fstp tbyte [argument]
  e.put({.map = 0, .opcode = 0xDB, .reg = digit, .rm = kHostAbi.argument[argument], .mem = true});
}

void drop(Emitter& e) { e.bytes({0xDD, 0xD8}); }  // fstp st0

bool host_flags_are_foreign(uint16_t guest_fsw) {
  uint16_t host;
  __asm__ volatile("fnstsw %0" : "=a"(host));
  return (host & ~guest_fsw & kFswExceptions) != 0;
}

void clear_host_flags() { __asm__ volatile("fnclex"); }

uint16_t host_fcw() {
  uint16_t value;
  __asm__ volatile("fnstcw %0" : "=m"(value));
  return value;
}

void load_fcw(uint16_t value) { __asm__ volatile("fldcw %0" : : "m"(value)); }

bool is_empty(const X87State& x, unsigned n) { return !((x.ftw >> ((x.top() + n) & 7)) & 1); }

// Member by member, as FSTP stores it: copies of other widths would wait for the stores that made the value.
void copy(X87State::Register& to, const X87State::Register& from) {
  to.mantissa = from.mantissa;
  to.sign_exponent = from.sign_exponent;
}

void pop(X87State& x) {
  x.ftw &= uint8_t(~(1u << x.top()));
  X87State::Register first;
  copy(first, x.st[0]);
  for (unsigned n = 0; n < 7; ++n) copy(x.st[n], x.st[n + 1]);
  copy(x.st[7], first);
  x.fsw = uint16_t((x.fsw & ~kFswTop) | ((x.fsw + 0x800) & kFswTop));
}

// With ST(7), which must be empty, becoming ST(0).
void push(X87State& x, const X87State::Register& value) {
  for (unsigned n = 7; n > 0; --n) copy(x.st[n], x.st[n - 1]);
  copy(x.st[0], value);
  x.fsw = uint16_t((x.fsw & ~kFswTop) | ((x.fsw - 0x800) & kFswTop));
  x.ftw |= uint8_t(1u << x.top());
}

using Move = bool (*)(Cpu&, const Insn&);  // false: a register is empty or not

bool move_xch(Cpu& c, const Insn& i) {
  X87State& x = c.st.x87;
  unsigned const n = i.modrm & 7;
  if (is_empty(x, 0) || is_empty(x, n)) return false;
  std::swap(x.st[0], x.st[n]);
  return true;
}

bool move_load(Cpu& c, const Insn& i) {
  X87State& x = c.st.x87;
  unsigned const n = i.modrm & 7;
  if (is_empty(x, n) || !is_empty(x, 7)) return false;
  X87State::Register const value = x.st[n];
  push(x, value);
  return true;
}

template <bool Pop> bool move_store(Cpu& c, const Insn& i) {
  X87State& x = c.st.x87;
  unsigned const n = i.modrm & 7;
  if (is_empty(x, 0)) return false;
  x.st[n] = x.st[0];
  x.ftw |= uint8_t(1u << ((x.top() + n) & 7));
  if (Pop) pop(x);
  return true;
}

template <Move M> Status run_move(Cpu& c, const Insn& i, const Plan& p) {
  MULLION_TRY(x87_wait(c));
  if (x87_pending(c) || !M(c, i)) return run_x87_whole(c, i, p);
  c.st.x87.fsw &= uint16_t(~kFswC1);
  note_x87_address(c, i);
  return Status::Done;
}

}  // namespace

Run x87_move_run(const Insn& i) {
  if (i.mem()) return nullptr;
  unsigned const digit = (i.modrm >> 3) & 7;
  if (i.opcode == 0xD9 && digit == 1) return run_move<move_xch>;
  if (i.opcode == 0xD9 && digit == 0) return run_move<move_load>;
  if (i.opcode == 0xDD && digit == 2) return run_move<move_store<false>>;
  if (i.opcode == 0xDD && digit == 3) return run_move<move_store<true>>;
  return nullptr;
}

bool plan_x87_fast(const Insn& i, const isa::Form& form, Plan& p, Emitter& e) {
  Use const u = i.mem() ? use_of_memory(i.opcode, (i.modrm >> 3) & 7) : use_of_register(i.opcode, i.modrm);
  if (!u.known) return false;
  bool const named = !i.mem() && i.opcode != 0xD9;  // ST(i); the others mean ST(1)
  bool const pair = i.opcode == 0xDE || i.opcode == 0xDA;
  p.x87.top = u.top;
  p.x87.second = u.second;
  p.x87.index = named && !(pair && (i.modrm == 0xD9 || i.modrm == 0xE9)) ? i.modrm & 7 : 1;
  p.x87.result = u.result;
  p.x87.pops = u.pops;
  p.x87.codes = u.codes;
  if (u.second) tbyte(e, 5, 1);
  if (u.top) tbyte(e, 5, 0);
  if (i.mem()) {
    e.put({.map = 0, .opcode = i.opcode, .reg = uint8_t((i.modrm >> 3) & 7), .rm = kHostAbi.argument[2], .mem = true});
  } else {
    e.bytes({i.opcode, uint8_t(named ? (i.modrm & 0xF8) | 1 : i.modrm)});
  }
  if (form.flags_written != 0) {
    e.flags_to_rax();
    e.bytes({0x48, 0xC1, 0xE0, 0x10});  // shl rax, 16
  }
  e.bytes({0xDF, 0xE0});  // fnstsw ax
  unsigned const left = u.top + u.second - u.pops;  // values on the host's stack, the result among them
  switch (u.result) {
    case kNone:
      for (unsigned n = 0; n < left; ++n) drop(e);
      break;
    case kTop:
      tbyte(e, 7, 0);
      if (u.second) drop(e);
      break;
    case kSecond:
      if (u.pops == 0) drop(e);
      tbyte(e, 7, 1);
      break;
    default: tbyte(e, 7, 0); break;
  }
  e.ret();
  return true;
}

Status run_x87_fast(Cpu& c, const Insn& i, const Plan& p, bool& done) {
  done = false;
  X87State& x = c.st.x87;
  X87Use const u = p.x87;
  // An exact tiny result shows only where underflow is not masked.
  bool const underflow_masked = (x.fcw & 0x10) != 0;
  if (!underflow_masked || x87_pending(c) || (u.top && is_empty(x, 0)) || (u.second && is_empty(x, u.index)) ||
      (u.result == kPushed && !is_empty(x, 7))) {
    return Status::Done;
  }
  Scratch scratch;
  const uint8_t* memory = scratch.bytes;
  bool const store = i.mem() && p.stores;
  if (i.mem() && !store) MULLION_TRY(source(c, i, p, scratch, memory));
  X87State::Register top, second;
  copy(top, x.st[0]);
  copy(second, x.st[u.index]);
  if (host_flags_are_foreign(x.fsw)) clear_host_flags();
  uint16_t const own = host_fcw(), wanted = x.fcw | kFswExceptions;
  if (own != wanted) [[unlikely]] load_fcw(wanted);
  uint64_t const out = p.stub(&top, &second, memory, nullptr);
  if (own != wanted) [[unlikely]] load_fcw(own);
  uint16_t const fsw = uint16_t(out);
  if ((fsw & ~x.fcw & kFswExceptions) != 0) return Status::Done;
  if (store) MULLION_TRY(store_x87(c, i, p, scratch));
  done = true;
  uint16_t const codes = uint16_t(u.codes << 8);
  x.fsw = uint16_t((x.fsw & ~codes) | (fsw & (codes | kFswExceptions)));
  if (u.result == kTop) copy(x.st[0], top);
  if (u.result == kSecond) copy(x.st[u.index], second);
  if (u.result == kPushed) push(x, top);
  for (unsigned n = 0; n < u.pops; ++n) pop(x);
  if (p.writes_flags) c.st.flags.set_arithmetic((out >> 16) & kArithmeticFlags);
  return Status::Done;
}

}  // namespace mullion::x86::native
