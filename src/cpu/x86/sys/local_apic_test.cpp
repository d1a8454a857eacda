// The local APIC against SDM vol. 3 chapter 11.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/local_apic.hpp"

#include "cpu/x86/cpu.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace mullion::x86 {
namespace {

struct FakePort final : CpuPort {
  PhysPage resolve(uint64_t) override { return {}; }
  PortStatus mmio_read(uint64_t, unsigned, uint64_t&) override { return PortStatus::Done; }
  PortStatus mmio_write(uint64_t, unsigned, uint64_t) override { return PortStatus::Done; }
  PortStatus port_in(uint16_t, unsigned, uint32_t&) override { return PortStatus::Done; }
  PortStatus port_out(uint16_t, unsigned, uint32_t) override { return PortStatus::Done; }
  int acknowledge_pic() override { return pic; }
  void eoi(uint8_t vector) override { ended.push_back(vector); }
  uint64_t now_ns() override { return now; }

  int pic = -1;
  uint64_t now = 1000;
  std::vector<uint8_t> ended;
};

struct OneApic : ::testing::Test {
  void enable() { apic.write(APIC_SVR, 0x1FF); }
  bool attention_has(uint32_t bit) const { return (attention.load() & bit) != 0; }
  // Runs time to `t` as an owner would.
  void advance(uint64_t t) {
    port.now = t;
    apic.poll(t);
  }

  FakePort port;
  std::atomic<uint32_t> attention{0};
  ApicBus bus;
  LocalApic apic{bus, port, attention, {.id = 0}};
};

TEST_F(OneApic, reset_values) {
  EXPECT_EQ(apic.base(), 0xFEE00900u);
  EXPECT_EQ(apic.read(APIC_ID), 0u);
  EXPECT_EQ(apic.read(APIC_VERSION), 0x01050014u);
  EXPECT_EQ(apic.read(APIC_SVR), 0xFFu);
  EXPECT_EQ(apic.read(APIC_DFR), 0xFFFFFFFFu);
  EXPECT_EQ(apic.read(APIC_LDR), 0u);
  for (unsigned lvt : {APIC_LVT_TIMER, APIC_LVT_THERMAL, APIC_LVT_PERF, APIC_LVT_LINT1, APIC_LVT_ERROR})
    EXPECT_EQ(apic.read(lvt), 0x10000u) << lvt;
  EXPECT_EQ(apic.read(APIC_LVT_LINT0), 0x700u);  // virtual wire on the boot processor
  EXPECT_TRUE(apic.covers(0xFEE00ABC));
  EXPECT_FALSE(apic.covers(0xFEE01000));
}

TEST_F(OneApic, read_only_registers) {
  for (unsigned r : {APIC_VERSION, APIC_PPR, APIC_ISR, APIC_TMR, APIC_IRR, APIC_CURRENT_COUNT}) {
    uint32_t const before = apic.read(r);
    apic.write(r, 0xFFFFFFFF);
    EXPECT_EQ(apic.read(r), before) << r;
  }
}

TEST_F(OneApic, invalid_registers) {
  enable();
  apic.read(0x40);
  apic.write(APIC_ESR, 0);
  EXPECT_EQ(apic.read(APIC_ESR), 0x80u);  // illegal register address
  apic.write(APIC_ESR, 0);
  EXPECT_EQ(apic.read(APIC_ESR), 0u);
  EXPECT_EQ(apic.read(APIC_SVR + 4), 0u);
}

TEST_F(OneApic, lvt_keeps_only_defined_bits) {
  enable();
  apic.write(APIC_LVT_TIMER, 0xFFFFFFFF);
  EXPECT_EQ(apic.read(APIC_LVT_TIMER), 0x700FFu);
  apic.write(APIC_LVT_LINT1, 0xFFFFFFFF);
  EXPECT_EQ(apic.read(APIC_LVT_LINT1), 0x1A7FFu);
  apic.write(APIC_LVT_ERROR, 0xFFFFFFFF);
  EXPECT_EQ(apic.read(APIC_LVT_ERROR), 0x100FFu);
}

TEST_F(OneApic, software_disable_masks_lvts_for_good) {
  enable();
  apic.write(APIC_LVT_TIMER, 0x40);
  apic.write(APIC_SVR, 0xFF);
  EXPECT_EQ(apic.read(APIC_LVT_TIMER), 0x10040u);
  apic.write(APIC_LVT_TIMER, 0x40);
  EXPECT_EQ(apic.read(APIC_LVT_TIMER), 0x10040u);
  EXPECT_FALSE(apic.accept(DeliveryMode::Fixed, 0x50, false));
  EXPECT_TRUE(apic.accept(DeliveryMode::Nmi, 0, false));
  EXPECT_TRUE(attention_has(kAttnNmi));
}

TEST_F(OneApic, a_fixed_interrupt_goes_through_irr_and_isr) {
  enable();
  EXPECT_TRUE(apic.accept(DeliveryMode::Fixed, 0x51, false));
  EXPECT_TRUE(apic.interrupt_pending());
  EXPECT_TRUE(attention_has(kAttnInterrupt));
  EXPECT_EQ(apic.read(APIC_IRR + 0x20), 1u << 0x11);
  EXPECT_EQ(apic.acknowledge(), 0x51);
  EXPECT_EQ(apic.read(APIC_IRR + 0x20), 0u);
  EXPECT_EQ(apic.read(APIC_ISR + 0x20), 1u << 0x11);
  EXPECT_EQ(apic.read(APIC_PPR), 0x50u);
  EXPECT_FALSE(apic.interrupt_pending());
  apic.write(APIC_EOI, 0);
  EXPECT_EQ(apic.read(APIC_PPR), 0u);
  EXPECT_TRUE(port.ended.empty());  // edge-triggered: nothing to broadcast
}

TEST_F(OneApic, priority_classes_nest) {
  enable();
  apic.accept(DeliveryMode::Fixed, 0x45, false);
  EXPECT_EQ(apic.acknowledge(), 0x45);
  apic.accept(DeliveryMode::Fixed, 0x4F, false);  // same class: waits
  EXPECT_EQ(apic.acknowledge(), -1);
  apic.accept(DeliveryMode::Fixed, 0x61, false);
  EXPECT_EQ(apic.pending_vector(), 0x61);
  EXPECT_EQ(apic.acknowledge(), 0x61);
  apic.write(APIC_EOI, 0);  // ends 0x61
  EXPECT_EQ(apic.acknowledge(), -1);
  apic.write(APIC_EOI, 0);
  EXPECT_EQ(apic.acknowledge(), 0x4F);
}

TEST_F(OneApic, task_priority_holds_back_and_is_cr8) {
  enable();
  apic.set_cr8(5);
  EXPECT_EQ(apic.read(APIC_TPR), 0x50u);
  apic.accept(DeliveryMode::Fixed, 0x5F, false);
  EXPECT_FALSE(apic.interrupt_pending());
  attention = 0;
  apic.write(APIC_TPR, 0x40);
  EXPECT_EQ(apic.cr8(), 4u);
  EXPECT_TRUE(apic.interrupt_pending());
  EXPECT_TRUE(attention_has(kAttnInterrupt));
}

TEST_F(OneApic, level_interrupts_are_broadcast_at_eoi) {
  enable();
  apic.accept(DeliveryMode::Fixed, 0x31, true);
  EXPECT_EQ(apic.read(APIC_TMR + 0x10), 1u << 0x11);
  EXPECT_EQ(apic.acknowledge(), 0x31);
  apic.write(APIC_EOI, 0);
  EXPECT_EQ(port.ended, std::vector<uint8_t>{0x31});
  apic.write(APIC_SVR, 0x11FF);  // directed EOI
  apic.accept(DeliveryMode::Fixed, 0x31, true);
  EXPECT_EQ(apic.acknowledge(), 0x31);
  apic.write(APIC_EOI, 0);
  EXPECT_EQ(port.ended.size(), 1u);
}

TEST_F(OneApic, illegal_vectors_set_esr_and_raise_the_error_lvt) {
  enable();
  apic.write(APIC_LVT_ERROR, 0xFE);
  apic.accept(DeliveryMode::Fixed, 8, false);
  EXPECT_EQ(apic.acknowledge(), 0xFE);
  apic.write(APIC_ESR, 0);
  EXPECT_EQ(apic.read(APIC_ESR), 0x40u);
  apic.write(APIC_ICR_LOW, 0x40008);  // self IPI of vector 8
  apic.write(APIC_ESR, 0);
  EXPECT_EQ(apic.read(APIC_ESR), 0x20u);
  apic.write(APIC_LVT_ERROR, 3);  // an error interrupt whose own vector is illegal ends
  apic.accept(DeliveryMode::Fixed, 8, false);
}

TEST_F(OneApic, the_pic_passes_through_lint0_and_through_a_disabled_apic) {
  port.pic = 0x08;
  apic.set_lint(0, true);
  EXPECT_TRUE(apic.interrupt_pending());
  EXPECT_EQ(apic.acknowledge(), 0x08);
  apic.set_lint(0, false);
  EXPECT_FALSE(apic.interrupt_pending());
  enable();
  apic.write(APIC_LVT_LINT0, 0x10700);
  apic.set_lint(0, true);
  EXPECT_FALSE(apic.interrupt_pending());
  apic.write(APIC_LVT_LINT0, 0x700);
  EXPECT_TRUE(apic.interrupt_pending());
  apic.write(APIC_LVT_LINT0, 0x10700);
  EXPECT_FALSE(apic.interrupt_pending());
  ASSERT_TRUE(apic.set_base(0xFEE00100));
  EXPECT_TRUE(apic.interrupt_pending());
  EXPECT_EQ(apic.acknowledge(), 0x08);
}

TEST_F(OneApic, its_own_interrupts_come_before_the_pic) {
  enable();
  apic.write(APIC_LVT_LINT0, 0x700);
  port.pic = 0x20;
  apic.set_lint(0, true);
  apic.accept(DeliveryMode::Fixed, 0x91, false);
  EXPECT_EQ(apic.acknowledge(), 0x91);
  EXPECT_EQ(apic.acknowledge(), 0x20);
}

TEST_F(OneApic, lint1_is_nmi_on_its_rising_edge) {
  enable();
  apic.set_lint(1, true);
  EXPECT_FALSE(attention_has(kAttnNmi));  // masked
  apic.set_lint(1, false);
  apic.write(APIC_LVT_LINT1, 0x400);
  apic.set_lint(1, true);
  EXPECT_TRUE(attention_has(kAttnNmi));
  attention = 0;
  apic.set_lint(1, true);
  EXPECT_FALSE(attention_has(kAttnNmi));
}

TEST_F(OneApic, a_level_lint_comes_again_after_eoi_while_high) {
  enable();
  apic.write(APIC_LVT_LINT0, 0x8033);
  apic.set_lint(0, true);
  EXPECT_EQ(apic.acknowledge(), 0x33);
  EXPECT_EQ(apic.read(APIC_LVT_LINT0), 0xC033u);  // remote IRR
  EXPECT_EQ(apic.acknowledge(), -1);
  apic.write(APIC_EOI, 0);
  EXPECT_EQ(apic.acknowledge(), 0x33);
  apic.set_lint(0, false);
  apic.write(APIC_EOI, 0);
  EXPECT_EQ(apic.acknowledge(), -1);
  EXPECT_EQ(apic.read(APIC_LVT_LINT0), 0x8033u);
}

// --- timer: 1 GHz before the divider ------------------------------------------------------------------------------

TEST_F(OneApic, one_shot_counts_down_once) {
  enable();
  apic.write(APIC_DIVIDE, 0xB);  // by 1
  apic.write(APIC_LVT_TIMER, 0x40);
  apic.write(APIC_INITIAL_COUNT, 500);
  EXPECT_EQ(apic.next_deadline_ns(), 1500u);
  port.now = 1200;
  EXPECT_EQ(apic.read(APIC_CURRENT_COUNT), 300u);
  advance(1499);
  EXPECT_FALSE(apic.interrupt_pending());
  advance(1500);
  EXPECT_EQ(apic.acknowledge(), 0x40);
  EXPECT_EQ(apic.read(APIC_CURRENT_COUNT), 0u);
  EXPECT_EQ(apic.next_deadline_ns(), std::nullopt);
}

TEST_F(OneApic, divide_configuration_encodes_2_to_128_and_1) {
  enable();
  apic.write(APIC_LVT_TIMER, 0x40);
  constexpr std::pair<uint32_t, uint64_t> kCodes[] = {{0, 2}, {1, 4}, {2, 8}, {3, 16}, {8, 32}, {9, 64}, {10, 128}, {11, 1}};
  for (auto const& [code, divisor] : kCodes) {
    apic.write(APIC_DIVIDE, code);
    apic.write(APIC_INITIAL_COUNT, 1000);
    EXPECT_EQ(apic.next_deadline_ns(), port.now + 1000 * divisor) << code;
  }
}

TEST_F(OneApic, changing_the_divider_keeps_the_count) {
  enable();
  apic.write(APIC_LVT_TIMER, 0x40);
  apic.write(APIC_DIVIDE, 0xB);
  apic.write(APIC_INITIAL_COUNT, 1000);
  port.now += 400;
  apic.write(APIC_DIVIDE, 0);
  EXPECT_EQ(apic.read(APIC_CURRENT_COUNT), 600u);
  EXPECT_EQ(apic.next_deadline_ns(), port.now + 1200);
}

TEST_F(OneApic, periodic_reloads_and_merges_what_was_missed) {
  enable();
  apic.write(APIC_DIVIDE, 0xB);
  apic.write(APIC_LVT_TIMER, 0x20040);
  apic.write(APIC_INITIAL_COUNT, 100'000);
  advance(101'000);
  EXPECT_EQ(apic.acknowledge(), 0x40);
  apic.write(APIC_EOI, 0);
  EXPECT_EQ(apic.next_deadline_ns(), 201'000u);
  advance(451'000);
  EXPECT_EQ(apic.acknowledge(), 0x40);
  apic.write(APIC_EOI, 0);
  EXPECT_EQ(apic.acknowledge(), -1);
  EXPECT_EQ(apic.next_deadline_ns(), 501'000u);
  EXPECT_EQ(apic.read(APIC_CURRENT_COUNT), 50'000u);
}

TEST_F(OneApic, a_tiny_period_does_not_busy_the_host) {
  enable();
  apic.write(APIC_DIVIDE, 0xB);
  apic.write(APIC_LVT_TIMER, 0x20040);
  apic.write(APIC_INITIAL_COUNT, 1);
  advance(5000);
  EXPECT_GE(*apic.next_deadline_ns(), port.now + 10'000);
}

TEST_F(OneApic, a_masked_timer_counts_but_does_not_interrupt) {
  enable();
  apic.write(APIC_DIVIDE, 0xB);
  apic.write(APIC_LVT_TIMER, 0x10040);
  apic.write(APIC_INITIAL_COUNT, 500);
  EXPECT_EQ(apic.next_deadline_ns(), std::nullopt);
  port.now = 1400;
  EXPECT_EQ(apic.read(APIC_CURRENT_COUNT), 100u);
  port.now = 1600;
  apic.write(APIC_LVT_TIMER, 0x40);  // too late
  EXPECT_FALSE(apic.interrupt_pending());
}

TEST_F(OneApic, zero_stops_the_timer) {
  enable();
  apic.write(APIC_LVT_TIMER, 0x40);
  apic.write(APIC_INITIAL_COUNT, 500);
  apic.write(APIC_INITIAL_COUNT, 0);
  EXPECT_EQ(apic.next_deadline_ns(), std::nullopt);
}

TEST_F(OneApic, tsc_deadline_fires_when_the_tsc_reaches_it) {
  enable();
  apic.set_tsc_deadline(5000, 0);
  EXPECT_EQ(apic.tsc_deadline(), 0u);  // not in that mode
  apic.write(APIC_LVT_TIMER, 0x40040);
  apic.write(APIC_INITIAL_COUNT, 77);
  EXPECT_EQ(apic.read(APIC_INITIAL_COUNT), 0u);
  uint64_t const offset = 10'000;  // TSC = 11000 now
  apic.set_tsc_deadline(12'000, offset);
  EXPECT_EQ(apic.tsc_deadline(), 12'000u);
  EXPECT_EQ(apic.next_deadline_ns(), 2000u);
  EXPECT_EQ(apic.read(APIC_CURRENT_COUNT), 0u);
  advance(2000);
  EXPECT_EQ(apic.acknowledge(), 0x40);
  apic.write(APIC_EOI, 0);
  EXPECT_EQ(apic.tsc_deadline(), 0u);
  apic.set_tsc_deadline(1, offset);  // past
  EXPECT_EQ(apic.acknowledge(), 0x40);
  apic.write(APIC_EOI, 0);
  apic.set_tsc_deadline(50'000, offset);
  apic.set_tsc_deadline(0, offset);
  EXPECT_EQ(apic.next_deadline_ns(), std::nullopt);
  apic.set_tsc_deadline(50'000, offset);
  apic.tsc_offset_changed(20'000);
  EXPECT_EQ(apic.next_deadline_ns(), 30'000u);
  apic.write(APIC_LVT_TIMER, 0x40);  // leaving the mode disarms
  EXPECT_EQ(apic.next_deadline_ns(), std::nullopt);
}

TEST_F(OneApic, the_owner_hears_of_a_new_deadline_but_not_in_poll) {
  int changes = 0, wakes = 0;
  apic.set_callbacks({.wake = [&] { ++wakes; }, .deadline_changed = [&] { ++changes; }});
  enable();
  apic.write(APIC_LVT_TIMER, 0x40);
  changes = 0;
  apic.write(APIC_INITIAL_COUNT, 50);
  EXPECT_EQ(changes, 1);
  advance(1'000'000);
  EXPECT_EQ(changes, 1);
  EXPECT_EQ(wakes, 1);
}

// --- IA32_APIC_BASE and x2APIC ------------------------------------------------------------------------------------

TEST_F(OneApic, base_moves_the_page) {
  EXPECT_TRUE(apic.set_base(0xFED00900));
  EXPECT_FALSE(apic.covers(0xFEE00000));
  EXPECT_TRUE(apic.covers(0xFED00000));
  EXPECT_FALSE(apic.set_base(0xFEE00901));            // reserved
  EXPECT_FALSE(apic.set_base(uint64_t{1} << 45 | 0x900));  // beyond the physical address
}

TEST_F(OneApic, mode_transitions_are_those_of_the_manual) {
  EXPECT_FALSE(apic.set_base(0xFEE00500));  // x2APIC without enable
  EXPECT_TRUE(apic.set_base(0xFEE00D00));   // xAPIC to x2APIC
  EXPECT_FALSE(apic.covers(0xFEE00000));
  EXPECT_FALSE(apic.set_base(0xFEE00900));  // x2APIC to xAPIC
  EXPECT_TRUE(apic.set_base(0xFEE00100));   // to disabled
  EXPECT_FALSE(apic.set_base(0xFEE00D00));  // disabled to x2APIC
  EXPECT_TRUE(apic.set_base(0xFEE00900));
  EXPECT_TRUE(apic.covers(0xFEE00000));
}

TEST_F(OneApic, disabling_returns_to_reset_values) {
  enable();
  apic.write(APIC_LDR, 0x01000000);
  apic.accept(DeliveryMode::Fixed, 0x50, false);
  ASSERT_TRUE(apic.set_base(0xFEE00100));
  EXPECT_FALSE(apic.interrupt_pending());
  ASSERT_TRUE(apic.set_base(0xFEE00900));
  EXPECT_EQ(apic.read(APIC_SVR), 0xFFu);
  EXPECT_EQ(apic.read(APIC_LDR), 0u);
}

TEST_F(OneApic, x2apic_msrs_check_their_values) {
  uint64_t v = 0;
  EXPECT_FALSE(apic.read_msr(0x802, v));  // not in the mode
  ASSERT_TRUE(apic.set_base(0xFEE00D00));
  EXPECT_TRUE(apic.read_msr(0x802, v));
  EXPECT_FALSE(apic.write_msr(0x802, 0));  // ID is read-only
  EXPECT_FALSE(apic.read_msr(0x80E, v));   // no DFR
  EXPECT_FALSE(apic.read_msr(0x831, v));   // no ICR2
  EXPECT_FALSE(apic.read_msr(0x80B, v));   // EOI is write-only
  EXPECT_FALSE(apic.read_msr(0x83F, v));   // so is SELF IPI
  EXPECT_FALSE(apic.write_msr(0x80B, 1));
  EXPECT_TRUE(apic.write_msr(0x80B, 0));
  EXPECT_FALSE(apic.write_msr(0x80F, 0x10000));
  EXPECT_TRUE(apic.write_msr(0x80F, 0x1FF));
  EXPECT_FALSE(apic.write_msr(0x808, 0x100));
  EXPECT_FALSE(apic.write_msr(0x832, 0x80000));
  EXPECT_FALSE(apic.write_msr(0x838, uint64_t{1} << 32));
  EXPECT_TRUE(apic.write_msr(0x83F, 0x77));
  EXPECT_EQ(apic.acknowledge(), 0x77);
  EXPECT_TRUE(apic.write_msr(0x830, 0x40078));
  EXPECT_TRUE(apic.read_msr(0x830, v));
  EXPECT_EQ(v, 0x40078u);
}

TEST_F(OneApic, state_survives_save_and_restore) {
  enable();
  apic.accept(DeliveryMode::Fixed, 0x51, true);
  apic.write(APIC_LVT_TIMER, 0x40);
  apic.write(APIC_INITIAL_COUNT, 500);
  LocalApicState const saved = apic.save();
  std::atomic<uint32_t> other_attention{0};
  LocalApic other{bus, port, other_attention, {.id = 0}};
  other.restore(saved);
  EXPECT_EQ(other.next_deadline_ns(), apic.next_deadline_ns());
  EXPECT_TRUE((other_attention & kAttnInterrupt) != 0);
  EXPECT_EQ(other.acknowledge(), 0x51);
}

TEST(LocalApic, absent_apic_leaves_the_pins) {
  FakePort port;
  std::atomic<uint32_t> attention{0};
  ApicBus bus;
  LocalApic apic{bus, port, attention, {.present = false}};
  EXPECT_FALSE(apic.covers(0xFEE00000));
  EXPECT_FALSE(apic.set_base(0xFEE00900));
  port.pic = 9;
  apic.set_lint(0, true);
  EXPECT_EQ(apic.acknowledge(), 9);
  apic.set_lint(1, true);
  EXPECT_TRUE((attention & kAttnNmi) != 0);
}

// --- several ------------------------------------------------------------------------------------------------------

struct ThreeApics : ::testing::Test {
  ThreeApics() {
    for (uint32_t id = 0; id < 3; ++id) {
      apics.push_back(std::make_unique<LocalApic>(bus, port, attention[id], LocalApic::Config{.id = id, .bsp = id == 0}));
      apics.back()->write(APIC_SVR, 0x1FF);
    }
  }
  // Which of them have `vector` waiting; takes it.
  unsigned takers(int vector) {
    unsigned mask = 0;
    for (unsigned id = 0; id < 3; ++id) {
      if (apics[id]->pending_vector() != vector) continue;
      apics[id]->acknowledge();
      if (!apics[id]->write_msr(0x80B, 0)) apics[id]->write(APIC_EOI, 0);
      mask |= 1u << id;
    }
    return mask;
  }
  void icr(unsigned from, uint32_t destination, uint32_t low) {
    apics[from]->write(APIC_ICR_HIGH, destination << 24);
    apics[from]->write(APIC_ICR_LOW, low);
  }

  FakePort port;
  std::array<std::atomic<uint32_t>, 3> attention{};
  ApicBus bus;
  std::vector<std::unique_ptr<LocalApic>> apics;
};

TEST_F(ThreeApics, physical_destinations_and_broadcast) {
  icr(0, 2, 0x60);
  EXPECT_EQ(takers(0x60), 0b100u);
  icr(0, 0xFF, 0x61);
  EXPECT_EQ(takers(0x61), 0b111u);
  EXPECT_EQ(bus.deliver({.destination = 9, .vector = 0x62}), 0u);
}

TEST_F(ThreeApics, shorthands) {
  icr(1, 0, 0x40070);
  EXPECT_EQ(takers(0x70), 0b010u);
  icr(1, 0, 0x80071);
  EXPECT_EQ(takers(0x71), 0b111u);
  icr(1, 0, 0xC0072);
  EXPECT_EQ(takers(0x72), 0b101u);
}

TEST_F(ThreeApics, logical_flat_and_cluster) {
  for (unsigned id = 0; id < 3; ++id) apics[id]->write(APIC_LDR, 1u << (24 + id));
  icr(0, 0b101, 0x880);
  EXPECT_EQ(takers(0x80), 0b101u);
  for (auto& apic : apics) apic->write(APIC_DFR, 0);
  apics[0]->write(APIC_LDR, 0x11000000);
  apics[1]->write(APIC_LDR, 0x12000000);
  apics[2]->write(APIC_LDR, 0x21000000);
  icr(0, 0x13, 0x881);
  EXPECT_EQ(takers(0x81), 0b011u);
  icr(0, 0xF1, 0x882);
  EXPECT_EQ(takers(0x82), 0b101u);
}

TEST_F(ThreeApics, lowest_priority_goes_to_the_least_busy) {
  apics[0]->write(APIC_TPR, 0x40);
  apics[1]->write(APIC_TPR, 0x20);
  apics[2]->write(APIC_TPR, 0x30);
  EXPECT_EQ(bus.deliver_msi(0xFEEFF000, 0x190), 1u);
  EXPECT_EQ(takers(0x90), 0b010u);
}

TEST_F(ThreeApics, init_and_startup) {
  icr(0, 1, 0x4500);
  EXPECT_TRUE((attention[1] & kAttnInit) != 0);
  attention[1] = 0;
  icr(0, 1, 0x8500);  // level de-assert
  EXPECT_EQ(attention[1] & kAttnInit, 0u);
  icr(0, 1, 0x4612);
  EXPECT_TRUE((attention[1] & kAttnSipi) != 0);
  EXPECT_EQ(apics[1]->sipi_vector(), 0x12);
  EXPECT_EQ(attention[2] & (kAttnInit | kAttnSipi), 0u);
}

TEST_F(ThreeApics, init_keeps_base_and_id) {
  apics[1]->write(APIC_TPR, 0x40);
  apics[1]->init();
  EXPECT_EQ(apics[1]->read(APIC_TPR), 0u);
  EXPECT_EQ(apics[1]->read(APIC_ID), 1u << 24);
  EXPECT_EQ(apics[1]->read(APIC_LVT_LINT0), 0x10000u);
  EXPECT_EQ(apics[1]->base(), 0xFEE00800u);
}

TEST_F(ThreeApics, x2apic_logical_ids_follow_from_ids) {
  for (auto& apic : apics) ASSERT_TRUE(apic->set_base(apic->base() | APIC_BASE_X2APIC));
  uint64_t ldr = 0;
  ASSERT_TRUE(apics[2]->read_msr(0x80D, ldr));
  EXPECT_EQ(ldr, 4u);
  ASSERT_TRUE(apics[0]->write_msr(0x830, (uint64_t{0b110} << 32) | 0x8A0));
  EXPECT_EQ(takers(0xA0), 0b110u);
  ASSERT_TRUE(apics[1]->write_msr(0x830, (uint64_t{0xFFFFFFFF} << 32) | 0xA1));
  EXPECT_EQ(apics[0]->pending_vector(), 0xA1);
}

TEST_F(ThreeApics, msi_addresses_name_the_apic) {
  EXPECT_EQ(bus.deliver_msi(0xFEE02000, 0x55), 1u);
  EXPECT_EQ(takers(0x55), 0b100u);
  EXPECT_EQ(bus.deliver_msi(0xFED00000, 0x55), 0u);
  EXPECT_EQ(bus.deliver_msi(0x1FEE02000, 0x55), 0u);
}

}  // namespace
}  // namespace mullion::x86
