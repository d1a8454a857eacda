; Operands in device memory: every kind of instruction, unaligned and across pages, strings, stacks, code.
; At 0xFF000000 lie 64 KiB that a device keeps, at port 0xE0 a register that reads as it was written.
; SPDX-License-Identifier: Apache-2.0
%define MODE 64
%include "guest.inc"
M equ 0xFF000000
%macro mm 2                             ; offset, value
        mov rax, %2
        mov [rdi+%1], rax
%endmacro
main:
        mov edi, M
        ; mov sizes
        mm 0, 0x1122334455667788
        is64 [rdi], 0x1122334455667788
        mov al, [rdi+3]
        movzx eax, al
        is eax, 0x55
        movzx eax, word [rdi+3]
        is eax, 0x4455
        movsx rax, byte [rdi]
        is64 rax, -0x78
        movsxd rax, dword [rdi]
        is64 rax, 0x55667788
        movsx rax, word [rdi+6]
        is64 rax, 0x1122
        ; unaligned and page-crossing
        mov rax, 0xA1A2A3A4A5A6A7A8
        mov [rdi+0xFFD], rax
        is64 [rdi+0xFFD], 0xA1A2A3A4A5A6A7A8
        is [rdi+0xFFE], 0xA4A5A6A7
        movzx eax, word [rdi+0xFFF]
        is eax, 0xA5A6
        mov [rdi+0xFFE], eax
        is [rdi+0xFFE], eax
        mov dword [rdi+0xFFE], 0x12345678
        ; alu
        mm 8, 10
        add qword [rdi+8], 5
        is64 [rdi+8], 15
        lock add dword [rdi+8], 1
        is64 [rdi+8], 16
        lock xadd [rdi+8], rax
        mov eax, 7
        mov qword [rdi+8], 16
        lock xadd [rdi+8], eax
        is eax, 16
        is64 [rdi+8], 23
        mov eax, 99
        xchg [rdi+8], rax
        is64 rax, 23
        is64 [rdi+8], 99
        mov eax, 99
        mov ecx, 100
        lock cmpxchg [rdi+8], ecx
        jz .c1
        is 0, 1
.c1:    is64 [rdi+8], 100
        mov eax, 5
        cmpxchg [rdi+8], rcx
        jnz .c2
        is 0, 1
.c2:    is64 rax, 100
        mov edx, 0
        mov eax, 100
        mov ebx, 0x55
        mov ecx, 0x66
        lock cmpxchg8b [rdi+8]
        is64 [rdi+8], 0x6600000055
        mm 0x10, 0x1111
        mm 0x18, 0x2222
        mov eax, 0x1111
        mov edx, 0x2222
        lock cmpxchg16b [rdi+0x10]
        jz .c3
        is 0, 2
.c3:    is64 [rdi+0x10], 0x55
        is64 [rdi+0x18], 0x66
        ; inc dec not neg
        mm 8, 0xFF
        inc byte [rdi+8]
        is64 [rdi+8], 0
        dec dword [rdi+8]
        is64 [rdi+8], 0xFFFFFFFF
        neg qword [rdi+8]
        is64 [rdi+8], 0xFFFFFFFF00000001
        lock not word [rdi+8]
        is64 [rdi+8], 0xFFFFFFFF0000FFFE
        ; bits with register offsets
        mm 0x100, 0
        mm 0xF8, 0
        lea rsi, [rdi+0x100]
        mov eax, -1
        movsxd rax, eax
        bts [rsi], rax
        is64 [rdi+0xF8], 0x8000000000000000
        mov eax, -1
        btc dword [rsi], eax
        is64 [rdi+0xF8], 0
        lock bts dword [rsi], 35
        is64 [rsi], 8
        mov eax, 70
        bts dword [rsi], eax
        is64 [rsi+8], 0x40
        bt qword [rsi+8], 6
        jc .b1
        is 0, 3
.b1:    lock btr qword [rsi+8], 6
        is64 [rsi+8], 0
        mm 0x100, 0x10
        bsf rax, [rsi]
        is eax, 4
        bsr eax, [rsi]
        is eax, 4
        popcnt eax, [rsi]
        is eax, 1
        tzcnt eax, [rsi]
        is eax, 4
        lzcnt eax, [rsi]
        is eax, 27
        ; shifts
        mm 0x100, 0x8000000000000001
        mov cl, 4
        mov eax, 0xF
        ror rax, 4
        shld [rsi], rax, cl
        is64 [rsi], 0x1F
        shrd dword [rsi], eax, 4
        is64 [rsi], 0x1
        shl qword [rsi], cl
        rol dword [rsi], 28
        is64 [rsi], 1
        sar byte [rsi], 1
        is64 [rsi], 0
        ; mul div
        mm 0x100, 7
        mov eax, 6
        mul dword [rsi]
        is eax, 42
        imul rax, [rsi], 3
        is eax, 21
        imul eax, [rsi]
        is eax, 147
        xor edx, edx
        div qword [rsi]
        is eax, 21
        mov ax, 22
        idiv byte [rsi]
        is eax, 0x103
        mm 0x100, 0
        fault 0, 0, div byte [rsi]
        ; cmov does read, 32 bit cmov zeroes
        mm 0x100, 0xFFFFFFFFFFFFFFFF
        mov rax, 0xFFFFFFFF12345678
        xor ecx, ecx
        cmovnz eax, [rsi]
        is64 rax, 0x12345678
        cmovz eax, [rsi]
        is64 rax, 0xFFFFFFFF
        setz [rsi]
        is64 [rsi], 0xFFFFFFFFFFFFFF01
        ; movbe
        mov eax, 0x11223344
        movbe [rsi], eax
        is [rsi], 0x44332211
        movbe rax, [rsi]
        is64 rax, 0x11223344FFFFFFFF
        ; push pop
        mm 0x100, 0xABCDEF
        push qword [rsi]
        pop qword [rsi+8]
        is64 [rsi+8], 0xABCDEF
        mov rbx, rsp
        lea rsp, [rsi+0x40]
        push rbx
        push 5
        pushfq
        popfq
        pop rax
        pop rcx
        mov rsp, rbx
        is64 rcx, rbx
        is eax, 5
        lea rbp, [rsi+0x40]
        mov rsp, rbp
        enter 16, 0
        leave
        mov rsp, rbx
        ; call through MMIO, ret with MMIO stack
        lea rax, [.target]
        mov [rsi], rax
        call [rsi]
        is ebp, 77
        lea rsp, [rsi+0x40]
        call .target
        mov rsp, rbx
        ; strings
        mov edi, M + 0x200
        mov esi, .text
        mov ecx, 13
        rep movsb
        is ecx, 0
        is edi, M + 0x20D
        mov edi, M + 0x200
        mov esi, .text
        mov ecx, 13
        repe cmpsb
        is ecx, 0
        jz .s1
        is 0, 4
.s1:    mov edi, M + 0x200
        mov esi, .text
        mov byte [rdi+5], 'x'
        mov ecx, 13
        repe cmpsb
        is ecx, 7
        mov edi, M + 0x200
        mov al, 'x'
        mov ecx, 13
        repne scasb
        is ecx, 7
        mov edi, M+0xFFA
        mov rax, 0x0123456789ABCDEF
        mov ecx, 3
        rep stosq
        mov ebx, M
        is64 [rbx+0xFFA], rax
        mov esi, M+0xFFA
        lodsq
        is64 rax, 0x0123456789ABCDEF
        std
        mov edi, M+0x1002
        mov esi, M+0xFFA
        mov ecx, 2
        rep movsd
        cld
        mov esi, M+0x1FFE
        mov edi, SCRATCH
        mov edx, M
        mov dword [rdx+0x1FFE], 0xCAFEBABE
        mov ecx, 1
        rep movsd
        is [SCRATCH], 0xCAFEBABE
        ; string io with MMIO: pc-testdev port E0..E3
        mov edi, M + 0x300
        mov dword [rdi], 0x11223344
        mov dword [rdi+4], 0x55667788
        mov dx, 0xE0
        mov rsi, rdi
        mov ecx, 2
        rep outsd
        in eax, dx
        is eax, 0x55667788
        mov edi, M + 0x310
        mov ecx, 3
        rep insw
        mov eax, M
        is [rax+0x310], 0x77887788
        mov edi, M + 0xFFE
        mov ecx, 2
        rep insd
        mov eax, M
        is64 [rax+0xFFE], 0x5566778855667788
        ; smsw lmsw
        mov edi, M
        mov qword [rdi], -1
        smsw [rdi]
        mov rax, cr0
        movzx eax, ax
        mov ecx, [rdi]
        movzx edx, cx
        is edx, eax
        shr ecx, 16
        is ecx, 0xFFFF
        mov rbx, cr0
        mov eax, ebx
        or eax, 8
        mov [rdi], rax
        lmsw [rdi]
        mov rax, cr0
        mov ecx, ebx
        or ecx, 8
        is eax, ecx
        mov cr0, rbx
        smsw rax
        is64 rax, rbx
        ; ljmp, segment loads, lldt, ltr, lgdt
        mov rax, .far
        mov [rdi], eax
        mov word [rdi+4], CODE64
        mov word [rdi+8], CODE64
        jmp far dword [rdi]
        is 0, 5
.far:   mov word [rdi], DATA
        mov ds, [rdi]
        mov es, [rdi]
        mov ss, [rdi]
        mov word [rdi], 0
        mov fs, [rdi]
        mov gs, [rdi]
        mov dword [rdi], 0
        mov [rdi], ds
        is [rdi], DATA
        mov word [rdi], LDT
        lldt [rdi]
        sldt [rdi+2]
        movzx eax, word [rdi+2]
        is eax, LDT
        mov word [rdi], TSS
        fault 13, TSS, ltr [rdi]
        mov byte [gdt + TSS + 5], 0x89
        ltr [rdi]
        str [rdi+2]
        movzx eax, word [rdi+2]
        is eax, TSS
        movzx eax, byte [gdt+TSS+5]
        is eax, 0x8B
        sgdt [rdi+0x20]
        is64 [rdi+0x22], gdt
        lgdt [rdi+0x20]
        sidt [rdi+0x30]
        lidt [rdi+0x30]
        mov word [rdi], DATA
        lar eax, [rdi]
        and eax, 0xFF00
        is eax, 0x9300
        verw [rdi]
        jz .v
        is 0, 6
.v:
        ; lfs mem
        mov qword [rdi], 0x12345678
        mov word [rdi+4], DATA
        lgs eax, [rdi]
        is eax, 0x12345678
        ; SSE
        mov rax, cr0
        and eax, ~0xC
        or eax, 2
        or eax, 0x20                    ; NE
        mov cr0, rax
        mov rax, cr4
        or eax, 0x40600
        mov cr4, rax
        xor ecx, ecx
        xor edx, edx
        mov eax, 7
        xsetbv
        mov rax, 0x0123456789ABCDEF
        movq xmm0, rax
        movddup xmm0, xmm0
        movups [rdi+0xFF9], xmm0
        movdqu xmm1, [rdi+0xFF9]
        pcmpeqb xmm1, xmm0
        pmovmskb eax, xmm1
        is eax, 0xFFFF
        movaps [rdi+0x40], xmm0
        movntdq [rdi+0x50], xmm0
        paddq xmm0, [rdi+0x40]
        movq rax, xmm0
        is64 rax, 0x2468ACF13579BDE
        fault 13, 0, movaps xmm0, [rdi+0x41]
        fault 13, 0, paddq xmm0, [rdi+0x48]
        movss xmm2, [rdi+0x40]
        movd eax, xmm2
        is eax, 0x89ABCDEF
        movhps [rdi+0x60], xmm0
        is64 [rdi+0x60], 0x2468ACF13579BDE
        cvtsi2sd xmm3, dword [rdi+0x40]
        pinsrw xmm3, [rdi+0x42], 0
        pextrb [rdi+0x61], xmm3, 0
        movq mm0, [rdi+0x40]
        movq [rdi+0x68], mm0
        is64 [rdi+0x68], 0x0123456789ABCDEF
        emms
        vmovdqu ymm0, [rdi+0x40]
        vmovdqu [rdi+0xFE9], ymm0
        vpcmpeqb ymm1, ymm0, [rdi+0xFE9]
        vpmovmskb eax, ymm1
        is eax, -1
        vpcmpeqd ymm2, ymm2, ymm2
        vpmaskmovd [rdi+0x80], ymm2, ymm0
        vbroadcastss ymm1, [rdi+0x80]
        vpmaskmovd ymm3, ymm2, [rdi+0x80]
        vmovd eax, xmm3
        is eax, 0x89ABCDEF
        vpxor xmm4, xmm4
        vpcmpeqd ymm2, ymm2, ymm2
        lea rax, [rdi+0x80]
        vpgatherdd ymm3, [rax+ymm4*4], ymm2
        vmovd eax, xmm3
        is eax, 0x89ABCDEF
        fxsave [rdi+0x400]
        fxrstor [rdi+0x400]
        xor edx, edx
        mov eax, 7
        xsave [rdi+0x800]
        xrstor [rdi+0x800]
        ldmxcsr [rdi+0x418]
        stmxcsr [rdi]
        is [rdi], 0x1F80
        ; x87
        mov dword [rdi], 42
        fild dword [rdi]
        fist word [rdi+8]
        fstp tword [rdi+0x10]
        fld tword [rdi+0x10]
        fistp qword [rdi+0x20]
        is64 [rdi+0x20], 42
        fnstcw [rdi]
        fldcw [rdi]
        fnstenv [rdi+0x100]
        fldenv [rdi+0x100]
        fnsave [rdi+0x100]
        frstor [rdi+0x100]
        ; mmx movq with pending exception: #MF
        fninit
        mov word [rdi], 0x360           ; unmask all but precision.. all of them
        fldcw [rdi]
        fldz
        fldz
        fdivp
        fault 16, 0, movq mm0, [rdi]
        fault 16, 0, movq [rdi], mm0
        fnclex
        fninit
        ; jmp noncanonical: reported at the jump
        mov rax, 0x1111111111111111
        mov [rdi], rax
        fault 13, 0, jmp [rdi]
        fault 13, 0, call [rdi]
        fault 13, 0, jmp rax
        push rax
        fault 13, 0, ret
        pop rax
        ; code in MMIO
        mov dword [rdi+0x700], 0xC3C0FF90 ; nop; inc eax; ret
        xor eax, eax
        lea rbx, [rdi+0x700]
        call rbx
        is eax, 1
        jmp finished
.target: mov ebp, 77
        ret
.text:  db "hello, world", 0
        finish
