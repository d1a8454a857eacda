// Host memory by VirtualAlloc, with inaccessible pages on both sides.
// SPDX-License-Identifier: Apache-2.0
#include "memory/host_memory.hpp"

#include "base/checked.hpp"

#include <windows.h>

namespace mullion {

Result<HostMemory> HostMemory::allocate(uint64_t size) {
  const auto total = checked_add<uint64_t>(size, 2 * kPageSize);
  if (size == 0 || size % kPageSize != 0 || !total) return failure("guest memory: {} bytes is no usable size", size);
  void* mapping = VirtualAlloc(nullptr, *total, MEM_RESERVE, PAGE_NOACCESS);
  if (mapping == nullptr) {
    return failure("guest memory: the host has no room for {} MiB (VirtualAlloc: error {}); give the machine less with -m",
                   size >> 20, GetLastError());
  }
  auto* data = static_cast<uint8_t*>(mapping) + kPageSize;
  HostMemory memory{mapping, *total, data, size};
  if (VirtualAlloc(data, size, MEM_COMMIT, PAGE_READWRITE) == nullptr) {
    return failure("guest memory: the host does not commit {} MiB (VirtualAlloc: error {}); give the machine less with -m",
                   size >> 20, GetLastError());
  }
  return memory;
}

void HostMemory::release() {
  if (mapping_ != nullptr) VirtualFree(mapping_, 0, MEM_RELEASE);
}

}  // namespace mullion
