// From bytes to records.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/interp/block_cache.hpp"

#include <span>

namespace mullion::x86::interp {

enum class Built : uint8_t { Record, NeedBytes };

// Decodes one instruction `offset` bytes into a block and picks its handler: the form's own, or one that refuses it
// (#UD: unknown, wrong mode, not offered by the model; #GP: longer than 15 bytes), or one that checks conditions
// of the processor's state first. NeedBytes: the instruction goes on behind `bytes`.
Built build_record(Cpu& c, std::span<const uint8_t> bytes, unsigned offset, isa::Record& r);

// Decodes a block at `gpa`, `host` being that byte. Null when its first instruction leaves the page.
Block* build_block(Cpu& c, uint64_t gpa, const uint8_t* host);

// The marker behind a block's last instruction.
void end_of_block(Cpu& c, const isa::Record* r);

}  // namespace mullion::x86::interp
