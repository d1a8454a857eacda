// Task-state segments: hardware task switch, stacks of inner levels, I/O permission (SDM vol. 3 chapter 7).
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/sys/segment.hpp"

namespace mullion::x86 {

enum class TaskSource : uint8_t { Jmp, Call, Gate, Iret };  // Gate: interrupt or exception through a task gate

// Switches to the task of an available (Iret: busy) TSS descriptor that was fetched and type-checked by the caller.
// `return_rip` and `flags` go into the old TSS. Until `committed` a fault leaves all as it was; after it the fault
// belongs to the new task: ArchState::rip is its first instruction.
struct TaskSwitch {
  TaskSource source;
  uint16_t selector;
  Descriptor tss;
  uint64_t return_rip;
  uint64_t flags;
  uint32_t ext = 0;  // 1: caused by an external event
  bool committed = false;
};
[[nodiscard]] Status switch_task(Cpu& c, TaskSwitch& t);
// The same for instructions: Branch, or Halt when a fault in the new task shut the processor down; Fault and Exit
// are not committed.
[[nodiscard]] Status switch_task_by_instruction(Cpu& c, TaskSwitch t);

// SS:ESP (protected) or RSP (IA-32e) of level `cpl` from the TSS; #TS when it lies beyond its limit.
[[nodiscard]] Status inner_stack(Cpu& c, unsigned cpl, uint32_t ext, uint16_t& ss, uint64_t& sp);
[[nodiscard]] Status ist_stack(Cpu& c, unsigned n, uint32_t ext, uint64_t& sp);

// IN, OUT, INS, OUTS: IOPL and the I/O permission bitmap; #GP(0).
[[nodiscard]] Status check_io(Cpu& c, uint16_t port, unsigned size);

}  // namespace mullion::x86
