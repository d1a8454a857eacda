// Loads all registers, goes to the instruction by a far jump, and stores all registers where it comes back.
// SPDX-License-Identifier: Apache-2.0
#include "insn/fast_switch.hpp"

#include <cstddef>

namespace mullion::insn {
static_assert(offsetof(FastSwitch, rflags) == 128 && offsetof(FastSwitch, selectors) == 144);
static_assert(offsetof(FastSwitch, fs_base) == 160 && offsetof(FastSwitch, saved_rsp) == 192);
static_assert(offsetof(FastSwitch, out_gpr) == 208 && offsetof(FastSwitch, out_rflags) == 336);
static_assert(offsetof(FastSwitch, out_selectors) == 360 && offsetof(FastSwitch, stack) == 384);
static_assert(offsetof(FastSwitch, in) == 512 && offsetof(FastSwitch, out) == 4608);
}  // namespace mullion::insn

asm(R"(
  .set FAST, 0x34560000
  .text
  .globl mullion_fast_launch
  .type mullion_fast_launch, @function
mullion_fast_launch:
  push %rbx
  push %rbp
  push %r12
  push %r13
  push %r14
  push %r15
  mov %rsp, FAST+192
  mov FAST+200, %eax
  xor %edx, %edx
  xrstor64 FAST+512
  mov FAST+144, %es
  mov FAST+146, %ds
  movzwl FAST+148, %eax
  mov %eax, %fs
  test %eax, %eax
  jne 1f
  mov FAST+160, %rax
  wrfsbase %rax
1:
  movzwl FAST+150, %eax
  mov %eax, %gs
  test %eax, %eax
  jne 2f
  mov FAST+168, %rax
  wrgsbase %rax
2:
  mov $FAST+448, %esp
  pushq FAST+128
  mov FAST+152, %ss
  popf
  mov FAST+0, %rax
  mov FAST+8, %rcx
  mov FAST+16, %rdx
  mov FAST+24, %rbx
  mov FAST+32, %rsp
  mov FAST+40, %rbp
  mov FAST+48, %rsi
  mov FAST+56, %rdi
  mov FAST+64, %r8
  mov FAST+72, %r9
  mov FAST+80, %r10
  mov FAST+88, %r11
  mov FAST+96, %r12
  mov FAST+104, %r13
  mov FAST+112, %r14
  mov FAST+120, %r15
  ljmpl *FAST+136
  .size mullion_fast_launch, .-mullion_fast_launch

  .globl mullion_fast_return
mullion_fast_return:
  mov %rax, FAST+208
  mov %rcx, FAST+216
  mov %rdx, FAST+224
  mov %rbx, FAST+232
  mov %rsp, FAST+240
  mov %rbp, FAST+248
  mov %rsi, FAST+256
  mov %rdi, FAST+264
  mov %r8, FAST+272
  mov %r9, FAST+280
  mov %r10, FAST+288
  mov %r11, FAST+296
  mov %r12, FAST+304
  mov %r13, FAST+312
  mov %r14, FAST+320
  mov %r15, FAST+328
  mov $FAST+448, %esp
  pushf
  popq FAST+336
  pushq $0x202
  popf
  mov %es, FAST+360
  mov %ds, FAST+362
  mov %fs, FAST+364
  mov %gs, FAST+366
  mov %ss, FAST+368
  rdfsbase %rax
  mov %rax, FAST+344
  rdgsbase %rax
  mov %rax, FAST+352
  mov FAST+200, %eax
  xor %edx, %edx
  xsave64 FAST+4608
  mov $0x2B, %eax
  mov %eax, %ss
  xor %eax, %eax
  mov %eax, %es
  mov %eax, %ds
  mov %eax, %fs
  mov %eax, %gs
  mov FAST+176, %rax
  wrfsbase %rax
  mov FAST+184, %rax
  wrgsbase %rax
  fninit
  ldmxcsr FAST+376
  testb $4, FAST+200
  je 1f
  vzeroupper
1:
  mov FAST+192, %rsp
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbp
  pop %rbx
  ret
)");
