// Runs one instruction on a state that is fetched as far as it is needed.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/interp/exit_step.hpp"

#include "cpu/x86/interp/block_cache.hpp"
#include "cpu/x86/interp/build.hpp"
#include "cpu/x86/interp/enter.hpp"
#include "cpu/x86/interp/interpreter.hpp"
#include "cpu/x86/isa/form.hpp"
#include "cpu/x86/isa/state_use.hpp"

namespace mullion::x86 {

namespace {

// By what every exit tells (SDM vol. 3 §3.4.5): CR0.PE, EFER.LMA, RFLAGS.VM, CS.L and CS.D.
CodeSize code_size(const ArchState& st) {
  if ((st.cr0 & CR0_PE) == 0 || st.flags.test(VM)) return CodeSize::k16;
  if ((st.efer & EFER_LMA) && st.seg[CS].l()) return CodeSize::k64;
  return st.seg[CS].db() ? CodeSize::k32 : CodeSize::k16;
}

// The operand at an address that is known: no segment, no address registers, no page walk. The hardware has checked
// all of these before the exit. The address keeps its place in the page, which is what alignment checks see.
void place_operand(Cpu& c, Insn& i, const ExitAccess& access) {
  i.base = i.index = kNoReg;
  i.scale = 0;
  i.addrsize = 3;
  i.seg = DS;
  i.disp = int64_t(access.linear);
  c.view_of[DS] = {.base = 0, .low = 0, .read_high = ~uint64_t{0}, .write_low = 0, .write_high = ~uint64_t{0}};
  c.linear_mask = ~uint64_t{0};
  c.known_page = {.lin = access.linear & ~uint64_t{0xFFF}, .gpa = access.physical & ~uint64_t{0xFFF}};
}

// The access lies in the page that is known. Not known for forms whose size the function decides; an exit at a
// page's first byte may be the second half of an access that began before it.
bool within_page(const Insn& i, uint64_t linear) {
  unsigned const size = isa::memory_bytes(i), at = unsigned(linear & 0xFFF);
  return size != 0 && at + size <= 4096 && (at != 0 || size == 1);
}

// Runs it as the interpreter would, on whatever is valid already and all that its mode and addresses need.
std::optional<Status> whole_step(Cpu& c, StateView& view, StateMask read, StateMask written) {
  if (!view.need(read | kStateSegments | kStatePaging | kStateXcr0 | kStateDr)) return std::nullopt;
  c.update_mode();
  Status const s = step(c);
  if (s != Status::Fault && s != Status::Exit) view.written(written | kStateRip);
  return s;
}

}  // namespace

std::optional<Status> exit_step(Cpu& c, StateView& view, std::span<const uint8_t> bytes, std::optional<ExitAccess> access) {
  c.flush_tlb(true);  // the guest has run elsewhere
  c.known_page = {};
  c.code = code_size(c.st);
  c.st.gpr[kRipReg] = c.st.rip;
  isa::Record* const r = c.blocks->scratch();
  bool const built = !bytes.empty() && interp::build_record(c, bytes, 0, r[0]) == interp::Built::Record;
  std::optional<Status> s;
  if (!built) {
    s = whole_step(c, view, kStateAll, kStateAll);
  } else if (access && isa::one_plain_operand(r[0].insn) && within_page(r[0].insn, access->linear)) {
    isa::StateUse const use = isa::state_use(r[0].insn, isa::AddressKnown::Physical);
    if (!view.need(use.read)) return std::nullopt;
    c.blocked = 0;  // conditions come before the access
    place_operand(c, r[0].insn, *access);
    s = interp::run_alone(c, r);
    if (*s != Status::Fault && *s != Status::Exit) view.written(use.written);
  } else {
    isa::StateUse const use = isa::state_use(r[0].insn);
    s = whole_step(c, view, use.read, use.written);
  }
  c.known_page = {};
  if (s == Status::Fault) {
    if (!view.need(kStateAll)) return std::nullopt;
    c.update_mode();
  }
  return s;
}

}  // namespace mullion::x86
