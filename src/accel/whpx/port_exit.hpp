// IN and OUT of one value, from what the exit carries: no register is fetched.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/port.hpp"
#include "cpu/x86/state/state_view.hpp"

#include <whp_api.h>

namespace mullion::whpx {

enum class PlainPort : uint8_t {
  Done,     // RIP, and RAX for IN, are in `st` and marked in `view`
  NotPlain  // a string form, a single step or a shadow: the emulator's work
};

PlainPort plain_port_exit(const WHV_RUN_VP_EXIT_CONTEXT& exit, x86::CpuPort& port, x86::ArchState& st,
                          x86::StateView& view);

}  // namespace mullion::whpx
