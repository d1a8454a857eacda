// Finding and reading of firmware images.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace mullion {

struct FirmwareSearch {
  std::string name;                    // as given; empty: the machine's default
  std::vector<std::string> data_dirs;  // in order, before the usual ones
  std::string program_dir;             // last
};

// The image, a multiple of 64 KiB so that it ends at 4 GiB with its reset vector in place.
Result<std::vector<uint8_t>> load_firmware(const FirmwareSearch& search);

}  // namespace mullion
