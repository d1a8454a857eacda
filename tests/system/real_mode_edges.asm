; Edges of real mode: small and odd stack pointers, the 64 KiB limit, BCD, division, BOUND, what is #UD.
; SDM vol. 3 §20.1, vol. 2.
; SPDX-License-Identifier: Apache-2.0
%define MODE 16
%include "guest.inc"
main:
        ; push with odd and small SP
        mov ax, 0x2000
        mov ss, ax
        mov bx, sp
        xor sp, sp
        push word 0x1234
        mov cx, sp
        mov sp, bx
        is cx, 0xFFFE
        mov sp, 2
        push word 0x5678
        mov cx, sp
        mov sp, bx
        is cx, 0
        mov sp, 3
        push word 0x9ABC
        mov cx, sp
        mov sp, bx
        is cx, 1
        mov sp, 0xFFFE
        pop ax
        mov cx, sp
        mov sp, bx
        is cx, 0
        is ax, 0x1234
        ; a word at 0xFFFF does not fit
        mov sp, 0xFFFF
        fault 12, pop ax
        mov ax, 0x2000
        mov ss, ax
        mov sp, bx
        ; enter/leave
        mov bp, 0x100
        mov sp, 0x200
        enter 8, 3
        mov cx, sp
        mov dx, bp
        leave
        mov ax, sp
        mov sp, bx
        is cx, 0x200 - 2 - 4 - 2 - 8
        is dx, 0x1FE
        is ax, 0x200
        is bp, 0x100
        ; pushad wrap, push esp
        mov sp, 0x10
        pushad
        mov cx, sp
        mov sp, bx
        is cx, 0xFFF0
        xor ax, ax
        mov ss, ax
        mov sp, 0xF000
        mov bx, sp
        push sp
        pop ax
        sub ax, bx
        is ax, 0
        ; limits
        mov si, 0xFFFF
        fault 13, mov ax, [si]
        fault 13, mov [si], ax
        works mov al, [si]
        mov bp, 0xFFFF
        fault 12, mov ax, [bp]
        mov esi, 0x10000
        fault 13, mov al, [esi]
        works lodsb
        mov esi, 0xFFFE
        fault 13, lodsd
        fault 13, o32 mov eax, [si]
        ; BCD
        mov ax, 0x009A
        stc
        das
        is ax, 0x34
        mov al, 9
        add al, 8               ; sets AF
        mov ah, 0
        aaa
        is ax, 0x0107
        mov ax, 0x020F
        aam
        is ax, 0x0105
        aad
        is ax, 0x000F
        mov ax, 0x0123
        db 0xD5, 0x10
        is ax, 0x0033
        db 0xD4, 0x10
        is ax, 0x0303
        fault 0, db 0xD4, 0
        mov ax, 0x0300
        stc
        db 0xD6
        is ax, 0x03FF
        ; div faults
        mov ax, 0x1000
        mov cl, 0x10
        fault 0, div cl
        mov ax, 0x8000
        mov cl, 0xFF
        fault 0, idiv cl
        mov ax, 0xFF80
        mov cl, 1
        works idiv cl
        xor dx, dx
        mov ax, 0x8000
        mov dx, 0xFFFF
        mov cx, 1
        works idiv cx
        mov dx, 1
        fault 0, div cx
        mov ax, 10
        mov cx, 0
        fault 0, div cl
        ; bound, into
        mov word [0x8000], 5
        mov word [0x8002], 10
        mov ax, 5
        works bound ax, [0x8000]
        mov ax, 10
        works bound ax, [0x8000]
        mov ax, 11
        fault 5, bound ax, [0x8000]
        mov ax, -1
        fault 5, bound ax, [0x8000]
        ; instructions that are #UD in real mode
        fault 6, db 0x0F, 0x00, 0xC0
        fault 6, db 0x0F, 0x02, 0xC0
        fault 6, db 0x0F, 0x03, 0xC0
        fault 6, db 0x63, 0xC0
        fault 6, db 0x0F, 0x05
        fault 13, db 0x0F, 0x34
        fault 6, db 0xC5, 0xF8, 0x77
        fault 6, db 0x62, 0xF1, 0x7C, 0x48, 0x58, 0xC0
        fault 6, db 0x0F, 0x0A
        fault 6, db 0x8E, 0xC8
        fault 6, db 0x8C, 0xF0
        fault 6, db 0xFE, 0xD0
        fault 6, db 0xFF, 0xF8
        fault 6, db 0xC6, 0xC8, 0
        fault 6, db 0x8F, 0xC8
        fault 6, db 0xF0, 0x88, 0x07
        fault 6, db 0x8D, 0xC0
        works db 0x0F, 0x0D, 0xC0
        works db 0x0F, 0x18, 0xE0
        works db 0x0F, 0x1F, 0xC0
        works db 0x0F, 0x19, 0xC0
        ; POPF in real mode can set IOPL/NT
        push word 0x7002
        popf
        pushf
        pop ax
        and ax, 0xF000
        is ax, 0x7000
        push word 2
        popf
        ; iretd
        mov bx, sp
        pushfd
        push dword 0x1000
        push dword .iret - BASE
        iretd
.iret:  mov cx, sp
        sub cx, bx
        is cx, 0
        ; retf imm, call far
        push word 7
        push cs
        push word .rf - BASE
        retf 2
.rf:    mov cx, sp
        sub cx, bx
        is cx, 0
        ; jmp through 32-bit with high bits
        mov eax, 0x10000
        fault 13, jmp eax
        ; rep with cx=0, loop ecx
        mov ecx, 0x10000
        mov di, 0x9000
        rep stosb
        is di, 0x9000
        mov cx, 1
        mov di, 0xFFFF
        rep stosb
        is di, 0
        ; far pointer offset wrap
        mov word [0xFFFC], 0x11
        mov si, 0xFFFD
        fault 13, lds ax, [si]
        ; shifts by more than size
        mov ax, 0x8001
        mov cl, 17
        rcl ax, cl
        pushf
        pop dx
        mov ax, 0x8001
        mov cl, 33
        rol ax, cl
        is ax, 3
        finish
