// The generated table: every form can run, and says how much memory it touches.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/isa/form.hpp"

#include "cpu/x86/decode/decoder.hpp"
#include "cpu/x86/interp/thread.hpp"
#include "cpu/x86/isa/refused.hpp"

#include <gtest/gtest.h>

#include <array>
#include <initializer_list>

namespace mullion::x86::isa {
namespace {

TEST(OpcodeTable, every_form_runs_unless_it_is_refused) {
  Handler const undefined_handler = &interp::thread<&undefined>;
  for (Form const& f : forms()) {
    bool runs = false;
    for (unsigned opsize : {1u, 2u, 3u}) {
      for (bool mem : {false, true}) runs = runs || f.handler(opsize, mem) != undefined_handler;
    }
    EXPECT_EQ(runs, !f.is(kRefused) && !f.is(kUndefined)) << f.mnemonic << ' ' << f.encoding;
  }
}

TEST(OpcodeTable, lockable_forms_read_and_write_memory) {
  for (Form const& f : forms()) {
    if (f.is(kLockable)) {
      EXPECT_TRUE(f.is(kMemRead) && f.is(kMemWrite)) << f.mnemonic << ' ' << f.encoding;
    }
  }
}

TEST(OpcodeTable, vector_forms_need_a_vector_condition_and_a_feature) {
  constexpr ConditionMask kVector =
      kNeedsX87 | kNeedsMmx | kNeedsSse | kNeedsAvx | kNeedsAvx512 | kNeedsOpmask;
  for (Form const& f : forms()) {
    if (!f.is(kNative)) continue;
    EXPECT_NE(f.needs & kVector, 0u) << f.mnemonic << ' ' << f.encoding;
    EXPECT_NE(f.features[0], Feature::None) << f.mnemonic << ' ' << f.encoding;
  }
}

TEST(OpcodeTable, an_undefined_flag_is_not_written_too) {
  for (Form const& f : forms()) EXPECT_EQ(f.flags_written & f.flags_undefined, 0u) << f.mnemonic << ' ' << f.encoding;
}

TEST(OpcodeTable, memory_width_follows_size_length_and_broadcast) {
  struct { CodeSize code; std::array<uint8_t, 15> bytes; unsigned width; } const cases[] = {
      {CodeSize::k64, {0x48, 0x8B, 0x00}, 8},                          // mov rax, [rax]
      {CodeSize::k16, {0x62, 0x07}, 4},                                // bound ax, [bx]: two words
      {CodeSize::k32, {0xFF, 0x28}, 6},                                // jmp far [eax]
      {CodeSize::k64, {0x0F, 0x01, 0x10}, 10},                         // lgdt
      {CodeSize::k32, {0x0F, 0x01, 0x10}, 6},
      {CodeSize::k64, {0xDB, 0x28}, 10},                               // fld m80
      {CodeSize::k64, {0xC5, 0xFC, 0x58, 0x00}, 32},                   // vaddps ymm
      {CodeSize::k64, {0x62, 0xF1, 0x7C, 0x48, 0x5A, 0x00}, 32},       // vcvtps2pd zmm: half of it
      {CodeSize::k64, {0x62, 0xF1, 0x7C, 0x58, 0x5A, 0x00}, 4},        // one float, broadcast
  };
  for (auto const& c : cases) {
    Insn insn;
    ASSERT_EQ(decode(c.bytes, c.code, insn), DecodeResult::Ok);
    EXPECT_EQ(memory_bytes(insn), c.width) << form(insn.form).mnemonic;
  }
}

}  // namespace
}  // namespace mullion::x86::isa
