// The texts of -help and -version.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace mullion::control {

// One option a line in QEMU's shape; some clients search it for an option before they use it.
[[nodiscard]] std::string help_text(std::string_view program);
[[nodiscard]] std::string version_text();

}  // namespace mullion::control
