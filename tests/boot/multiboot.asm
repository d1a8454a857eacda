; A multiboot 1 guest: prints on COM1 what the loader gave it, then ends the machine through isa-debug-exit (port 0xf4).
; SPDX-License-Identifier: Apache-2.0
; Source: Multiboot Specification 0.6.96, sections 3.1 to 3.3. Built flat (with the address fields) or LINKED as ELF.
bits 32
%ifndef LINKED
org 0x200000
%endif
section .text
MAGIC equ 0x1BADB002
%ifdef LINKED
FLAGS equ 0x3                   ; page-aligned modules, memory information
%else
FLAGS equ 0x10003               ; and the address fields below
%endif

header:
        dd MAGIC, FLAGS, -(MAGIC + FLAGS)
%ifndef LINKED
        dd header, header, 0, 0, start
%endif

%macro say 1                    ; a zero-terminated text
        mov esi, %1
        call print
%endmacro

global start
start:
        mov esp, stack_end
        mov ebp, ebx            ; multiboot information
        cmp eax, 0x2BADB002
        jne wrong
        say hello
        mov eax, cr0
        test eax, 0x80000001    ; protection on, paging off: 3.2
        js wrong
        jz wrong
        test dword [ebp], 1 << 2
        jz wrong
        say cmdline
        mov esi, [ebp + 16]
        call print
        say newline
        test dword [ebp], 1
        jz wrong
        say upper
        mov eax, [ebp + 8]
        call print_hex
        say newline
        test dword [ebp], 1 << 3
        jz no_modules
        mov ecx, [ebp + 20]
        mov edi, [ebp + 24]
        jecxz no_modules
module:
        push ecx
        say module_text
        mov esi, [edi + 8]      ; its string
        call print
        say contents
        mov esi, [edi]          ; its first bytes, up to 8
        mov ecx, [edi + 4]
        sub ecx, esi
        cmp ecx, 8
        jbe .some
        mov ecx, 8
.some:  lodsb
        call put
        loop .some
        say newline
        add edi, 16
        pop ecx
        loop module
no_modules:
        test dword [ebp], 1 << 6
        jz wrong
        mov edi, [ebp + 48]
        mov ebx, [ebp + 44]
        add ebx, edi
entry:
        cmp edi, ebx
        jae done
        say map
        mov eax, [edi + 8]
        call print_hex
        mov eax, [edi + 4]
        call print_hex
        say space
        mov eax, [edi + 16]
        call print_hex
        mov eax, [edi + 12]
        call print_hex
        say space
        mov eax, [edi + 20]
        call print_hex
        say newline
        add edi, [edi]
        add edi, 4
        jmp entry
done:
        say bye
        mov eax, 21             ; status 43
        out 0xf4, eax
        hlt
wrong:
        say failed
        mov eax, 1              ; status 3
        out 0xf4, eax
        hlt

print:  lodsb
        test al, al
        jz .end
        call put
        jmp print
.end:   ret

put:    push eax
        push edx
        mov ah, al
        mov dx, 0x3fd
.wait:  in al, dx
        test al, 0x20
        jz .wait
        mov al, ah
        mov dx, 0x3f8
        out dx, al
        pop edx
        pop eax
        ret

print_hex:
        push ecx
        push eax
        mov ecx, 8
.digit: rol eax, 4
        push eax
        and al, 15
        add al, '0'
        cmp al, '9'
        jbe .put
        add al, 'a' - '0' - 10
.put:   call put
        pop eax
        loop .digit
        pop eax
        pop ecx
        ret

hello:  db "multiboot: entered", 10, 0
cmdline: db "cmdline ", 0
upper:  db "upper ", 0
module_text: db "module ", 0
contents: db " holds ", 0
map:    db "map ", 0
space:  db " ", 0
newline: db 10, 0
bye:    db "multiboot: done", 10, 0
failed: db "multiboot: wrong", 10, 0
align 16
stack:  times 1024 db 0
stack_end:
