// Memory for generated code: one piece, mapped twice, never writable and executable in one place.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>

namespace mullion::x86::native {

struct CodeMemory {
  uint8_t* write = nullptr;        // null: the host allows no generated code
  const uint8_t* execute = nullptr;
  size_t size = 0;
};

// Reserves `size` bytes that last as long as the process; pages are committed as they are touched.
CodeMemory map_code_memory(size_t size);

// How this host's compiler calls a function with four pointers, and what such a function must not change.
struct HostAbi {
  uint8_t argument[4];    // register numbers of the four pointers
  bool xmm6_up_are_callee_saved;
};
extern const HostAbi kHostAbi;

}  // namespace mullion::x86::native
