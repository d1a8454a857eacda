// Turns instruction bytes into an Insn, by the tables generated from the opcode table.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/decode/insn.hpp"
#include "cpu/x86/isa/features.hpp"

#include <cstdint>
#include <span>

namespace mullion::x86 {

enum class DecodeResult : uint8_t {
  Ok,
  NeedMore,  // the bytes end inside the instruction, and it may be longer
  Invalid,   // #UD; Insn::length is what was read
  TooLong,   // more than 15 bytes: #GP(0)
};

struct DecodeOptions {
  // AMD: 66 on a near branch in 64-bit code selects a 16-bit operand; Intel ignores it.
  bool amd_branches = false;
  // Features of the CPU model: forms that read as an older instruction without theirs (TZCNT as BSF, PREFETCHW and
  // hint NOPs ...) do so when it is missing. None: everything is there. Does not decide #UD: isa::offered() does.
  const FeatureSet* features = nullptr;
};

constexpr unsigned kMaxInstructionLength = 15;

// `bytes` are the next bytes at RIP, at most kMaxInstructionLength of them are looked at. Insn::next is set to
// Insn::length and RIP-relative displacements are relative to the instruction's own address: a caller that places
// the instruction at another offset of its block adds that offset to both.
DecodeResult decode(std::span<const uint8_t> bytes, CodeSize code, Insn& out, const DecodeOptions& options = {});

}  // namespace mullion::x86
