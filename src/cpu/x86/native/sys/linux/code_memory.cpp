// Linux: generated code in a memfd mapped twice; the System V calling convention.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/native/code_memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

namespace mullion::x86::native {

const HostAbi kHostAbi{.argument = {7, 6, 2, 1}, .xmm6_up_are_callee_saved = false};  // rdi rsi rdx rcx

CodeMemory map_code_memory(size_t size) {
  int const fd = memfd_create("mullion-stubs", MFD_CLOEXEC);
  if (fd < 0) return {};
  CodeMemory m;
  if (ftruncate(fd, off_t(size)) == 0) {
    void* const write = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    void* const execute = mmap(nullptr, size, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
    if (write != MAP_FAILED && execute != MAP_FAILED) {
      m = {static_cast<uint8_t*>(write), static_cast<const uint8_t*>(execute), size};
    } else {
      if (write != MAP_FAILED) munmap(write, size);
      if (execute != MAP_FAILED) munmap(execute, size);
    }
  }
  close(fd);
  return m;
}

}  // namespace mullion::x86::native
