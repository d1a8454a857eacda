; Where debug traps come and what DR6 says: single step over instructions of many kinds, breakpoints, MOV SS, ICEBP.
; SDM vol. 3 §17.2, §17.3. The logger notes RIP and the bits of DR6 that are not fixed.
; SPDX-License-Identifier: Apache-2.0
%define MODE 64
%include "guest.inc"
%macro set_dr7 1
        mov rax, %1
        mov dr7, rax
%endmacro
%macro cleardr6 0
        xor eax, eax
        mov dr6, rax
%endmacro
main:   ; #DB and #BP go to the logger
        mov rax, logger
        mov [IDT+16], ax
        shr eax, 16
        mov [IDT+16+6], ax
        mov rax, logger
        mov [IDT+48], ax
        shr eax, 16
        mov [IDT+48+6], ax
        cleardr6
        ; single step: pushf/popf
        call reset_log
        pushfq
        pop rax
        or eax, 0x100
        mov ebx, eax
        and ebx, ~0x100
        push rbx
        push rax
        popfq                   ; TF set; no trap after popf itself
.s1:    nop
.s2:    popfq                   ; clears TF; trap after it
.s3:    nop
        is [n], 2
        is [log], .s2
        is [log+4], 0x4000
        is [log+8], .s3
        is [log+12], 0x4000
        ; cpuid, rdmsr, sti, mov dr, in al
        call reset_log
        call set_tf
        xor eax, eax
.c0:    cpuid
.c1:    mov rax, dr7
.c2:    in al, 0xE9
.c3:    mov ecx, 0x10
.c4:    rdmsr
.c5:    mov rax, cr4
.c6:    mov cr4, rax
.c7:    rdtsc
.c8:    cli
.c9:    sti
.c10:   cli
.c11:   pushfq
.c12:   and qword [rsp], ~0x100
.c13:   popfq
.c14:
        is [log+8], .c0
        is [log+16], .c1
        is [log+24], .c2
        is [log+32], .c3
        is [log+40], .c4
        is [log+48], .c5
        is [log+56], .c6
        is [log+64], .c7
        is [log+72], .c8
        is [log+80], .c9
        is [log+88], .c10
        is [log+96], .c11
        is [log+104], .c12
        is [log+112], .c13
        is [log+120], .c14
        is [n], 16
        ; mov ss suppresses single step for itself
        call reset_log
        mov ax, ss
        mov bx, ax
        call set_tf
.m0:    mov ss, bx
        nop
.m1:    call clear_tf
        is [log+8], .m1
        is [log+12], 0x4000
        ; rep movsb traps each iteration
        call reset_log
        mov esi, SCRATCH
        mov edi, SCRATCH+64
        mov ecx, 3
        call set_tf
.r0:    rep movsb
.r1:    call clear_tf
        is [log+8], .r0
        is [log+16], .r0
        is [log+24], .r1
        ; icebp
        call reset_log
        cleardr6
        db 0xF1
.i1:    is [n], 1
        is [log], .i1
        is [log+4], 0
        ; icebp with bs set by software before
        mov eax, 0x4000
        mov dr6, rax
        call reset_log
        db 0xF1
        is [log+4], 0x4000
        cleardr6
        ; hw breakpoint
        mov rax, .hw
        mov dr0, rax
        set_dr7 0x402
        call reset_log
.hw:    nop
.hw1:   is [n], 1
        is [log], .hw
        is [log+4], 1
        cleardr6
        ; write watchpoint
        mov eax, SCRATCH+0x20
        mov dr1, rax
        set_dr7 0x408 | (0xD << 20)
        call reset_log
        mov rax, [SCRATCH+0x20]
        mov dword [SCRATCH+0x24], 1
        mov dword [SCRATCH+0x20], 1
.w1:    nop
        is [n], 1
        is [log], .w1
        is [log+4], 2
        cleardr6
        call reset_log
        mov byte [SCRATCH+0x23], 1
.w2:    mov word [SCRATCH+0x1F], 1
.w3:    is [n], 2
        is [log], .w2
        is [log+8], .w3
        ; 8-byte rw watch
        set_dr7 0x408 | (0xB << 20)
        call reset_log
        mov al, [SCRATCH+0x27]
.w4:    push rax
        pop rax
        is [n], 1
        is [log], .w4
        ; MOV SS with a watchpoint: #DB after next instruction
        cleardr6
        mov word [SCRATCH+0x20], DATA
        call reset_log
        mov ss, [SCRATCH+0x20]
        nop
.w5:    is [n], 1
        is [log], .w5
        is [log+4], 2
        ; MOV SS + INT3: delivered at the entry of the handler
        cleardr6
        call reset_log
        mov ss, [SCRATCH+0x20]
        int3
.w6:    is [n], 2
        is [log], logger
        is [log+4], 2
        is [log+8], .w6
        set_dr7 0x400
        cleardr6
        ; GD
        set_dr7 0x2400
        call reset_log
        capture .gd1
.gd0:   mov rax, dr6
.gd1:   is [n], 1
        is [log], .gd0
        is [log+4], 0x2000
        mov rax, dr7
        is eax, 0x400
        mov qword [resume], 0
        cleardr6
        ; DR4/5 alias, DE
        mov rax, dr6
        db 0x0F, 0x21, 0xE1     ; mov rcx, dr4
        is64 rcx, rax
        mov rax, cr4
        or eax, 8
        mov cr4, rax
        fault 6, 0, db 0x0F, 0x21, 0xE1
        ; IO breakpoint
        mov eax, 0xE9
        mov dr2, rax
        set_dr7 0x420 | (2 << 24)
        call reset_log
        in al, 0xE9
.io:    is [n], 1
        is [log], .io
        is [log+4], 4
        set_dr7 0x400
        cleardr6
        ; reserved bits
        mov rax, 0x100000000
        fault 13, 0, mov dr6, rax
        mov rax, 0x100000000
        fault 13, 0, mov dr7, rax
        ; DR0 with non canonical address: no #GP
        mov rax, 0x8000000000000000
        works mov dr0, rax
        mov rcx, dr0
        is64 rcx, rax
        ; INT n with TF: no trap on first instruction of handler; trap after iret's next insn
        call reset_log
        call set_tf
        int3
.t0:    nop
.t1:    call clear_tf
        is [log+8], .t0         ; the int3 itself logs
        is [log+16], .t1
        ; RF: popf does not load RF; iretq with RF suppresses
        mov rax, .rf
        mov dr0, rax
        set_dr7 0x402
        call reset_log
        mov rcx, rsp
        push DATA
        push rcx
        pushfq
        or dword [rsp], 0x10000
        push CODE64
        push .rf
        iretq
.rf:    nop
        is [n], 0
        set_dr7 0x400
        cleardr6
        jmp finished
reset_log: mov dword [n], 0
        ret
set_tf: pushfq
        or dword [rsp], 0x100
        popfq
        ret
clear_tf: pushfq
        and dword [rsp], ~0x100
        popfq
        ret
        align 16
logger: push rax
        push rcx
        mov ecx, [n]
        cmp ecx, 60
        jae .full
        mov eax, [rsp+16]
        mov [log+rcx*8], eax
        mov rax, dr6
        xor eax, 0xFFFF0FF0
        mov [log+rcx*8+4], eax
        inc dword [n]
.full:  cmp qword [resume], 0
        je .x
        mov rax, [resume]
        mov [rsp+16], rax
.x:     or dword [rsp+32], 0x10000
        pop rcx
        pop rax
        iretq
        align 8
n:      dq 0
log:    times 128 dd 0
        finish
