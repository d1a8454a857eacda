// Round trips of saved state, and what a damaged one is answered with.
// SPDX-License-Identifier: Apache-2.0
#include "state/state.hpp"

#include <gtest/gtest.h>

#include <random>

namespace mullion {
namespace {

enum class Mode : uint8_t { off, on };
struct Sample {
  uint8_t a = 1;
  uint64_t b = 2;
  bool c = false;
  Mode mode = Mode::off;
  std::array<uint16_t, 3> d{};
  std::vector<uint8_t> e;
  uint32_t added_later = 77;
};

template <class Archive, class S>
void fields(Archive& ar, S& s) {
  ar.field(1, s.a);
  ar.field(2, s.b);
  ar.field(3, s.c);
  ar.field(4, s.mode);
  ar.field(5, s.d);
  ar.field(6, s.e);
}

std::vector<uint8_t> sample_bytes() {
  const Sample s{9, uint64_t{1} << 60, true, Mode::on, {1, 2, 65535}, {5, 6, 7}, 0};
  StateWriter w;
  fields(w, s);
  return w.bytes();
}

TEST(State, fields_come_back_and_write_the_same_bytes) {
  const auto bytes = sample_bytes();
  auto r = StateReader::parse(bytes);
  ASSERT_TRUE(r);
  Sample s;
  fields(*r, s);
  ASSERT_TRUE(r->finish());
  EXPECT_EQ(s.b, uint64_t{1} << 60);
  EXPECT_EQ(s.mode, Mode::on);
  EXPECT_EQ(s.d[2], 65535);
  EXPECT_EQ(s.e.size(), 3u);
  StateWriter again;
  fields(again, s);
  EXPECT_EQ(again.bytes(), bytes);
}

TEST(State, an_absent_field_keeps_its_default) {
  const auto bytes = sample_bytes();
  auto r = StateReader::parse(bytes);
  ASSERT_TRUE(r);
  Sample s;
  r->field(40, s.added_later);
  EXPECT_TRUE(r->finish());
  EXPECT_EQ(s.added_later, 77u);
  EXPECT_FALSE(r->has(40));
}

TEST(State, wrong_lengths_and_values_are_errors) {
  const auto bytes = sample_bytes();
  auto r = StateReader::parse(bytes);
  ASSERT_TRUE(r);
  uint32_t wrong = 0;
  r->field(1, wrong);
  EXPECT_FALSE(r->finish());
  auto q = StateReader::parse(bytes);
  bool truth = false;
  q->field(1, truth);  // 9 is not a truth value
  EXPECT_FALSE(q->finish());
  auto p = StateReader::parse(bytes);
  p->check(false, "count");
  EXPECT_NE(p->finish().error().message.find("count"), std::string::npos);
}

TEST(State, files_round_trip_byte_for_byte) {
  StateFile file;
  StateWriter w;
  w.field(1, uint32_t{42});
  file.add("rtc", w);
  file.add("empty", StateWriter{});
  const auto bytes = file.serialise();
  auto back = StateFile::parse(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->serialise(), bytes);
  EXPECT_EQ(back->names(), (std::vector<std::string>{"rtc", "empty"}));
  EXPECT_EQ(back->unit("nothing"), nullptr);
}

TEST(State, damaged_files_never_crash_and_cut_ones_are_refused) {
  StateFile file;
  StateWriter w;
  w.field(1, uint32_t{42});
  file.add("rtc", w);
  const auto good = file.serialise();
  for (size_t n = 0; n < good.size(); ++n) {
    if (n == 8) continue;  // the magic alone is a file without units
    EXPECT_FALSE(StateFile::parse(std::span{good}.first(n))) << n;
  }
  std::mt19937 random{1};
  for (int i = 0; i < 20'000; ++i) {
    auto bad = good;
    for (int k = 0; k < 3; ++k) bad[random() % bad.size()] = static_cast<uint8_t>(random());
    auto parsed = StateFile::parse(bad);
    if (parsed && parsed->unit("rtc") != nullptr) (void)StateReader::parse(*parsed->unit("rtc"));
  }
}

}  // namespace
}  // namespace mullion
