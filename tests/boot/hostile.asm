; Guests that never end by themselves, as multiboot programs; KIND chooses which.
; SPDX-License-Identifier: Apache-2.0
bits 32
org 0x200000
MAGIC equ 0x1BADB002
FLAGS equ 0x10003
header: dd MAGIC, FLAGS, -(MAGIC + FLAGS), header, header, 0, 0, start

start:  mov esp, stack_end
        mov esi, hello
.print: lodsb
        test al, al
        jz .go
        mov dx, 0x3f8
        out dx, al
        jmp .print
.go:
%if KIND == 0                   ; spins with interrupts off
        cli
        jmp $
%elif KIND == 1                 ; sleeps for ever
        cli
        hlt
        jmp $
%elif KIND == 2                 ; triple fault: no IDT at all
        lidt [no_idt]
        int3
%elif KIND == 3                 ; jumps into nowhere
        mov eax, 0xf0000000
        jmp eax
%elif KIND == 4                 ; writes to the firmware's ROM, then spins
        mov edi, 0xfffc0000
        mov ecx, 0x40000
        mov al, 0x5a
        rep stosb
        jmp $
%elif KIND == 5                 ; programs devices at random for ever
        mov ebx, 12345
.again: imul ebx, ebx, 1103515245
        add ebx, 12345
        mov edx, ebx
        shr edx, 16
        and edx, 0x0fff
        cmp edx, 0x92           ; leave A20 and reset alone
        je .again
        cmp edx, 0x64
        je .again
        cmp edx, 0xcf9
        je .again
        mov eax, ebx
        out dx, al
        in eax, dx
        jmp .again
%endif
        jmp $
hello:  db "hostile: running", 10, 0
no_idt: dw 0
        dd 0
align 16
stack:  times 512 db 0
stack_end:
