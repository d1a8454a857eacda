// IN and OUT of one value, from what the exit carries: no register is fetched.
// SPDX-License-Identifier: Apache-2.0
#include "accel/whpx/port_exit.hpp"

namespace mullion::whpx {

namespace {

// RIP behind the instruction; it wraps as the code segment says.
uint64_t next_rip(const WHV_VP_EXIT_CONTEXT& c) {
  uint64_t const next = c.Rip + c.InstructionLength;
  if (c.ExecutionState.EferLma && c.Cs.Long) return next;
  return next & (c.Cs.Default ? 0xFFFFFFFF : 0xFFFF);
}

}  // namespace

PlainPort plain_port_exit(const WHV_RUN_VP_EXIT_CONTEXT& exit, x86::CpuPort& port, x86::ArchState& st,
                          x86::StateView& view) {
  auto const& io = exit.IoPortAccess;
  unsigned const size = io.AccessInfo.AccessSize;
  bool const sized = size == 1 || size == 2 || size == 4;
  bool const stepping = exit.VpContext.Rflags & x86::TF;
  if (io.AccessInfo.StringOp || !sized || exit.VpContext.InstructionLength == 0 || stepping ||
      exit.VpContext.ExecutionState.InterruptShadow) {
    return PlainPort::NotPlain;
  }
  uint32_t const mask = size == 4 ? 0xFFFFFFFF : (uint32_t{1} << (8 * size)) - 1;
  x86::StateMask changed = x86::kStateRip;
  if (io.AccessInfo.IsWrite) {
    auto const status = port.port_out(io.PortNumber, size, uint32_t(io.Rax) & mask);
    if (status != x86::PortStatus::Done) return PlainPort::NotPlain;
  } else {
    uint32_t value = 0;
    if (port.port_in(io.PortNumber, size, value) != x86::PortStatus::Done) return PlainPort::NotPlain;
    // A 32-bit write clears the upper half, narrower ones keep what is above them.
    st.gpr[x86::RAX] = size == 4 ? value : (io.Rax & ~uint64_t{mask}) | (value & mask);
    changed |= x86::state_gpr(x86::RAX);
  }
  st.rip = next_rip(exit.VpContext);
  view.written(changed);
  return PlainPort::Done;
}

}  // namespace mullion::whpx
