// Cancel, injection, interrupt windows, and the local APIC inside the platform.
// SPDX-License-Identifier: Apache-2.0
#include "whp/test_guest.hpp"

#include <atomic>
#include <chrono>
#include <map>
#include <random>
#include <thread>

namespace mullion::whp {
namespace {

class Events : public GuestTest {
 protected:
  // The vector's handler in real mode: HLT at 0x3000.
  void handler(unsigned vector) {
    put(4 * vector, {0x00, 0x30, 0x00, 0x00});
    put(0x3000, {0xF4});
  }
  static WHV_INTERRUPT_CONTROL interrupt(WHV_INTERRUPT_TYPE type, uint32_t vector, uint32_t destination, bool level) {
    WHV_INTERRUPT_CONTROL c;
    std::memset(&c, 0, sizeof c);
    c.Type = type;
    c.TriggerMode = level;
    c.Vector = vector;
    c.Destination = destination;
    return c;
  }
};

TEST_F(Events, a_cancel_before_run_counts_once) {
  start({});
  real_mode({0xF4});
  EXPECT_EQ(WHvCancelRunVirtualProcessor(partition, 0, 0), S_OK);
  EXPECT_EQ(run().ExitReason, WHvRunVpExitReasonCanceled);
  EXPECT_EQ(exit.CancelReason.CancelReason, WhvRunVpCancelReasonUser);
  EXPECT_EQ(run().ExitReason, WHvRunVpExitReasonX64Halt);
}

TEST_F(Events, every_cancel_of_another_thread_ends_one_run) {
  start({});
  real_mode({0xEB, 0xFE});  // for ever
  std::atomic<unsigned> seen{0};
  std::thread runner([&] {
    WHV_RUN_VP_EXIT_CONTEXT e;
    for (unsigned n = 0; n < 500; ++n) {
      ASSERT_EQ(WHvRunVirtualProcessor(partition, 0, &e, sizeof e), S_OK);
      ASSERT_EQ(e.ExitReason, WHvRunVpExitReasonCanceled);
      ++seen;
    }
  });
  for (unsigned n = 0; n < 500; ++n) {
    EXPECT_EQ(WHvCancelRunVirtualProcessor(partition, 0, 0), S_OK);
    while (seen.load() <= n) std::this_thread::yield();
  }
  runner.join();
}

TEST_F(Events, a_running_processor_refuses_register_calls_and_is_stopped_by_changes_of_memory) {
  start({});
  real_mode({0xEB, 0xFE});
  std::thread runner([&] {
    WHV_RUN_VP_EXIT_CONTEXT e;
    ASSERT_EQ(WHvRunVirtualProcessor(partition, 0, &e, sizeof e), S_OK);
    EXPECT_EQ(e.ExitReason, WHvRunVpExitReasonMemoryAccess);
    EXPECT_EQ(e.MemoryAccess.Gpa, kCode);
  });
  WHV_REGISTER_NAME const name = WHvX64RegisterRip;
  WHV_REGISTER_VALUE v;
  HRESULT hr;
  while ((hr = WHvGetVirtualProcessorRegisters(partition, 0, &name, 1, &v)) == S_OK) std::this_thread::yield();
  EXPECT_EQ(hr, WHV_E_INVALID_VP_STATE);
  EXPECT_EQ(WHvDeleteVirtualProcessor(partition, 0), WHV_E_INVALID_VP_STATE);
  EXPECT_EQ(WHvUnmapGpaRange(partition, kCode, 0x1000), S_OK) << "and nothing runs from there afterwards";
  runner.join();
}

TEST_F(Events, an_injected_interrupt_is_delivered_at_once_and_needs_the_flag) {
  start({});
  real_mode({0x90});
  handler(0x30);
  put(WHvRegisterPendingInterruption, 1 | 0x30 << 16);
  EXPECT_EQ(run().ExitReason, WHvRunVpExitReasonInvalidVpRegisterValue) << "RFLAGS.IF is clear";
  put(WHvX64RegisterRflags, 0x202);
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonX64Halt);
  EXPECT_EQ(exit.VpContext.Rip, 0x3001u);
  EXPECT_EQ(get(WHvRegisterPendingInterruption), 0u);
}

TEST_F(Events, the_window_opens_behind_the_shadow_of_sti) {
  start({});
  real_mode({0xFB, 0x90, 0x90, 0xF4});  // STI; NOP; NOP; HLT
  put(WHvX64RegisterDeliverabilityNotifications, 2);
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonX64InterruptWindow);
  EXPECT_EQ(exit.VpContext.Rip, kCode + 2);
  EXPECT_EQ(exit.InterruptWindow.DeliverableType, WHvX64PendingInterrupt);
  EXPECT_EQ(get(WHvX64RegisterDeliverabilityNotifications), 0u);
  EXPECT_EQ(run().ExitReason, WHvRunVpExitReasonX64Halt) << "one notification, one exit";
}

TEST_F(Events, the_window_waits_for_the_task_priority) {
  start({});
  long_mode({0xFB, 0x90, 0x90, 0x44, 0x0F, 0x22, 0xC0, 0x90, 0xF4});  // STI; NOP; NOP; MOV CR8, RAX; NOP; HLT
  put(WHvX64RegisterCr8, 5);
  put(WHvX64RegisterRax, 4);
  put(WHvX64RegisterDeliverabilityNotifications, 2 | 5 << 2);
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonX64InterruptWindow);
  EXPECT_EQ(exit.VpContext.Rip, kCode + 7);
  EXPECT_EQ(exit.VpContext.Cr8, 4);
}

TEST_F(Events, an_external_event_waits_until_it_can_be_taken) {
  start({});
  real_mode({0x90, 0xFB, 0x90, 0xEB, 0xFE});
  handler(0x41);
  WHV_REGISTER_NAME const name = WHvRegisterPendingEvent;
  WHV_REGISTER_VALUE v;
  std::memset(&v, 0, sizeof v);
  v.ExtIntEvent.EventPending = 1;
  v.ExtIntEvent.EventType = WHvX64PendingEventExtInt;
  v.ExtIntEvent.Vector = 0x41;
  ASSERT_EQ(WHvSetVirtualProcessorRegisters(partition, 0, &name, 1, &v), S_OK);
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonX64Halt);
  EXPECT_EQ(exit.VpContext.Rip, 0x3001u);
  uint16_t pushed;
  std::memcpy(&pushed, memory + 0x8000 - 6, 2);
  EXPECT_EQ(pushed, kCode + 3);
}

TEST_F(Events, a_halted_processor_with_an_apic_sleeps_until_an_interrupt_comes) {
  start({.apic = WHvX64LocalApicEmulationModeXApic});
  // STI; HLT; IN AL, 80 never; the handler of 0x51: MOV [DI], AX with DS at the APIC: EOI; IN AL, 81
  real_mode({0xFB, 0xF4, 0xE4, 0x80});
  put(4 * 0x51, {0x00, 0x30, 0x00, 0x00});
  put(0x3000, {0x66, 0x89, 0x05, 0xE4, 0x81});
  put(WHvX64RegisterRdi, 0xB0);
  put_segment(WHvX64RegisterDs, 0, 0xFEE00000, 0xFFFF, 0x93);
  put(WHvX64RegisterApicSpurious, 0x1FF);
  std::thread runner([&] { run(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  auto const c = interrupt(WHvX64InterruptTypeFixed, 0x51, 0, true);
  EXPECT_EQ(WHvRequestInterrupt(partition, &c, sizeof c), S_OK);
  runner.join();
  // The EOI of a level-triggered interrupt is told; the processor has done nothing but what it committed.
  if (exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess) run();
  ASSERT_EQ(exit.ExitReason, WHvRunVpExitReasonX64ApicEoi);
  EXPECT_EQ(exit.ApicEoi.InterruptVector, 0x51u);
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonX64IoPortAccess);
  EXPECT_EQ(exit.IoPortAccess.PortNumber, 0x81);
}

TEST_F(Events, requested_interrupts_are_checked) {
  start({.apic = WHvX64LocalApicEmulationModeXApic});
  auto c = interrupt(WHvX64InterruptTypeFixed, 0, 0, false);
  EXPECT_EQ(WHvRequestInterrupt(partition, &c, sizeof c), HV_STATUS_INVALID_PARAMETER);
  c = interrupt(WHV_INTERRUPT_TYPE(2), 0x30, 0, false);  // SMI
  EXPECT_EQ(WHvRequestInterrupt(partition, &c, sizeof c), HV_STATUS_INVALID_PARAMETER);
  EXPECT_EQ(WHvRequestInterrupt(partition, &c, 8), E_INVALIDARG);
  EXPECT_EQ(WHvRequestInterrupt(partition, nullptr, 16), E_INVALIDARG);
  c = interrupt(WHvX64InterruptTypeNmi, 0, 0, false);
  EXPECT_EQ(WHvRequestInterrupt(partition, &c, sizeof c), S_OK);
  real_mode({0x90});
  handler(2);
  std::thread runner([&] { run(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  WHvCancelRunVirtualProcessor(partition, 0, 0);
  runner.join();
  EXPECT_EQ(exit.ExitReason, WHvRunVpExitReasonCanceled) << "HLT sleeps inside Run";
  EXPECT_EQ(exit.VpContext.Rip, 0x3001u);
  EXPECT_EQ(get(WHvRegisterInterruptState), 2u) << "NMIs are blocked";
  EXPECT_EQ(get(WHvRegisterInternalActivityState), 2u) << "HaltSuspend";
  uint32_t targets[1], count = 9;
  EXPECT_EQ(WHvGetInterruptTargetVpSet(partition, 0, WHvX64InterruptDestinationModePhysical, targets, 1, &count), S_OK);
  EXPECT_EQ(count, 1u);
}

TEST_F(Events, a_second_processor_starts_by_init_and_sipi) {
  start({.apic = WHvX64LocalApicEmulationModeXApic, .processors = 2});
  ASSERT_EQ(WHvCreateVirtualProcessor(partition, 1, 0), S_OK);
  put(0x5000, {0xE5, 0x60});  // IN AX, 60
  WHV_REGISTER_NAME const name = WHvRegisterInternalActivityState;
  WHV_REGISTER_VALUE v;
  ASSERT_EQ(WHvGetVirtualProcessorRegisters(partition, 1, &name, 1, &v), S_OK);
  EXPECT_EQ(v.Reg64, 1u) << "StartupSuspend";
  std::thread runner([&] {
    WHV_RUN_VP_EXIT_CONTEXT e;
    ASSERT_EQ(WHvRunVirtualProcessor(partition, 1, &e, sizeof e), S_OK);
    EXPECT_EQ(e.ExitReason, WHvRunVpExitReasonX64IoPortAccess);
    EXPECT_EQ(e.VpContext.Cs.Selector, 0x500);
    EXPECT_EQ(e.VpContext.Rip, 0u);
  });
  auto c = interrupt(WHvX64InterruptTypeInit, 0, 1, false);
  EXPECT_EQ(WHvRequestInterrupt(partition, &c, sizeof c), S_OK);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  c = interrupt(WHvX64InterruptTypeSipi, 5, 1, false);
  EXPECT_EQ(WHvRequestInterrupt(partition, &c, sizeof c), S_OK);
  runner.join();
}

TEST_F(Events, the_timer_of_the_apic_wakes_a_halted_processor) {
  start({.apic = WHvX64LocalApicEmulationModeXApic});
  real_mode({0xFB, 0xF4, 0xEB, 0xFD});
  put(4 * 0x60, {0x00, 0x30, 0x00, 0x00});
  put(0x3000, {0xE4, 0x44});  // IN AL, 44
  put(WHvX64RegisterApicSpurious, 0x1FF);
  put(WHvX64RegisterApicLvtTimer, 0x60);
  put(WHvX64RegisterApicInitCount, 1000000);
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonX64IoPortAccess);
  EXPECT_EQ(exit.IoPortAccess.PortNumber, 0x44);
}

TEST_F(Events, x2apic_registers_are_msrs_only_where_the_platform_has_them) {
  start({.apic = WHvX64LocalApicEmulationModeX2Apic, .exits = 2, .msrs = 1});
  real_mode({0x0F, 0x30,                                                    // WRMSR: IA32_APIC_BASE
             0x66, 0xB9, 0x02, 0x08, 0, 0, 0x0F, 0x32, 0xE7, 0x10, 0xF4});  // RDMSR 802; OUT 10, AX
  put(WHvX64RegisterRcx, 0x1B);
  put(WHvX64RegisterRax, 0xFEE00D00);
  put(WHvX64RegisterRdx, 0);
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonX64IoPortAccess);
  EXPECT_EQ(exit.IoPortAccess.Rax, 0u) << "the id";
  EXPECT_EQ(get(WHvX64RegisterApicBase), 0xFEE00D00u);
}

TEST_F(Events, where_the_client_has_the_apic_its_registers_exit) {
  start({.exits = 2, .msrs = 1 | 8});
  real_mode({0x0F, 0x32, 0x0F, 0x30});
  put(WHvX64RegisterRcx, 0x802);
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonX64MsrAccess);
  EXPECT_EQ(exit.MsrAccess.MsrNumber, 0x802u);
  put(WHvX64RegisterRcx, 0x1B);
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonX64MsrAccess);
  EXPECT_EQ(exit.MsrAccess.AccessInfo.IsWrite, 1u);
  EXPECT_EQ(exit.MsrAccess.Rax, 0xFEE00900u) << "the read gave what the client was promised";
  real_mode({0xA1, 0x20, 0x00});  // MOV AX, [20]
  put_segment(WHvX64RegisterDs, 0, 0xFEE00000, 0xFFFF, 0x93);
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonMemoryAccess);
  EXPECT_EQ(exit.MemoryAccess.Gpa, 0xFEE00020u);
}

TEST_F(Events, single_step_traps_exit_behind_their_instruction) {
  start({.exits = 4, .exceptions = 2});
  real_mode({0x90, 0x90, 0xF4});
  put(WHvX64RegisterRflags, 0x102);
  for (unsigned n = 1; n <= 2; ++n) {
    ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonException) << n;
    EXPECT_EQ(exit.VpException.ExceptionType, 1);
    EXPECT_EQ(exit.VpException.ExceptionParameter, 0x4000u) << "DR6.BS";
    EXPECT_EQ(exit.VpContext.Rip, kCode + n);
  }
  put(WHvX64RegisterRflags, 2);
  EXPECT_EQ(run().ExitReason, WHvRunVpExitReasonX64Halt);
}

TEST_F(Events, an_injected_page_fault_sets_cr2_and_pushes_its_code) {
  start({});
  long_mode({0x90});
  // A 64-bit interrupt gate for vector 14 at 0x9000 to 0x3000.
  put(0x9000 + 16 * 14, {0x00, 0x30, 0x08, 0x00, 0x00, 0x8E, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  put(0xA000 + 8, {0xFF, 0xFF, 0, 0, 0, 0x9B, 0xAF, 0});
  put(0x3000, {0xF4});
  WHV_REGISTER_NAME const names[] = {WHvX64RegisterIdtr, WHvX64RegisterGdtr, WHvRegisterPendingEvent};
  WHV_REGISTER_VALUE v[3];
  std::memset(v, 0, sizeof v);
  v[0].Table.Base = 0x9000;
  v[0].Table.Limit = 0xFFF;
  v[1].Table.Base = 0xA000;
  v[1].Table.Limit = 0x1F;
  v[2].ExceptionEvent.EventPending = 1;
  v[2].ExceptionEvent.EventType = WHvX64PendingEventException;
  v[2].ExceptionEvent.DeliverErrorCode = 1;
  v[2].ExceptionEvent.Vector = 14;
  v[2].ExceptionEvent.ErrorCode = 6;
  v[2].ExceptionEvent.ExceptionParameter = 0x123456;
  ASSERT_EQ(WHvSetVirtualProcessorRegisters(partition, 0, names, 3, v), S_OK);
  ASSERT_EQ(run().ExitReason, WHvRunVpExitReasonX64Halt);
  EXPECT_EQ(exit.VpContext.Rip, 0x3001u);
  EXPECT_EQ(get(WHvX64RegisterCr2), 0x123456u);
  uint64_t code, rip;
  std::memcpy(&code, memory + get(WHvX64RegisterRsp), 8);
  std::memcpy(&rip, memory + get(WHvX64RegisterRsp) + 8, 8);
  EXPECT_EQ(code, 6u);
  EXPECT_EQ(rip, kCode);
}

// A client may write anything into registers, a guest may be anything: each run ends with an exit that is known.
TEST_F(Events, random_states_and_random_code_end_in_known_exits) {
  start({.apic = WHvX64LocalApicEmulationModeXApic, .exits = 7, .exceptions = 0x7000, .msrs = 1});
  std::mt19937_64 random(11);
  std::atomic<bool> done{false};
  std::thread watchdog([&] {
    while (!done.load()) {
      WHvCancelRunVirtualProcessor(partition, 0, 0);
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  });
  std::map<uint32_t, unsigned> reasons;
  for (unsigned round = 0; round < 400; ++round) {
    EXPECT_EQ(WHvResetPartition(partition), S_OK);
    for (unsigned n = 0; n < 0x4000; ++n) memory[n] = uint8_t(random());
    if (random() & 1) long_mode({0x90});
    else real_mode({0x90});
    for (unsigned n = 0; n < 12; ++n) {
      static constexpr uint32_t kFirst[] = {0x0, 0x0, 0x1C, 0x1000, 0x2000, 0x80000000};
      uint32_t const name = kFirst[random() % 6] + uint32_t(random() % 0x20);
      put(WHV_REGISTER_NAME(name), random() >> (random() % 64));
    }
    for (unsigned n = 0; n < 4; ++n) ++reasons[run().ExitReason];
  }
  done = true;
  watchdog.join();
  for (auto const& [reason, count] : reasons) {
    EXPECT_TRUE((reason >= 1 && reason <= 9 && reason != 6) || (reason >= 0x1000 && reason <= 0x1002) || reason == 0x2001)
        << std::hex << reason;
  }
  EXPECT_GE(reasons.size(), 5u);
}

TEST_F(Events, time_stands_still_while_suspended_and_run_resumes_it) {
  start({});
  real_mode({0xF4, 0xF4});
  run();
  EXPECT_EQ(WHvSuspendPartitionTime(partition), S_OK);
  EXPECT_EQ(WHvSuspendPartitionTime(partition), WHV_E_INVALID_STATE);
  uint64_t const tsc = get(WHvX64RegisterTsc);
  std::this_thread::sleep_for(std::chrono::milliseconds(3));
  EXPECT_EQ(get(WHvX64RegisterTsc), tsc);
  run();
  EXPECT_EQ(WHvSuspendPartitionTime(partition), S_OK);
  EXPECT_GE(get(WHvX64RegisterTsc), tsc);
  EXPECT_EQ(WHvResumePartitionTime(partition), S_OK);
}

}  // namespace
}  // namespace mullion::whp
