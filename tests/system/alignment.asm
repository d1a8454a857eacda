; Alignment checks: CR0.AM and EFLAGS.AC at CPL 3; the I/O permission bitmap.
; SDM vol. 3 §6.15 "Interrupt 17", vol. 1 §19.5.2.
; SPDX-License-Identifier: Apache-2.0
%define MODE 64
%include "guest.inc"

main:
        mov rax, cr0
        bts rax, 18
        mov cr0, rax
        ; at CPL 0 never
        push 0x40002
        popfq
        works mov eax, [SCRATCH + 1]
        ; at CPL 3 without AC
        ring3_works mov eax, [SCRATCH + 1]
        mov qword [ring3_flags], 0x40002
        ring3_fault 17, 0, mov eax, [SCRATCH + 1]
        ring3_fault 17, 0, mov [SCRATCH + 2], eax
        ring3_fault 17, 0, mov ax, [SCRATCH + 1]
        ring3_fault 17, 0, mov rax, [SCRATCH + 4]
        ring3_fault 17, 0, push qword [SCRATCH + 4]
        ring3_fault 17, 0, add dword [SCRATCH + 3], 1
        ring3_works mov al, [SCRATCH + 1]
        ring3_works mov eax, [SCRATCH + 4]
        ; a page fault comes second
        mov rax, cr0
        btr rax, 18
        mov cr0, rax
        ring3_works mov eax, [SCRATCH + 1]
        mov qword [ring3_flags], 2

        ; --- I/O: all refused by the bitmap
        ring3_fault 13, 0, in al, 0x80
        ring3_fault 13, 0, out 0x80, al
        mov byte [tss_iomap + 0x80 / 8], 0xFE
        ring3_works out 0x80, al
        ring3_fault 13, 0, out 0x80, ax
        mov byte [tss_iomap + 0x80 / 8], 0xF0
        ring3_works out 0x80, eax
        mov edx, 0x82
        ring3_fault 13, 0, out dx, eax          ; 84h is not allowed
        ; the last port of the bitmap: two bytes are read
        mov edx, 0x3FF
        mov byte [tss_iomap + 127], 0x7F
        mov byte [tss_iomap + 128], 0
        ring3_works in al, dx
        mov edx, 0x400
        ring3_fault 13, 0, in al, dx
        ; IOPL 3 needs no bitmap
        mov qword [ring3_flags], 0x3002
        ring3_works in al, 0x80
        ; CPL 3 with IOPL 3 may change IF
        ring3_works cli
        mov qword [ring3_flags], 2
        ring3_fault 13, 0, cli
        ring3_fault 13, 0, sti
        finish
