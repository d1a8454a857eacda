// Runs one instruction on the host processor, in user mode, with every register loaded and stored.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/state/arch_state.hpp"
#include "cpu/x86/status.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace mullion::insn {

// How the bytes are run: 64-bit code, 32-bit code through Linux's compatibility segment, 16-bit code through
// segments of the LDT. The code below knows where things are:
//
//   kCode    two pages to execute and write, then an unmapped one
//   kData    sixteen pages of data; page kHolePage is unmapped, page kReadOnlyPage is read-only
//
// In 64- and 32-bit code segments are flat. In 16-bit code CS has base kCode, the others base kData, limits FFFF.
enum class Mode : uint8_t { k16, k32, k64 };

inline constexpr uint64_t kCode = 0x12340000, kCodeSize = 0x2000;
inline constexpr uint64_t kData = 0x23450000, kDataSize = 0x10000;
inline constexpr unsigned kHolePage = 9, kReadOnlyPage = 12;

// Selectors as Linux and modify_ldt give them.
inline constexpr uint16_t kUser32Cs = 0x23, kUserDs = 0x2B, kUser64Cs = 0x33;
inline constexpr uint16_t kLdtCode16 = 0x07, kLdtData16 = 0x0F, kLdtData32 = 0x17, kLdtReadOnly = 0x1F,
                          kLdtNotPresent = 0x27, kLdtExpandDown = 0x2F;

// What modify_ldt was given, for whoever builds the same table elsewhere.
struct LdtEntry {
  uint16_t selector;
  uint32_t base, limit;  // limit in bytes, or pages when `pages`
  bool big, pages, code, read_only, expand_down, present;
};
std::span<const LdtEntry> ldt_entries();

// All that a user-mode instruction sees. `seg` holds selectors by SegReg; a selector of 0 in fs or gs takes the
// base beside it, any other takes the base of its descriptor. Registers wider than the host has are ignored.
struct MachineState {
  std::array<uint64_t, 16> gpr{};
  uint64_t rip = 0;  // offset in CS
  uint64_t rflags = 0x202;
  std::array<uint16_t, 6> seg{};
  uint64_t fs_base = 0, gs_base = 0;
  x86::X87State x87;  // with MXCSR; fip and fdp are 64-bit offsets, the selectors are not seen
  std::array<x86::Vec, 32> zmm{};
  std::array<uint64_t, 8> k{};
};

// A state with the segments of `mode` and rip at kCode + offset.
MachineState initial_state(Mode mode, uint64_t code_offset = 0);

struct Outcome {
  bool fault = false;     // false: the instruction completed
  uint8_t vector = 0;     // of the fault (or of INT3, INTO, ICEBP: traps)
  uint32_t error = 0;
  uint64_t address = 0;   // #PF: CR2
  bool stuck = false;     // the host did not get on within a fraction of a second: nothing else holds
  MachineState state;     // after it; after a fault: as the fault left it
};

enum class Until : uint8_t {
  Step,   // one instruction under TF; a REP prefix makes that one iteration
  Trap,   // no TF: INT3 bytes after the instruction stop it; for REP
};

// One per process: it owns SIGTRAP, SIGSEGV, SIGILL, SIGFPE, SIGBUS, SIGALRM and the addresses above.
//
//   NativeRunner& n = NativeRunner::instance();
//   MachineState s = initial_state(Mode::k64);
//   s.gpr[RAX] = 1;
//   std::memcpy(n.code(), bytes, size);
//   Outcome o = n.run(s, Until::Step);
//
// Masks out: RF always; TF when it was set by Step. VM, IOPL, NT, ID and IF cannot be set this way.
class NativeRunner {
 public:
  static NativeRunner& instance();

  uint8_t* code() { return reinterpret_cast<uint8_t*>(kCode); }
  uint8_t* data() { return reinterpret_cast<uint8_t*>(kData); }
  // Pages of the data area that may be read / written by instructions (and by the test).
  static bool readable(unsigned page) { return page != kHolePage; }
  static bool writable(unsigned page) { return page != kHolePage && page != kReadOnlyPage; }
  // For filling the read-only page between runs.
  void write_read_only_page(const void* in);

  bool has_avx() const { return ymm_offset_ != 0; }
  bool has_avx512() const { return zmm_high_offset_ != 0; }
  bool has_fsgsbase() const { return fsgsbase_; }
  uint64_t xcr0() const { return xcr0_; }

  Outcome run(const MachineState& state, Until until);

  // The same without TF and, unless it faults or goes elsewhere, without a signal: for instructions of `size` bytes
  // at code() + `at` that go on behind themselves, where put_jump() has put the way back.
  bool can_run_fast(uint64_t at, unsigned size) const { return fast_ && at + size + kFastJump <= kCodeSize; }
  void put_jump(Mode mode, uint64_t at, unsigned size);
  const Outcome& run_fast(const MachineState& state, unsigned size);

  // In a child: the watch over stuck instructions is not inherited.
  void after_fork() { watch(); }

  static void on_signal(int signal, const void* context);  // called by the handler

 private:
  NativeRunner();
  void watch();
  void collect(const void* context);
  void collect_vectors(const uint8_t* area);
  void put_vectors(const MachineState& s, uint8_t* area);
  void prepare_fast();
  void resume();
  static constexpr unsigned kFastJump = 8;

  uint8_t* frame_ = nullptr;    // a signal frame that rt_sigreturn is pointed at
  uint8_t* xsave_ = nullptr;    // its XSAVE area
  uint32_t ymm_offset_ = 0, opmask_offset_ = 0, zmm_low_offset_ = 0, zmm_high_offset_ = 0;
  uint64_t features_ = 0;       // components that signal frames hold
  uint64_t xcr0_ = 0;
  bool fsgsbase_ = false;
  bool stepping_ = false;
  bool fast_ = false;
  Outcome outcome_;
  uint64_t runs_ = 0, ticks_at_ = 0;
  unsigned ticks_ = 0;
};

}  // namespace mullion::insn
