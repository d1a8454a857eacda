// What guest programs cannot tell themselves: shutdown and its report, SMM, INIT, conditions, transition rules.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/interp/interpreter.hpp"
#include "cpu/x86/isa/form.hpp"
#include "cpu/x86/sys/conditions.hpp"
#include "cpu/x86/sys/control.hpp"
#include "cpu/x86/sys/debug.hpp"
#include "cpu/x86/sys/events.hpp"
#include "cpu/x86/sys/exceptions.hpp"
#include "cpu/x86/sys/local_apic.hpp"
#include "cpu/x86/sys/segment.hpp"
#include "cpu/x86/sys/smm.hpp"
#include "support/flat_port.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mullion::x86 {
namespace {

CpuModel model_of(const char* spec) {
  std::vector<std::string> warnings;
  return CpuModel::parse(spec, warnings).value();
}

// Flat 32-bit protected mode at CPL 0, paging off; GDT at 0x1000 with code 8 and data 0x10, IDT at 0x2000, empty.
class SystemSide : public testing::Test {
 protected:
  explicit SystemSide(const char* spec = "max") : model(model_of(spec)), cpu(port, model) {
    port.poke<uint64_t>(0x1008, 0x00CF9B000000FFFF);
    port.poke<uint64_t>(0x1010, 0x00CF93000000FFFF);
    cpu.st.gdtr = {.base = 0x1000, .limit = 0xFF};
    cpu.st.idtr = {.base = 0x2000, .limit = 0x7FF};
    for (Segment& s : cpu.st.seg) s = Segment{.base = 0, .limit = 0xFFFFFFFF, .selector = 0x10, .attributes = 0xC093};
    cpu.st.seg[CS] = Segment{.base = 0, .limit = 0xFFFFFFFF, .selector = 8, .attributes = 0xC09B};
    cpu.st.cr0 = CR0_PE | CR0_ET;
    cpu.st.rip = 0x10000;
    cpu.st.gpr[RSP] = 0x8000;
    cpu.update_mode();
  }
  void long_mode() {
    cpu.st.cr4 |= CR4_PAE;
    cpu.st.efer |= EFER_LME | EFER_LMA;
    cpu.st.cr0 |= CR0_PG;
    cpu.st.seg[CS].attributes = 0xA09B;
    cpu.update_mode();
  }
  Fault fault_of(Status s) {
    EXPECT_EQ(s, Status::Fault);
    return cpu.fault;
  }

  test::FlatPort port;
  CpuModel model;
  Cpu cpu;
};

TEST_F(SystemSide, a_triple_fault_shuts_down_and_is_explained) {
  port.poke<uint16_t>(0x10000, 0x0B0F);  // UD2
  EXPECT_EQ(run(cpu), StopReason::Idle);
  EXPECT_EQ(cpu.st.activity, Activity::Shutdown);
  std::string const report = triple_fault_report(cpu);
  EXPECT_NE(report.find("#UD at 0008:0000000000010000"), std::string::npos) << report;
  EXPECT_NE(report.find("#DF"), std::string::npos);
  EXPECT_NE(report.find("code at RIP: 0f 0b"), std::string::npos);
}

TEST_F(SystemSide, a_shut_down_processor_is_woken_by_init_alone) {
  deliver(cpu, Fault{.vector = kUD});
  EXPECT_EQ(cpu.st.activity, Activity::Shutdown);
  cpu.attention.fetch_or(kAttnNmi | kAttnInterrupt);
  cpu.st.nmi_blocked = true;
  EXPECT_EQ(take_events(cpu), Next::Idle);
  cpu.attention.store(kAttnInit);
  EXPECT_EQ(take_events(cpu), Next::Run);
  EXPECT_EQ(cpu.st.rip, 0xFFF0u);
}

TEST_F(SystemSide, init_keeps_what_table_10_1_says) {
  cpu.st.msr.pat = 0x1234;
  cpu.st.xcr0 = 7;
  cpu.st.x87.fcw = 0x27F;
  cpu.st.gpr[RAX] = 5;
  cpu.st.cr4 = CR4_PAE;
  init(cpu);
  EXPECT_EQ(cpu.st.msr.pat, 0x1234u);
  EXPECT_EQ(cpu.st.xcr0, 7u);
  EXPECT_EQ(cpu.st.x87.fcw, 0x27F);
  EXPECT_EQ(cpu.st.gpr[RAX], 0u);
  EXPECT_EQ(cpu.st.gpr[RDX], model.signature());
  EXPECT_EQ(cpu.st.cr4, 0u);
  EXPECT_EQ(cpu.st.seg[CS].base, 0xFFFF0000u);
  EXPECT_EQ(cpu.code, CodeSize::k16);
}

TEST_F(SystemSide, sipi_starts_at_the_vectors_page) {
  cpu.st.activity = Activity::WaitForSipi;
  init(cpu);
  startup(cpu, 0x9A);
  EXPECT_EQ(cpu.st.seg[CS].base, 0x9A000u);
  EXPECT_EQ(cpu.st.seg[CS].selector, 0x9A00u);
  EXPECT_EQ(cpu.st.rip, 0u);
  EXPECT_EQ(cpu.st.activity, Activity::Running);
}

TEST_F(SystemSide, smi_and_rsm_come_back_to_the_same_state) {
  cpu.st.gpr[RBX] = 0x1122334455667788;
  cpu.st.flags.set_rflags(0x246);
  cpu.st.cr4 = CR4_PSE;
  cpu.st.dr[7] = 0x400;
  cpu.st.activity = Activity::Halted;
  cpu.update_mode();
  ArchState const before = cpu.st;
  cpu.attention.fetch_or(kAttnSmi);
  EXPECT_EQ(take_events(cpu), Next::Run);
  EXPECT_TRUE(cpu.st.smm);
  EXPECT_EQ(cpu.st.rip, 0x8000u);
  EXPECT_EQ(cpu.st.seg[CS].base, 0x30000u);
  EXPECT_EQ(cpu.st.seg[DS].limit, 0xFFFFFFFFu);
  EXPECT_EQ(cpu.st.cr0 & (CR0_PE | CR0_PG), 0u);
  EXPECT_EQ(port.peek<uint32_t>(0x30000 + 0xFEFC), 0x20064u);  // revision
  port.poke<uint32_t>(0x30000 + 0xFF00, 0xA0000);              // the handler relocates SMBASE
  port.poke<uint16_t>(0x38000, 0xAA0F);                        // RSM
  cpu.attention.fetch_or(kAttnSmi);                            // held back inside SMM
  EXPECT_EQ(run_one(cpu), StopReason::Stop);
  EXPECT_FALSE(cpu.st.smm);
  EXPECT_EQ(cpu.st.activity, Activity::Halted);  // auto HALT restart
  EXPECT_EQ(cpu.st.msr.smbase, 0xA0000u);
  EXPECT_EQ(cpu.st.rip, before.rip);
  EXPECT_TRUE(std::equal(before.gpr.begin(), before.gpr.begin() + kNoReg, cpu.st.gpr.begin()));
  EXPECT_EQ(cpu.st.flags.rflags(), before.flags.rflags());
  EXPECT_EQ(cpu.st.cr4, before.cr4);
  EXPECT_EQ(cpu.st.seg[CS].attributes, before.seg[CS].attributes);
  EXPECT_EQ(cpu.code, CodeSize::k32);
}

TEST_F(SystemSide, rsm_outside_smm_is_undefined) { EXPECT_EQ(fault_of(leave_smm(cpu)).vector, kUD); }

TEST_F(SystemSide, rsm_to_a_state_that_cannot_be_shuts_down) {
  enter_smm(cpu);
  port.poke<uint64_t>(0x30000 + 0xFF58, CR0_PG);  // PG without PE
  EXPECT_EQ(leave_smm(cpu), Status::Halt);
  EXPECT_EQ(cpu.st.activity, Activity::Shutdown);
}

TEST_F(SystemSide, nmi_stays_announced_while_blocked) {
  cpu.st.nmi_blocked = true;
  cpu.attention.fetch_or(kAttnNmi);
  EXPECT_EQ(take_events(cpu), Next::Run);
  EXPECT_TRUE(cpu.attention.load() & kAttnNmi);
}

TEST_F(SystemSide, long_mode_needs_pae_a_32_bit_tss_and_code_without_l) {
  ASSERT_EQ(write_efer(cpu, EFER_LME), Status::Done);
  EXPECT_EQ(fault_of(write_cr0(cpu, CR0_PE | CR0_PG)).vector, kGP);
  ASSERT_EQ(write_cr4(cpu, CR4_PAE), Status::Done);
  cpu.st.tr.attributes = 0x83;
  EXPECT_EQ(fault_of(write_cr0(cpu, CR0_PE | CR0_PG)).vector, kGP);
  cpu.st.tr.attributes = 0x8B;
  cpu.st.seg[CS].attributes = 0xA09B;
  EXPECT_EQ(fault_of(write_cr0(cpu, CR0_PE | CR0_PG)).vector, kGP);
  cpu.st.seg[CS].attributes = 0xC09B;
  ASSERT_EQ(write_cr0(cpu, CR0_PE | CR0_PG), Status::Done);
  EXPECT_TRUE(cpu.long_mode());
  EXPECT_EQ(cpu.code, CodeSize::k32);
  ASSERT_EQ(write_cr0(cpu, CR0_PE), Status::Done);
  EXPECT_FALSE(cpu.long_mode());
  EXPECT_TRUE(cpu.st.efer & EFER_LME);
}

TEST_F(SystemSide, pae_paging_refuses_reserved_bits_of_pdptes) {
  ASSERT_EQ(write_cr4(cpu, CR4_PAE), Status::Done);
  cpu.st.cr3 = 0x5000;
  port.poke<uint64_t>(0x5000, 0x6000 | 2 | 1);  // bit 1 is reserved
  EXPECT_EQ(fault_of(write_cr0(cpu, CR0_PE | CR0_PG)).vector, kGP);
  port.poke<uint64_t>(0x5000, 0x6000 | 1);
  EXPECT_EQ(write_cr0(cpu, CR0_PE | CR0_PG), Status::Done);
  EXPECT_EQ(cpu.st.pdpte[0], 0x6001u);
}

TEST_F(SystemSide, each_condition_raises_its_exception) {
  using namespace isa;
  auto vector_of = [&](ConditionMask needs) {
    cpu.update_mode();
    ConditionMask const unmet = cpu.blocked & needs;
    return unmet == 0 ? -1 : int(fault_of(refuse(cpu, unmet)).vector);
  };
  EXPECT_EQ(vector_of(kNeedsX87), -1);
  EXPECT_EQ(vector_of(kNeedsSse), kUD);  // OSFXSR
  cpu.st.cr4 |= CR4_OSFXSR;
  EXPECT_EQ(vector_of(kNeedsSse), -1);
  EXPECT_EQ(vector_of(kNeedsAvx), kUD);  // OSXSAVE
  cpu.st.cr4 |= CR4_OSXSAVE;
  cpu.st.xcr0 = 7;
  EXPECT_EQ(vector_of(kNeedsAvx), -1);
  EXPECT_EQ(vector_of(kNeedsAvx512), kUD);
  cpu.st.cr0 |= CR0_TS;
  EXPECT_EQ(vector_of(kNeedsX87), kNM);
  EXPECT_EQ(vector_of(kNeedsMmx), kNM);
  EXPECT_EQ(vector_of(kNeedsSse), kNM);
  EXPECT_EQ(vector_of(kNeedsAvx), kNM);
  EXPECT_EQ(vector_of(kNeedsWait), -1);
  cpu.st.cr0 |= CR0_MP;
  EXPECT_EQ(vector_of(kNeedsWait), kNM);
  cpu.st.cr0 |= CR0_EM;
  EXPECT_EQ(vector_of(kNeedsX87), kNM);
  EXPECT_EQ(vector_of(kNeedsMmx), kUD);
  EXPECT_EQ(vector_of(kNeedsSse), kUD);
  EXPECT_EQ(vector_of(kNeedsCpl0), -1);
  cpu.st.cpl = 3;
  EXPECT_EQ(vector_of(kNeedsCpl0), kGP);
  EXPECT_EQ(vector_of(kNeedsUmip), -1);
  cpu.st.cr4 |= CR4_UMIP;
  EXPECT_EQ(vector_of(kNeedsUmip), kGP);
  EXPECT_EQ(vector_of(kNeedsProtected), -1);
  cpu.st.flags.system |= VM;
  EXPECT_EQ(vector_of(kNeedsProtected), kUD);
}

TEST_F(SystemSide, an_exit_of_the_port_leaves_an_undelivered_exception_as_it_was) {
  cpu.st.gpr[RSP] = 0xE0000000;  // a device
  port.poke<uint64_t>(0x2000 + 6 * 8, 0x00008E0000080000 | 0x1234);
  port.exit_on_mmio = true;
  EXPECT_EQ(deliver(cpu, Fault{.vector = kUD}), Status::Exit);
  EXPECT_EQ(cpu.st.rip, 0x10000u);
  EXPECT_EQ(cpu.st.gpr[RSP], 0xE0000000u);
}

TEST_F(SystemSide, an_endless_chain_of_benign_exceptions_gives_the_run_loop_a_chance) {
  // Level 3 with alignment checks, #AC handled by conforming code on the same, unaligned stack.
  port.poke<uint64_t>(0x1018, 0x00CFFA000000FFFF | uint64_t{0x04} << 40);
  port.poke<uint64_t>(0x2000 + kAC * 8, 0x00008E0000180000 | 0x1234);
  for (Segment& s : cpu.st.seg) s.attributes = 0xC0F3;
  cpu.st.seg[CS].attributes = 0xC0FB;
  cpu.st.cpl = 3;
  cpu.st.cr0 |= CR0_AM;
  cpu.st.flags.system |= AC;
  cpu.st.gpr[RSP] = 0x8001;
  cpu.update_mode();
  EXPECT_EQ(deliver(cpu, Fault{.vector = kAC, .has_error = true}), Status::Done);
  EXPECT_EQ(cpu.st.rip, 0x10000u);
}

TEST_F(SystemSide, null_selectors_clear_the_base_on_intel) {
  cpu.st.seg[FS].base = 0x1234;
  ASSERT_EQ(load_segment(cpu, FS, 0), Status::Done);
  EXPECT_EQ(cpu.st.seg[FS].base, 0u);
}

class AmdSide : public SystemSide {
 protected:
  AmdSide() : SystemSide("EPYC") {}
};

TEST_F(AmdSide, null_selectors_keep_the_base) {
  cpu.st.seg[FS].base = 0x1234;
  ASSERT_EQ(load_segment(cpu, FS, 0), Status::Done);
  EXPECT_EQ(cpu.st.seg[FS].base, 0x1234u);
}

class LegacySide : public SystemSide {
 protected:
  LegacySide() : SystemSide("pentium") {}
};

TEST_F(LegacySide, smm_uses_the_legacy_save_map) {
  cpu.st.gpr[RSI] = 0xCAFE;
  cpu.update_mode();
  ArchState const before = cpu.st;
  ASSERT_EQ(enter_smm(cpu), Status::Done);
  EXPECT_EQ(port.peek<uint32_t>(0x30000 + 0xFEFC), 0x20000u);
  EXPECT_EQ(port.peek<uint32_t>(0x30000 + 0xFFE8), 0xCAFEu);  // ESI
  EXPECT_EQ(port.peek<uint32_t>(0x30000 + 0xFFF0), 0x10000u);  // EIP
  EXPECT_EQ(leave_smm(cpu), Status::Branch);
  EXPECT_EQ(cpu.st.gpr, before.gpr);
  EXPECT_EQ(cpu.st.seg[GS].limit, before.seg[GS].limit);
  EXPECT_EQ(cpu.st.tr.attributes, before.tr.attributes);
}

}  // namespace
}  // namespace mullion::x86
