// Byte strings to decode: random ones shaped like instructions, and the code of installed programs.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/decode/insn.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace mullion::test {

struct Random {
  uint64_t state;
  uint64_t next() {  // splitmix64
    uint64_t z = (state += 0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  unsigned below(unsigned n) { return unsigned(next() % n); }
};

using Bytes = std::array<uint8_t, 15>;

// Some prefixes, one of the opcode maps, random operands.
Bytes random_instruction(Random& random, x86::CodeSize code);

// Executable sections of an ELF64 x86-64 file; none when it is something else.
std::vector<std::vector<uint8_t>> code_of(const std::string& path);

// Regular files below `folder`, in the order of their names.
std::vector<std::string> files_in(const std::string& folder);

}  // namespace mullion::test
