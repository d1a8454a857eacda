// What state_use says is needed suffices: every form gives the same result when all else is poisoned.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/isa/state_use.hpp"

#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/decode/decoder.hpp"
#include "cpu/x86/interp/interpreter.hpp"
#include "cpu/x86/isa/form.hpp"
#include "cpu/x86/state/state_view.hpp"
#include "support/form_sweep.hpp"

#include <gtest/gtest.h>


namespace mullion::x86::isa {
namespace {

using test::Bytes;
using test::World;
using test::difference;
using test::encodings;
using test::poison_of;

Insn decoded(const Bytes& bytes, CodeSize code) {
  Insn i;
  EXPECT_EQ(decode(bytes, code, i), DecodeResult::Ok);
  return i;
}

constexpr StateMask kExit = kStateRip | kStateCs | kStateFlags;  // what an exit's context carries

StateMask fetched(const Bytes& bytes, AddressKnown known, CodeSize code = CodeSize::k64) {
  return state_use(decoded(bytes, code), known).read & ~kExit;
}
StateMask written(const Bytes& bytes, CodeSize code = CodeSize::k64) { return state_use(decoded(bytes, code)).written; }

TEST(StateUse, a_load_from_a_device_needs_nothing_but_its_destination) {
  Bytes const load{0x8B, 0x07};  // mov eax, [rdi]
  EXPECT_EQ(fetched(load, AddressKnown::Physical), 0u);
  EXPECT_EQ(written(load), state_gpr(RAX) | kStateRip);
  EXPECT_EQ(fetched({0x8A, 0x07}, AddressKnown::Physical), state_gpr(RAX));  // mov al: the rest of RAX stays
  EXPECT_EQ(fetched({0x66, 0x8B, 0x07}, AddressKnown::Physical), state_gpr(RAX));
  EXPECT_EQ(fetched({0x0F, 0xB6, 0x07}, AddressKnown::Physical), 0u);  // movzx eax, byte
}

TEST(StateUse, a_store_to_a_device_fetches_its_source_alone) {
  EXPECT_EQ(fetched({0x89, 0x07}, AddressKnown::Physical), state_gpr(RAX));
  EXPECT_EQ(written({0x89, 0x07}), StateMask{kStateRip});
  EXPECT_EQ(fetched({0xC7, 0x07, 1, 0, 0, 0}, AddressKnown::Physical), 0u);  // an immediate
}

TEST(StateUse, arithmetic_on_a_device_needs_flags_and_the_register) {
  Bytes const add{0x01, 0x07};  // add [rdi], eax
  EXPECT_EQ(fetched(add, AddressKnown::Physical), state_gpr(RAX));
  EXPECT_EQ(written(add), StateMask{kStateRip | kStateFlags});
  EXPECT_EQ(fetched({0x3B, 0x07}, AddressKnown::Physical), state_gpr(RAX));  // cmp eax, [rdi]
  EXPECT_EQ(written({0x3B, 0x07}), StateMask{kStateRip | kStateFlags});
}

TEST(StateUse, without_the_address_its_registers_and_the_page_walk_are_needed) {
  StateMask const use = fetched({0x8B, 0x04, 0xB7}, AddressKnown::No);  // mov eax, [rdi + rsi*4]
  EXPECT_EQ(use & kStateGprs, state_gpr(RDI) | state_gpr(RSI));
  EXPECT_EQ(use & (kStateCr3 | kStateDs), StateMask{kStateCr3});
  EXPECT_NE(fetched({0x8B, 0x07}, AddressKnown::No, CodeSize::k32) & kStateDs, 0u);
  EXPECT_NE(fetched({0x64, 0x8B, 0x07}, AddressKnown::No) & kStateFs, 0u);
  EXPECT_EQ(fetched({0x8B, 0x07}, AddressKnown::Linear) & (kStateGprs | (kStateSegments & ~kStateSs)), 0u);
}

TEST(StateUse, port_accesses_need_their_fixed_registers) {
  EXPECT_EQ(fetched({0xED}, AddressKnown::No) & kStateGprs, state_gpr(RDX));  // in eax, dx
  EXPECT_EQ(fetched({0xEE}, AddressKnown::No) & kStateGprs, state_gpr(RAX) | state_gpr(RDX));
  EXPECT_EQ(written({0xEE}) & kStateGprs, 0u);
}

TEST(StateUse, the_counter_belongs_to_rep_alone) {
  EXPECT_EQ(fetched({0xA4}, AddressKnown::No) & kStateGprs, state_gpr(RSI) | state_gpr(RDI));
  EXPECT_EQ(fetched({0xF3, 0xA4}, AddressKnown::No) & kStateGprs, state_gpr(RSI) | state_gpr(RDI) | state_gpr(RCX));
}

TEST(StateUse, two_accesses_make_an_address_ambiguous) {
  EXPECT_TRUE(one_plain_operand(decoded({0x8B, 0x07}, CodeSize::k64)));
  EXPECT_FALSE(one_plain_operand(decoded({0xFF, 0x37}, CodeSize::k64)));        // push [rdi]
  EXPECT_FALSE(one_plain_operand(decoded({0xA4}, CodeSize::k64)));              // movs
  EXPECT_FALSE(one_plain_operand(decoded({0x0F, 0xA3, 0x07}, CodeSize::k64)));  // bt [rdi], eax
}

// --- all forms ----------------------------------------------------------------------------------------------------

std::string describe(const Bytes& bytes, const Form& f) {
  std::string text = fmt::format("{} {}:", f.mnemonic, f.operands);
  for (uint8_t b : bytes) text += fmt::format(" {:02x}", b);
  return text;
}

void check_all_forms(CodeSize code) {
  std::vector<std::string> warnings;
  CpuModel const model = CpuModel::parse("max", warnings).value();
  World full(code, model), lazy(code, model);
  ArchState const poison = poison_of(full.initial());
  // The processor's mode is in every exit's context.
  constexpr StateMask kMode = kStateCs | kStateSs | kStateCr0 | kStateCr3 | kStateCr4 | kStateEfer | kStateXcr0 |
                              kStateRip | kStateActivity | kStatePkru | kStateCr8;
  unsigned ran = 0, done = 0, failures = 0;
  for (Bytes const& bytes : encodings(code)) {
    Insn const insn = decoded(bytes, code);
    Form const& f = form(insn.form);
    if (f.is(kComplex) || !offered(insn, model.features()) || f.mnemonic.starts_with("RDRAND") ||
        f.mnemonic.starts_with("RDSEED"))
      continue;
    StateUse const use = state_use(insn);
    Status const a = full.run(bytes, kStateAll, poison);
    Status const b = lazy.run(bytes, use.read | kMode, poison);
    ++ran;
    if (a != Status::Fault) ++done;
    bool good = a == b && (a != Status::Fault || full.cpu.fault.vector == lazy.cpu.fault.vector);
    StateMask const changed = difference(full.cpu.st, full.initial());
    // Of what was fetched or written, both have the same; nothing else changed.
    StateMask const wrong = difference(full.cpu.st, lazy.cpu.st) & (use.written | use.read | kMode);
    StateMask const undeclared = changed & ~use.written & ~kMode;
    good = good && (a == Status::Fault || (wrong == 0 && undeclared == 0)) && full.port.ram == lazy.port.ram &&
           full.port.mmio == lazy.port.mmio && full.port.pio == lazy.port.pio;
    if (good) continue;
    if (++failures > 40) break;
    ADD_FAILURE() << describe(bytes, f) << fmt::format(" status {} {} vectors {} {} wrong {:#x} undeclared {:#x} ram {}",
        int(a), int(b), full.cpu.fault.vector, lazy.cpu.fault.vector, wrong, undeclared, full.port.ram == lazy.port.ram);
  }
  testing::Test::RecordProperty("forms", int(ran));
  testing::Test::RecordProperty("without_fault", int(done));
  EXPECT_GT(ran, 500u);
  EXPECT_GT(done, ran / 2);
}

TEST(StateUse, every_form_runs_on_what_it_needs_in_64_bit_code) { check_all_forms(CodeSize::k64); }
TEST(StateUse, every_form_runs_on_what_it_needs_in_32_bit_code) { check_all_forms(CodeSize::k32); }

}  // namespace
}  // namespace mullion::x86::isa
