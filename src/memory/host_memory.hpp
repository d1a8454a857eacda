// A piece of host memory that backs guest memory; the platform layer is in sys/.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"

#include <cstdint>

namespace mullion {

inline constexpr uint64_t kPageSize = 4096;

// Zeroed, committed only as it is touched, with guard pages on both sides.
class HostMemory {
 public:
  // Reserves `size` bytes, a multiple of kPageSize above 0.
  static Result<HostMemory> allocate(uint64_t size);
  HostMemory(HostMemory&& other) noexcept;
  HostMemory& operator=(HostMemory&& other) noexcept;
  ~HostMemory();

  uint8_t* data() const { return data_; }
  uint64_t size() const { return size_; }

 private:
  HostMemory(void* mapping, uint64_t mapping_size, uint8_t* data, uint64_t size)
      : mapping_(mapping), mapping_size_(mapping_size), data_(data), size_(size) {}
  void release();

  void* mapping_ = nullptr;
  uint64_t mapping_size_ = 0;
  uint8_t* data_ = nullptr;
  uint64_t size_ = 0;
};

}  // namespace mullion
