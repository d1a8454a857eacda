; Self-modifying code: the next instruction, a loop's body, code across pages, by string stores, through an alias.
; SDM vol. 3 §8.1.3, §12.6.
; SPDX-License-Identifier: Apache-2.0
%define MODE 64
%include "guest.inc"
CODE    equ 0xC00000
ALIAS   equ 0x800000            ; the same page again

%macro write 2+                 ; address, bytes
        mov rdi, %1
        mov rsi, %%bytes
        mov ecx, %%end - %%bytes
        rep movsb
        jmp %%end
%%bytes: db %2
%%end:
%endmacro

main:
        ; --- the immediate of the next instruction
        mov byte [.imm + 1], 42
.imm:   mov al, 7
        movzx eax, al
        is eax, 42
        ; --- a function that is replaced after many calls
        write CODE, 0xB8, 1, 0, 0, 0, 0xC3      ; mov eax, 1; ret
        mov ebx, 100
        mov rbp, CODE
.warm:  call rbp
        dec ebx
        jnz .warm
        is eax, 1
        mov byte [CODE + 1], 2
        call rbp
        is eax, 2
        ; --- each turn of a loop patches itself
        xor edx, edx
        mov ecx, 10
.turn:
.patch: add edx, 0                              ; imm8
        mov [.patch + 2], cl
        loop .turn
        is edx, 10 + 9 + 8 + 7 + 6 + 5 + 4 + 3 + 2
        ; --- an instruction across two pages, its second half replaced
        write CODE + 0xFFE, 0xB8, 3, 0, 0, 0, 0xC3
        mov rbp, CODE + 0xFFE
        call rbp
        is eax, 3
        mov word [CODE + 0x1000], 0x0102        ; bytes 2, 3 of the immediate
        call rbp
        is eax, 0x00010203
        mov byte [CODE + 0xFFF], 9
        call rbp
        is eax, 0x00010209
        ; --- through another linear address of the same page
        mov dword [PML4 + 0x2000 + 4 * 8], CODE + 0x87
        invlpg [ALIAS]
        write CODE, 0xB8, 5, 0, 0, 0, 0xC3
        mov rbp, CODE
        call rbp
        is eax, 5
        mov byte [ALIAS + 1], 6
        call rbp
        is eax, 6
        ; --- and executed through the alias
        mov rbp, ALIAS
        call rbp
        is eax, 6
        mov byte [CODE + 1], 7
        call rbp
        is eax, 7
        ; --- atomic and string stores
        mov rbp, CODE
        mov ecx, 8
        lock xchg [CODE + 1], ecx
        call rbp
        is eax, 8
        mov al, 9
        mov edi, CODE + 1
        mov ecx, 1
        rep stosb
        call rbp
        is eax, 9
        ; --- a mapping that changes under code
        mov byte [0xE00000], 0xB8
        mov dword [0xE00001], 0x77
        mov byte [0xE00005], 0xC3
        mov dword [PML4 + 0x2000 + 4 * 8], 0xE00087
        invlpg [ALIAS]
        mov rbp, ALIAS
        call rbp
        is eax, 0x77
        finish
