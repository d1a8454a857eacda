// Direct branches within a page: handlers of their own, linked from block to block.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/isa/form.hpp"

#include <cstdint>

namespace mullion::x86::interp {

enum class Near : uint8_t {
  No,            // the form's own handler stays
  Jumps,
  FallsThrough,  // a conditional branch: the block goes on behind it
};

// Gives JMP and Jcc with a fixed target a faster handler when the target lies in the page of the block, whose start
// has offset `page_offset` in it. A block is one piece of a physical page, so such a target is the same wherever the
// page is mapped.
Near use_near_handler(isa::Record& r, const isa::Form& form, int64_t page_offset);

}  // namespace mullion::x86::interp
