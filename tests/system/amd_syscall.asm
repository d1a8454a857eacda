; Where AMD differs: SYSCALL in compatibility mode, SYSRET's SS and RIP, no SYSENTER in long mode, no m16:64.
; AMD APM vol. 3 "SYSCALL", "SYSRET", "SYSENTER", "JMP (Far)".
; SPDX-License-Identifier: Apache-2.0
%define MODE 64
%include "guest.inc"
%macro wrmsr64 2
        mov ecx, %1
        mov rax, %2
        mov rdx, rax
        shr rdx, 32
        wrmsr
%endmacro

main:
        mov ecx, 0xC0000080
        rdmsr
        or eax, 1
        wrmsr
        wrmsr64 0xC0000081, (0x80 << 48) | (CODE64 << 32)
        wrmsr64 0xC0000082, .from64
        wrmsr64 0xC0000083, .from32
        wrmsr64 0xC0000084, 0
        ; SYSCALL in compatibility mode enters at CSTAR, in 64-bit code
        mov qword [resume], 0
        mov rcx, .user32
        mov r11d, 0x3002
        sysret
        bits 32
.user32:
        syscall
.after32:
        ud2
        bits 64
.from64:
        ud2
.from32:
        mov rbx, rcx
        mov esi, cs
        mov rsp, STACK0
        mov eax, DATA
        mov ss, eax
        is64 rbx, .after32
        is esi, CODE64
        ; SYSRET to an address that is not canonical faults at the target, at CPL 3
        mov rcx, 0x0000800000000000
        mov r11d, 2
        capture .bad
        o64 sysret
.bad:   is [f_vector], 13
        is [f_cs], 0x80 + 16 | 3
        mov rax, 0x0000800000000000
        is64 [f_ip], rax
        ; SYSENTER and SYSEXIT: #UD in long mode
        fault 6, -1, sysenter
        fault 6, -1, sysexit
        ; REX.W on a far jump: the pointer is 16:32
        mov dword [SCRATCH], .target
        mov dword [SCRATCH + 4], CODE64
        mov dword [SCRATCH + 8], 0xFFFF
        works o64 jmp far [SCRATCH]
.target:
        ; a null selector leaves the base of FS
        wrmsr64 0xC0000100, 0x123456789A
        xor eax, eax
        mov fs, eax
        mov ecx, 0xC0000100
        rdmsr
        is eax, 0x3456789A
        is edx, 0x12
        finish
