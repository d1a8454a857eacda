// The decoder's rules, by example; the whole is compared with Zydis in tests/decoder.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/decode/decoder.hpp"

#include "cpu/x86/isa/form.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string_view>
#include <vector>

namespace mullion::x86 {
namespace {

struct Case {
  DecodeResult result;
  Insn insn;
  std::string_view mnemonic() const { return isa::form(insn.form).mnemonic; }
};

Case decode_bytes(CodeSize code, std::initializer_list<uint8_t> bytes, const DecodeOptions& options = {}) {
  std::vector<uint8_t> padded(bytes);
  padded.resize(kMaxInstructionLength);
  Case c;
  c.result = decode(padded, code, c.insn, options);
  return c;
}

TEST(Decoder, gives_every_field_of_a_memory_operand) {
  // lock add qword fs:[r12+r9*4-0x80], rax
  Case const c = decode_bytes(CodeSize::k64, {0xF0, 0x64, 0x4B, 0x01, 0x44, 0x8C, 0x80});
  ASSERT_EQ(c.result, DecodeResult::Ok);
  EXPECT_EQ(c.mnemonic(), "ADD");
  EXPECT_EQ(c.insn.length, 7);
  EXPECT_EQ(c.insn.next, 7);
  EXPECT_EQ(c.insn.opsize, 3);
  EXPECT_EQ(c.insn.addrsize, 3);
  EXPECT_EQ(c.insn.seg, FS);
  EXPECT_EQ(c.insn.base, R12);
  EXPECT_EQ(c.insn.index, R9);
  EXPECT_EQ(c.insn.scale, 2);
  EXPECT_EQ(c.insn.disp, -0x80);
  EXPECT_EQ(c.insn.reg, RAX);
  EXPECT_TRUE(c.insn.has(kLock));
  EXPECT_TRUE(c.insn.mem());
  EXPECT_EQ(isa::memory_bytes(c.insn), 8u);
}

TEST(Decoder, rip_relative_displacement_counts_from_the_instruction) {
  Case const c = decode_bytes(CodeSize::k64, {0x8B, 0x05, 0x10, 0, 0, 0});  // mov eax, [rip+0x10]
  EXPECT_EQ(c.insn.base, kRipReg);
  EXPECT_EQ(c.insn.disp, 0x16);
}

TEST(Decoder, sixteen_bit_addresses_use_two_registers_and_bp_means_ss) {
  Case const bp_di = decode_bytes(CodeSize::k16, {0x8B, 0x43, 0xFF});  // mov ax, [bp+di-1]
  EXPECT_EQ(bp_di.insn.base, RBP);
  EXPECT_EQ(bp_di.insn.index, RDI);
  EXPECT_EQ(bp_di.insn.seg, SS);
  EXPECT_EQ(bp_di.insn.disp, -1);
  Case const si = decode_bytes(CodeSize::k16, {0x8B, 0x04});
  EXPECT_EQ(si.insn.base, RSI);
  EXPECT_EQ(si.insn.index, kNoReg);
  Case const direct = decode_bytes(CodeSize::k16, {0x8B, 0x06, 0x34, 0x12});
  EXPECT_EQ(direct.insn.base, kNoReg);
  EXPECT_EQ(direct.insn.disp, 0x1234);
  EXPECT_EQ(direct.insn.seg, DS);
}

TEST(Decoder, byte_registers_4_to_7_depend_on_rex) {
  EXPECT_EQ(decode_bytes(CodeSize::k64, {0x88, 0xE0}).insn.reg, 20);        // ah
  EXPECT_EQ(decode_bytes(CodeSize::k64, {0x40, 0x88, 0xE0}).insn.reg, RSP);  // spl
  EXPECT_EQ(decode_bytes(CodeSize::k64, {0xB7, 1}).insn.rm, 23);            // bh
}

TEST(Decoder, rex_counts_only_right_before_the_opcode) {
  Case const c = decode_bytes(CodeSize::k64, {0x48, 0x66, 0x89, 0xC0});
  EXPECT_EQ(c.insn.opsize, 1);
  EXPECT_FALSE(c.insn.has(kRex));
}

TEST(Decoder, last_of_f2_and_f3_selects) {
  EXPECT_EQ(decode_bytes(CodeSize::k64, {0xF3, 0xF2, 0x0F, 0x10, 0xC1}).mnemonic(), "MOVSD");
  EXPECT_EQ(decode_bytes(CodeSize::k64, {0xF2, 0xF3, 0x0F, 0x10, 0xC1}).mnemonic(), "MOVSS");
}

TEST(Decoder, ds_prefix_leaves_an_earlier_fs_alone_in_64_bit_code) {
  EXPECT_EQ(decode_bytes(CodeSize::k64, {0x64, 0x3E, 0x8B, 0x00}).insn.seg, FS);
  EXPECT_EQ(decode_bytes(CodeSize::k32, {0x64, 0x3E, 0x8B, 0x00}).insn.seg, DS);
}

TEST(Decoder, overrides_reach_operands_that_no_modrm_names) {
  EXPECT_EQ(decode_bytes(CodeSize::k32, {0x65, 0x66, 0x0F, 0xF7, 0xC1}).insn.seg, GS);  // maskmovdqu
  EXPECT_EQ(decode_bytes(CodeSize::k32, {0x64, 0x0F, 0x01, 0xC8}).insn.seg, FS);        // monitor
  EXPECT_EQ(decode_bytes(CodeSize::k32, {0x64, 0xAA}).insn.seg, ES);                    // stosb: always ES
  EXPECT_EQ(decode_bytes(CodeSize::k32, {0x64, 0xA4}).insn.seg, FS);                    // movsb: the source
}

TEST(Decoder, lock_needs_a_lockable_memory_destination) {
  EXPECT_EQ(decode_bytes(CodeSize::k32, {0xF0, 0x01, 0x00}).result, DecodeResult::Ok);
  EXPECT_EQ(decode_bytes(CodeSize::k32, {0xF0, 0x01, 0xC0}).result, DecodeResult::Invalid);  // register
  EXPECT_EQ(decode_bytes(CodeSize::k32, {0xF0, 0x03, 0x00}).result, DecodeResult::Invalid);  // memory is the source
  EXPECT_EQ(decode_bytes(CodeSize::k32, {0xF0, 0x39, 0x00}).result, DecodeResult::Invalid);  // CMP
}

TEST(Decoder, instructions_have_at_most_15_bytes) {
  std::vector<uint8_t> bytes(15, 0x66);
  Insn insn;
  EXPECT_EQ(decode(bytes, CodeSize::k32, insn), DecodeResult::TooLong);
  bytes[13] = 0x04;  // add al, imm8: exactly 15
  EXPECT_EQ(decode(bytes, CodeSize::k32, insn), DecodeResult::Ok);
  EXPECT_EQ(insn.length, 15);
  bytes[13] = 0x66;
  bytes[14] = 0x04;
  EXPECT_EQ(decode(bytes, CodeSize::k32, insn), DecodeResult::TooLong);
}

TEST(Decoder, asks_for_more_bytes_at_every_cut) {
  // EVEX with SIB, disp32 and immediate: vpternlogd zmm1, zmm2, [rax+rbx*8+0x11223344], 5
  const uint8_t bytes[] = {0x62, 0xF3, 0x6D, 0x48, 0x25, 0x8C, 0xD8, 0x44, 0x33, 0x22, 0x11, 0x05};
  Insn insn;
  for (size_t n = 0; n < sizeof bytes; ++n) {
    EXPECT_EQ(decode({bytes, n}, CodeSize::k64, insn), DecodeResult::NeedMore) << n;
  }
  EXPECT_EQ(decode(bytes, CodeSize::k64, insn), DecodeResult::Ok);
  EXPECT_EQ(insn.length, sizeof bytes);
}

TEST(Decoder, disp8_of_evex_is_scaled_by_the_tuple) {
  // vaddps zmm1, zmm2, [rax+disp8]: 64 bytes; broadcast: 4; scalar vaddss: 4.
  EXPECT_EQ(decode_bytes(CodeSize::k64, {0x62, 0xF1, 0x6C, 0x48, 0x58, 0x48, 0x01}).insn.disp, 64);
  Case const broadcast = decode_bytes(CodeSize::k64, {0x62, 0xF1, 0x6C, 0x58, 0x58, 0x48, 0x01});
  EXPECT_EQ(broadcast.insn.disp, 4);
  EXPECT_EQ(isa::memory_bytes(broadcast.insn), 4u);
  EXPECT_EQ(decode_bytes(CodeSize::k64, {0x62, 0xF1, 0x6E, 0x08, 0x58, 0x48, 0x01}).insn.disp, 4);
}

TEST(Decoder, evex_register_form_with_b_is_512_bits_and_keeps_the_rounding) {
  Case const c = decode_bytes(CodeSize::k64, {0x62, 0xF1, 0x6C, 0x38, 0x58, 0xCB});  // {rd-sae}
  ASSERT_EQ(c.result, DecodeResult::Ok);
  EXPECT_EQ(c.insn.vl, 2);
  EXPECT_EQ(c.insn.scale, 1);
}

TEST(Decoder, evex_refuses_what_the_form_lacks) {
  // vmovntps has no mask; zeroing needs a mask; gathers need one; broadcast of vmovaps does not exist.
  EXPECT_EQ(decode_bytes(CodeSize::k64, {0x62, 0xF1, 0x7C, 0x49, 0x2B, 0x00}).result, DecodeResult::Invalid);
  EXPECT_EQ(decode_bytes(CodeSize::k64, {0x62, 0xF1, 0x6C, 0xC8, 0x58, 0xCB}).result, DecodeResult::Invalid);
  EXPECT_EQ(decode_bytes(CodeSize::k64, {0x62, 0xF2, 0x7D, 0x48, 0x92, 0x0C, 0x10}).result, DecodeResult::Invalid);
  EXPECT_EQ(decode_bytes(CodeSize::k64, {0x62, 0xF1, 0x7C, 0x58, 0x28, 0x00}).result, DecodeResult::Invalid);
}

TEST(Decoder, vex_after_66_f2_f3_lock_or_rex_is_undefined) {
  for (uint8_t prefix : {0x66, 0xF2, 0xF3, 0xF0, 0x48}) {
    EXPECT_EQ(decode_bytes(CodeSize::k64, {prefix, 0xC5, 0xFC, 0x58, 0xC1}).result, DecodeResult::Invalid);
  }
}

TEST(Decoder, c4_c5_62_are_les_lds_bound_with_memory_outside_64_bit_code) {
  EXPECT_EQ(decode_bytes(CodeSize::k32, {0xC5, 0x00}).mnemonic(), "LDS");
  EXPECT_EQ(decode_bytes(CodeSize::k32, {0xC4, 0x00}).mnemonic(), "LES");
  EXPECT_EQ(decode_bytes(CodeSize::k32, {0x62, 0x00}).mnemonic(), "BOUND");
  EXPECT_EQ(decode_bytes(CodeSize::k32, {0xC5, 0xFC, 0x58, 0xC1}).mnemonic(), "VADDPS");
}

TEST(Decoder, gather_registers_must_differ) {
  // vgatherdps xmm1, [rax+xmm2], xmm3, then with the index equal to the destination.
  EXPECT_EQ(decode_bytes(CodeSize::k64, {0xC4, 0xE2, 0x61, 0x92, 0x0C, 0x10}).result, DecodeResult::Ok);
  EXPECT_EQ(decode_bytes(CodeSize::k64, {0xC4, 0xE2, 0x61, 0x92, 0x0C, 0x08}).result, DecodeResult::Invalid);
}

TEST(Decoder, vendors_differ_on_66_before_near_branches) {
  EXPECT_EQ(decode_bytes(CodeSize::k64, {0x66, 0xE9, 1, 2, 3, 4}).insn.length, 6);
  Case const amd = decode_bytes(CodeSize::k64, {0x66, 0xE9, 1, 2, 3, 4}, {.amd_branches = true});
  EXPECT_EQ(amd.insn.length, 4);
  EXPECT_EQ(amd.insn.opsize, 1);
}

TEST(Decoder, forms_fall_back_without_their_feature) {
  FeatureSet none;
  DecodeOptions const old{.features = &none};
  EXPECT_EQ(decode_bytes(CodeSize::k64, {0xF3, 0x0F, 0xBC, 0xC1}).mnemonic(), "TZCNT");
  EXPECT_EQ(decode_bytes(CodeSize::k64, {0xF3, 0x0F, 0xBC, 0xC1}, old).mnemonic(), "BSF");
  EXPECT_EQ(decode_bytes(CodeSize::k64, {0xF3, 0x0F, 0xBD, 0xC1}, old).mnemonic(), "BSR");
  EXPECT_EQ(decode_bytes(CodeSize::k64, {0xF3, 0x0F, 0x09}, old).mnemonic(), "WBINVD");
  EXPECT_EQ(decode_bytes(CodeSize::k64, {0x0F, 0x1C, 0x00}, old).mnemonic(), "NOP");
}

TEST(Decoder, nop_pause_and_xchg_share_90) {
  EXPECT_EQ(decode_bytes(CodeSize::k64, {0x90}).mnemonic(), "NOP");
  EXPECT_EQ(decode_bytes(CodeSize::k64, {0xF3, 0x90}).mnemonic(), "PAUSE");
  Case const r8 = decode_bytes(CodeSize::k64, {0x41, 0x90});
  EXPECT_EQ(r8.mnemonic(), "XCHG");
  EXPECT_EQ(r8.insn.rm, R8);
}

TEST(Decoder, segment_and_control_registers_that_do_not_exist_are_undefined) {
  EXPECT_EQ(decode_bytes(CodeSize::k32, {0x8E, 0xC8}).result, DecodeResult::Invalid);  // mov cs, ax
  EXPECT_EQ(decode_bytes(CodeSize::k32, {0x8C, 0xF0}).result, DecodeResult::Invalid);  // segment register 6
  EXPECT_EQ(decode_bytes(CodeSize::k64, {0x0F, 0x20, 0xC8}).result, DecodeResult::Invalid);  // CR1
  EXPECT_EQ(decode_bytes(CodeSize::k64, {0x44, 0x0F, 0x20, 0xC0}).insn.reg, 8);
}

TEST(Decoder, far_pointers_and_enter_keep_both_immediates) {
  Case const far = decode_bytes(CodeSize::k32, {0xEA, 0x78, 0x56, 0x34, 0x12, 0x08, 0x00});
  EXPECT_EQ(far.insn.imm, 0x8'12345678u);
  Case const enter = decode_bytes(CodeSize::k32, {0xC8, 0x34, 0x12, 0x1F});
  EXPECT_EQ(enter.insn.imm, 0x1F'00001234u);
}

TEST(Decoder, moffs_takes_a_whole_address) {
  Case const c = decode_bytes(CodeSize::k64, {0xA1, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x91});
  EXPECT_EQ(uint64_t(c.insn.disp), 0x9122334455667788u);
  EXPECT_TRUE(c.insn.mem());
  EXPECT_EQ(c.insn.base, kNoReg);
}

TEST(Decoder, refused_sets_decode_and_are_never_offered) {
  FeatureSet all;
  for (size_t f = 1; f < kFeatureCount; ++f) all.set(Feature(f));
  for (auto bytes : {std::initializer_list<uint8_t>{0x0F, 0x01, 0xC1}, {0x0F, 0x01, 0xD8}, {0xC7, 0xF8, 0, 0, 0, 0},
                     {0x0F, 0x0F, 0xC1, 0x9E}, {0x8F, 0xE8, 0x78, 0xC0, 0xC1, 0}, {0x0F, 0x0B}}) {
    Case const c = decode_bytes(CodeSize::k64, bytes);
    ASSERT_EQ(c.result, DecodeResult::Ok);
    EXPECT_EQ(c.insn.length, bytes.size());
    EXPECT_FALSE(isa::offered(c.insn, all)) << c.mnemonic();
  }
}

TEST(Decoder, short_vectors_of_avx512_need_vl) {
  FeatureSet f;
  f.set(Feature::AVX512F);
  Case const zmm = decode_bytes(CodeSize::k64, {0x62, 0xF1, 0x6C, 0x48, 0x58, 0xCB});
  Case const ymm = decode_bytes(CodeSize::k64, {0x62, 0xF1, 0x6C, 0x28, 0x58, 0xCB});
  EXPECT_TRUE(isa::offered(zmm.insn, f));
  EXPECT_FALSE(isa::offered(ymm.insn, f));
  f.set(Feature::AVX512VL);
  EXPECT_TRUE(isa::offered(ymm.insn, f));
}

}  // namespace
}  // namespace mullion::x86
