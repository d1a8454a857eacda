// Text of instructions in the manual's syntax.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/decode/disassembler.hpp"

#include "cpu/x86/decode/decoder.hpp"
#include "cpu/x86/isa/form.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

namespace mullion::x86 {
namespace {

std::string text(CodeSize code, std::initializer_list<uint8_t> bytes, uint64_t rip = 0x1000) {
  std::vector<uint8_t> padded(bytes);
  padded.resize(kMaxInstructionLength);
  Insn insn;
  return decode(padded, code, insn) == DecodeResult::Ok ? disassemble(insn, rip) : "(bad)";
}

TEST(Disassembler, integer_forms) {
  EXPECT_EQ(text(CodeSize::k64, {0x48, 0x8B, 0x44, 0x8D, 0xF8}), "mov rax, qword [rbp+rcx*4-0x8]");
  EXPECT_EQ(text(CodeSize::k64, {0x66, 0x83, 0xC0, 0xFF}), "add ax, -0x1");
  EXPECT_EQ(text(CodeSize::k64, {0xF0, 0x0F, 0xB0, 0x0B}), "lock cmpxchg byte [rbx], cl");
  EXPECT_EQ(text(CodeSize::k64, {0x8B, 0x05, 0x10, 0, 0, 0}), "mov eax, dword [0x1016]");
  EXPECT_EQ(text(CodeSize::k64, {0x75, 0xFE}), "jne 0x1000");
  EXPECT_EQ(text(CodeSize::k64, {0x0F, 0x94, 0xC4}), "sete ah");
  EXPECT_EQ(text(CodeSize::k16, {0x26, 0x8A, 0x07}), "mov al, byte es:[bx]");
  EXPECT_EQ(text(CodeSize::k32, {0xEA, 0x78, 0x56, 0x34, 0x12, 0x08, 0x00}), "jmp 0x8:0x12345678");
  EXPECT_EQ(text(CodeSize::k64, {0xD1, 0xE0}), "shl eax, 1");
  EXPECT_EQ(text(CodeSize::k64, {0xC8, 0x10, 0x00, 0x02}), "enter 0x10, 0x2");
}

TEST(Disassembler, names_that_follow_the_size) {
  EXPECT_EQ(text(CodeSize::k64, {0xF3, 0x48, 0xAB}), "rep stosq");
  EXPECT_EQ(text(CodeSize::k32, {0xF2, 0xAE}), "repne scasb");
  EXPECT_EQ(text(CodeSize::k64, {0x48, 0x98}), "cdqe");
  EXPECT_EQ(text(CodeSize::k64, {0x48, 0xCF}), "iretq");
  EXPECT_EQ(text(CodeSize::k64, {0xE3, 0x00}), "jrcxz 0x1002");
}

TEST(Disassembler, system_and_x87_forms) {
  EXPECT_EQ(text(CodeSize::k64, {0x0F, 0x22, 0xD8}), "mov cr3, rax");
  EXPECT_EQ(text(CodeSize::k32, {0x8E, 0xD8}), "mov ds, ax");
  EXPECT_EQ(text(CodeSize::k64, {0x0F, 0x01, 0x18}), "lidt [rax]");
  EXPECT_EQ(text(CodeSize::k64, {0xD8, 0xC1}), "fadd st0, st1");
  EXPECT_EQ(text(CodeSize::k64, {0xDB, 0x28}), "fld tbyte [rax]");
}

TEST(Disassembler, vector_forms) {
  EXPECT_EQ(text(CodeSize::k64, {0x66, 0x0F, 0xFE, 0xC1}), "paddd xmm0, xmm1");
  EXPECT_EQ(text(CodeSize::k64, {0xC5, 0xEC, 0x58, 0x08}), "vaddps ymm1, ymm2, ymmword [rax]");
  EXPECT_EQ(text(CodeSize::k64, {0x62, 0xF1, 0x6C, 0xC9, 0x58, 0xCB}), "vaddps zmm1{k1}{z}, zmm2, zmm3");
  EXPECT_EQ(text(CodeSize::k64, {0x62, 0xF1, 0x6C, 0x38, 0x58, 0xCB}), "vaddps zmm1, zmm2, zmm3, {rd-sae}");
  EXPECT_EQ(text(CodeSize::k64, {0x62, 0xF1, 0x6C, 0x58, 0x58, 0x08}), "vaddps zmm1, zmm2, dword [rax]{1to16}");
}

TEST(Disassembler, every_form_has_a_text) {
  for (size_t n = 0; n < isa::forms().size(); ++n) {
    Insn insn;
    insn.form = uint16_t(n);
    insn.opsize = insn.addrsize = 2;
    EXPECT_FALSE(disassemble(insn, 0).empty());
    insn.prefixes = kMem;
    insn.evex = kEvexB | kEvexPresent;
    EXPECT_FALSE(disassemble(insn, 0).empty());
  }
}

}  // namespace
}  // namespace mullion::x86
