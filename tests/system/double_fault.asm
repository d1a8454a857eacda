; Double faults: which pairs of exceptions combine, error code 0, by an interrupt gate and by a task gate.
; SDM vol. 3 §6.15, tables 6-4 and 6-5.
; SPDX-License-Identifier: Apache-2.0
%define MODE 32
%include "guest.inc"
%macro break_gate 1             ; not present
        mov byte [IDT + (%1) * 8 + 5], 0x0E
%endmacro
%macro mend_gate 1
        mov byte [IDT + (%1) * 8 + 5], 0x8E
%endmacro
%macro paging 1
        mov eax, cr0
%if %1
        or eax, 0x80000000
%else
        and eax, 0x7FFFFFFF
%endif
        mov cr0, eax
%endmacro

main:
        ; --- contributory and contributory: #NP while #GP is delivered
        break_gate 13
        xor eax, eax
        fault 8, 0, mov ss, ax
        mend_gate 13
        ; #DE, then #NP
        break_gate 0
        xor ecx, ecx
        fault 8, 0, div ecx
        mend_gate 0
        ; --- benign and contributory: one after the other
        break_gate 6
        fault 11, 6 * 8 + 3, ud2
        mend_gate 6
        break_gate 3
        fault 11, 3 * 8 + 2, int3
        mend_gate 3
        ; INT n of a contributory vector is benign
        break_gate 13
        fault 11, 13 * 8 + 2, int 13
        mend_gate 13

        ; --- with page faults: 4 MiB pages, all mapped; 0x800000 is not
        mov eax, cr4
        or eax, 0x10
        mov cr4, eax
        mov edi, PML4
        mov eax, 0x83
        mov ecx, 1024
.pd:    mov [edi], eax
        add eax, 0x400000
        add edi, 4
        loop .pd
        mov dword [PML4 + 2 * 4], 0
        mov eax, PML4
        mov cr3, eax
        paging 1
        fault 14, 0, mov eax, [0x800000]
        ; #PF, then #NP
        break_gate 14
        fault 8, 0, mov eax, [0x800000]
        is [f_cr2], 0x800000
        mend_gate 14
        ; #PF, then #PF: the handler's stack is not there (level 1, so that #DF has one)
        set_descriptor SPARE, 0, 0xFFFFF, 0xC0BB
        set_descriptor SPARE + 8, 0, 0xFFFFF, 0xC0B3
        mov dword [tss + 12], 0x800100
        mov dword [tss + 16], SPARE + 8 + 1
        set_gate IDT + 14 * 8, SPARE, stubs + 14 * 16, 0x8E, 0
        or dword [PML4], 4
        mov eax, cr3
        mov cr3, eax
        ring3_fault 8, 0, mov eax, [0x800000]
        is [f_cr2], 0x8000FC
        ; #GP, then #PF: the page fault is delivered by itself
        set_gate IDT + 13 * 8, SPARE, stubs + 13 * 16, 0x8E, 0
        set_gate IDT + 14 * 8, CODE32, stubs + 14 * 16, 0x8E, 0
        ring3_fault 14, 2, cli
        is [f_cr2], 0x8000FC
        ; a gate in a page that is not there
        mov dword [tss + 12], STACKI
        sidt [old_idt]
        lidt [far_idt]
        capture .no_idt
        jmp .go
.no_idt:
.go:    lidt [old_idt]
        mov dword [resume], 0
        set_gate IDT + 13 * 8, CODE32, stubs + 13 * 16, 0x8E, 0
        paging 0

        ; --- #DF through a task gate: a sound stack whatever happened
        mov dword [tssb + 0x20], df_task
        mov dword [tssb + 0x24], 2
        mov dword [tssb + 0x38], STACKI
        mov dword [tssb + 0x48], DATA
        mov dword [tssb + 0x4C], CODE32
        mov dword [tssb + 0x50], DATA
        mov dword [tssb + 0x54], DATA
        mov dword [tssb + 0x1C], PML4
        mov dword [IDT + 8 * 8], TSSB << 16
        mov dword [IDT + 8 * 8 + 4], 0x8500
        mov ebx, esp
        mov dword [tss + 0x5C], 0
        xor esp, esp
        sub esp, 4                              ; wraps; still usable, so break #UD's stack instead
        set_descriptor SPARE, 0, 0xF, 0x4093
        mov eax, SPARE
        mov ss, ax
        mov esp, 0x10
.df:    push eax
        push eax
        push eax
        push eax
.dfp:   push eax                                ; #SS, whose frame does not fit: #SS again
        ud2
df_task:
        pop eax
        is eax, 0
        is [tss + 0x20], main.dfp
        movzx eax, word [tssb]
        is eax, TSS
        jmp done
old_idt: dw 0
        dd 0
far_idt: dw 0x7FF
        dd 0x800000
done:
        finish
