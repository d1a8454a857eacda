; Transition rules of CR0, CR3, CR4, EFER in 64-bit mode; CR8; LMSW; registers that do not exist.
; SDM vol. 3 §2.5, vol. 2 "MOV CR", §9.8.5.
; SPDX-License-Identifier: Apache-2.0
%define MODE 64
%include "guest.inc"
%macro cr_fault 2               ; register, value
        mov rax, %2
        fault 13, 0, mov cr%1, rax
%endmacro

main:
        mov rbx, cr0
        mov rax, rbx
        btr rax, 0
        fault 13, 0, mov cr0, rax               ; PG without PE
        mov rax, rbx
        btr rax, 31
        fault 13, 0, mov cr0, rax               ; paging off in 64-bit code
        mov rax, rbx
        bts rax, 29
        btr rax, 30
        fault 13, 0, mov cr0, rax               ; NW without CD
        mov rax, rbx
        bts rax, 32
        fault 13, 0, mov cr0, rax
        mov rax, rbx
        bts rax, 17                             ; reserved below bit 32: ignored
        works mov cr0, rax
        mov rax, cr0
        is eax, ebx
        mov rax, rbx
        btr rax, 4                              ; ET stays
        works mov cr0, rax
        mov rax, cr0
        is eax, ebx

        mov rbx, cr4
        mov rax, rbx
        btr rax, 5
        fault 13, 0, mov cr4, rax               ; PAE off
        mov rax, rbx
        bts rax, 12
        fault 13, 0, mov cr4, rax               ; LA57 on in IA-32e mode
        mov rax, rbx
        bts rax, 63
        fault 13, 0, mov cr4, rax
        mov rax, rbx
        bts rax, 13
        fault 13, 0, mov cr4, rax               ; VMXE: not offered
        ; PCIDE needs CR3 bits 0-11 clear
        mov rcx, cr3
        lea rax, [rcx + 1]
        mov cr3, rax
        mov rax, rbx
        bts rax, 17
        fault 13, 0, mov cr4, rax
        mov cr3, rcx
        works mov cr4, rax
        mov rax, rcx
        bts rax, 63
        works mov cr3, rax                      ; no flush; bit 63 is not kept
        mov rax, cr3
        is64 rax, rcx
        mov rax, cr0
        btr rax, 31
        fault 13, 0, mov cr0, rax
        mov cr4, rbx
        mov rax, rcx
        bts rax, 63
        fault 13, 0, mov cr3, rax
        mov rax, rcx
        bts rax, 52
        fault 13, 0, mov cr3, rax

        ; --- CR8
        mov eax, 16
        fault 13, 0, mov cr8, rax
        mov eax, 5
        works mov cr8, rax
        mov rax, cr8
        is64 rax, 5
        xor eax, eax
        mov cr8, rax
        ring3_fault 13, 0, mov rax, cr8
        ; --- none
        fault 6, -1, db 0x0F, 0x20, 0xC8        ; CR1
        fault 6, -1, db 0x0F, 0x20, 0xE8        ; CR5
        fault 6, -1, db 0x0F, 0x22, 0xF8        ; CR7
        fault 6, -1, db 0x44, 0x0F, 0x20, 0xC8  ; CR9
        ring3_fault 6, -1, db 0x0F, 0x20, 0xC8
        ring3_fault 13, 0, mov rax, cr0
        ring3_fault 13, 0, mov cr3, rax
        ring3_fault 13, 0, clts
        ring3_fault 13, 0, lmsw ax
        ring3_fault 13, 0, invlpg [0]
        ring3_fault 13, 0, hlt
        ring3_fault 13, 0, wbinvd
        ring3_fault 13, 0, invd

        ; --- LMSW sets PE and cannot clear it
        xor eax, eax
        lmsw ax
        mov rax, cr0
        and eax, 0xF
        is eax, 1
        mov eax, 0xE
        lmsw ax
        mov rax, cr0
        and eax, 0xF
        is eax, 0xF
        clts
        mov rax, cr0
        and eax, 0xF
        is eax, 7
        mov eax, 1
        lmsw ax
        smsw eax
        mov rcx, cr0
        is eax, ecx

        ; --- EFER
        mov ecx, 0xC0000080
        rdmsr
        mov ebx, eax
        is eax, 0x500
        btr eax, 8
        fault 13, 0, wrmsr                      ; LME while paging
        mov eax, ebx
        bts eax, 1
        fault 13, 0, wrmsr                      ; reserved
        mov eax, ebx
        btr eax, 10
        works wrmsr                             ; LMA is not written
        rdmsr
        is eax, 0x500
        ; NXE off: bit 63 of an entry is reserved
        mov dword [PML4 + 0x2000 + 8 * 8 + 4], 0x80000000       ; 0x1000000
        invlpg [0x1000000]
        fault 14, 9, mov al, [0x1000000]
        mov eax, ebx
        bts eax, 11
        xor edx, edx
        wrmsr
        works mov al, [0x1000000]

        ; --- UMIP
        ring3_works smsw eax
        ring3_works sgdt [SCRATCH]
        mov rax, cr4
        bts rax, 11
        mov cr4, rax
        ring3_fault 13, 0, smsw eax
        ring3_fault 13, 0, sgdt [SCRATCH]
        ring3_fault 13, 0, sidt [SCRATCH]
        ring3_fault 13, 0, sldt eax
        ring3_fault 13, 0, str eax
        works smsw eax

        ; --- FSGSBASE
        fault 6, -1, rdfsbase rax
        mov rax, cr4
        bts rax, 16
        mov cr4, rax
        mov rax, 0x123456789A
        works wrfsbase rax
        ring3_works rdfsbase rbx
        mov rax, 0x0000800000000000
        fault 13, 0, wrgsbase rax
        ring3_fault 13, 0, swapgs
        mov eax, 0xFFFFFFFF
        wrgsbase eax
        rdgsbase rax
        is64 rax, 0xFFFFFFFF
        finish
