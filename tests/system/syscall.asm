; SYSCALL, SYSRET and SYSENTER, SYSEXIT by Intel's rules: registers, segments, flags, refusals, single step.
; SDM vol. 2 "SYSCALL", "SYSRET", "SYSENTER", "SYSEXIT".
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
; STAR: SYSCALL loads CS 0x38 (CODE64), SS 0x40; SYSRET CS = base + 16 (64-bit) or base (32-bit), SS = base + 8.
; Only the selectors come from STAR, the segments are flat whatever the GDT says.
SYSRET_BASE equ 0x80

main:
        ; without EFER.SCE
        fault 6, -1, syscall
        fault 6, -1, o64 sysret
        mov ecx, 0xC0000080
        rdmsr
        or eax, 1
        wrmsr
        wrmsr64 0xC0000081, (SYSRET_BASE << 48) | (CODE64 << 32)
        wrmsr64 0xC0000082, .entry
        wrmsr64 0xC0000083, 0x12345678
        wrmsr64 0xC0000084, 0x4700
        ; not canonical: #GP
        mov ecx, 0xC0000082
        mov edx, 0x8000
        fault 13, 0, wrmsr
        ; --- the way in
        mov qword [ring3_flags], 0x3246
        capture .in
        enter_ring3 .at
.at:    syscall
.after: ud2
.entry:  mov [seen_rsp], rsp
        mov rsp, STACKI
        pushfq
        pop rbx
        mov esi, cs
        mov edi, ss
        jmp .in_check
.in:    is [f_vector], -2                       ; never comes here
.in_check:
        is ecx, .after
        is r11d, 0x3246
        is ebx, 0x3046                          ; IF was masked
        is esi, CODE64
        is edi, CODE64 + 8
        is [seen_rsp], STACK3
        ; --- the way out, 64 bits: flags from R11, RF and VM off, IOPL as in R11
        wrmsr64 0xC0000084, 0
        capture .out
        mov rcx, .user
        mov r11, 0x13202
        o64 sysret
.user:  mov ebx, cs
        mov esi, ss
        pushfq
        pop rdi
        int LEAVE3
.out:   is [f_vector], LEAVE3
        is ebx, SYSRET_BASE + 16 | 3
        is esi, SYSRET_BASE + 8 | 3
        is edi, 0x3202
        ; --- the way out, 32 bits: compatibility mode
        capture .out32
        mov rcx, .user32
        mov r11d, 2
        sysret
        bits 32
.user32:
        mov ebx, cs
        inc eax                                 ; 40: INC in 32-bit code
        int LEAVE3
        bits 64
.out32: is [f_vector], LEAVE3
        is ebx, SYSRET_BASE | 3
        ; SYSCALL in compatibility mode: #UD on Intel
        capture .compat
        mov rcx, .compat_user
        mov r11d, 2
        sysret
.compat_user:
        syscall
.compat:
        is [f_vector], 6
        ; --- refusals
        mov rcx, 0x0000800000000000
        fault 13, 0, o64 sysret
        ring3_fault 13, 0, o64 sysret
        ; --- single step: TF masked by SYSCALL gives no trap, TF set by SYSRET traps at once
        wrmsr64 0xC0000082, .quiet
        wrmsr64 0xC0000084, 0x100
        mov rcx, .stepped
        mov r11d, 0x102
        capture .trap
        o64 sysret
.stepped:
        nop
.trap:  is [f_vector], 1
        is [f_ip], .stepped
        is [f_flags], 0x102
        mov rcx, .then_syscall
        mov r11d, 2
        mov qword [resume], .no_trap
        mov qword [f_vector], 0xFFFF
        o64 sysret
.then_syscall:
        push 0x102
        popfq
        syscall                                 ; TF was set before it
.quiet: mov rsp, STACK0
        nop
.no_trap:
        is [f_vector], 0xFFFF
        mov rsp, STACK0

        ; --- SYSENTER
        wrmsr64 0x174, 0
        fault 13, 0, sysenter
        fault 13, 0, sysexit
        wrmsr64 0x174, CODE64 | 3
        wrmsr64 0x175, STACKI
        wrmsr64 0x176, .entered
        mov qword [ring3_flags], 0x3202
        capture .never
        enter_ring3 .at2
.at2:   sysenter
.never: ud2
.entered:
        mov rbx, rsp
        pushfq
        pop rsi
        mov edi, cs
        mov r8d, ss
        mov eax, DATA
        mov ss, eax
        is ebx, STACKI
        is esi, 0x3002
        is edi, CODE64
        is r8d, CODE64 + 8
        ; SYSEXIT to both sizes
        capture .exited
        mov rdx, .user3
        mov rcx, STACK3 - 8
        o64 sysexit
.user3: mov ebx, cs
        mov esi, ss
        int LEAVE3
.exited:
        is [f_vector], LEAVE3
        is ebx, CODE64 + 32 | 3
        is esi, CODE64 + 40 | 3
        is [f_sp], STACK3 - 8
        capture .exited32
        mov rdx, .user4
        mov rcx, STACK3 - 8
        sysexit
        bits 32
.user4: mov ebx, cs
        mov esi, ss
        int LEAVE3
        bits 64
.exited32:
        is [f_vector], LEAVE3
        is ebx, CODE64 + 16 | 3
        is esi, CODE64 + 24 | 3
        mov rdx, 0x0000800000000000
        fault 13, 0, o64 sysexit
        mov rdx, .user3
        mov rcx, 0x0000800000000000
        fault 13, 0, o64 sysexit
        ring3_fault 13, 0, sysexit
        jmp done
seen_rsp: dq 0
done:
        finish
