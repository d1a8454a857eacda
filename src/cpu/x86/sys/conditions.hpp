// Conditions under which a form is refused, and the exception of each (the table's `needs` column).
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/isa/form.hpp"

namespace mullion::x86 {

// The conditions that do not hold now: Cpu::blocked.
ConditionMask unmet_conditions(const Cpu& c);
// Raises the exception of highest priority among the conditions of a form that are not met.
[[nodiscard]] Status refuse(Cpu& c, ConditionMask unmet);

}  // namespace mullion::x86
