// System management mode: entry by SMI, the state save area, RSM (SDM vol. 3 chapter 34).
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpu.hpp"

namespace mullion::x86 {

// Between instructions. Done, or Halt when the save area cannot be written.
Status enter_smm(Cpu& c);
// RSM: #UD outside SMM; a state that cannot be entered shuts the processor down.
[[nodiscard]] Status leave_smm(Cpu& c);

}  // namespace mullion::x86
