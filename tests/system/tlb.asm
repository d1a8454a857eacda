; Invalidation of translations: INVLPG, MOV CR3, global pages, CR4.PGE, PCID, INVPCID, CR0.WP.
; SDM vol. 3 §4.10.4.
; SPDX-License-Identifier: Apache-2.0
%define MODE 64
%include "guest.inc"
PAGE    equ 0x800000
OTHER   equ 0x801000
G       equ 0x100

%macro entry 3                  ; page number, address, flags: no invalidation
        mov qword [PT + 8 * (%1)], (%2) | (%3)
%endmacro
%macro sees 2
        movzx ebx, byte [%1]
        is ebx, %2
%endmacro
%macro invpcid_ 3               ; type, PCID, address
        mov qword [SCRATCH], %2
        mov rax, %3
        mov [SCRATCH + 8], rax
        mov eax, %1
        invpcid rax, [SCRATCH]
%endmacro

main:
        mov edi, PT
        xor eax, eax
        mov ecx, 1024
        rep stosd
        mov byte [0xA00000], 0xA
        mov byte [0xB00000], 0xB
        mov dword [PML4 + 0x2000 + 4 * 8], PT + 7
        invlpg [PAGE]
        ; --- INVLPG
        entry 0, 0xA00000, 7
        sees PAGE, 0xA
        entry 0, 0xB00000, 7
        invlpg [PAGE + 0x123]
        sees PAGE, 0xB
        entry 0, 0, 0
        invlpg [PAGE]
        fault 14, 0, mov al, [PAGE]
        ; an address that is not canonical: nothing
        mov rax, 0x0000800000000000
        works invlpg [rax]
        ; --- MOV CR3
        entry 0, 0xA00000, 7
        sees PAGE, 0xA
        entry 0, 0xB00000, 7
        mov rax, cr3
        mov cr3, rax
        sees PAGE, 0xB
        ; --- large pages go as a whole
        mov dword [PML4 + 0x2000 + 4 * 8], 0xA00087
        mov rax, cr3
        mov cr3, rax
        sees PAGE, 0xA
        sees PAGE + 0x100000, 0xB
        mov dword [PML4 + 0x2000 + 4 * 8], PT + 7
        invlpg [PAGE + 0x1000]
        entry 0, 0xB00000, 7
        entry 256, 0xA00000, 7
        invlpg [PAGE]
        sees PAGE, 0xB
        sees PAGE + 0x100000, 0xA
        ; --- CR4.PGE drops global pages too
        mov rax, cr4
        bts rax, 7
        mov cr4, rax
        entry 0, 0xA00000, 7 | G
        invlpg [PAGE]
        sees PAGE, 0xA
        entry 0, 0xB00000, 7 | G
        mov rax, cr4
        btr rax, 7
        mov cr4, rax
        sees PAGE, 0xB
        bts rax, 7
        mov cr4, rax
        ; INVLPG drops a global page
        sees PAGE, 0xB
        entry 0, 0xA00000, 7
        invlpg [PAGE]
        sees PAGE, 0xA
        ; --- a write right that is taken away
        mov byte [PAGE], 0xC
        entry 0, 0xA00000, 5
        invlpg [PAGE]
        mov rax, cr0
        bts rax, 16
        mov cr0, rax
        fault 14, 3, mov [PAGE], al
        mov rax, cr0
        btr rax, 16
        mov cr0, rax
        works mov [PAGE], al
        bts rax, 16
        mov cr0, rax
        fault 14, 3, mov [PAGE], al
        btr rax, 16
        mov cr0, rax
        mov byte [0xA00000], 0xA
        ; --- PCID: another PCID does not see this one's translations
        mov eax, 1
        xor ecx, ecx
        cpuid
        bt ecx, 17
        jnc .no_pcid
        mov rax, cr4
        bts rax, 17
        mov cr4, rax
        mov rsi, cr3
        entry 0, 0xA00000, 7
        invlpg [PAGE]
        sees PAGE, 0xA
        entry 0, 0xB00000, 7
        lea rax, [rsi + 5]
        mov cr3, rax
        sees PAGE, 0xB
        ; bit 63: PCID 5 need not be flushed, the current one is 6 for the first time
        lea rax, [rsi + 6]
        bts rax, 63
        mov cr3, rax
        sees PAGE, 0xB
        mov rax, cr3
        sub rax, rsi
        is64 rax, 6
        ; --- INVPCID
        mov eax, 7
        xor ecx, ecx
        cpuid
        bt ebx, 10
        jnc .no_invpcid
        entry 0, 0xA00000, 7
        invpcid_ 0, 6, PAGE
        sees PAGE, 0xA
        entry 0, 0xB00000, 7
        invpcid_ 1, 6, 0
        sees PAGE, 0xB
        entry 0, 0xA00000, 7 | G
        invpcid_ 2, 0, 0
        sees PAGE, 0xA
        entry 0, 0xB00000, 7
        invpcid_ 2, 0, 0
        sees PAGE, 0xB
        entry 0, 0xA00000, 7
        invpcid_ 3, 0, 0
        sees PAGE, 0xA
        mov eax, 4
        fault 13, 0, invpcid rax, [SCRATCH]
        mov qword [SCRATCH], 0x1000
        xor eax, eax
        fault 13, 0, invpcid rax, [SCRATCH]
        mov qword [SCRATCH], 0
        mov rax, 0x0000800000000000
        mov [SCRATCH + 8], rax
        xor eax, eax
        fault 13, 0, invpcid rax, [SCRATCH]
        ring3_fault 13, 0, invpcid rax, [SCRATCH]
.no_invpcid:
        mov cr3, rsi
        mov rax, cr4
        btr rax, 17
        mov cr4, rax
        mov eax, 1
        mov qword [SCRATCH], 3
        mov qword [SCRATCH + 8], 0
        fault 13, 0, invpcid rax, [SCRATCH]     ; PCID 3 without CR4.PCIDE
.no_pcid:
        finish
