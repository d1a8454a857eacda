// Port and memory dispatch: ranges, priorities, splitting, silence; interrupt lines.
// SPDX-License-Identifier: Apache-2.0
#include "bus/line.hpp"
#include "bus/mmio_bus.hpp"
#include "bus/port_bus.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mullion {
namespace {

// Answers with a recognisable byte for each register and notes what it was asked.
class Probe final : public PioTarget, public MmioTarget {
 public:
  explicit Probe(uint8_t tag) : tag_(tag) {}
  IoRead pio_read(uint16_t offset, unsigned size) override { return answer(offset, size); }
  IoStatus pio_write(uint16_t offset, unsigned size, uint32_t value) override { return note(offset, size, value); }
  IoRead mmio_read(uint64_t offset, unsigned size) override { return answer(offset, size); }
  IoStatus mmio_write(uint64_t offset, unsigned size, uint64_t value) override { return note(offset, size, value); }
  std::string log;
  IoStatus status = IoStatus::ok;

 private:
  IoRead answer(uint64_t offset, unsigned size) {
    log += fmt::format("r{:x}/{} ", offset, size);
    uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i) value |= uint64_t{uint8_t(tag_ + offset + i)} << (i * 8);
    return {status, value};
  }
  IoStatus note(uint64_t offset, unsigned size, uint64_t value) {
    log += fmt::format("w{:x}/{}={:x} ", offset, size, value);
    return status;
  }
  uint8_t tag_;
};

TEST(PortBus, unassigned_ports_read_as_ones) {
  PortBus bus;
  EXPECT_EQ(bus.read(0x123, 1), 0xFFu);
  EXPECT_EQ(bus.read(0xFFFF, 4), 0xFFFFFFFFu);
  bus.write(0xFFFF, 4, 1);
}

TEST(PortBus, wide_accesses_are_split_to_what_the_device_takes) {
  PortBus bus;
  Probe bytes{0x10};
  Probe words{0x40};
  bus.map({.first = 0x100, .count = 4, .max_size = 1}, bytes);
  bus.map({.first = 0x104, .count = 8, .max_size = 2}, words);
  EXPECT_EQ(bus.read(0x100, 4), 0x13121110u);
  EXPECT_EQ(bytes.log, "r0/1 r1/1 r2/1 r3/1 ");
  bus.write(0x104, 4, 0xAABBCCDD);
  EXPECT_EQ(words.log, "w0/2=ccdd w2/2=aabb ");
  EXPECT_EQ(bus.read(0x102, 4), 0x41401312u);
}

TEST(PortBus, an_access_that_leaves_the_range_reads_ones_there) {
  PortBus bus;
  Probe p{0x10};
  bus.map({.first = 0x3FF, .count = 1, .max_size = 4}, p);
  EXPECT_EQ(bus.read(0x3FE, 4), 0xFFFF10FFu);
  EXPECT_EQ(p.log, "r0/1 ");
}

TEST(PortBus, the_higher_priority_answers_and_gives_back_when_unmapped) {
  PortBus bus;
  Probe low{0x10};
  Probe high{0x80};
  bus.map({.first = 0xCF8, .count = 8, .max_size = 4}, low);
  const auto h = bus.map({.first = 0xCF9, .count = 1, .max_size = 1, .priority = 1}, high);
  EXPECT_EQ(bus.read(0xCF8, 1), 0x10u);
  EXPECT_EQ(bus.read(0xCF9, 1), 0x80u);
  bus.unmap(h);
  EXPECT_EQ(bus.read(0xCF9, 1), 0x11u);
  bus.unmap(h);
  bus.unmap(12345);
}

TEST(PortBus, a_register_that_is_not_there_reads_as_ones) {
  PortBus bus;
  Probe p{0};
  p.status = IoStatus::nobody;
  bus.map({.first = 0x60, .count = 1, .max_size = 1}, p);
  EXPECT_EQ(bus.read(0x60, 1), 0xFFu);
}

TEST(PortBus, a_range_past_the_last_port_is_cut_off) {
  PortBus bus;
  Probe p{0};
  bus.map({.first = 0xFFFE, .count = 16, .max_size = 4}, p);
  EXPECT_EQ(bus.read(0xFFFE, 4), 0xFFFF0100u);
}

TEST(MmioBus, ranges_split_and_align) {
  MmioBus bus;
  Probe p{0x10};
  bus.map({.base = 0xFEC00000, .size = 0x1000, .max_size = 4}, p);
  EXPECT_EQ(bus.read(0xFEC00000, 8), 0x1716151413121110u);
  EXPECT_EQ(p.log, "r0/4 r4/4 ");
  p.log.clear();
  EXPECT_EQ(bus.read(0xFEC00001, 4), 0x14131211u);
  EXPECT_EQ(p.log, "r1/1 r2/2 r4/1 ");
  EXPECT_EQ(bus.read(0xFEBFFFFE, 4), 0x1110FFFFu);
  EXPECT_EQ(bus.read(0xFEC00FFE, 4), 0xFFFF0F0Eu);
}

TEST(MmioBus, narrow_reads_come_out_of_the_smallest_the_device_takes) {
  MmioBus bus;
  Probe p{0x10};
  bus.map({.base = 0x1000, .size = 0x100, .max_size = 4, .min_size = 4}, p);
  EXPECT_EQ(bus.read(0x1002, 1), 0x12u);
  EXPECT_EQ(p.log, "r0/4 ");
}

TEST(MmioBus, overlaps_follow_priority_then_age) {
  MmioBus bus;
  Probe a{0x00};
  Probe b{0x40};
  bus.map({.base = 0x1000, .size = 0x1000, .max_size = 1}, a);
  const auto h = bus.map({.base = 0x1800, .size = 0x10, .max_size = 1, .priority = 1}, b);
  EXPECT_EQ(bus.read(0x17FF, 1), 0xFFu);
  EXPECT_EQ(bus.read(0x1800, 1), 0x40u);
  EXPECT_EQ(bus.read(0x1811, 1), 0x11u);
  bus.unmap(h);
  EXPECT_EQ(bus.read(0x1805, 1), 0x05u);
}

TEST(MmioBus, the_last_byte_of_the_address_space_can_be_mapped) {
  MmioBus bus;
  Probe p{0x10};
  bus.map({.base = ~uint64_t{0xFFF}, .size = 0x1000, .max_size = 8}, p);
  EXPECT_EQ(bus.read(~uint64_t{0}, 1), 0x0Fu);
  EXPECT_EQ(bus.read(~uint64_t{0}, 8) & 0xFF, 0x0Fu);
}

class Recorder final : public LineSink {
 public:
  void set_line(unsigned index, bool level) override { log += fmt::format("{}{} ", index, level ? '+' : '-'); }
  std::string log;
};

TEST(Line, only_changes_reach_the_sink_and_unconnected_lines_are_silent) {
  Recorder sink;
  Line line{sink, 3};
  line.raise();
  line.raise();
  line.lower();
  line.pulse();
  EXPECT_EQ(sink.log, "3+ 3- 3+ 3- ");
  Line nowhere;
  nowhere.pulse();
  EXPECT_FALSE(nowhere.connected());
}

TEST(Line, an_or_gate_is_high_while_any_input_is) {
  Recorder sink;
  OrGate gate{Line{sink, 1}};
  Line a{gate, 0};
  Line b{gate, 1};
  a.raise();
  b.raise();
  a.lower();
  EXPECT_EQ(sink.log, "1+ ");
  b.lower();
  EXPECT_EQ(sink.log, "1+ 1- ");
}

TEST(Line, a_splitter_feeds_all_its_sinks) {
  Recorder pic;
  Recorder ioapic;
  Splitter splitter{{Line{pic, 0}, Line{ioapic, 2}}};
  Line{splitter, 0}.pulse();
  EXPECT_EQ(pic.log, "0+ 0- ");
  EXPECT_EQ(ioapic.log, "2+ 2- ");
}

}  // namespace
}  // namespace mullion
