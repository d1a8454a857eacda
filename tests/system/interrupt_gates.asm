; Interrupt and trap gates of protected mode: every error code, frames, flags, 16-bit gates, privilege change.
; SDM vol. 3 §6.10-6.13, vol. 2 "INT n".
; SPDX-License-Identifier: Apache-2.0
%define MODE 32
%include "guest.inc"
V       equ 0x40
GATE    equ IDT + V * 8
IDTERR  equ V * 8 + 2
CODE1   equ SPARE + 0x18        ; code of level 1

main:
        ; --- the gate itself
        mov dword [GATE + 4], 0x00008B00        ; a TSS type
        fault 13, IDTERR, int V
        mov dword [GATE + 4], 0x00009E00        ; S set
        fault 13, IDTERR, int V
        set_gate GATE, CODE32, stubs, 0x0E, 0   ; not present
        fault 11, IDTERR, int V
        ; software interrupts check the gate's DPL, exceptions and INT1 do not
        set_gate GATE, CODE32, stubs + V * 16, 0x8E, 0
        ring3_fault 13, IDTERR, int V
        ring3_fault 13, 3 * 8 + 2, int3
        ring3_fault 6, -1, ud2
        ; beyond the IDT's limit
        lidt [short_idt]
        fault 13, IDTERR, int V
        lidt [idtr]

        ; --- its code segment
        set_gate GATE, 0, stubs, 0x8E, 0
        fault 13, 0, int V
        set_gate GATE, 0x1008, stubs, 0x8E, 0
        fault 13, 0x1008, int V
        set_gate GATE, DATA, stubs, 0x8E, 0
        fault 13, DATA, int V
        set_gate GATE, CODE32U & ~3, stubs, 0x8E, 0     ; outer level
        fault 13, CODE32U & ~3, int V
        set_descriptor SPARE, 0, 0xFFFFF, 0xC01B        ; not present
        set_gate GATE, SPARE, stubs, 0x8E, 0
        fault 11, SPARE, int V
        set_descriptor SPARE, 0, 0x0FFF, 0x409B         ; the target lies beyond the limit
        fault 13, 0, int V

        ; --- frames: same level
        set_gate GATE, CODE32, stubs + V * 16, 0x8E, 0
        capture .same
        push dword 0x3202                               ; IF and IOPL 3
        popfd
        int V
.same:  is [f_vector], V
        is [f_ip], .same
        is [f_cs], CODE32
        is [f_flags], 0x3202
        mov eax, [resume_sp]
        sub eax, 12
        is [f_handler_sp], eax
        ; --- to an inner level: SS:ESP pushed, the stack comes from the TSS
        mov byte [GATE + 5], 0xEE
        capture .inner
        enter_ring3 .at2
.at2:   int V
.inner: is [f_vector], V
        is [f_cs], CODE32U
        is [f_sp], STACK3
        is [f_ss], DATAU
        is [f_handler_sp], STACK0 - 0x1000 - 20
        is [f_handler_ss], DATA
        ; --- interrupt gates clear IF, trap gates keep it; both clear TF, NT
        mov dword [resume], 0
        set_gate GATE, CODE32, flags_handler, 0x8E, 0
        push dword 0x4202
        popfd
        int V
        is [seen_flags], 0x2
        set_gate GATE, CODE32, flags_handler, 0x8F, 0
        push dword 0x4202
        popfd
        int V
        is [seen_flags], 0x202
        pushfd
        pop eax
        and eax, 0x4F00
        is eax, 0x4200          ; IRET gave NT back
        push dword 2
        popfd
        ; --- 16-bit gate: 16-bit frame, offset cut
        set_gate GATE, CODE16, at(handler16) - BASE, 0x86, 0
        mov ebx, esp
        sub ebx, 6
        mov [resume_sp], esp
        int V
frame16:
        mov ecx, [seen_sp]
        movzx esi, word [ebx]
        movzx edi, word [ebx + 2]
        mov esp, [resume_sp]
        is ecx, ebx
        is esi, at(frame16) & 0xFFFF
        is edi, CODE32
        ; --- conforming handler: CPL stays
        set_descriptor SPARE, 0, 0xFFFFF, 0xC09F
        set_gate GATE, SPARE, conforming_handler, 0xEE, 0
        ring3_works int V
        is [seen_cs], SPARE | 3

        ; --- the stack of the inner level: #TS and #SS with its selector. Level 1, so that the fault has a good one.
        set_descriptor CODE1, 0, 0xFFFFF, 0xC0BB
        set_gate GATE, CODE1, stubs + V * 16, 0xEE, 0
        mov dword [tss + 12], STACKI
        mov dword [tss + 16], 0
        ring3_fault 10, 0, int V
        mov dword [tss + 16], 0x1008
        ring3_fault 10, 0x1008, int V
        mov dword [tss + 16], DATA                      ; RPL
        ring3_fault 10, DATA, int V
        mov dword [tss + 16], DATA | 1                  ; DPL
        ring3_fault 10, DATA, int V
        mov dword [tss + 16], CODE1 | 1
        ring3_fault 10, CODE1, int V
        set_descriptor SPARE, 0, 0xFFFFF, 0xC0B1        ; read-only
        mov dword [tss + 16], SPARE | 1
        ring3_fault 10, SPARE, int V
        set_descriptor SPARE, 0, 0xFFFFF, 0xC033        ; not present
        ring3_fault 12, SPARE, int V
        set_descriptor SPARE, 0, 0xFFFF, 0x40B3         ; no room
        mov dword [tss + 12], 16
        ring3_fault 12, SPARE, int V
        ; the TSS is too small for level 1
        mov byte [gdt + TSS + 5], 0x89
        mov word [gdt + TSS], 11
        mov ax, TSS
        ltr ax
        ring3_fault 10, TSS, int V
        ; --- EXT is set when the event is an exception: the gate of #UD
        push dword [IDT + 6 * 8]
        push dword [IDT + 6 * 8 + 4]
        mov byte [IDT + 6 * 8 + 5], 0x0E
        fault 11, 6 * 8 + 3, ud2
        mov dword [IDT + 6 * 8], 0x1008 << 16
        mov byte [IDT + 6 * 8 + 5], 0x8E
        fault 13, 0x1009, ud2
        pop dword [IDT + 6 * 8 + 4]
        pop dword [IDT + 6 * 8]
        jmp done

flags_handler:
        pushfd
        pop dword [seen_flags]
        iretd
conforming_handler:
        mov [seen_cs], cs
        iretd
        bits 16
handler16:
        mov [dword seen_sp], esp
        jmp dword CODE32:frame16
        bits 32
short_idt: dw V * 8 + 6
        dd IDT
seen_flags: dd 0
seen_cs: dd 0
seen_sp: dd 0
done:
        finish
