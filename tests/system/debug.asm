; Debug exceptions: single step, instruction, data and I/O breakpoints, general detect, ICEBP, RF, shadows.
; SDM vol. 3 §17.2-17.3.
; SPDX-License-Identifier: Apache-2.0
%define MODE 32
%include "guest.inc"
ACTIVE_LOW equ 0xFFFF0FF0
BS      equ 0x4000
BD      equ 0x2000

%macro clear_dr6 0
        mov eax, ACTIVE_LOW
        mov dr6, eax
%endmacro
%macro dr 2
        mov eax, %2
        mov dr%1, eax
%endmacro
%macro trap_at 3                ; address, DR6, instruction that must have stopped there
        is [f_vector], 1
        is [f_ip], %1
        is [f_dr6], ACTIVE_LOW | (%2)
%endmacro
%macro set_tf 0
        push dword 0x102
        popfd
%endmacro

main:
        ; --- single step: after the instruction that follows POPF
        clear_dr6
        capture .s1
        set_tf
        nop
.p1:    nop
.s1:    trap_at .p1, BS, 0
        mov eax, [f_flags]
        and eax, 0x10100
        is eax, 0x100                           ; TF pushed set, RF not
        ; an instruction that faults gives its fault, not a trap
        capture .s2
        set_tf
.p2:    ud2
.s2:    is [f_vector], 6
        is [f_ip], .p2
        mov eax, [f_flags]
        and eax, 0x10100
        is eax, 0x10100                         ; RF pushed set for faults
        ; POPF that clears TF still traps
        clear_dr6
        capture .s3
        push dword 2
        set_tf
        popfd
.p3:    nop
.s3:    trap_at .p3, BS, 0
        add esp, 0
        ; INT n clears TF: no trap in its handler
        capture .s4
        set_tf
        int 0x41
.p4:    nop
.s4:    is [f_vector], 0x41
        is [f_ip], .p4
        ; MOV SS holds the trap back for one instruction
        clear_dr6
        capture .s5
        mov ecx, DATA
        set_tf
        mov ss, ecx
        nop
.p5:    nop
.s5:    trap_at .p5, BS, 0
        ; REP: a trap after each iteration, RF set but after the last
        clear_dr6
        capture .s6
        mov edi, SCRATCH
        mov ecx, 3
        cld
        set_tf
.p6:    rep stosb
.s6:    trap_at .p6, BS, 0
        is ecx, 2
        mov eax, [f_flags]
        and eax, 0x10000
        is eax, 0x10000
        ; RDTSC, CPUID and jumps trap like others
        clear_dr6
        capture .s7
        set_tf
        jmp .p7
        ud2
.p7:    nop
.s7:    trap_at .p7, BS, 0

        ; --- instruction breakpoints are faults; RF of the image lets the instruction run
        clear_dr6
        dr 0, .b1
        dr 7, 0x402                             ; G0, execute
        capture .b1_hit
        mov ebx, 5
.b1:    inc ebx
.b1_hit:
        trap_at .b1, 1, 0
        is ebx, 5
        mov eax, [f_flags]
        and eax, 0x10000
        is eax, 0
        clear_dr6
        capture .b1_again
        pushfd
        or dword [esp], 0x10000
        push dword CODE32
        push dword .b1_run
        iretd
.b1_run:
        dr 0, .b1_run2
        clear_dr6
        pushfd
        or dword [esp], 0x10000
        push dword CODE32
        push dword .b1_run2
        iretd
.b1_run2:
        inc ebx                                 ; RF: no breakpoint here
        dr 7, 0x400
.b1_again:
        is [f_vector], 0xFFFF
        is ebx, 6
        ; DR7 enables are needed; local enables count too
        dr 7, 0x401
        dr 0, .b2
        clear_dr6
        capture .b2_hit
        nop
.b2:    nop
.b2_hit:
        trap_at .b2, 1, 0
        ; after MOV SS an instruction breakpoint is suppressed
        dr 0, .b3
        mov ecx, DATA
        capture .b3_end
        mov ss, ecx
.b3:    nop
        nop
.b3_end:
        is [f_vector], 0xFFFF

        ; --- data breakpoints are traps after the access
        dr 0, SCRATCH
        dr 7, 0x000D0402                        ; 4 bytes, write
        clear_dr6
        capture .d1
        mov eax, [SCRATCH]                      ; reads do not hit
        mov byte [SCRATCH + 3], 1
.d1p:   nop
.d1:    trap_at .d1p, 1, 0
        mov byte [SCRATCH + 4], 1               ; beside it
        mov byte [SCRATCH - 1], 1
        dr 7, 0x000F0402                        ; read or write
        clear_dr6
        capture .d2
        mov al, [SCRATCH + 2]
.d2p:   nop
.d2:    trap_at .d2p, 1, 0
        ; an access that crosses into the range
        clear_dr6
        capture .d3
        mov eax, [SCRATCH - 3]
.d3p:   nop
.d3:    trap_at .d3p, 1, 0
        ; the stack counts
        dr 1, STACK0 - 0x108
        dr 7, 0x00D00408
        clear_dr6
        mov ebx, esp
        mov esp, STACK0 - 0x104
        capture .d4
        mov [resume_sp], ebx                    ; the handler's own stack use must not hit
        push eax
.d4p:   nop
.d4:    dr 7, 0x400
        mov esp, ebx
        trap_at .d4p, 2, 0
        ; held back by MOV SS with a memory operand
        mov word [SCRATCH], DATA
        dr 7, 0x000F0402
        clear_dr6
        capture .d5
        mov ss, [SCRATCH]
        nop
.d5p:   nop
.d5:    trap_at .d5p, 1, 0
        dr 7, 0x400
        mov eax, [SCRATCH]

        ; --- I/O breakpoints with CR4.DE
        mov eax, cr4
        or eax, 8
        mov cr4, eax
        dr 2, 0x80
        dr 7, 0x02000420
        clear_dr6
        capture .io
        out 0x80, al
.iop:   nop
.io:    trap_at .iop, 4, 0
        ; DR4 and DR5 are gone with DE
        fault 6, -1, mov eax, dr4
        fault 6, -1, mov dr5, eax
        mov eax, cr4
        and eax, ~8
        mov cr4, eax
        dr 7, 0x400
        works mov eax, dr4
        is eax, ACTIVE_LOW | 4
        works mov eax, dr5
        is eax, 0x400

        ; --- general detect
        clear_dr6
        dr 7, 0x2400
        capture .gd
.gdp:   mov eax, dr3
.gd:    trap_at .gdp, BD, 0
        mov eax, dr7                            ; GD was cleared
        is eax, 0x400
        ; --- fixed bits
        mov eax, 0
        mov dr6, eax
        mov eax, dr6
        is eax, 0xFFFF0FF0
        mov eax, 0xFFFFFFFF
        mov dr6, eax
        mov eax, dr6
        is eax, 0xFFFFEFFF
        xor eax, eax
        mov dr7, eax
        mov eax, dr7
        is eax, 0x400
        ; --- INT1 does not touch DR6 and ignores the gate's DPL
        clear_dr6
        capture .ice
        enter_ring3 .icep
.icep:  db 0xF1
.iceq:  nop
.ice:   trap_at .iceq, 0, 0
        ring3_fault 13, 0, mov eax, dr7
        finish
