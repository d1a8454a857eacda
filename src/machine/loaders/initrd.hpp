// Placing of an initial RAM disk at the top of the RAM below 4 GiB.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "machine/loaders/kernel_boot.hpp"

namespace mullion {

// `lowest`: the first byte the kernel leaves free; `highest`: the last address the kernel can take it at.
Result<Placed> place_initrd(const std::string& path, uint64_t lowest, uint64_t highest, const RamLayout& ram);

}  // namespace mullion
