; LAR, LSL, VERR, VERW, ARPL: what they see at which level.
; SDM vol. 2.
; SPDX-License-Identifier: Apache-2.0
%define MODE 32
%include "guest.inc"
%macro zf 2+                    ; ZF after the instruction
        %2
        setz bl
        movzx ebx, bl
        is ebx, %1
%endmacro
%macro zf3 2+                   ; the same at CPL 3
        capture %%after
        enter_ring3 %%at
%%at:   %2
        setz bl
        int LEAVE3
%%after:
        is [f_vector], LEAVE3
        movzx ebx, bl
        is ebx, %1
%endmacro

main:
        mov ecx, DATA
        zf 1, lar eax, ecx
        is eax, 0xCF9300
        mov eax, -1
        zf 1, lar ax, cx
        is eax, 0xFFFF9300
        zf 1, lsl eax, ecx
        is eax, 0xFFFFFFFF
        zf 1, verr cx
        zf 1, verw cx
        zf3 0, lar eax, ecx                     ; DPL 0
        zf3 0, lsl eax, ecx
        zf3 0, verr cx
        mov ecx, DATA | 3                       ; RPL counts
        zf 0, lar eax, ecx
        zf 0, verr cx
        xor ecx, ecx
        zf 0, lar eax, ecx
        zf 0, verr cx
        mov ecx, 0x1008
        zf 0, lsl eax, ecx
        mov ecx, CODE32
        zf 1, verr cx
        zf 0, verw cx
        ; conforming code is seen from everywhere
        set_descriptor SPARE, 0, 0x12345, 0x409F
        mov ecx, SPARE | 3
        zf3 1, lsl eax, ecx
        is eax, 0x12345
        zf3 1, verr cx
        zf3 0, verw cx
        ; not present does not matter
        set_descriptor SPARE, 0, 0xFF, 0x4011
        mov ecx, SPARE
        zf 1, lar eax, ecx
        zf 1, verr cx
        zf 0, verw cx                           ; read-only
        ; system descriptors
        mov ecx, TSS
        zf 1, lar eax, ecx
        is eax, 0x8B00
        zf 1, lsl eax, ecx
        is eax, tss_end - tss - 1
        zf 0, verr cx
        mov ecx, LDT
        zf 1, lar eax, ecx
        zf 1, lsl eax, ecx
        is eax, 63
        set_gate gdt + SPARE, CODE32, 0, 0x8C, 0
        mov ecx, SPARE
        zf 1, lar eax, ecx                      ; a call gate has rights, no limit
        zf 0, lsl eax, ecx
        mov byte [gdt + SPARE + 5], 0x85
        zf 1, lar eax, ecx
        mov byte [gdt + SPARE + 5], 0x8E        ; interrupt gate
        zf 0, lar eax, ecx
        ; --- ARPL
        mov eax, 0x1231
        mov ecx, 3
        zf 1, arpl ax, cx
        is eax, 0x1233
        mov ecx, 2
        zf 0, arpl ax, cx
        is eax, 0x1233
        ; --- LLDT, LTR
        mov eax, DATA
        fault 13, DATA, lldt ax
        mov eax, LDT | 4
        fault 13, LDT | 4, lldt ax
        mov byte [gdt + LDT + 5], 0x02
        mov eax, LDT
        fault 11, LDT, lldt ax
        mov byte [gdt + LDT + 5], 0x82
        works lldt ax
        mov eax, 0x1008
        fault 13, 0x1008, lldt ax
        xor eax, eax
        works lldt ax
        fault 13, 0, ltr ax
        mov eax, TSS
        fault 13, TSS, ltr ax                   ; busy
        mov byte [gdt + TSSB + 5], 0x09
        mov eax, TSSB
        fault 11, TSSB, ltr ax
        mov eax, LDT
        fault 13, LDT, ltr ax
        ring3_fault 13, 0, lldt ax
        ring3_fault 13, 0, ltr ax
        ring3_works str ecx
        is ecx, TSS
        finish
