; Interrupts from the local APIC: IF, shadows of STI and MOV SS, NMI blocking until IRET, HLT, priority of the trap.
; SDM vol. 3 §6.7-6.9.
; SPDX-License-Identifier: Apache-2.0
%define MODE 32
%include "guest.inc"
APIC    equ 0xFEE00000
V       equ 0x50

%macro self_ipi 0
        mov dword [APIC + 0x300], 0x40000 | V   ; to self, fixed
        jmp short %%next                        ; time for the APIC
%%next:
%endmacro
%macro self_nmi 0
        mov dword [APIC + 0x300], 0x40400
        jmp short %%next
%%next:
%endmacro
%macro eoi 0
        mov dword [APIC + 0xB0], 0
%endmacro

main:
        mov dword [APIC + 0xF0], 0x1FF          ; enabled
        mov dword [APIC + 0x80], 0
        ; --- IF holds it back
        capture .held
        self_ipi
        nop
        nop
.held:  is [f_vector], 0xFFFF
        ; --- STI takes effect after the next instruction
        capture .sti
        sti
.s1:    nop
.s2:    nop
        nop
        nop
.sti:   is [f_vector], V
        is [f_ip], .s2
        mov eax, [f_flags]
        and eax, 0x10200
        is eax, 0x200
        eoi
        ; STI; CLI: no interrupt at all
        capture .sticli
        self_ipi
        sti
        cli
        nop
        nop
.sticli:
        is [f_vector], 0xFFFF
        ; STI with IF set has no shadow; POPF has none
        capture .popf
        push dword 0x202
        popfd
.p1:    nop
        nop
.popf:  is [f_vector], V
        is [f_ip], .p1
        eoi
        ; MOV SS: after the next instruction
        capture .movss
        mov ecx, DATA
        self_ipi
        sti
        mov ss, ecx                             ; in the shadow of STI, with one of its own
        nop
.never: nop
.movss: is [f_vector], V
        is [f_ip], .never
        eoi
        ; the task priority holds it back
        capture .tpr
        mov dword [APIC + 0x80], 0xF0
        sti
        self_ipi
        nop
        is [f_vector], 0xFFFF
        mov dword [APIC + 0x80], 0
        jmp short .m0
.m0:    nop
.tpr:   is [f_vector], V
        eoi
        ; --- HLT: woken by an interrupt, which returns behind it
        mov dword [resume], 0
        mov dword [f_count], 0
        self_ipi
        sti
        hlt
        cli
        is [f_count], 1
        is [f_vector], V
        eoi
        ; --- NMI: taken with IF clear, one at a time until IRET
        set_gate IDT + 2 * 8, CODE32, nmi_handler, 0x8E, 0
        mov dword [nmis], 0
        self_nmi
        nop
        nop
        is [nmis], 2
        is [deepest], 1
        ; MOV SS holds it back
        set_gate IDT + 2 * 8, CODE32, stubs + 2 * 16, 0x8E, 0
        mov ecx, DATA
        capture .nmi
        mov ss, ecx
        mov dword [APIC + 0x300], 0x40400
.n1:    nop
        nop
        jmp short .n2
.n2:
.nmi:   is [f_vector], 2
        is [f_ip], .n1
        ; the NMI is still being handled: unblock it
        pushfd
        push dword CODE32
        push dword .unblocked
        iretd
.unblocked:
        ; --- a trap of the same boundary comes before the interrupt
        mov eax, 0xFFFF0FF0
        mov dr6, eax
        set_gate IDT + V * 8, CODE32, stubs + V * 16, 0x8E, 0
        capture .order
        push dword 0x302
        popfd
        mov dword [APIC + 0x300], 0x40000 | V
.o1:    nop
.order: is [f_vector], 1
        is [f_ip], .o1
        ; the handler of #DB has IF clear: the interrupt is there still
        capture .later
        sti
        nop
        nop
.later: is [f_vector], V
        eoi
        jmp done

nmi_handler:
        inc dword [nmis]
        inc dword [depth]
        mov eax, [depth]
        cmp eax, [deepest]
        jbe .no
        mov [deepest], eax
.no:    cmp dword [nmis], 1
        jne .out
        self_nmi
        nop
        nop
.out:   dec dword [depth]
        iretd
nmis:   dd 0
depth:  dd 0
deepest: dd 0
done:
        finish
