// One instruction on behalf of a hypervisor: for an exit whose state is fetched as far as it is needed.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpu.hpp"
#include "cpu/x86/state/state_view.hpp"

#include <optional>
#include <span>

namespace mullion::x86 {

// What the exit's context says of its memory access; nothing for port and other exits.
struct ExitAccess {
  uint64_t linear = 0;
  uint64_t physical = 0;
};

// What an exit's context carries: it is in Cpu::st and seeded in the view. Beside the groups kStateRip, kStateFlags
// and kStateCs it knows the processor's mode, as hypervisors tell it: CPL, CR0.PE, EFER.LMA are in their registers
// even though kStateCr0, kStateSs and kStateEfer are not valid.
inline constexpr StateMask kExitContext = kStateRip | kStateFlags | kStateCs;

// Executes the instruction at rip. `bytes` are those that the exit supplied, at most 15, or none: then they are
// fetched through the page tables. Fetches what the instruction needs in one call and marks what it wrote. Fault:
// nothing was committed and Cpu::fault is set; the whole state is valid, so that it can be delivered. Nothing: the
// source refused.
std::optional<Status> exit_step(Cpu& c, StateView& view, std::span<const uint8_t> bytes,
                                std::optional<ExitAccess> access = std::nullopt);

}  // namespace mullion::x86
