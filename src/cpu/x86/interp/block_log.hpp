// What `-d in_asm`, `exec`, `cpu` and `nochain` show of the interpreter.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/log.hpp"
#include "cpu/x86/interp/block_cache.hpp"

namespace mullion::x86::interp {

// in_asm: one instruction as it is decoded, `rip` being its address.
void log_instruction(const isa::Record& r, const uint8_t* bytes, uint64_t rip);

// exec, cpu: a block is entered. Called while logs_entries().
void log_entry(const Cpu& c, const Block& b);

// Whether each entry of a block has to be seen: then blocks are not linked.
inline bool logs_entries() {
  return log_enabled(LogItem::exec) || log_enabled(LogItem::cpu) || log_enabled(LogItem::nochain);
}

}  // namespace mullion::x86::interp
