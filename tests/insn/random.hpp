// Random numbers for instruction tests, with a taste for values at which instructions change their minds.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <initializer_list>

namespace mullion::insn {

// xoshiro256**; the same seed gives the same tests everywhere.
class Random {
 public:
  explicit Random(uint64_t seed) {
    for (uint64_t& s : state_) {
      seed += 0x9E3779B97F4A7C15;
      uint64_t z = seed;
      z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
      z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
      s = z ^ (z >> 31);
    }
  }
  uint64_t next() {
    auto const rotate = [](uint64_t v, int k) { return v << k | v >> (64 - k); };
    uint64_t const result = rotate(state_[1] * 5, 7) * 9, t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotate(state_[3], 45);
    return result;
  }
  uint64_t below(uint64_t n) { return next() % n; }
  bool percent(unsigned p) { return below(100) < p; }
  template <class T> T pick(std::initializer_list<T> of) { return of.begin()[below(of.size())]; }

  // A general register's or a memory word's value.
  uint64_t value() {
    switch (below(10)) {
      case 0: return below(3) - 1;                                      // -1, 0, 1
      case 1: return below(256);
      case 2: return (uint64_t{1} << below(64)) - below(2);             // 2^n, 2^n - 1
      case 3: return 0 - (uint64_t{1} << below(64));
      case 4: return uint64_t(int64_t(int32_t(next())));
      case 5: return pick<uint64_t>({0x80, 0x7F, 0x8000, 0x7FFF, 0x80000000, 0x7FFFFFFF, 0x8000000000000000, 0x7FFFFFFFFFFFFFFF});
      default: return next();
    }
  }
  // 32 bits that are often an interesting float; 64 for doubles.
  uint32_t float_bits() {
    static constexpr uint32_t kSpecial[] = {0, 0x80000000, 0x3F800000, 0xBF800000, 0x7F800000, 0xFF800000, 0x7FC00000, 0x7FA00000,
                                            0xFFC12345, 1, 0x807FFFFF, 0x00800000, 0x7F7FFFFF, 0x4F000000, 0xCF000000, 0x5F000000};
    return percent(40) ? kSpecial[below(16)] : percent(50) ? uint32_t(0x3F000000 + below(0x2000000)) : uint32_t(next());
  }
  uint64_t double_bits() {
    static constexpr uint64_t kSpecial[] = {0, 0x8000000000000000, 0x3FF0000000000000, 0xBFF0000000000000, 0x7FF0000000000000,
                                            0xFFF0000000000000, 0x7FF8000000000000, 0x7FF4000000000000, 1, 0x800FFFFFFFFFFFFF,
                                            0x0010000000000000, 0x7FEFFFFFFFFFFFFF, 0x41E0000000000000, 0xC1E0000000000000,
                                            0x43E0000000000000, 0x36A0000000000000};
    return percent(40) ? kSpecial[below(16)] : percent(50) ? 0x3FE0000000000000 + below(0x40000000000000) : next();
  }

 private:
  uint64_t state_[4];
};

}  // namespace mullion::insn
