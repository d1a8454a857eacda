// The option ROM through which firmware boots a kernel that was given on the command line.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "machine/loaders/kernel_boot.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace mullion {

// The ROM's file in fw_cfg, where SeaBIOS looks for ROMs, and the line of bootorder that puts it first.
inline constexpr std::string_view kKernelRomFile{"genroms/mullion-kernel.bin"};
inline constexpr std::string_view kKernelRomBootOrder{"/rom@genroms/mullion-kernel.bin"};

// The ROM for this kernel: it reads the parts over fw_cfg DMA to where they belong and enters the kernel.
std::vector<uint8_t> build_kernel_rom(const KernelBoot& boot);

}  // namespace mullion
