// The soft TLB: what matches, and what each flush drops.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/mem/tlb.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace mullion::x86 {
namespace {

bool hits(Tlb& t, uint64_t lin, bool write, unsigned size = 1) {
  TlbEntry const& e = t.at(lin);
  return lin + (write ? e.neg_w : e.neg_r) <= 4096 - size;
}

class TlbTest : public testing::Test {
 protected:
  std::unique_ptr<Tlb> tlb = std::make_unique<Tlb>();
  uint8_t page[4096];
};

TEST_F(TlbTest, empty_slots_match_no_address) {
  for (uint64_t const lin : {uint64_t{0}, uint64_t{0xFFF}, uint64_t{0x1000}, ~uint64_t{0}, uint64_t{1} << 63, uint64_t{0xFFF000}}) {
    EXPECT_FALSE(hits(*tlb, lin, false));
    EXPECT_FALSE(hits(*tlb, lin, true));
  }
}

TEST_F(TlbTest, rights_and_crossing_are_one_compare) {
  tlb->fill(0x7000, 0x3000, page, true, false, false, false);
  EXPECT_TRUE(hits(*tlb, 0x7000, false, 8));
  EXPECT_TRUE(hits(*tlb, 0x7FF8, false, 8));
  EXPECT_FALSE(hits(*tlb, 0x7FF9, false, 8));
  EXPECT_FALSE(hits(*tlb, 0x7000, true));
  EXPECT_FALSE(hits(*tlb, 0x7000 + (uint64_t{Tlb::kEntries} << 12), false)) << "same slot, another page";
}

TEST_F(TlbTest, global_pages_survive_a_change_of_address_space) {
  tlb->fill(0x1000, 0x1000, page, true, true, true, false);
  tlb->fill(0x2000, 0x2000, page, true, true, false, false);
  tlb->flush(false);
  EXPECT_TRUE(hits(*tlb, 0x1000, true));
  EXPECT_FALSE(hits(*tlb, 0x2000, false));
  tlb->flush(true);
  EXPECT_FALSE(hits(*tlb, 0x1000, false));
}

TEST_F(TlbTest, flushing_one_address_of_a_large_page_drops_all_of_it) {
  tlb->fill(0x200000, 0x200000, page, true, true, false, true);
  tlb->fill(0x201000, 0x201000, page, true, true, false, true);
  tlb->fill(0x40000000, 0x202000, page, true, true, false, false);
  tlb->flush_page(0x3FF000);
  EXPECT_FALSE(hits(*tlb, 0x200000, false));
  EXPECT_FALSE(hits(*tlb, 0x201000, false));
  EXPECT_TRUE(hits(*tlb, 0x40000000, false));
}

TEST_F(TlbTest, a_page_that_became_code_is_still_readable) {
  tlb->fill(0x5000, 0x9000, page, true, true, false, false);
  tlb->fill(0x6000, 0x9000, page, true, true, false, false);
  tlb->forbid_writes(0x9123);
  EXPECT_TRUE(hits(*tlb, 0x5000, false));
  EXPECT_FALSE(hits(*tlb, 0x5000, true));
  EXPECT_FALSE(hits(*tlb, 0x6000, true));
}

}  // namespace
}  // namespace mullion::x86
