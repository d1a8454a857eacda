// Direct branches within a page: handlers of their own, linked from block to block.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/interp/near.hpp"

#include "cpu/x86/interp/block_cache.hpp"
#include "cpu/x86/interp/enter.hpp"
#include "cpu/x86/interp/thread.hpp"

#include <array>
#include <utility>

namespace mullion::x86::interp {
namespace {

using isa::Record;

isa::Handler plain_handler(const Insn& i) { return isa::form(i.form).handler(i.opsize, i.mem()); }

// Insn::disp is the target's offset from the block's start.
[[gnu::always_inline]] inline void take(Cpu& c, const Record* r) {
  uint64_t target = c.st.gpr[kRipReg] + uint64_t(r->insn.disp);
  if (!c.code64()) {
    target = uint32_t(target);
    if (target > c.st.seg[CS].limit) [[unlikely]] MULLION_TAIL_CALL return plain_handler(r->insn)(c, r);
  }
  c.instructions += r->index + 1;
  c.st.rip = target;
  auto* const b = static_cast<Block*>(r->link);
  if (b == nullptr || b->stale || attention_wanted(c) || beyond_limit(c, *b)) [[unlikely]] {
    MULLION_TAIL_CALL return enter_and_link(c, r);
  }
  c.st.gpr[kRipReg] = target;
  Record const* const first = b->records();
  MULLION_TAIL_CALL return first->run(c, first);
}

void jump(Cpu& c, const Record* r) { return take(c, r); }

template <unsigned CC> void jump_if(Cpu& c, const Record* r) {
  if (!c.st.flags.condition(CC)) MULLION_TAIL_CALL return r[1].run(c, r + 1);
  return take(c, r);
}

template <unsigned... CC> constexpr std::array<isa::Handler, 16> conditional(std::integer_sequence<unsigned, CC...>) {
  return {jump_if<CC>...};
}
constexpr auto kJumpIf = conditional(std::make_integer_sequence<unsigned, 16>());

}  // namespace

Near use_near_handler(Record& r, const isa::Form& form, int64_t page_offset) {
  bool const conditional = form.function == "branch.jcc";
  if (!conditional && form.function != "branch.jmp") return Near::No;
  Near const kind = conditional ? Near::FallsThrough : Near::Jumps;
  // 16-bit targets wrap at 64 KiB, which depends on where the block is mapped.
  if (r.insn.opsize == 1 || r.insn.code == CodeSize::k16 || r.run != plain_handler(r.insn)) return kind;
  int64_t const target = r.insn.next + int64_t(r.insn.imm);
  if (page_offset + target < 0 || page_offset + target > 4095) return kind;
  r.insn.disp = target;
  r.run = conditional ? kJumpIf[r.insn.opcode & 15] : jump;
  return kind;
}

}  // namespace mullion::x86::interp
