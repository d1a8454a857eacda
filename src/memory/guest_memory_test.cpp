// Guest memory: layout, what the CPU sees, DMA's limits, A20, shadowing, dirty pages.
// SPDX-License-Identifier: Apache-2.0
#include "memory/guest_memory.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace mullion {
namespace {

constexpr uint64_t kMiB = 1 << 20;

class GuestMemoryTest : public testing::Test, public MappingListener, public CodeWatcher {
 protected:
  GuestMemoryTest() {
    ram_ = *memory_.add_block("ram", 4 * kMiB);
    rom_ = *memory_.add_block("rom", 128 << 10);
    std::fill_n(memory_.block_bytes(rom_).begin(), 128 << 10, uint8_t{0xEA});
    EXPECT_TRUE(memory_.map(0, 0xA0000, RangeUse::ram(ram_, 0)));
    EXPECT_TRUE(memory_.map(kMiB, 3 * kMiB, RangeUse::ram(ram_, kMiB)));
    EXPECT_TRUE(memory_.map(0xE0000, 0x20000, RangeUse::read_only(rom_, 0)));
    memory_.add_listener(*this);
    memory_.add_code_watcher(*this);
  }
  void on_mapping_change(uint64_t gpa, uint64_t size) override { changes_ += fmt::format("{:x}+{:x} ", gpa, size); }
  void dma_write(uint64_t gpa, uint64_t size) override { writes_ += fmt::format("{:x}+{:x} ", gpa, size); }

  GuestMemory memory_;
  BlockId ram_ = 0;
  BlockId rom_ = 0;
  std::string changes_;
  std::string writes_;
};

TEST_F(GuestMemoryTest, pages_say_what_they_are) {
  const PageView ram = memory_.resolve_page(0x1234);
  EXPECT_TRUE(ram.is_ram);
  EXPECT_EQ(ram.read, memory_.block_bytes(ram_).data() + 0x1000);
  EXPECT_EQ(ram.write, ram.read);
  const PageView rom = memory_.resolve_page(0xF0000);
  EXPECT_EQ(rom.read[0], 0xEA);
  EXPECT_EQ(rom.write, nullptr);
  EXPECT_TRUE(rom.write_dropped);
  for (const uint64_t gpa : {uint64_t{0xA0000}, 4 * kMiB, uint64_t{0xFEC00000}, ~uint64_t{0}}) {
    const PageView hole = memory_.resolve_page(gpa);
    EXPECT_EQ(hole.read, nullptr);
    EXPECT_EQ(hole.write, nullptr);
    EXPECT_FALSE(hole.write_dropped);
  }
  EXPECT_EQ(memory_.ram_bytes(), 0xA0000 + 3 * kMiB);
}

TEST_F(GuestMemoryTest, dma_reaches_ram_and_rom_only_and_all_or_nothing) {
  ASSERT_TRUE(memory_.copy_out<uint32_t>(0x9FFFC, 0x12345678));
  EXPECT_EQ(memory_.copy_in<uint32_t>(0x9FFFC), 0x12345678u);
  EXPECT_FALSE(memory_.copy_out<uint64_t>(0x9FFFC, 0));
  EXPECT_EQ(memory_.copy_in<uint32_t>(0x9FFFC), 0x12345678u);
  EXPECT_FALSE(memory_.copy_in<uint32_t>(0xA0000));
  EXPECT_FALSE(memory_.copy_in<uint32_t>(0xFEE00000));
  EXPECT_TRUE(memory_.copy_out<uint32_t>(0xE0000, 1));
  EXPECT_EQ(memory_.copy_in<uint32_t>(0xE0000), 0xEAEAEAEAu);
}

TEST_F(GuestMemoryTest, ranges_that_wrap_are_refused) {
  uint8_t byte = 0;
  EXPECT_FALSE(memory_.copy_in(~uint64_t{0}, &byte, 1));
  EXPECT_FALSE(memory_.copy_in(0x1000, &byte, ~uint64_t{0}));
  EXPECT_FALSE(memory_.fill(0, 0, 5 * kMiB));
  EXPECT_TRUE(memory_.copy_in(0, &byte, 0));
  EXPECT_FALSE(memory_.map(~uint64_t{0xFFF}, 0x2000, RangeUse::ram(ram_, 0)));
  EXPECT_FALSE(memory_.map(0x1000, 0x1800, RangeUse::ram(ram_, 0)));
  EXPECT_FALSE(memory_.map(0, 0x1000, RangeUse::ram(ram_, 4 * kMiB)));
  EXPECT_FALSE(memory_.map(0, 0x1000, RangeUse::ram(77, 0)));
  EXPECT_EQ(changes_, "");
}

TEST_F(GuestMemoryTest, dma_tells_the_owner_of_decoded_code) {
  ASSERT_TRUE(memory_.fill(0x3000, 0x90, 0x1001));
  EXPECT_EQ(writes_, "3000+1001 ");
  EXPECT_FALSE(memory_.fill(0xA0000, 0, 1));
  EXPECT_EQ(writes_, "3000+1001 ");
}

TEST_F(GuestMemoryTest, shadowing_goes_through_its_four_states) {
  const auto pam = [&](const RangeUse& use) { ASSERT_TRUE(memory_.map(0xF0000, 0x10000, use)); };
  // Read ROM, write RAM: the firmware copies itself.
  pam(RangeUse::read_rom_write_ram(rom_, 0x10000, ram_, 0xF0000));
  for (uint64_t a = 0xF0000; a < 0x100000; a += 8) {
    ASSERT_TRUE(memory_.copy_out<uint64_t>(a, *memory_.copy_in<uint64_t>(a) ^ 1));
  }
  EXPECT_EQ(memory_.copy_in<uint8_t>(0xF0000), 0xEA);
  // RAM, write-protected.
  pam(RangeUse::read_only(ram_, 0xF0000));
  EXPECT_EQ(memory_.copy_in<uint8_t>(0xF0000), 0xEB);
  EXPECT_TRUE(memory_.copy_out<uint8_t>(0xF0000, 0));
  EXPECT_EQ(memory_.copy_in<uint8_t>(0xF0000), 0xEB);
  // RAM.
  pam(RangeUse::ram(ram_, 0xF0000));
  EXPECT_TRUE(memory_.copy_out<uint8_t>(0xF0000, 7));
  EXPECT_EQ(memory_.copy_in<uint8_t>(0xF0000), 7);
  // Device.
  pam(RangeUse::device());
  EXPECT_FALSE(memory_.copy_in<uint8_t>(0xF0000));
  EXPECT_EQ(changes_, "f0000+10000 f0000+10000 f0000+10000 f0000+10000 ");
  EXPECT_EQ(memory_.resolve_page(0xEFFFF).read[0], 0xEA);
}

TEST_F(GuestMemoryTest, a20_off_folds_odd_megabytes_for_the_cpu_alone) {
  ASSERT_TRUE(memory_.copy_out<uint8_t>(0x500, 1));
  ASSERT_TRUE(memory_.copy_out<uint8_t>(0x100500, 2));
  memory_.set_a20(false);
  EXPECT_EQ(memory_.resolve_page(0x100500).read[0x500], 1);
  EXPECT_EQ(memory_.resolve_page(0x200500).read, memory_.block_bytes(ram_).data() + 2 * kMiB);
  EXPECT_EQ(memory_.copy_in<uint8_t>(0x100500), 2);
  memory_.set_a20(false);
  memory_.set_a20(true);
  EXPECT_EQ(memory_.resolve_page(0x100500).read[0x500], 2);
  EXPECT_EQ(changes_, "0+ffffffffffffffff 0+ffffffffffffffff ");
}

TEST_F(GuestMemoryTest, remapping_the_same_use_leaves_no_pieces) {
  for (int i = 0; i < 1000; ++i) {
    const uint64_t page = static_cast<uint64_t>(i % 150) * 0x1000;
    ASSERT_TRUE(memory_.map_device(page, 0x1000));
    ASSERT_TRUE(memory_.map(page, 0x1000, RangeUse::ram(ram_, page)));
  }
  EXPECT_EQ(memory_.ram_bytes(), 0xA0000 + 3 * kMiB);
  // A guest cannot make the map grow without bounds.
  unsigned refused = 0;
  for (uint64_t page = 0; page < 3 * kMiB; page += 0x2000) {
    refused += memory_.map_device(kMiB + page, 0x1000) ? 0 : 1;
  }
  EXPECT_GT(refused, 0u);
  EXPECT_TRUE(memory_.copy_in<uint8_t>(0x1000));
}

TEST_F(GuestMemoryTest, dirty_pages_are_collected_once) {
  memory_.set_dirty_tracking(true);
  ASSERT_TRUE(memory_.copy_out<uint16_t>(0x1FFF, 0));
  memory_.mark_dirty(0x100000 + 65 * 0x1000, 1);
  memory_.mark_dirty(0xA0000, 1);
  const auto dirty = memory_.take_dirty(ram_);
  EXPECT_EQ(dirty[0], 0b110u);
  EXPECT_EQ(dirty[(256 + 65) / 64], uint64_t{1} << 1);
  for (const uint64_t word : memory_.take_dirty(ram_)) EXPECT_EQ(word, 0u);
}

TEST_F(GuestMemoryTest, lookups_in_another_thread_see_a_whole_map) {
  std::atomic<bool> stop{false};
  std::thread reader{[&] {
    while (!stop) {
      const PageView page = memory_.resolve_page(0xF0000);
      EXPECT_TRUE(page.read == nullptr || page.read[0] == 0xEA || page.is_ram);
      EXPECT_TRUE(memory_.copy_in<uint8_t>(0x1000));
    }
  }};
  for (int i = 0; i < 3000; ++i) {
    ASSERT_TRUE(memory_.map(0xF0000, 0x10000, RangeUse::ram(ram_, 0xF0000)));
    ASSERT_TRUE(memory_.map_device(0xF0000, 0x10000));
    ASSERT_TRUE(memory_.map(0xF0000, 0x10000, RangeUse::read_only(rom_, 0x10000)));
  }
  stop = true;
  reader.join();
}

TEST(HostMemory, more_than_any_host_has_is_an_error_with_a_remedy) {
  GuestMemory memory;
  const auto too_much = memory.add_block("pc.ram", uint64_t{1} << 46);
  ASSERT_FALSE(too_much);
  EXPECT_NE(too_much.error().message.find("-m"), std::string::npos);
  EXPECT_FALSE(memory.add_block("pc.ram", 0));
  EXPECT_FALSE(memory.add_block("pc.ram", ~uint64_t{0}));
}

TEST(HostMemory, guard_pages_surround_a_block) {
  auto memory = HostMemory::allocate(kPageSize);
  ASSERT_TRUE(memory);
  memory->data()[0] = 1;
  memory->data()[kPageSize - 1] = 1;
  EXPECT_DEATH(memory->data()[kPageSize] = 1, "");
  EXPECT_FALSE(HostMemory::allocate(100));
}

}  // namespace
}  // namespace mullion
