; Interrupts in IA-32e mode: 16-byte gates, alignment of RSP, IST, levels, error codes.
; SDM vol. 3 §6.14, vol. 2 "INT n".
; SPDX-License-Identifier: Apache-2.0
%define MODE 64
%include "guest.inc"
V       equ 0x40
GATE    equ IDT + V * 16
IDTERR  equ V * 8 + 2
CODE1   equ SPARE

main:
        ; --- the gate
        mov byte [GATE + 5], 0x8C               ; call gate
        fault 13, IDTERR, int V
        mov byte [GATE + 5], 0x86               ; 16-bit interrupt gate
        fault 13, IDTERR, int V
        mov byte [GATE + 5], 0x85               ; task gate
        fault 13, IDTERR, int V
        mov byte [GATE + 5], 0x0E
        fault 11, IDTERR, int V
        mov byte [GATE + 5], 0x8E
        ring3_fault 13, IDTERR, int V
        ring3_fault 13, 3 * 8 + 2, int3
        lidt [short_idt]
        fault 13, IDTERR, int V
        lidt [idtr]
        ; --- its code segment
        mov word [GATE + 2], 0
        fault 13, 0, int V
        mov word [GATE + 2], 0x1008
        fault 13, 0x1008, int V
        mov word [GATE + 2], CODE32             ; no 64-bit code
        fault 13, CODE32, int V
        mov word [GATE + 2], DATA
        fault 13, DATA, int V
        mov word [GATE + 2], CODE64U & ~3
        fault 13, CODE64U & ~3, int V
        set_descriptor SPARE, 0, 0xFFFFF, 0xE09B        ; L and D
        mov word [GATE + 2], SPARE
        fault 13, SPARE, int V
        set_descriptor SPARE, 0, 0xFFFFF, 0xA01B
        fault 11, SPARE, int V
        mov word [GATE + 2], CODE64
        ; --- a handler that is not canonical
        mov dword [GATE + 8], 0x8000
        fault 13, 0, int V
        mov dword [GATE + 8], 0
        ; --- same level: SS:RSP pushed always, RSP aligned to 16 first
        capture .same
        mov rbx, rsp
        sub rsp, 3
        int V
.same:  mov rax, rbx
        sub rax, 3
        is64 [f_sp], rax
        is [f_ss], DATA
        and eax, ~15
        sub eax, 40
        is [f_handler_sp], eax
        is [f_handler_ss], DATA
        mov rsp, rbx
        ; --- to level 0: RSP0, SS becomes null
        mov byte [GATE + 5], 0xEE
        capture .inner
        enter_ring3 .at
.at:    int V
.inner: is [f_vector], V
        is [f_cs], CODE64U
        is [f_ss], DATAU
        is [f_sp], STACK3
        is [f_handler_sp], STACK0 - 0x1000 - 40
        is [f_handler_ss], 0
        ; --- to level 1: SS is its number
        set_descriptor CODE1, 0, 0xFFFFF, 0xA0BB
        mov word [GATE + 2], CODE1
        mov rax, handler1
        mov [GATE], ax
        shr eax, 16
        mov [GATE + 6], ax
        ring3_works int V
        is [seen_ss], 1
        is [seen_cs], CODE1 | 1
        is [seen_sp], STACK0 - 0x1800 - 40
        mov word [GATE + 2], CODE64
        mov rax, stubs + V * 16
        mov [GATE], ax
        shr eax, 16
        mov [GATE + 6], ax
        ; --- IST, without and with a change of level
        mov byte [GATE + 4], 1
        capture .ist
        int V
.ist:   is [f_handler_sp], STACKI - 40
        capture .ist3
        enter_ring3 .at3
.at3:   int V
.ist3:  is [f_handler_sp], STACKI - 40
        ; --- a stack that is not canonical: #SS(0); EXT for exceptions
        mov rax, 0x0000800000000100
        mov [tss + 36], rax
        fault 12, 0, int V
        mov byte [IDT + 6 * 16 + 4], 1
        fault 12, 1, ud2
        mov byte [IDT + 6 * 16 + 4], 0
        ; --- IST beyond the TSS
        mov byte [gdt + TSS + 5], 0x89
        mov word [gdt + TSS], 36 + 6
        mov ax, TSS
        ltr ax
        fault 10, TSS, int V
        ; --- EXT for exceptions
        mov byte [IDT + 6 * 16 + 5], 0x0E
        fault 11, 6 * 8 + 3, ud2
        mov byte [IDT + 6 * 16 + 5], 0x8E
        mov word [IDT + 6 * 16 + 2], 0x1008
        fault 13, 0x1009, ud2
        mov word [IDT + 6 * 16 + 2], CODE64
        ; --- NT is cleared on entry and refused by IRET
        mov byte [GATE + 4], 0
        push 0x4002
        popfq
        fault 13, 0, iretq
        push 2
        popfq
        ; --- from compatibility mode all is pushed in 64 bits too
        capture .compat
        push DATA
        push STACK0 - 0x4000
        push 2
        push CODE32
        push .code32
        iretq
        bits 32
.code32:
        int V
        bits 64
.compat:
        is [f_vector], V
        is [f_cs], CODE32
        is [f_sp], STACK0 - 0x4000
        jmp done

handler1:
        mov [seen_ss], ss
        mov [seen_cs], cs
        mov [seen_sp], rsp
        iretq
seen_ss: dq 0
seen_cs: dq 0
seen_sp: dq 0
short_idt: dw V * 16 + 14
        dq IDT
done:
        finish
