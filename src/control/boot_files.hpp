// The host's files that a boot needs: found, and seen to be usable before anything is built.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "control/config.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mullion::control {

inline constexpr std::string_view kDefaultFirmware { "bios-256k.bin" };

// Exists, is a file with something in it, and can be read. `option` is `-kernel`, for the message.
[[nodiscard]] Result<void> check_file(std::string_view option, std::string const& path);

// A name with a folder is taken as it is; a bare one is searched for in `data_dirs`, beside the program, and where
// this system keeps firmware. A bare name that lies in the current folder is taken too, last.
[[nodiscard]] Result<std::string> find_firmware(std::string const& name, std::vector<std::string> const& data_dirs);

// The modules of a multiboot -initrd, `file text,file text`, or the one file.
[[nodiscard]] std::vector<std::string> initrd_files(std::string const& option);

// Everything that can be refused by looking: files, and memory beyond what the host has.
[[nodiscard]] Result<void> check_host(VmConfig const& config);

}  // namespace mullion::control
