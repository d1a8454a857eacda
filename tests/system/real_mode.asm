; Real mode: interrupts by the IVT, limits, stack, flags, what is undefined there, unreal segments.
; SDM vol. 3 chapter 20.1.
; SPDX-License-Identifier: Apache-2.0
%define MODE 16
%include "guest.inc"

main:
        mov ax, 0x1000
        mov es, ax
        ; --- limits: 64 KiB
        fault 13, mov eax, [0xFFFD]
        fault 13, mov [0xFFFF], ax
        works mov al, [0xFFFF]
        mov bp, 0xFFFD
        fault 12, mov eax, [bp]
        ; the stack
        mov bx, sp
        mov sp, 1
        mov [saved_sp - BASE], bx
        mov word [resume - BASE], .stack
        mov [resume_sp - BASE], bx
        mov word [f_vector - BASE], 0xFFFF
        mov ax, ss
        mov sp, bx
.stack:
        ; --- INT: flags, CS, IP; IF and TF off in the handler
        capture .int
        push word 0x3302 & ~0x100
        popf
        int 0x40
.int:   is [f_vector - BASE], 0x40
        is [f_ip - BASE], .int - BASE
        is [f_cs - BASE], 0x1000
        mov ax, [f_flags - BASE]
        and ax, 0x3302
        is ax, 0x3202
        mov ax, [resume_sp - BASE]
        sub ax, 6
        is [f_handler_sp - BASE], eax
        ; --- exceptions push no error code
        capture .de
        xor dx, dx
        xor cx, cx
.dep:   div cx
.de:    is [f_vector - BASE], 0
        is [f_ip - BASE], .dep - BASE
        fault 6, ud2
        fault 5, bound ax, [bounds - BASE]
        ; --- an IDT limit that excludes the vector: #GP
        lidt [short_idt - BASE]
        fault 13, int 0x40
        lidt [real_idt - BASE]
        ; --- protected-mode instructions: #UD
        fault 6, lldt ax
        fault 6, ltr ax
        fault 6, sldt ax
        fault 6, str ax
        fault 6, verr ax
        fault 6, lar ax, ax
        fault 6, lsl ax, ax
        fault 6, arpl ax, ax
        ; --- CPL is 0: privileged instructions work
        works mov eax, cr0
        works clts
        works smsw ax
        ; a segment register takes any value, CS only by transfers
        mov ax, 0x1234
        works mov fs, ax
        fault 6, db 0x8E, 0xC8
        ; --- a far jump beyond the limit
        fault 13, jmp dword 0x1000:0x10000
        ; --- IRET: 32-bit form loads AC, ID
        pushfd
        pop eax
        or eax, 0x240000
        push eax
        push dword 0x1000
        push dword .iret32 - BASE
        iretd
.iret32:
        pushfd
        pop eax
        shr eax, 16
        and ax, 0x24
        is ax, 0x24
        push dword 2
        popfd
        ; --- single step: the trap goes on with TF pushed
        capture .tf
        push word 0x102
        popf
        nop
.tfp:   nop
.tf:    is [f_vector - BASE], 1
        is [f_ip - BASE], .tfp - BASE
        ; --- unreal: a 4 GiB limit loaded in protected mode stays
        cli
        lgdt [gdtr - BASE]
        mov eax, cr0
        or al, 1
        mov cr0, eax
        mov bx, DATA
        mov fs, bx
        and al, 0xFE
        mov cr0, eax
        works mov eax, [dword fs:0x20000]
        xor ax, ax
        mov fs, ax
        works mov eax, [dword fs:0x20000]
        ; DS keeps its 64 KiB
        fault 13, mov al, [dword 0x10000]
        jmp done
bounds: dw 5, 6
saved_sp: dw 0
short_idt: dw 0x40 * 4 + 2
        dd 0
real_idt: dw 0x3FF
        dd 0
done:
        finish
