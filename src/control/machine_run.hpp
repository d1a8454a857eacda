// A configuration made into a machine that runs until it ends.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "control/config.hpp"
#include "control/messages.hpp"

namespace mullion::control {

// Builds everything `config` names, runs the guest, and answers the program's exit status.
[[nodiscard]] Result<int> run_machine(VmConfig const& config, Messages const& messages);

}  // namespace mullion::control
