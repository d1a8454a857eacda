; Far CALL, JMP and RET in protected mode: code segments, call gates with parameters, outer returns.
; SDM vol. 3 §5.8, vol. 2 "CALL", "JMP", "RET".
; SPDX-License-Identifier: Apache-2.0
%define MODE 32
%include "guest.inc"
GATE    equ SPARE + 8
CONF    equ SPARE + 0x10

%macro set_call_gate 4          ; selector, target offset, access, parameters
        set_gate gdt + GATE, %1, %2, %3, %4
%endmacro

main:
        ; --- direct
        fault 13, 0, jmp 0:0x1234
        fault 13, 0x1008, jmp 0x1008:0
        fault 13, DATA, jmp DATA:0
        fault 13, CODE32U & ~3, jmp (CODE32U & ~3):0    ; DPL 3 from CPL 0
        set_descriptor SPARE, 0, 0xFFFFF, 0xC01B
        fault 11, SPARE, jmp SPARE:0
        fault 11, SPARE, call SPARE:0
        set_descriptor SPARE, 0, 0x0FFF, 0x409B
        fault 13, 0, jmp SPARE:0x1000
        fault 13, 0, call SPARE:0x1000
        works jmp CODE32:.next
.next:
        mov ebx, esp
        works call CODE32:near_target
        mov ecx, esp
        is ecx, ebx
        ; RPL greater than CPL
        fault 13, CODE32, jmp (CODE32 | 1):0
        ; conforming: from outer levels, CPL stays
        set_descriptor CONF, 0, 0xFFFFF, 0xC09F
        ring3_works call CONF:conforming_target
        is [seen_cs], CONF | 3
        ; the inner level is out of reach without a gate
        ring3_fault 13, CODE32, call CODE32:near_target
        ring3_fault 13, CODE32, jmp CODE32:near_target

        ; --- gates: refusals
        set_call_gate CODE32, gate_target, 0x8C, 0
        ring3_fault 13, GATE, call GATE:0               ; gate DPL 0
        set_call_gate CODE32, gate_target, 0xEC, 0
        set_call_gate CODE32, gate_target, 0x6C, 0
        ring3_fault 11, GATE, call GATE:0
        set_call_gate 0, gate_target, 0xEC, 0
        ring3_fault 13, 0, call GATE:0
        set_call_gate 0x1008, gate_target, 0xEC, 0
        ring3_fault 13, 0x1008, call GATE:0
        set_call_gate DATA, gate_target, 0xEC, 0
        ring3_fault 13, DATA, call GATE:0
        set_descriptor SPARE, 0, 0xFFFFF, 0xC01B
        set_call_gate SPARE, gate_target, 0xEC, 0
        ring3_fault 11, SPARE, call GATE:0
        set_call_gate CODE32, gate_target, 0xEC, 0
        ring3_fault 13, CODE32, jmp GATE:0              ; JMP cannot change the level

        ; --- to an inner level with three parameters
        set_call_gate CODE32, gate_target, 0xEC, 3
        capture .inner
        enter_ring3 .at
.at:    push dword 0x333
        push dword 0x222
        push dword 0x111
        call GATE:0xDEADBEEF
.ret:   mov ebx, esp
        int LEAVE3
.inner: is [f_vector], LEAVE3
        is ebx, STACK3
        is [frame], .ret
        is [frame + 4], CODE32U
        is [frame + 8], 0x111
        is [frame + 12], 0x222
        is [frame + 16], 0x333
        is [frame + 20], STACK3 - 12
        is [frame + 24], DATAU
        is [seen_esp], STACK0 - 0x1000 - 28
        is [seen_cs], CODE32
        is [seen_ds], DATAU
        ; after RETF to level 3, DS of level 0 became null
        is [ring3_ds], 0
        ; --- 16-bit gate: words
        set_call_gate CODE16, at(gate_target16) - BASE, 0xE4, 1
        capture .inner16
        enter_ring3 .at16
.at16:  push word 0x77
        call GATE:0
.inner16:
        is [f_vector], 0xFFFF
inner16:
        mov ax, DATA
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov esp, [resume_sp]
        is [seen_esp], STACK0 - 0x1000 - 10
        movzx eax, word [frame + 2]
        is eax, CODE32U
        movzx eax, word [frame + 4]
        is eax, 0x77
        movzx eax, word [frame + 6]
        is eax, (STACK3 - 2) & 0xFFFF
        ; --- same level through a gate
        set_call_gate CODE32, near_target, 0xEC, 0
        mov ebx, esp
        works call GATE:0
        mov ecx, esp
        is ecx, ebx
        set_call_gate CODE32, .jumped, 0x8C, 0
        works jmp GATE:0
.jumped:
        ; --- returns
        push dword 0
        push dword 0
        fault 13, 0, retf
        push dword 0x1008
        push dword 0
        fault 13, 0x1008, retf
        push dword DATA
        push dword 0
        fault 13, DATA, retf
        push dword CODE32U & ~3                 ; DPL is not RPL
        push dword 0
        fault 13, CODE32U & ~3, retf
        push dword DATA                         ; SS of the outer level: wrong RPL
        push dword STACK3
        push dword CODE32U
        push dword 0
        fault 13, DATA, retf
        push dword 0
        push dword STACK3
        push dword CODE32U
        push dword 0
        fault 13, 0, retf
        capture .inward
        enter_ring3 ret_inner
.inward:
        is [f_vector], 13
        is [f_error], CODE32
        ; RETF imm16 releases on both stacks
        capture .outer
        push dword DATAU
        push dword STACK3
        push dword 0x99                         ; released here
        push dword CODE32U
        push dword .at3
        retf 4
.at3:   mov ebx, esp
        int LEAVE3
.outer: is [f_vector], LEAVE3
        is ebx, STACK3 + 4
        jmp done

ret_inner:
        push dword CODE32
        push dword near_target
        retf
near_target:
        retf
conforming_target:
        mov [seen_cs], cs
        retf
gate_target:
        mov [seen_cs], cs
        mov [seen_ds], ds
        mov [seen_esp], esp
        push esi
        push edi
        push ecx
        push es
        mov ax, DATA
        mov es, ax
        mov ds, ax
        lea esi, [esp + 16]
        mov edi, frame
        mov ecx, 7
        cld
        rep movsd
        pop es
        pop ecx
        pop edi
        pop esi
        push dword .hook
        ret
.hook:  ; DS is DATA now: nulled by the return. Report what the caller sees.
        mov eax, [esp]
        mov dword [esp], .outer
        mov [.back], eax
        retf 12
.outer: xor eax, eax
        mov eax, ds
        push ds
        push dword DATAU
        pop ds
        pop dword [ring3_ds]
        jmp [.back]
.back:  dd 0
        bits 16
gate_target16:
        mov [dword seen_esp], esp
        mov eax, [esp]
        mov [dword frame], eax
        mov eax, [esp + 4]
        mov [dword frame + 4], eax
        jmp dword CODE32:inner16
        bits 32
frame:  times 8 dd 0
seen_cs: dd 0
seen_ds: dd 0
seen_esp: dd 0
ring3_ds: dd -1
done:
        finish
