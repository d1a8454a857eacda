// Instructions run by the host: operands, faults, exceptions, the stub cache. Exactness is the native differential's.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/native/native.hpp"

#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/decode/decoder.hpp"
#include "cpu/x86/isa/form.hpp"
#include "cpu/x86/native/overflow.hpp"
#include "support/flat_port.hpp"

#include <gtest/gtest.h>

namespace mullion::x86 {
namespace {

// Flat 32-bit protected mode, paging off; one instruction at a time.
class Native : public testing::Test {
 protected:
  Native() : model(make_model()), cpu(port, model) {
    Segment const data{.base = 0, .limit = 0xFFFFFFFF, .selector = 0x10, .attributes = 0xC093};
    for (auto& s : cpu.st.seg) s = data;
    cpu.st.seg[CS].attributes = 0xC09B;
    cpu.st.cr0 |= CR0_PE | CR0_NE;
    cpu.st.cr4 |= CR4_OSFXSR | CR4_OSXMMEXCPT;
    cpu.update_mode();
    cpu.st.gpr[RBX] = 0x10000;
  }
  static CpuModel make_model() {
    std::vector<std::string> warnings;
    return CpuModel::parse("max", warnings).value();
  }
  Insn prepared(std::vector<uint8_t> bytes) {
    bytes.resize(15);
    Insn i;
    EXPECT_EQ(decode(bytes, CodeSize::k32, i), DecodeResult::Ok);
    EXPECT_TRUE(native::prepare(i, bytes.data()));
    return i;
  }
  Status run(std::vector<uint8_t> bytes) { return native::run_native(cpu, prepared(std::move(bytes))); }
  void set(unsigned xmm, double low) { std::memcpy(cpu.st.zmm[xmm].bytes.data(), &low, 8); }
  double low(unsigned xmm) const {
    double v;
    std::memcpy(&v, cpu.st.zmm[xmm].bytes.data(), 8);
    return v;
  }

  test::FlatPort port;
  CpuModel model;
  Cpu cpu;
};

TEST_F(Native, legacy_forms_keep_the_upper_bits_of_the_vector_and_vex_forms_clear_them) {
  cpu.st.zmm[1].bytes.fill(1);
  cpu.st.zmm[2].bytes.fill(2);
  EXPECT_EQ(run({0x66, 0x0F, 0xFC, 0xCA}), Status::Done);  // paddb xmm1, xmm2
  EXPECT_EQ(cpu.st.zmm[1].bytes[15], 3);
  EXPECT_EQ(cpu.st.zmm[1].bytes[16], 1);
  if (!model.has(Feature::AVX)) return;
  EXPECT_EQ(run({0xC5, 0xE9, 0xFC, 0xCA}), Status::Done);  // vpaddb xmm1, xmm2, xmm2
  EXPECT_EQ(cpu.st.zmm[1].bytes[15], 4);
  EXPECT_EQ(cpu.st.zmm[1].bytes[16], 0);
}

TEST_F(Native, a_misaligned_operand_of_a_legacy_form_raises_gp) {
  cpu.st.gpr[RBX] = 0x10008;
  EXPECT_EQ(run({0x66, 0x0F, 0xFC, 0x0B}), Status::Fault);  // paddb xmm1, [ebx]
  EXPECT_EQ(cpu.fault.vector, kGP);
  EXPECT_EQ(run({0x0F, 0x10, 0x0B}), Status::Done);  // movups xmm1, [ebx]
}

TEST_F(Native, operands_in_devices_are_read_and_written_through_the_port) {
  cpu.st.gpr[RBX] = 0xD0000000;
  for (unsigned n = 0; n < 16; n += 8) port.mmio_value[0xD0000000 + n] = 0x0101010101010101 * (n + 1);
  EXPECT_EQ(run({0x66, 0x0F, 0xFC, 0x0B}), Status::Done);  // paddb xmm1, [ebx]
  EXPECT_EQ(cpu.st.zmm[1].bytes[0], 1);
  EXPECT_EQ(cpu.st.zmm[1].bytes[8], 9);
  port.mmio.clear();
  EXPECT_EQ(run({0x0F, 0x11, 0x0B}), Status::Done);  // movups [ebx], xmm1
  ASSERT_EQ(port.mmio.size(), 2u);
  EXPECT_TRUE(port.mmio[0].write);
  EXPECT_EQ(port.mmio[1].value, 0x0909090909090909u);
}

TEST_F(Native, masked_exceptions_set_their_flags_and_unmasked_ones_raise_xm_without_a_result) {
  set(1, 1.0);
  set(2, 0.0);
  EXPECT_EQ(run({0xF2, 0x0F, 0x5E, 0xCA}), Status::Done);  // divsd xmm1, xmm2
  EXPECT_EQ(cpu.st.x87.mxcsr, 0x1F84u);                    // ZE
  set(1, 1.0);
  cpu.st.x87.mxcsr = 0x1F80 & ~0x200u;  // ZM clear
  EXPECT_EQ(run({0xF2, 0x0F, 0x5E, 0xCA}), Status::Fault);
  EXPECT_EQ(cpu.fault.vector, kXM);
  EXPECT_EQ(low(1), 1.0);
  EXPECT_EQ(cpu.st.x87.mxcsr & 0x3F, 4u);
  cpu.st.cr4 &= ~uint64_t{CR4_OSXMMEXCPT};
  EXPECT_EQ(run({0xF2, 0x0F, 0x5E, 0xCA}), Status::Fault);
  EXPECT_EQ(cpu.fault.vector, kUD);
}

TEST_F(Native, an_exact_tiny_result_raises_unmasked_underflow) {
  double const smallest_normal = 2.2250738585072014e-308;
  set(1, smallest_normal);
  set(2, 0.5);
  EXPECT_EQ(run({0xF2, 0x0F, 0x59, 0xCA}), Status::Done);  // mulsd xmm1, xmm2: exact, so no flag
  EXPECT_EQ(cpu.st.x87.mxcsr & 0x3F, 0u);
  set(1, smallest_normal);
  cpu.st.x87.mxcsr = 0x1F80 & ~0x800u;  // UM clear
  EXPECT_EQ(run({0xF2, 0x0F, 0x59, 0xCA}), Status::Fault);
  EXPECT_EQ(cpu.st.x87.mxcsr & 0x3F, 0x10u);
  EXPECT_EQ(low(1), smallest_normal);
}

TEST_F(Native, comparisons_write_rflags) {
  set(1, 1.0);
  set(2, 2.0);
  cpu.st.flags.set_arithmetic(OF | SF | ZF);
  EXPECT_EQ(run({0x66, 0x0F, 0x2E, 0xCA}), Status::Done);  // ucomisd xmm1, xmm2
  EXPECT_EQ(cpu.st.flags.arithmetic(), uint64_t{CF});
}

TEST_F(Native, an_mmx_instruction_makes_every_x87_register_valid_with_top_zero) {
  cpu.st.x87.fsw = 3 << 11;
  cpu.st.x87.st[6].mantissa = 0x0102030405060708;  // physical register (3 + 6) mod 8 = 1
  EXPECT_EQ(run({0x0F, 0xFC, 0xC9}), Status::Done);  // paddb mm1, mm1
  EXPECT_EQ(cpu.st.x87.top(), 0u);
  EXPECT_EQ(cpu.st.x87.ftw, 0xFF);
  EXPECT_EQ(cpu.st.x87.st[1].mantissa, 0x020406080A0C0E10u);
  EXPECT_EQ(cpu.st.x87.st[1].sign_exponent, 0xFFFF);
}

TEST_F(Native, an_unmasked_x87_exception_waits_for_the_next_waiting_instruction) {
  cpu.st.x87.fcw = 0x37F & ~4;  // ZM clear
  EXPECT_EQ(run({0xD9, 0xEE}), Status::Done);  // fldz
  EXPECT_EQ(run({0xD9, 0xE8}), Status::Done);  // fld1
  EXPECT_EQ(run({0xD8, 0xF1}), Status::Done);  // fdiv st0, st1
  EXPECT_EQ(cpu.st.x87.fsw & 0x8084, 0x8084);
  EXPECT_EQ(cpu.st.x87.st[0].sign_exponent, 0x3FFF);
  EXPECT_EQ(cpu.st.x87.fop, 0x0F1);
  EXPECT_EQ(run({0xD8, 0xC1}), Status::Fault);  // fadd
  EXPECT_EQ(cpu.fault.vector, kMF);
  cpu.st.cr0 &= ~uint64_t{CR0_NE};
  EXPECT_EQ(run({0xD9, 0xC9}), Status::Done);  // fxch, with the exception still pending
  EXPECT_EQ(cpu.st.x87.st[1].sign_exponent, 0x3FFF);
  EXPECT_EQ(cpu.st.x87.fsw & 0x8084, 0x8084);
}

TEST_F(Native, a_stack_underflow_is_the_hosts_own) {
  EXPECT_EQ(run({0xD8, 0xC1}), Status::Done);  // fadd st0, st1 of an empty stack
  EXPECT_EQ(cpu.st.x87.fsw & 0x41, 0x41);      // IE, SF
  EXPECT_EQ(cpu.st.x87.st[0].sign_exponent, 0xFFFF);
  EXPECT_EQ(cpu.st.x87.st[0].mantissa, 0xC000000000000000u);
}

TEST_F(Native, without_a_selected_element_memory_is_not_looked_at) {
  if (!model.has(Feature::AVX512VL)) GTEST_SKIP() << "the host lacks AVX512VL";
  cpu.st.seg[DS].limit = 0x10007;
  cpu.st.seg[DS].attributes &= uint16_t(~0x8000);
  cpu.update_mode();
  cpu.st.k[1] = 0xF0;  // beyond the four lanes
  EXPECT_EQ(run({0x62, 0xF1, 0x7E, 0x89, 0x6F, 0x0B}), Status::Done);  // vmovdqu32 xmm1{k1}{z}, [ebx]
  cpu.st.k[1] = 4;
  EXPECT_EQ(run({0x62, 0xF1, 0x7E, 0x89, 0x6F, 0x0B}), Status::Fault);
  EXPECT_EQ(cpu.fault.vector, kGP);
}

TEST_F(Native, one_stub_serves_all_registers) {
  Insn const first = prepared({0x66, 0x0F, 0xFD, 0xCA});  // paddw xmm1, xmm2
  uint32_t const count = native::prepared_stubs();
  Insn const second = prepared({0x66, 0x0F, 0xFD, 0xE7});  // paddw xmm4, xmm7
  EXPECT_EQ(first.stub, second.stub);
  EXPECT_EQ(native::prepared_stubs(), count);
}

TEST_F(Native, an_instruction_without_a_kept_stub_runs_from_its_bytes) {
  port.write(0x20000, std::vector<uint8_t>{0x66, 0x0F, 0xFC, 0xCA});
  Insn i = prepared({0x66, 0x0F, 0xFC, 0xCA});
  cpu.st.zmm[1].bytes.fill(1);
  cpu.st.zmm[2].bytes.fill(2);
  cpu.st.gpr[kRipReg] = 0x20000;
  i.stub = 0;
  EXPECT_EQ(native::run_native(cpu, i), Status::Done);
  EXPECT_EQ(cpu.st.zmm[1].bytes[0], 3);
}

}  // namespace
}  // namespace mullion::x86
