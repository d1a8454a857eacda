// The kernel option ROM's code, assembled with the rest of the program.
// SPDX-License-Identifier: Apache-2.0
#include "machine/kernel_rom/kernel_rom_code.hpp"

// Source documents: Plug and Play BIOS 1.0A, section 3 (expansion header, boot entry vector); QEMU's fw_cfg DMA;
// Linux boot protocol. The host fills in the parameters and both checksums. The ROM itself is never written: its
// scratch is at 0:7C00h, the DMA descriptor there, the stack below.
asm(R"(
        .text
        .code16
        .balign 16
        .globl  mullion_kernel_rom_begin
mullion_kernel_rom_begin:
        .byte   0x55, 0xaa
        .byte   2                                       # units of 512 bytes
        jmp     init
        .org    mullion_kernel_rom_begin + 0x18
        .word   0                                       # no PCI data structure
        .word   pnp - mullion_kernel_rom_begin

        .org    mullion_kernel_rom_begin + 0x20
pnp:
        .ascii  "$PnP"
        .byte   1                                       # revision
        .byte   2                                       # length, units of 16 bytes
        .word   0                                       # no further header
        .byte   0
        .byte   0                                       # checksum
        .long   0                                       # device identifier
        .word   maker - mullion_kernel_rom_begin
        .word   product - mullion_kernel_rom_begin
        .byte   0, 0, 0                                 # type
        .byte   0                                       # indicators
        .word   0                                       # no boot connection vector
        .word   0                                       # no disconnect vector
        .word   boot - mullion_kernel_rom_begin
        .word   0
        .word   0

        .org    mullion_kernel_rom_begin + 0x40
protected_mode: .word 0
segment:        .word 0
stack:          .word 0
map_segment:    .word 0
map_offset:     .word 0
count_offset:   .word 0
count_scale:    .word 0
map_entries:    .word 0
reg_eip:        .long 0
reg_eax:        .long 0
reg_ebx:        .long 0
                .long 0
loads:          .fill 5 * 16, 1, 0

maker:          .asciz "Mullion"
product:        .asciz "kernel from the command line"
failed_text:    .asciz "Mullion: the kernel could not be read from the host\r\n"

        .balign 8
gdt:
        .quad   0
        .quad   0x00cf9b000000ffff                      # 08h: flat 32-bit code
        .quad   0x00cf93000000ffff                      # 10h: flat data
gdt_end:

init:
        movw    $0x20, %ax                              # a device to boot from is here
        lret

boot:
        cli
        cld
        pushw   %cs
        popw    %ds
        xorw    %ax, %ax
        movw    %ax, %es
        movw    %ax, %ss
        movl    $0x7c00, %esp
        movw    $(loads - mullion_kernel_rom_begin), %si

next_load:
        cmpl    $0, (%si)
        je      loaded
        movw    $0x7c00, %di
        movw    $8, %cx
        rep movsw
        xorl    %eax, %eax
        movw    $0x514, %dx
        outl    %eax, %dx
        movl    $0x007c0000, %eax                       # 7C00h, big-endian
        movw    $0x518, %dx
        outl    %eax, %dx
wait_load:
        movl    %es:0x7c00, %eax
        testl   %eax, %eax
        jz      next_load
        cmpl    $0x01000000, %eax                       # the error bit, big-endian
        jne     wait_load
        movw    $(failed_text - mullion_kernel_rom_begin), %si
print:
        lodsb
        testb   %al, %al
        jz      give_up
        movb    $0x0e, %ah
        movw    $7, %bx
        int     $0x10
        jmp     print
give_up:
        sti
        int     $0x18                                   # the next device

loaded:
        cmpw    $0, protected_mode - mullion_kernel_rom_begin
        jne     read_map
        movw    stack - mullion_kernel_rom_begin, %bx
        movw    segment - mullion_kernel_rom_begin, %ax
        movw    %ax, %ss
        movzwl  %bx, %esp
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %fs
        movw    %ax, %gs
        addw    $0x20, %ax
        pushw   %ax
        pushw   $0
        lret

read_map:
        movw    map_segment - mullion_kernel_rom_begin, %es
        movw    map_offset - mullion_kernel_rom_begin, %di
        xorl    %ebx, %ebx
        xorw    %bp, %bp
next_entry:
        movl    $0xe820, %eax
        movl    $0x534d4150, %edx                       # "SMAP"
        movl    $20, %ecx
        int     $0x15
        jc      map_done
        cmpl    $0x534d4150, %eax
        jne     map_done
        incw    %bp
        addw    $24, %di
        cmpw    map_entries - mullion_kernel_rom_begin, %bp
        jae     map_done
        testl   %ebx, %ebx
        jnz     next_entry
map_done:
        cli
        movw    %bp, %ax
        mulw    count_scale - mullion_kernel_rom_begin
        movw    count_offset - mullion_kernel_rom_begin, %di
        movw    %ax, %es:(%di)
        movw    $0, %es:2(%di)

        movl    reg_eip - mullion_kernel_rom_begin, %ecx
        movl    reg_eax - mullion_kernel_rom_begin, %esi
        movl    reg_ebx - mullion_kernel_rom_begin, %ebx
        xorl    %eax, %eax
        movw    %cs, %ax
        shll    $4, %eax
        movl    %eax, %edx
        addl    $(gdt - mullion_kernel_rom_begin), %edx
        addl    $(flat - mullion_kernel_rom_begin), %eax
        pushl   %edx
        pushw   $(gdt_end - gdt - 1)
        movw    %sp, %bp
        lgdtl   (%bp)
        movl    %cr0, %edx
        orb     $1, %dl
        movl    %edx, %cr0
        pushl   $8
        pushl   %eax
        lretl

        .code32
flat:
        movw    $0x10, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %fs
        movw    %ax, %gs
        movw    %ax, %ss
        movl    %esi, %eax
        xorl    %esi, %esi
        jmp     *%ecx

        .org    mullion_kernel_rom_begin + 1024
        .globl  mullion_kernel_rom_end
mullion_kernel_rom_end:
        .code64
)");
