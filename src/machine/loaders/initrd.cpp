// Placing of an initial RAM disk.
// SPDX-License-Identifier: Apache-2.0
#include "machine/loaders/initrd.hpp"

#include "base/bytes.hpp"

#include <algorithm>

namespace mullion {

Result<Placed> place_initrd(const std::string& path, uint64_t lowest, uint64_t highest, const RamLayout& ram) {
  auto file = open_blob(path, "initrd");
  if (!file) return tl::unexpected(file.error());
  const uint64_t size = (*file)->size();
  const uint64_t end = std::min(highest + 1, ram.below_4g - std::min(ram.below_4g, kHighReserve));
  if (size > end || align_down(end - size, kPageSize) < lowest) {
    const uint64_t needed = lowest + size + kHighReserve + kPageSize;
    if (needed > highest) {
      return failure("the initrd '{}' ({} MiB) is too large: the kernel takes it below {} MiB only; use a smaller one",
                     path, size / kMiB, (highest + 1) / kMiB);
    }
    return failure(
        "the initrd '{}' ({} MiB) does not fit into the guest's RAM of {} MiB beside the kernel; give at least "
        "{} MiB with -m, or use a smaller one",
        path, size / kMiB, (ram.below_4g + ram.above_4g) / kMiB, needed / kMiB + 1);
  }
  return Placed{align_down(end - size, kPageSize), std::move(*file)};
}

}  // namespace mullion
