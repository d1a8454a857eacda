// Host memory by mmap, with inaccessible pages on both sides.
// SPDX-License-Identifier: Apache-2.0
#include "memory/host_memory.hpp"

#include "base/bytes.hpp"
#include "base/checked.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>

namespace mullion {

Result<HostMemory> HostMemory::allocate(uint64_t size) {
  // Aligned for huge pages, which make the guest's memory cheaper to reach.
  constexpr uint64_t kHugePage = uint64_t{2} << 20;
  const auto total = checked_add<uint64_t>(size, kHugePage + 2 * kPageSize);
  if (size == 0 || size % kPageSize != 0 || !total) return failure("guest memory: {} bytes is no usable size", size);
  // Not MAP_NORESERVE: the kernel shall refuse now what it could not back later.
  void* mapping = mmap(nullptr, *total, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) {
    return failure("guest memory: the host has no room for {} MiB ({}); give the machine less with -m", size >> 20,
                   std::strerror(errno));
  }
  const auto start = reinterpret_cast<uintptr_t>(mapping);  // SAFETY: only to align the address
  auto* data = static_cast<uint8_t*>(mapping) + (align_up<uint64_t>(start + kPageSize, kHugePage) - start);
  HostMemory memory{mapping, *total, data, size};
  if (mprotect(data, size, PROT_READ | PROT_WRITE) != 0) {
    return failure("guest memory: the host does not commit {} MiB ({}); give the machine less with -m", size >> 20,
                   std::strerror(errno));
  }
  if (size >= kHugePage) madvise(data, size, MADV_HUGEPAGE);  // a wish: an error changes nothing
  return memory;
}

void HostMemory::release() {
  if (mapping_ != nullptr) munmap(mapping_, mapping_size_);
}

}  // namespace mullion
