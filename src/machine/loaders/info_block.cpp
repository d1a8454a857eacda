// The rule that keeps kernels off the boot information.
// SPDX-License-Identifier: Apache-2.0
#include "machine/loaders/info_block.hpp"

namespace mullion {

Result<void> check_clear_of_info(const std::string& kernel, uint64_t gpa, uint64_t size) {
  if (gpa >= kInfoGpa + kInfoSize || gpa + size <= kLoaderScratch) return {};
  return failure("cannot boot the kernel '{}': it is linked to {:#x}-{:#x}, over the boot information at {:#x}-{:#x}; "
                 "link it elsewhere",
                 kernel, gpa, gpa + size - 1, kLoaderScratch, kInfoGpa + kInfoSize - 1);
}

}  // namespace mullion
