// The PVH boot protocol: an ELF kernel entered in 32-bit mode with Xen's hvm_start_info.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "machine/loaders/elf_image.hpp"
#include "machine/loaders/kernel_boot.hpp"

namespace mullion {

// Source document: Xen, public/arch-x86/hvm/start_info.h and docs/misc/pvh.
Result<KernelBoot> prepare_pvh(const ElfImage& image, const KernelConfig& config, const RamLayout& ram);

}  // namespace mullion
