// The configuration of the command line translated into that of the pc machine.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "control/chardev_set.hpp"
#include "control/config.hpp"
#include "machine/pc_config.hpp"

namespace mullion::control {

// `now_unix_seconds` is the host's time, for the guest's clock.
[[nodiscard]] PcConfig pc_config(VmConfig const& config, ChardevSet const& chardevs, std::int64_t now_unix_seconds);

}  // namespace mullion::control
