// What a processor remembers between instructions beside its architectural state: debug events, last exceptions.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/status.hpp"

#include <array>
#include <cstdint>

namespace mullion::x86 {

// Of the instruction that is being single-stepped; valid between begin_step and end_step.
struct StepRecord {
  bool trap_flag = false;   // RFLAGS.TF before it
  bool resume_flag = false; // RFLAGS.RF before it
  bool sti_shadow = false;
  bool mov_ss_shadow = false;
  bool watching = false;    // DR7 enables a data breakpoint: the slow paths call note_access
  uint8_t hits = 0;         // data and I/O breakpoints that it met
};

// The last exceptions and, after a triple fault, the code at RIP: for the cause report.
struct ExceptionRecord {
  Fault fault;
  uint16_t cs = 0;
  uint64_t rip = 0;
  uint64_t instructions = 0;  // Cpu::instructions at the time
};
struct ExceptionLog {
  static constexpr unsigned kEntries = 8;
  std::array<ExceptionRecord, kEntries> last{};
  uint64_t count = 0;             // of all exceptions so far; the newest is last[(count - 1) % kEntries]
  std::array<uint8_t, 16> code{}; // bytes at RIP when the processor shut down
  unsigned code_bytes = 0;
  void note(ExceptionRecord const& r) { last[count++ % kEntries] = r; }
};

}  // namespace mullion::x86
