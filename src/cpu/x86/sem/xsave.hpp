// What XSAVE and XGETBV both ask about the processor's state.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpu.hpp"

namespace mullion::x86::sem {

// XINUSE: whether a component differs from its initial configuration (SDM vol. 1 §13.6).
bool xsave_in_use(const Cpu& c, unsigned component);

}  // namespace mullion::x86::sem
