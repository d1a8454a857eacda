// Decodes one byte string with both decoders and says where they differ.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/decode/decoder.hpp"

#include <Zydis/Zydis.h>

#include <cstdint>
#include <span>
#include <string>

namespace mullion::test {

struct Decoded {
  x86::CodeSize code;
  std::span<const uint8_t> bytes;  // 15
  x86::DecodeResult result;
  x86::Insn insn;
  bool zydis_ok;
  ZyanStatus zydis_status;
  ZydisDecodedInstruction zydis;
  ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
};

class Comparer {
 public:
  Comparer();
  // Decodes; the result stays valid until the next call.
  const Decoded& decode(std::span<const uint8_t> bytes, x86::CodeSize code, bool amd_branches = false);
  // Empty when both agree, otherwise what differs.
  std::string difference() const;

 private:
  ZydisDecoder decoders_[3];
  ZydisDecoder amd_;
  Decoded d_{};
};

// Why a difference is intended, or null: the list with its reasons is in differences.cpp.
const char* intended(const Decoded& d);

}  // namespace mullion::test
