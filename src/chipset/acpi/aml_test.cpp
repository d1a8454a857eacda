// The AML builder's encodings against the examples of the ACPI specification's grammar.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/acpi/aml.hpp"

#include <gtest/gtest.h>

namespace mullion::aml {
namespace {

TEST(Aml, names_are_padded_and_prefixed) {
  EXPECT_EQ(name_string("\\_SB"), (Term{'\\', '_', 'S', 'B', '_'}));
  EXPECT_EQ(name_string("^A.B"), (Term{'^', 0x2e, 'A', '_', '_', '_', 'B', '_', '_', '_'}));
  EXPECT_EQ(name_string("A.B.CDEF"), (Term{0x2f, 3, 'A', '_', '_', '_', 'B', '_', '_', '_', 'C', 'D', 'E', 'F'}));
}

TEST(Aml, integers_take_the_shortest_form) {
  EXPECT_EQ(integer(0), (Term{0x00}));
  EXPECT_EQ(integer(1), (Term{0x01}));
  EXPECT_EQ(integer(2), (Term{0x0a, 2}));
  EXPECT_EQ(integer(0x1234), (Term{0x0b, 0x34, 0x12}));
  EXPECT_EQ(integer(0x12345678), (Term{0x0c, 0x78, 0x56, 0x34, 0x12}));
  EXPECT_EQ(integer(uint64_t{1} << 32), (Term{0x0e, 0, 0, 0, 0, 1, 0, 0, 0}));
}

TEST(Aml, eisa_id_is_compressed) {
  // ASL: EisaId ("PNP0A03") is 0x030AD041, stored least significant byte first.
  EXPECT_EQ(eisa_id("PNP0A03"), (Term{0x0c, 0x41, 0xd0, 0x0a, 0x03}));
}

TEST(Aml, package_length_counts_itself_at_each_step_of_width) {
  // ACPI 20.2.4: one byte up to 63, two up to 4095, three up to 1048575.
  const auto lead = [](size_t body) { return scope("ABCD", std::vector<Term>{Term(body, 0xa3)}); };
  EXPECT_EQ(lead(58)[1], 63);  // 1 + 4 + 58
  EXPECT_EQ(lead(59)[1], 0x40 | ((2 + 4 + 59) & 0xf));
  EXPECT_EQ(lead(59)[2], (2 + 4 + 59) >> 4);
  EXPECT_EQ(lead(4089)[1] >> 6, 1);  // 2 + 4 + 4089 = 4095
  EXPECT_EQ(lead(4090)[1] >> 6, 2);
}

TEST(Aml, resource_templates_end_with_the_end_tag) {
  EXPECT_EQ(resource_template({irq_no_flags(8)}), (Term{0x11, 8, 0x0a, 5, 0x22, 0x00, 0x01, 0x79, 0x00}));
}

}  // namespace
}  // namespace mullion::aml
