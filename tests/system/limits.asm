; Segment limits and types on every access: expand-down, byte and page granularity, read-only, execute-only.
; SDM vol. 3 §5.3-5.4.
; SPDX-License-Identifier: Apache-2.0
%define MODE 32
%include "guest.inc"
%macro use 3                    ; base, limit, attributes of the segment in FS
        set_descriptor SPARE, %1, %2, %3
%endmacro
%macro by_fs 1+                 ; the handler reloads FS: so each check loads it again
        mov eax, SPARE
        mov fs, ax
        %1
%endmacro

main:
        use SCRATCH, 0x0FFF, 0x4093
        by_fs works mov al, [fs:0xFFF]
        by_fs fault 13, 0, mov al, [fs:0x1000]
        by_fs works mov eax, [fs:0xFFC]
        by_fs fault 13, 0, mov eax, [fs:0xFFD]
        by_fs fault 13, 0, mov [fs:0xFFD], eax
        by_fs fault 13, 0, mov al, [fs:0xFFFFFFFF]
        by_fs fault 13, 0, mov eax, [fs:0xFFFFFFFD]   ; wraps
        use SCRATCH, 1, 0xC093                  ; two pages
        by_fs works mov al, [fs:0x1FFF]
        by_fs fault 13, 0, mov al, [fs:0x2000]
        ; --- expand-down: offsets above the limit
        use 0, 0x4FFFF, 0x4097
        by_fs fault 13, 0, mov al, [fs:0x4FFFF]
        by_fs works mov al, [fs:0x50000]
        by_fs fault 13, 0, mov eax, [fs:0x4FFFF]
        by_fs works mov al, [fs:0xF0000]
        use SCRATCH, 0x00FF, 0x0097             ; B = 0: up to 0xFFFF
        by_fs works mov al, [fs:0x100]
        by_fs works mov al, [fs:0xFFFF]
        by_fs fault 13, 0, mov al, [fs:0x10000]
        by_fs fault 13, 0, mov ax, [fs:0xFFFF]
        by_fs fault 13, 0, mov al, [fs:0xFF]
        ; --- rights
        use SCRATCH, 0xFFFF, 0x4091             ; read-only
        by_fs works mov al, [fs:0]
        by_fs fault 13, 0, mov [fs:0], al
        by_fs fault 13, 0, add byte [fs:0], 0
        fault 13, 0, mov [cs:SCRATCH], al
        works mov al, [cs:SCRATCH]
        set_descriptor SPARE + 8, 0, 0xFFFFF, 0xC099    ; execute-only
        jmp SPARE + 8:.xonly
.xonly: fault 13, 0, mov al, [cs:SCRATCH]
        jmp SPARE + 8:.xonly2
.xonly2:
        jmp CODE32:.back
.back:
        ; --- the stack: #SS(0)
        set_descriptor SPARE, 0, 0xFFFF, 0x4097         ; expand-down above 64 KiB
        mov ebx, esp
        mov eax, SPARE
        mov ss, ax
        mov ebp, 0x8000
        fault 12, 0, mov eax, [ebp]
        mov eax, DATA
        mov ss, ax
        set_descriptor SPARE, 0, 0xFFFF, 0x40F7         ; for level 3, so that the handler has another
        capture .push
        enter_ring3 .at
.at:    mov eax, SPARE | 3
        mov ss, ax
        mov esp, 0x10002
.pushp: push eax                                ; two bytes below the limit
.push:  is [f_vector], 12
        is [f_ip], .pushp
        is [f_error], 0
        is [f_sp], 0x10002
        mov esp, ebx
        ; --- LEA and INVLPG look at no segment
        by_fs works lea eax, [fs:0x12345678]
        ; --- near branches beyond CS
        set_descriptor SPARE, 0, 0x1FFFF, 0x409B
        jmp SPARE:.short_cs
.short_cs:
        mov eax, 0x20000
        fault 13, 0, jmp eax
        jmp SPARE:.short_cs2
.short_cs2:
        mov eax, 0x20000
        fault 13, 0, call eax
        jmp SPARE:.short_cs3
.short_cs3:
        push dword 0x20000
        fault 13, 0, ret
        finish
