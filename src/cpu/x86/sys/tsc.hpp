// The time-stamp counter: the VM's clock in nanoseconds (1 GHz) plus an offset.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpu.hpp"

namespace mullion::x86 {

// WRMSR to IA32_TIME_STAMP_COUNTER and IA32_TSC_ADJUST: each moves the counter and the adjustment by the same
// amount (SDM vol. 3 §18.17.3), and the TSC deadline with it.
void write_tsc(Cpu& c, uint64_t value);
void write_tsc_adjust(Cpu& c, uint64_t value);

}  // namespace mullion::x86
