; IRET in IA-32e mode: always pops SS:RSP, null SS, compatibility mode, checks, flags.
; SDM vol. 2 "IRET".
; SPDX-License-Identifier: Apache-2.0
%define MODE 64
%include "guest.inc"
%macro frame 5                  ; ss, rsp, flags, cs, rip
        mov rsp, STACK0
        push %1
        push %2
        push %3
        push %4
        push %5
%endmacro

main:
        ; the same level, another stack, SS null: allowed at CPL 0
        mov qword [resume], 0
        frame 0, STACKI, 2, CODE64, .next
        iretq
.next:  mov rbx, rsp
        mov ecx, ss
        mov rsp, STACK0
        is ebx, STACKI
        is ecx, 0
        mov eax, DATA
        mov ss, eax
        ; not at CPL 3
        frame 0, STACK3, 2, CODE64U, .next
        fault 13, 0, iretq
        frame 3, STACK3, 2, CODE64U, .next
        fault 13, 0, iretq
        ; its RPL must be the level
        frame 1, STACKI, 2, CODE64, .next
        fault 13, 0, iretq
        ; nor for compatibility mode
        frame 0, STACKI, 2, CODE32, .next
        fault 13, 0, iretq
        ; CS
        frame DATA, STACKI, 2, 0, .next
        fault 13, 0, iretq
        frame DATA, STACKI, 2, 0x1008, .next
        fault 13, 0x1008, iretq
        frame DATA, STACKI, 2, DATA, .next
        fault 13, DATA, iretq
        set_descriptor SPARE, 0, 0xFFFFF, 0xE09B        ; L and D
        frame DATA, STACKI, 2, SPARE, .next
        fault 13, SPARE, iretq
        set_descriptor SPARE, 0, 0xFFFFF, 0xA01B
        frame DATA, STACKI, 2, SPARE, .next
        fault 11, SPARE, iretq
        frame DATAU, STACK3, 2, CODE64U & ~3, .next     ; DPL 3 with RPL 0
        fault 13, CODE64U & ~3, iretq
        ; SS: RPL, type, presence
        frame DATA, STACK3, 2, CODE64U, .next
        fault 13, DATA, iretq
        frame CODE64U, STACK3, 2, CODE64U, .next
        fault 13, CODE64U & ~3, iretq
        set_descriptor SPARE, 0, 0xFFFFF, 0xC013
        frame SPARE, STACK3, 2, CODE64, .next
        fault 12, SPARE, iretq
        ; RIP not canonical: found before the return
        mov rax, 0x0000800000000000
        frame DATA, STACKI, 2, CODE64, rax
        fault 13, 0, iretq
        ; compatibility mode: limit
        set_descriptor SPARE, 0, 0x0FFF, 0x409B
        frame DATA, STACKI, 2, SPARE, .next
        fault 13, 0, iretq
        ; the stack read of IRET itself
        mov rsp, 0x00007FFFFFFFFFF8
        mov qword [resume], .bad_stack
        mov qword [resume_sp], STACK0
        mov byte [IDT + 12 * 16 + 4], 1
        mov byte [IDT + 14 * 16 + 4], 1
        iretq
.bad_stack:
        mov byte [IDT + 12 * 16 + 4], 0
        mov byte [IDT + 14 * 16 + 4], 0
        ; the first word lies in a hole of the page tables: #PF
        is [f_vector], 14
        ; flags: 64-bit image, all that CPL 0 may set
        mov qword [resume], 0
        frame DATA, STACK0, 0x243ED7, CODE64, .flags    ; ID AC IOPL 3 OF DF IF and the arithmetic flags
        iretq
.flags: pushfq
        pop rbx
        cld
        push 2
        popfq
        and ebx, 0x3F7FD7
        is ebx, 0x243ED7
        ; 32-bit IRET in 64-bit code pops five doublewords
        mov rsp, STACK0
        sub rsp, 20
        mov dword [rsp], .d
        mov dword [rsp + 4], CODE64
        mov dword [rsp + 8], 2
        mov dword [rsp + 12], STACKI
        mov dword [rsp + 16], DATA
        iretd
.d:     mov rbx, rsp
        mov rsp, STACK0
        is ebx, STACKI
        ; data segments of level 0 become null at CPL 3
        mov eax, DATA
        mov ds, eax
        mov eax, DATAU
        mov es, eax
        capture .ring3
        enter_ring3 .at
.at:    mov ebx, ds
        mov ecx, es
        int LEAVE3
.ring3: is ebx, 0
        is ecx, DATAU
        ; CPL 3 cannot change IF and IOPL
        mov qword [ring3_flags], 2
        capture .userflags
        enter_ring3 .at2
.at2:   push DATAU
        push STACK3
        push 0x3202
        push CODE64U
        push .at3
        iretq
.at3:   pushfq
        pop rbx
        int LEAVE3
.userflags:
        and ebx, 0x3200
        is ebx, 0
        finish
