// Entry of the bare guest: PVH, then long mode with 2 MiB pages, SSE, AVX and AVX-512 on.
// SPDX-License-Identifier: Apache-2.0
    .section .note.pvh, "a", @note
    .long 4, 8, 18          // XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .quad start

    .text
    .code32
    .globl start
start:
    mov $stack_top, %esp
    mov %ebx, start_info
    // Identity: one PML4 entry, one PDPT entry, 512 pages of 2 MiB.
    movl $(pdpt + 3), pml4
    movl $(pd + 3), pdpt
    xor %ecx, %ecx
1:  mov %ecx, %eax
    shl $21, %eax
    or $0x83, %eax
    mov %eax, pd(,%ecx,8)
    inc %ecx
    cmp $512, %ecx
    jne 1b
    mov $0x20, %eax         // CR4.PAE
    mov %eax, %cr4
    mov $pml4, %eax
    mov %eax, %cr3
    mov $0xC0000080, %ecx   // EFER.LME
    rdmsr
    or $0x100, %eax
    wrmsr
    mov $0x80000023, %eax   // PG, NE, MP, PE
    mov %eax, %cr0
    lgdt gdt_pointer
    ljmp $8, $start64
    .code64
start64:
    mov $16, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov %cr4, %rax
    or $0x600, %rax         // OSFXSR, OSXMMEXCPT
    mov %rax, %cr4
    fninit
    mov $1, %eax
    cpuid
    bt $26, %ecx            // XSAVE
    jnc 3f
    mov %cr4, %rax
    or $0x40000, %rax       // OSXSAVE
    mov %rax, %cr4
    mov $13, %eax           // what XCR0 may hold
    xor %ecx, %ecx
    cpuid
    and $0xE7, %eax
    xor %ecx, %ecx
    xor %edx, %edx
    xsetbv
3:  mov start_info, %edi
    call guest_main
4:  cli
    hlt
    jmp 4b

    .section .rodata
    .align 8
gdt: .quad 0, 0x00AF9B000000FFFF, 0x00CF93000000FFFF
gdt_pointer:
    .word . - gdt - 1
    .long gdt

    .bss
    .align 4096
pml4: .skip 4096
pdpt: .skip 4096
pd:   .skip 4096
    .skip 65536
stack_top:
start_info: .skip 4
    .section .note.GNU-stack, "", @progbits
