// The run loop and its blocks: self-modifying code, page crossing, limits, stopping.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/interp/interpreter.hpp"

#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/interp/block_cache.hpp"
#include "support/flat_port.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace mullion::x86 {
namespace {

// Flat 32-bit protected mode at CPL 0, paging off; the program leaves by HLT.
class Interpreter : public testing::Test {
 protected:
  Interpreter() : model(make_model()), cpu(port, model) {
    Segment const data{.base = 0, .limit = 0xFFFFFFFF, .selector = 0x10, .attributes = 0xC093};
    for (auto& s : cpu.st.seg) s = data;
    cpu.st.seg[CS] = Segment{.base = 0, .limit = 0xFFFFFFFF, .selector = 8, .attributes = 0xC09B};
    cpu.st.cr0 |= CR0_PE;
    cpu.st.rip = kCode;
    cpu.st.gpr[RSP] = 0x8000;
    cpu.update_mode();
  }
  static CpuModel make_model() {
    std::vector<std::string> warnings;
    return CpuModel::parse("max", warnings).value();
  }
  void code(uint64_t at, std::initializer_list<uint8_t> bytes) { port.write(at, std::vector<uint8_t>(bytes)); }
  StopReason go() { return run(cpu); }

  static constexpr uint64_t kCode = 0x10000;
  test::FlatPort port;
  CpuModel model;
  Cpu cpu;
};

TEST_F(Interpreter, a_loop_runs_and_instructions_are_counted) {
  code(kCode, {0xB9, 100, 0, 0, 0,  // mov ecx, 100
               0x40,                // l: inc eax
               0x49,                // dec ecx
               0x75, 0xFC,          // jnz l
               0xF4});              // hlt
  EXPECT_EQ(go(), StopReason::Idle);
  EXPECT_EQ(cpu.st.gpr[RAX], 100u);
  EXPECT_EQ(cpu.instructions, 1u + 300u + 1u);
  EXPECT_EQ(cpu.st.rip, kCode + 10);
}

TEST_F(Interpreter, a_store_into_the_next_instruction_of_the_same_block_takes_effect) {
  code(kCode, {0xC6, 0x05, 0x0B, 0x00, 0x01, 0x00, 42,  // mov byte [0x1000B], 42
               0x90, 0x90, 0x90,
               0xB0, 7,   // mov al, 7
               0xF4});
  go();
  EXPECT_EQ(cpu.st.gpr[RAX] & 0xFF, 42u);
}

TEST_F(Interpreter, code_that_ran_before_is_decoded_anew_when_it_changes) {
  code(kCode, {0xBB, 2, 0, 0, 0,           // mov ebx, 2
               0xE8, 0xF6, 0x0F, 0, 0,     // l: call 0x11000
               0x80, 0x05, 1, 0x10, 1, 0, 5,  // add byte [0x11001], 5
               0x4B,                       // dec ebx
               0x75, 0xF1,                 // jnz l
               0xF4});
  code(0x11000, {0x83, 0xC0, 1, 0xC3});    // add eax, 1; ret
  port.ram[0x11000] = 0x04, port.ram[0x11001] = 1, port.ram[0x11002] = 0xC3;  // add al, 1; ret
  go();
  EXPECT_EQ(cpu.st.gpr[RAX], 1u + 6u);
  EXPECT_GT(cpu.blocks->counters.invalidated, 0u);
}

TEST_F(Interpreter, a_store_beside_code_in_its_page_drops_nothing) {
  code(kCode, {0xB9, 50, 0, 0, 0,                     // mov ecx, 50
               0x89, 0x0D, 0x00, 0x08, 0x01, 0x00,    // l: mov [0x10800], ecx
               0x49, 0x75, 0xF7, 0xF4});
  go();
  EXPECT_EQ(cpu.blocks->counters.invalidated, 0u);
  EXPECT_EQ(port.peek<uint32_t>(0x10800), 1u);
}

TEST_F(Interpreter, instructions_cross_pages) {
  cpu.st.rip = 0x10FFD;
  code(0x10FFD, {0xB8, 0x78, 0x56, 0x34, 0x12, 0xF4});  // mov eax, 0x12345678
  go();
  EXPECT_EQ(cpu.st.gpr[RAX], 0x12345678u);
}

TEST_F(Interpreter, an_instruction_that_crosses_the_segment_limit_faults) {
  // The gate is missing, so the fault ends in shutdown; what was raised first is in the record.
  cpu.st.seg[CS].limit = 0x10003;
  cpu.update_mode();
  code(kCode, {0x90, 0xB8, 0, 0, 0, 0});
  go();
  EXPECT_EQ(cpu.st.activity, Activity::Shutdown);
  EXPECT_EQ(cpu.exceptions.last[0].fault.vector, kGP);
  EXPECT_EQ(cpu.exceptions.last[0].rip, kCode + 1);
}

TEST_F(Interpreter, code_in_device_memory_is_fetched_byte_by_byte) {
  uint64_t const device = 0xD0000000;
  std::vector<uint8_t> const bytes{0xB0, 9, 0xF4};
  for (size_t n = 0; n < 32; ++n) port.mmio_value[device + n] = n < bytes.size() ? bytes[n] : 0x90;
  cpu.st.rip = device;
  go();
  EXPECT_EQ(cpu.st.gpr[RAX] & 0xFF, 9u);
}

TEST_F(Interpreter, a_guest_that_spins_with_interrupts_off_is_stopped_from_another_thread) {
  code(kCode, {0xFA, 0xEB, 0xFE});  // cli; jmp $
  std::thread stopper([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    cpu.attention.fetch_or(kAttnStop);
  });
  EXPECT_EQ(go(), StopReason::Stop);
  stopper.join();
  EXPECT_GT(cpu.instructions, 1000u);
}

TEST_F(Interpreter, stepping_and_running_agree) {
  std::initializer_list<uint8_t> const program{
      0xB9, 40, 0, 0, 0,               // mov ecx, 40
      0x01, 0xC8,                      // l: add eax, ecx
      0x69, 0xC0, 0x0D, 0x66, 0x19, 0, // imul eax, eax, 0x19660D
      0x50, 0x5B,                      // push eax; pop ebx
      0x31, 0xDA,                      // xor edx, ebx
      0xE2, 0xF2,                      // loop l
      0xF4};
  code(kCode, program);
  go();
  auto const ran = cpu.st.gpr;
  uint64_t const instructions = cpu.instructions;
  Cpu other(port, model);
  other.st.seg = cpu.st.seg;
  other.st.cr0 = cpu.st.cr0;
  other.st.rip = kCode;
  other.st.gpr[RSP] = 0x8000;
  other.update_mode();
  while (other.st.activity == Activity::Running) ASSERT_NE(step(other), Status::Fault);
  for (unsigned n = 0; n < 16; ++n) EXPECT_EQ(other.st.gpr[n], ran[n]) << n;
  EXPECT_EQ(other.instructions, instructions);
}

TEST_F(Interpreter, dropping_all_blocks_while_one_runs_is_safe) {
  // OUT reaches the port, which drops everything that is decoded; the loop goes on.
  code(kCode, {0xB9, 5, 0, 0, 0, 0xE6, 0xF4, 0x40, 0x49, 0x75, 0xFA, 0xF4});  // out 0xF4, al; inc eax
  port.on_exit = [this] { cpu.blocks->flush(); };
  go();
  EXPECT_EQ(cpu.st.gpr[RAX], 5u);
}

TEST_F(Interpreter, what_a_port_announces_is_taken_before_the_next_instruction) {
  code(kCode, {0xB8, 0, 0, 0, 0, 0xE6, 0xF4, 0x40, 0xF4});  // mov eax, 0; out 0xF4, al; inc eax; hlt
  port.on_exit = [this] { cpu.attention.fetch_or(kAttnStop); };
  EXPECT_EQ(go(), StopReason::Stop);
  EXPECT_EQ(cpu.st.rip, kCode + 7);
  EXPECT_EQ(cpu.st.gpr[RAX], 0u);
}

}  // namespace
}  // namespace mullion::x86
