// Windows: generated code in a section with two views; the Microsoft x64 calling convention.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/native/code_memory.hpp"

#include <windows.h>

namespace mullion::x86::native {

const HostAbi kHostAbi{.argument = {1, 2, 8, 9}, .xmm6_up_are_callee_saved = true};  // rcx rdx r8 r9

CodeMemory map_code_memory(size_t size) {
  HANDLE const section = CreateFileMappingW(INVALID_HANDLE_VALUE, nullptr, PAGE_EXECUTE_READWRITE | SEC_COMMIT,
                                            DWORD(uint64_t{size} >> 32), DWORD(size), nullptr);
  if (section == nullptr) return {};
  void* const write = MapViewOfFile(section, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, size);
  void* const execute = MapViewOfFile(section, FILE_MAP_READ | FILE_MAP_EXECUTE, 0, 0, size);
  CloseHandle(section);
  if (write != nullptr && execute != nullptr) {
    return {static_cast<uint8_t*>(write), static_cast<const uint8_t*>(execute), size};
  }
  if (write != nullptr) UnmapViewOfFile(write);
  if (execute != nullptr) UnmapViewOfFile(execute);
  return {};
}

}  // namespace mullion::x86::native
