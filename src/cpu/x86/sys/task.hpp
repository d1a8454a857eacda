// Task-state segments: hardware task switch, stacks of inner levels, I/O permission (SDM vol. 3 chapter 7).
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/sys/segment.hpp"

namespace mullion::x86 {

enum class TaskSource : uint8_t { Jmp, Call, Gate, Iret };  // Gate: interrupt or exception through a task gate

// Switches to the task of a TSS descriptor that was fetched and type-checked. `return_rip` goes into the old TSS.
// `ext`: 1 when an external event caused it. A fault before the switch is committed leaves all as it was; one
// after it is raised in the new task's context with Branch-like effect: rip is the new task's (`committed`).
[[nodiscard]] Status switch_task(Cpu& c, TaskSource source, uint16_t selector, Descriptor const& tss,
                                 uint64_t return_rip, uint32_t ext, bool has_error, uint32_t error);

// SS:ESP (protected) or RSP (IA-32e) of level `cpl` from the TSS; #TS when it lies beyond its limit.
[[nodiscard]] Status inner_stack(Cpu& c, unsigned cpl, uint32_t ext, uint16_t& ss, uint64_t& sp);
[[nodiscard]] Status ist_stack(Cpu& c, unsigned n, uint32_t ext, uint64_t& sp);

// IN, OUT, INS, OUTS: IOPL and the I/O permission bitmap; #GP(0).
[[nodiscard]] Status check_io(Cpu& c, uint16_t port, unsigned size);

}  // namespace mullion::x86
