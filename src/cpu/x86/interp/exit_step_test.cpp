// One instruction for an exit: the same result as in process, with one fetch of exactly what it needs.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/interp/exit_step.hpp"

#include "cpu/x86/isa/form.hpp"
#include "cpu/x86/isa/state_use.hpp"
#include "support/form_sweep.hpp"

#include <gtest/gtest.h>

namespace mullion::x86 {
namespace {

using test::Bytes;
using test::World;

// A hypervisor's processor: the state lives here.
struct Remote final : StateSource {
  bool fetch(StateMask groups, ArchState& into) override {
    fetched.push_back(groups);
    copy_state(groups, state, into);
    return true;
  }
  bool store(StateMask groups, const ArchState& from) override {
    stored.push_back(groups);
    copy_state(groups, from, state);
    return true;
  }
  ArchState state;
  std::vector<StateMask> fetched, stored;
};

CpuModel make_model() {
  std::vector<std::string> warnings;
  return CpuModel::parse("max", warnings).value();
}

// Both ways of running one instruction, side by side.
class Pair {
 public:
  Pair(CodeSize code, uint64_t rsi) : model(make_model()), whole(code, model, rsi), lazy(code, model, rsi) {
    poison_ = test::poison_of(whole.initial());
    poison_.cr3 = 0x7777000;
    poison_.cr4 = 0;
    poison_.xcr0 = 1;
  }

  void run(const Bytes& bytes, bool with_access = true) {
    Insn insn;
    ASSERT_EQ(decode(bytes, code(), insn), DecodeResult::Ok);
    whole.prepare(bytes);
    whole.cpu.st.gpr[kRipReg] = World::kCode;
    insn.next = insn.length;
    std::optional<ExitAccess> access;
    if (with_access && insn.mem()) access = {whole.cpu.effective(insn), whole.cpu.effective(insn)};
    whole_status = step(whole.cpu);

    lazy.prepare(bytes);
    remote = Remote{};
    remote.state = lazy.initial();
    ArchState& st = lazy.cpu.st;
    copy_state(kStateAll & ~kExitContext, poison_, st);
    st.cr0 = remote.state.cr0 & CR0_PE;
    st.efer = remote.state.efer & EFER_LMA;
    StateView view(st, remote);
    view.seed(kExitContext);
    lazy_status = exit_step(lazy.cpu, view, bytes, access);
    EXPECT_TRUE(view.flush());
  }
  CodeSize code() const { return whole.cpu.code; }

  CpuModel model;
  World whole, lazy;
  Remote remote;
  Status whole_status = Status::Done;
  std::optional<Status> lazy_status;

 private:
  ArchState poison_;
};

constexpr uint64_t kDevice = 0x30000;

TEST(ExitStep, a_load_fetches_nothing_and_stores_its_destination) {
  Pair p(CodeSize::k64, kDevice);
  p.run({0x8B, 0x46, 0x10});  // mov eax, [rsi + 16]
  EXPECT_TRUE(p.remote.fetched.empty());
  EXPECT_EQ(p.remote.stored, (std::vector<StateMask>{state_gpr(RAX) | kStateRip}));
  EXPECT_EQ(p.remote.state.gpr[RAX], 0xFFFFFFFFu);
  EXPECT_EQ(p.remote.state.rip, World::kCode + 3);
  EXPECT_EQ(p.lazy.port.mmio, p.whole.port.mmio);
}

TEST(ExitStep, a_store_fetches_its_source) {
  Pair p(CodeSize::k64, kDevice);
  p.run({0x89, 0x46, 0x10});  // mov [rsi + 16], eax
  EXPECT_EQ(p.remote.fetched, (std::vector<StateMask>{state_gpr(RAX)}));
  EXPECT_EQ(p.remote.stored, (std::vector<StateMask>{kStateRip}));
  EXPECT_EQ(p.lazy.port.mmio, p.whole.port.mmio);
}

TEST(ExitStep, an_immediate_store_fetches_nothing) {
  Pair p(CodeSize::k64, kDevice);
  p.run({0xC7, 0x46, 0x10, 1, 2, 3, 4});
  EXPECT_TRUE(p.remote.fetched.empty());
  EXPECT_EQ(p.lazy.port.mmio, p.whole.port.mmio);
}

TEST(ExitStep, a_locked_read_modify_write_reads_and_writes_the_device_once) {
  Pair p(CodeSize::k64, kDevice);
  p.run({0xF0, 0x01, 0x46, 0x10});  // lock add [rsi + 16], eax
  EXPECT_EQ(p.remote.fetched, (std::vector<StateMask>{state_gpr(RAX)}));
  EXPECT_EQ(p.lazy.port.mmio.size(), 2u);
  EXPECT_EQ(p.lazy.port.mmio, p.whole.port.mmio);
}

TEST(ExitStep, rep_runs_to_its_end) {
  Pair p(CodeSize::k64, kDevice);
  p.run({0xF3, 0xA4});  // rep movsb from the device
  EXPECT_EQ(p.remote.fetched.size(), 1u);
  EXPECT_EQ(p.remote.state.gpr[RCX], p.whole.cpu.st.gpr[RCX]);
  EXPECT_EQ(p.lazy.port.mmio, p.whole.port.mmio);
  EXPECT_EQ(p.lazy.port.ram, p.whole.port.ram);
}

TEST(ExitStep, a_fault_commits_nothing_and_leaves_all_state_valid) {
  Pair p(CodeSize::k64, kDevice);
  p.run({0xF7, 0x76, 0x10});  // div dword [rsi + 16]: whatever it gives
  EXPECT_EQ(p.lazy_status, p.whole_status);
  p.run({0x8E, 0x46, 0x10});  // mov es, [rsi + 16]: a selector beyond the GDT
  ASSERT_EQ(p.lazy_status, Status::Fault);
  EXPECT_EQ(p.lazy.cpu.fault.vector, p.whole.cpu.fault.vector);
  EXPECT_EQ(p.lazy.cpu.fault.error, p.whole.cpu.fault.error);
  EXPECT_TRUE(p.remote.stored.empty());
  EXPECT_EQ(p.lazy.cpu.st.rip, World::kCode);
}

TEST(ExitStep, without_bytes_the_instruction_is_fetched) {
  Pair p(CodeSize::k64, kDevice);
  p.run({0x8B, 0x46, 0x10});
  p.lazy.prepare({0x8B, 0x46, 0x10});
  Remote remote;
  remote.state = p.lazy.initial();
  StateView view(p.lazy.cpu.st, remote);
  view.seed(kExitContext);
  EXPECT_EQ(exit_step(p.lazy.cpu, view, {}), Status::Done);
  EXPECT_TRUE(view.flush());
  EXPECT_EQ(remote.state.gpr[RAX], 0xFFFFFFFFu);
}

void sweep(CodeSize code, uint64_t rsi) {
  Pair p(code, rsi);
  unsigned ran = 0, failures = 0;
  for (Bytes const& bytes : test::encodings(code)) {
    Insn insn;
    ASSERT_EQ(decode(bytes, code, insn), DecodeResult::Ok);
    isa::Form const& f = isa::form(insn.form);
    if (!insn.mem() || !isa::offered(insn, p.model.features())) continue;
    p.run(bytes);
    ++ran;
    bool const fault = p.whole_status == Status::Fault;
    StateMask const wrong = test::difference(p.remote.state, fault ? p.whole.initial() : p.whole.cpu.st);
    bool const good = p.lazy_status == p.whole_status && wrong == 0 && p.lazy.port.ram == p.whole.port.ram &&
                      p.lazy.port.mmio == p.whole.port.mmio && p.remote.fetched.size() <= (fault ? 2u : 1u) &&
                      (!fault || p.lazy.cpu.fault.vector == p.whole.cpu.fault.vector);
    if (good) continue;
    if (++failures > 30) break;
    std::string text = fmt::format("{} {}:", f.mnemonic, f.operands);
    for (uint8_t b : bytes) text += fmt::format(" {:02x}", b);
    ADD_FAILURE() << text << fmt::format(" status {} {} wrong {:#x} fetches {} ram {} mmio {}", int(p.whole_status),
                                         p.lazy_status ? int(*p.lazy_status) : -1, wrong, p.remote.fetched.size(),
                                         p.lazy.port.ram == p.whole.port.ram, p.lazy.port.mmio == p.whole.port.mmio);
  }
  testing::Test::RecordProperty("forms", int(ran));
  EXPECT_GT(ran, 200u);
}

TEST(ExitStep, every_memory_form_equals_the_processor_on_ram_64) { sweep(CodeSize::k64, 0x9000); }
TEST(ExitStep, every_memory_form_equals_the_processor_on_a_device_64) { sweep(CodeSize::k64, kDevice); }
TEST(ExitStep, every_memory_form_equals_the_processor_on_a_device_32) { sweep(CodeSize::k32, kDevice); }

}  // namespace
}  // namespace mullion::x86
