// The program from its arguments to its exit status.
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mullion::control {

// Status 0 after power-off, 1 when anything was refused, what isa-debug-exit said otherwise.
[[nodiscard]] int run_program(int argc, char const* const* argv);

}  // namespace mullion::control
