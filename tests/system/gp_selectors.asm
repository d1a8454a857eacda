; Loads of data segment registers: every reason for #GP(selector), #NP(selector) and #SS(selector).
; SDM vol. 3 §5.2-5.8, vol. 2 "MOV".
; SPDX-License-Identifier: Apache-2.0
%define MODE 32
%include "guest.inc"

%macro load 2
        mov eax, %2
        mov %1, ax
%endmacro

main:
        ; SS: null, beyond the table, wrong RPL, code, read-only, wrong DPL, not present
        xor eax, eax
        fault 13, 0, mov ss, ax
        mov eax, 0x1008
        fault 13, 0x1008, mov ss, ax
        mov eax, 0x100C                 ; LDT, beyond its limit
        fault 13, 0x100C, mov ss, ax
        mov eax, DATA | 1
        fault 13, DATA, mov ss, ax
        mov eax, CODE32
        fault 13, CODE32, mov ss, ax
        set_descriptor SPARE, 0, 0xFFFFF, 0xC091        ; read-only
        mov eax, SPARE
        fault 13, SPARE, mov ss, ax
        mov eax, DATAU
        fault 13, DATAU & ~3, mov ss, ax
        mov eax, DATAU & ~3
        fault 13, DATAU & ~3, mov ss, ax
        set_descriptor SPARE, 0, 0xFFFFF, 0xC013        ; not present
        mov eax, SPARE
        fault 12, SPARE, mov ss, ax

        ; DS and the others: beyond the table, execute-only, system, not present
        mov eax, 0x1009
        fault 13, 0x1008, mov ds, ax
        set_descriptor SPARE, 0, 0xFFFFF, 0xC099        ; execute-only
        mov eax, SPARE
        fault 13, SPARE, mov es, ax
        mov eax, TSS
        fault 13, TSS, mov fs, ax
        set_descriptor SPARE, 0, 0xFFFFF, 0xC013
        mov eax, SPARE
        fault 11, SPARE, mov gs, ax
        ; DPL is checked before presence
        ring3_fault 13, SPARE, mov gs, ax
        mov eax, SPARE
        ring3_fault 13, SPARE, mov gs, ax
        ; conforming code may be read from any level
        set_descriptor SPARE, 0, 0xFFFFF, 0xC09F
        mov eax, SPARE | 3
        ring3_works mov fs, ax
        ; RPL counts as CPL does
        mov eax, DATA | 1
        fault 13, DATA, mov ds, ax

        ; the accessed bit is set by a load
        set_descriptor SPARE, 0, 0xFFFFF, 0xC092
        mov eax, SPARE
        works mov fs, ax
        movzx eax, byte [gdt + SPARE + 5]
        is eax, 0x93
        ; a null selector loads and faults on use
        xor eax, eax
        works mov fs, ax
        fault 13, 0, mov eax, [fs:0]
        mov eax, 3
        works mov gs, ax
        fault 13, 0, mov [gs:0], eax
        ; CS cannot be loaded; segment registers 6 and 7 are none
        fault 6, -1, db 0x8E, 0xC8
        fault 6, -1, db 0x8E, 0xF0
        fault 6, -1, db 0x8C, 0xF8
        ; LSS: SS keeps its value when the load faults
        mov dword [SCRATCH], 0x12345678
        mov word [SCRATCH + 4], DATA | 3
        mov ecx, 0x55
        fault 13, DATA, lss ecx, [SCRATCH]
        is ecx, 0x55
        mov eax, ss
        is eax, DATA
        mov word [SCRATCH + 4], DATA
        works lfs ecx, [SCRATCH]
        is ecx, 0x12345678
        ; LDT selectors
        mov eax, 0x04
        works mov fs, ax
        xor eax, eax
        lldt ax
        mov eax, 0x04
        fault 13, 0x04, mov fs, ax
        mov eax, LDT
        lldt ax
        finish
