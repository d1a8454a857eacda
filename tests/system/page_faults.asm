; Error codes of page faults and the rights behind them: P, W, U, RSVD, I, PK; WP, NX, SMEP, SMAP, protection keys.
; SDM vol. 3 §4.6-4.7.
; SPDX-License-Identifier: Apache-2.0
%define MODE 64
%include "guest.inc"
PAGE    equ 0x800000            ; mapped by PT: entry 0
ENTRY   equ PT
P       equ 1
W       equ 2
U       equ 4

%macro entry 2                  ; low, high half
        mov dword [ENTRY], (%1) | 0xA00000
        mov dword [ENTRY + 4], %2
        invlpg [PAGE]
%endmacro
%macro pf 2+                    ; error, instruction: at CPL 0
        fault 14, %1, %2
        is [f_cr2], PAGE
%endmacro
%macro pf3 2+
        ring3_fault 14, %1, %2
        is [f_cr2], PAGE
%endmacro

main:
        mov edi, PT
        xor eax, eax
        mov ecx, 1024
        rep stosd
        mov dword [PML4 + 0x2000 + 4 * 8], PT + 7
        mov byte [0xA00000], 0xC3               ; RET
        invlpg [PAGE]

        ; --- not present
        entry 0, 0
        pf 0, mov al, [PAGE]
        pf 2, mov [PAGE], al
        pf3 4, mov al, [PAGE]
        pf3 6, mov [PAGE], al
        pf3 6, inc byte [PAGE]                  ; a read-modify-write is a write
        pf 2, xchg [PAGE], al
        ; --- supervisor page
        entry P | W, 0
        works mov [PAGE], al
        mov byte [0xA00000], 0xC3
        pf3 5, mov al, [PAGE]
        pf3 7, mov [PAGE], al
        ; --- read-only: WP
        entry P | U, 0
        works mov [PAGE], al
        mov byte [0xA00000], 0xC3
        pf3 7, mov [PAGE], al
        mov rax, cr0
        bts rax, 16
        mov cr0, rax
        pf 3, mov [PAGE], al
        ring3_works mov al, [PAGE]
        ; --- reserved bit
        entry P | W | U, 0x00080000             ; bit 51
        pf 9, mov al, [PAGE]
        pf3 0xF, mov [PAGE], al
        ; --- a page that crosses into a missing one: CR2 is the second's first byte
        entry P | W | U, 0
        fault 14, 0, mov rax, [PAGE + 0xFFC]
        is [f_cr2], PAGE + 0x1000
        fault 14, 2, mov [PAGE + 0xFFC], rax
        is [f_cr2], PAGE + 0x1000
        ; --- accessed and dirty
        entry P | W | U, 0
        mov al, [PAGE]
        mov eax, [ENTRY]
        and eax, 0x60
        is eax, 0x20
        mov al, 0xC3
        mov [PAGE], al
        mov eax, [ENTRY]
        and eax, 0x60
        is eax, 0x60
        ; --- NX
        entry P | W | U, 0x80000000
        mov ecx, 0xC0000080
        rdmsr
        bts eax, 11
        wrmsr
        works mov al, [PAGE]
        capture .nx
        mov rax, PAGE
        call rax
.nx:    is [f_vector], 14
        is [f_error], 0x11
        is [f_ip], PAGE
        is [f_cr2], PAGE
        capture .nx3
        enter_ring3 PAGE
.nx3:   is [f_vector], 14
        is [f_error], 0x15
        entry P | W | U, 0
        capture .x
        mov rax, PAGE
        call rax
        mov qword [f_vector], 0xFFFF
.x:     is [f_vector], 0xFFFF

        ; --- SMEP: our own code must lie in a supervisor page
        and byte [PML4 + 0x2000], ~U
        mov rax, cr3
        mov cr3, rax
        mov rax, cr4
        bts rax, 20
        mov cr4, rax
        capture .smep
        mov rax, PAGE
        call rax
.smep:  is [f_vector], 14
        is [f_error], 0x11
        works mov al, [PAGE]
        ; --- SMAP: EFLAGS.AC opens it for explicit accesses
        mov rax, cr4
        bts rax, 21
        mov cr4, rax
        pf 1, mov al, [PAGE]
        pf 3, mov [PAGE], al
        stac
        works mov al, [PAGE]
        stac
        works mov [PAGE], al
        clac
        pf 1, mov al, [PAGE]
        ; not for the processor's own: a TSS in a user page
        stac
        mov byte [gdt + TSS + 5], 0x89
        mov word [gdt + TSS + 2], PAGE & 0xFFFF
        mov byte [gdt + TSS + 4], PAGE >> 16
        mov ax, TSS
        ltr ax
        mov byte [IDT + 0x40 * 16 + 4], 1
        fault 14, 1, int 0x40
        is [f_cr2], PAGE + 36
        clac
        mov rax, cr4
        btr rax, 21
        btr rax, 20
        mov cr4, rax
        ; --- protection keys: key 1
        mov eax, 7
        xor ecx, ecx
        cpuid
        bt ecx, 3
        jnc .no_keys
        mov rax, cr4
        bts rax, 22
        mov cr4, rax
        entry P | W | U, 1 << 27                ; key 1: bits 59-62
        xor ecx, ecx
        xor edx, edx
        mov eax, 1 << 2                         ; AD of key 1
        wrpkru
        pf 0x21, mov al, [PAGE]
        pf 0x23, mov [PAGE], al
        mov eax, 1 << 3                         ; WD
        wrpkru
        works mov al, [PAGE]
        pf 0x23, mov [PAGE], al                 ; CR0.WP is set
        mov rax, cr0
        btr rax, 16
        mov cr0, rax
        works mov [PAGE], al
        xor eax, eax
        wrpkru
        works mov [PAGE], al
.no_keys:
        finish
