// How an instruction ended, and the fault it raised.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace mullion::x86 {

enum class Status : uint8_t {
  Done,      // committed; the next instruction follows
  Branch,    // committed; ArchState::rip is the next instruction
  BlockEnd,  // committed; the next instruction follows, but what was decoded ahead may not hold any more
             // (control registers, mode, interrupt flag and shadow, TLB)
  Fault,     // not committed: Cpu::fault says what to deliver
  Exit,      // not committed: the port asked to stop before an access
  Yield,     // REP: some iterations are committed, the same instruction goes on
  Halt,      // committed; ArchState::activity is not Running any more
};

// Exception vectors (SDM vol. 3 table 6-1).
enum Vector : uint8_t {
  kDE = 0, kDB = 1, kNMI = 2, kBP = 3, kOF = 4, kBR = 5, kUD = 6, kNM = 7, kDF = 8, kTS = 10, kNP = 11, kSS = 12,
  kGP = 13, kPF = 14, kMF = 16, kAC = 17, kMC = 18, kXM = 19,
};

struct Fault {
  uint8_t vector = 0;
  bool has_error = false;
  uint32_t error = 0;
  uint64_t address = 0;   // #PF: the linear address for CR2
  uint64_t dr6 = 0;       // #DB: bits to set in DR6
  bool trap = false;      // #DB traps: delivered after the instruction committed
};

}  // namespace mullion::x86
