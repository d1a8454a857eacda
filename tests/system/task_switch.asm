; Hardware task switches by JMP, CALL, task gates and IRET, to 32- and 16-bit TSSs, with every #TS and #NP.
; SDM vol. 3 chapter 7.
; SPDX-License-Identifier: Apache-2.0
%define MODE 32
%include "guest.inc"
BUSY    equ 2

%macro make_task 1              ; entry: fills the second TSS
        mov dword [tssb], 0
        mov dword [tssb + 4], STACKI
        mov dword [tssb + 8], DATA
        mov dword [tssb + 0x1C], 0
        mov dword [tssb + 0x20], %1
        mov dword [tssb + 0x24], 2
        mov dword [tssb + 0x28], 0x11111111     ; EAX
        mov dword [tssb + 0x38], STACKI         ; ESP
        mov dword [tssb + 0x44], 0x77777777     ; EDI
        mov dword [tssb + 0x48], DATA           ; ES
        mov dword [tssb + 0x4C], CODE32
        mov dword [tssb + 0x50], DATA
        mov dword [tssb + 0x54], DATA
        mov dword [tssb + 0x58], 0
        mov dword [tssb + 0x5C], DATAU          ; GS of level 3 from level 0: allowed
        mov dword [tssb + 0x60], 0
        mov dword [tssb + 0x64], 0x00680000
        mov byte [gdt + TSSB + 5], 0x89
%endmacro
; A fault before SS is loaded needs a handler with a stack of its own: a task gate that leads back to this task.
%macro new_task_ts 1            ; error
        set_gate IDT + 10 * 8, TSS, 0, 0x85, 0
        jmp TSSB:0
        pop eax                                 ; the error code, pushed on this task's stack
        is eax, %1
        is [tssb + 0x20], task
        movzx eax, word [tss]
        is eax, TSSB
        push dword 2
        popfd
        set_gate IDT + 10 * 8, CODE32, stubs + 10 * 16, 0x8E, 0
        mov ax, LDT
        lldt ax
        clts
        make_task task
%endmacro
; the switch to the second task commits, then faults in it. The fault is handled on the new task's stack, so that
; SS must be sound; afterwards the first task is entered again by LTR.
%macro new_task_fault 2         ; vector, error
        capture %%after
        jmp TSSB:0
%%after:
        is [f_vector], %1
        is [f_error], %2
        is [f_ip], task
        mov byte [gdt + TSS + 5], 0x89
        mov ax, TSS
        ltr ax
        mov ax, LDT
        lldt ax
        clts
        make_task task
%endmacro

main:
        ; --- refusals before the switch
        fault 13, TSS, jmp TSS:0                ; busy
        fault 13, TSS, call TSS:0
        make_task task
        mov byte [gdt + TSSB + 5], 0x09
        fault 11, TSSB, jmp TSSB:0
        mov byte [gdt + TSSB + 5], 0x89
        ring3_fault 13, TSSB, jmp TSSB:0        ; DPL
        mov byte [gdt + TSSB + 5], 0x89
        mov word [gdt + TSSB], 0x66
        fault 10, TSSB, jmp TSSB:0              ; too small
        mov word [gdt + TSSB], 0x67
        fault 13, TSSB | 4, jmp (TSSB | 4):0    ; the LDT cannot hold it: beyond its limit here

        ; --- CALL and IRET
        make_task task
        mov ebx, 0x22222222
        call TSSB:0
        is ebx, 0x22222222                      ; our registers came back
        is [seen_eax], 0x11111111
        is [seen_edi], 0x77777777
        is [seen_esp], STACKI
        mov eax, [seen_flags]
        and eax, 0x4000
        is eax, 0x4000                          ; NT in the new task
        movzx eax, word [tssb]
        is eax, TSS                             ; back link
        is [seen_tr], TSSB
        is [seen_ts], 8
        movzx eax, byte [seen_busy]
        is eax, 0x8B
        movzx eax, byte [gdt + TSSB + 5]
        is eax, 0x89                            ; IRET freed it
        movzx eax, byte [gdt + TSS + 5]
        is eax, 0x8B
        str eax
        is eax, TSS
        mov eax, [tssb + 0x24]
        and eax, 0x4000
        is eax, 0                               ; IRET saved NT clear
        is [tssb + 0x20], after_iret            ; and where to go on
        clts
        ; the second CALL goes on after the IRET
        mov byte [went_on], 0
        call TSSB:0
        movzx eax, byte [went_on]
        is eax, 1
        clts

        ; --- JMP: no link, the old task is freed
        make_task jump_back
        mov dword [tssb], 0xAAAA
        jmp TSSB:0
        movzx eax, word [tssb]
        is eax, 0xAAAA
        movzx eax, byte [seen_busy]
        is eax, 0x89
        pushfd
        pop eax
        and eax, 0x4000
        is eax, 0
        clts

        ; --- a task gate, and through it an exception with an error code
        make_task fault_task
        mov dword [IDT + 13 * 8], TSSB << 16
        mov dword [IDT + 13 * 8 + 4], 0x8500
        xor eax, eax
        mov ss, ax                              ; #GP(0): goes on after the task's IRET, which skips it
.skipped:
        is [seen_error], 0
        is [seen_esp], STACKI - 4
        movzx eax, word [tssb]
        is eax, TSS
        is [seen_old_ip], .skipped - 2
        mov eax, [seen_old_flags]
        and eax, 0x10000
        is eax, 0x10000                         ; RF in the saved image
        clts
        mov dword [IDT + 13 * 8], CODE32 << 16
        mov dword [IDT + 13 * 8 + 4], 0x8E00
        mov eax, stubs + 13 * 16
        mov [IDT + 13 * 8], ax
        shr eax, 16
        mov [IDT + 13 * 8 + 6], ax
        ; task gate refusals
        set_gate IDT + 0x40 * 8, TSSB, 0, 0x85, 0
        mov byte [gdt + TSSB + 5], 0x8B
        fault 13, TSSB, int 0x40                ; busy
        mov byte [gdt + TSSB + 5], 0x09
        fault 11, TSSB, int 0x40
        set_gate IDT + 0x40 * 8, DATA, 0, 0x85, 0
        fault 13, DATA, int 0x40
        set_gate IDT + 0x40 * 8, TSSB | 4, 0, 0x85, 0
        fault 13, TSSB | 4, int 0x40

        ; --- faults in the new task
        make_task task
        mov dword [tssb + 0x60], 0x1008
        new_task_ts 0x1008
        mov dword [tssb + 0x60], DATA
        new_task_ts DATA
        mov dword [tssb + 0x4C], DATA
        new_task_ts DATA
        mov dword [tssb + 0x4C], CODE32U        ; level 3: then SS must be, too
        new_task_ts DATA
        mov dword [tssb + 0x50], 0
        new_task_ts 0
        mov dword [tssb + 0x50], CODE32
        new_task_ts CODE32
        mov dword [tssb + 0x54], 0x1008
        new_task_fault 10, 0x1008
        mov dword [tssb + 0x54], TSS
        new_task_fault 10, TSS
        set_descriptor SPARE, 0, 0xFFFFF, 0xC013
        mov dword [tssb + 0x54], SPARE
        new_task_fault 11, SPARE

        ; --- the T bit traps before the first instruction
        make_task jump_back
        mov dword [tssb + 0x64], 0x00680001
        mov dword [resume], .t_trap
        mov dword [resume_sp], STACK0
        mov eax, 0xFFFF0FF0
        mov dr6, eax
        jmp TSSB:0
.t_trap:
        is [f_vector], 1
        is [f_ip], jump_back
        is [f_dr6], 0xFFFF8FF0
        mov dword [resume], 0
        mov byte [gdt + TSS + 5], 0x89
        mov ax, TSS
        ltr ax
        clts

        ; --- IRET with NT: links that are none
        push dword 0x4002
        popfd
        mov word [tss], 0x1008
        fault 10, 0x1008, iretd
        push dword 0x4002
        popfd
        mov word [tss], TSSB                    ; not busy
        mov byte [gdt + TSSB + 5], 0x89
        fault 10, TSSB, iretd
        push dword 2
        popfd

        ; --- a 16-bit task and back
        mov word [tss_16 + 0x0E], at(task16) - BASE
        mov word [tss_16 + 0x10], 2
        mov word [tss_16 + 0x12], 0x1616
        mov word [tss_16 + 0x1A], 0xF000        ; SP
        mov word [tss_16 + 0x22], DATA16
        mov word [tss_16 + 0x24], CODE16
        mov word [tss_16 + 0x26], DATA16
        mov word [tss_16 + 0x28], DATA16
        mov word [tss_16 + 0x2A], 0
        call TSS16:0
        movzx eax, word [seen_ax]
        is eax, 0x1616
        movzx eax, word [tss_16]
        is eax, TSS
        clts
        jmp done

task:
        mov [seen_eax], eax
        mov [seen_edi], edi
        mov [seen_esp], esp
        pushfd
        pop dword [seen_flags]
        str [seen_tr]
        mov eax, cr0
        and eax, 8
        mov [seen_ts], eax
        mov al, [gdt + TSS + 5]
        mov [seen_busy], al
        clts
        iretd
after_iret:
        mov byte [went_on], 1
        iretd
jump_back:
        mov al, [gdt + TSS + 5]
        mov [seen_busy], al
        jmp TSS:0
fault_task:
        mov [seen_esp], esp
        pop dword [seen_error]
        mov eax, [tss + 0x20]
        mov [seen_old_ip], eax
        mov eax, [tss + 0x24]
        mov [seen_old_flags], eax
        add dword [tss + 0x20], 2
        iretd
        bits 16
task16:
        mov [seen_ax - BASE], ax
        iret
        bits 32
seen_eax: dd 0
seen_edi: dd 0
seen_esp: dd 0
seen_flags: dd 0
seen_tr: dd 0
seen_ts: dd 0
seen_busy: dd 0
seen_error: dd -1
seen_old_ip: dd 0
seen_old_flags: dd 0
seen_ax: dd 0
went_on: dd 0
done:
        finish
