// Text of a decoded instruction, in the manual's (Intel) syntax, from the opcode table.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/decode/insn.hpp"

#include <cstdint>
#include <string>

namespace mullion::x86 {

// `rip` is the address of the instruction: branch targets and RIP-relative operands are printed as addresses.
std::string disassemble(const Insn& insn, uint64_t rip);

}  // namespace mullion::x86
