; Virtual-8086 mode: IOPL-sensitive instructions, interrupts by the IDT and by redirection, VME's virtual interrupt flag.
; SDM vol. 3 chapter 20.
; SPDX-License-Identifier: Apache-2.0
%define MODE 32
%include "guest.inc"
FLAGS0  equ 0x20002             ; VM, IOPL 0
FLAGS3  equ 0x23002             ; VM, IOPL 3
VIF     equ 0x80000
VIP     equ 0x100000
VSS     equ 0x2000              ; stack segment of the 8086 program
VSP     equ 0x1000

; enters 16-bit code of the image at label %1 with flags %2
%macro enter_v86 2
        push dword 0x1003       ; GS
        push dword 0x1002       ; FS
        push dword 0x1000       ; DS
        push dword 0x5000       ; ES
        push dword VSS
        push dword VSP
        push dword %2
        push dword 0x1000
        push dword at(%1) - BASE
        iretd
%endmacro
; runs one 16-bit instruction; expects vector, error at its address
%macro v86_fault 4+             ; flags, vector, error, instruction
        capture %%after
        enter_v86 %%at, %1
        bits 16
%%at:   %4
        int3
        bits 32
%%after:
        is [f_vector], %2
        is [f_ip], at(%%at) - BASE
%if %3 != -1
        is [f_error], %3
%endif
%endmacro
; runs 16-bit code that ends with INT3 (an exception: always by the IDT)
%macro v86_runs 2               ; flags, label
        capture %%after
        enter_v86 %2, %1
%%after:
        is [f_vector], 3
%endmacro

main:
        mov byte [IDT + 3 * 8 + 5], 0xEE
        ; --- IOPL below 3: #GP(0) for what touches IF
        v86_fault FLAGS0, 13, 0, cli
        v86_fault FLAGS0, 13, 0, sti
        v86_fault FLAGS0, 13, 0, pushf
        v86_fault FLAGS0, 13, 0, popf
        v86_fault FLAGS0, 13, 0, iret
        v86_fault FLAGS0, 13, 0, int 0x21
        v86_fault FLAGS0, 13, 0, hlt
        v86_fault FLAGS3, 13, 0, hlt
        v86_fault FLAGS3, 13, 0, mov eax, cr0
        v86_fault FLAGS3, 13, 0, lgdt [0]
        ; not recognised
        v86_fault FLAGS3, 6, -1, lldt ax
        v86_fault FLAGS3, 6, -1, ltr ax
        v86_fault FLAGS3, 6, -1, str ax
        v86_fault FLAGS3, 6, -1, verr ax
        v86_fault FLAGS3, 6, -1, lar ax, ax
        v86_fault FLAGS3, 6, -1, arpl ax, ax
        ; segments have 64 KiB
        v86_fault FLAGS3, 13, 0, mov eax, [0xFFFD]
        v86_fault FLAGS3, 12, 0, mov eax, [ss:0xFFFD]
        ; IN and OUT look at the bitmap whatever IOPL is
        v86_fault FLAGS3, 13, 0, in al, 0x60
        mov byte [tss_iomap + 0x60 / 8], 0xFE
        v86_runs FLAGS0, in_allowed
        v86_fault FLAGS0, 13, 0, in ax, 0x60    ; port 61h is not allowed
        mov byte [tss_iomap + 0x60 / 8], 0xFF

        ; --- frame of an exception: the data segments are pushed and become null
        v86_runs FLAGS3, just_int3
        is [f_handler_sp], STACK0 - 0x1000 - 36
        is [f_cs], 0x1000
        is [f_ss], VSS
        is [f_sp], VSP
        mov eax, [f_flags]
        is eax, FLAGS3
        is [STACK0 - 0x1000 - 16], 0x5000
        is [STACK0 - 0x1000 - 12], 0x1000
        is [STACK0 - 0x1000 - 8], 0x1002
        is [STACK0 - 0x1000 - 4], 0x1003
        ; a handler at a level other than 0, or conforming: #GP(selector)
        set_descriptor SPARE, 0, 0xFFFFF, 0xC0BB
        set_gate IDT + 0x40 * 8, SPARE, stubs + 0x40 * 16, 0xEE, 0
        v86_fault FLAGS3, 13, SPARE, int 0x40
        set_descriptor SPARE, 0, 0xFFFFF, 0xC09F
        v86_fault FLAGS3, 13, SPARE, int 0x40
        set_gate IDT + 0x40 * 8, CODE32, stubs + 0x40 * 16, 0x8E, 0
        v86_fault FLAGS3, 13, 0x40 * 8 + 2, int 0x40    ; gate DPL 0
        mov byte [IDT + 0x40 * 8 + 5], 0xEE
        capture .int40
        enter_v86 int40, FLAGS3
.int40: is [f_vector], 0x40

        ; --- IOPL 3: flags work, segment arithmetic works
        v86_runs FLAGS3, flags_program
        mov eax, [SCRATCH]
        and eax, 0x7202
        is eax, 0x7002                          ; PUSHF shows IOPL; IF off after CLI

        ; --- VME: redirection
        mov eax, cr4
        or eax, 1
        mov cr4, eax
        mov dword [0x21 * 4], 0x10000000 | (at(vector21) - BASE)
        mov byte [tss_iomap - 32 + 0x21 / 8], 0xFD
        v86_runs FLAGS3 | 0x200, redirected
        mov eax, [SCRATCH]
        and eax, 0x7202
        is eax, 0x3202                          ; image
        mov eax, [SCRATCH + 4]
        and eax, 0x7202
        is eax, 0x3002                          ; in the handler IF is off
        ; IOPL below 3: VIF plays IF, the image shows IOPL 3
        v86_runs FLAGS0 | VIF, redirected
        mov eax, [SCRATCH]
        and eax, 0x7202
        is eax, 0x3202
        mov eax, [SCRATCH + 4]
        and eax, 0x7202
        is eax, 0x3002
        mov eax, [f_flags]
        and eax, 0xA3200
        is eax, 0xA0000                         ; IRET in the handler gave VIF back
        ; bit set: as without VME
        v86_fault FLAGS0, 13, 0, int 0x40
        ; CLI, STI on VIF; VIP makes STI fault
        v86_runs FLAGS0 | VIF, virtual_cli
        mov eax, [f_flags]
        and eax, 0xA3200
        is eax, 0x20000
        v86_runs FLAGS0, virtual_sti
        mov eax, [f_flags]
        and eax, 0xA3200
        is eax, 0xA0000
        v86_fault FLAGS0 | VIP, 13, 0, sti
        ; PUSHF shows VIF as IF and IOPL 3; POPF of TF faults
        v86_runs FLAGS0 | VIF, virtual_pushf
        movzx eax, word [SCRATCH]
        and eax, 0x7202
        is eax, 0x3202
        capture .popf
        enter_v86 popf_tf, FLAGS0
.popf:  is [f_vector], 13
        v86_fault FLAGS0, 13, 0, pushfd
        jmp done

        bits 16
in_allowed:
        in al, 0x60
        int3
just_int3:
        int3
int40:  int 0x40
flags_program:
        mov ax, 0x5000
        mov ds, ax
        push word 0x4202
        popf
        cli
        pushf
        pop ax
        mov [0], ax
        mov word [2], 0
        push word 2
        popf
        int3
redirected:
        int 0x21
        int3
vector21:
        mov ax, 0x5000
        mov ds, ax
        mov bp, sp
        mov ax, [bp + 4]
        mov [0], ax
        pushf
        pop word [4]
        iret
virtual_cli:
        cli
        int3
virtual_sti:
        sti
        int3
virtual_pushf:
        pushf
        mov ax, 0x5000
        mov ds, ax
        pop word [0]
        int3
popf_tf:
        push word 0x102
        popf
        int3
        bits 32
done:
        finish
