// What can be refused by looking at the host, before anything is made or opened for writing.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "control/config.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mullion::control {

// Exists, is a file with something in it, and can be read. `option` is `-kernel`, for the message.
[[nodiscard]] Result<void> check_file(std::string_view option, std::string const& path);

// The modules of a multiboot -initrd, `file text,file text`, or the one file.
[[nodiscard]] std::vector<std::string> initrd_files(std::string const& option);

// Kernel and initrd files, -L folders, and memory beyond what the host has.
[[nodiscard]] Result<void> check_host(VmConfig const& config);

}  // namespace mullion::control
