// Bytes and bits: little- and big-endian loads and stores, bit fields, masks.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mullion {

// Both supported hosts are little-endian, as the guest is.
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

template <class T>
[[nodiscard]] inline T load_le(const void* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <class T>
inline void store_le(void* to, T value) {
  std::memcpy(to, &value, sizeof value);
}

[[nodiscard]] constexpr uint16_t byte_swap(uint16_t v) { return __builtin_bswap16(v); }
[[nodiscard]] constexpr uint32_t byte_swap(uint32_t v) { return __builtin_bswap32(v); }
[[nodiscard]] constexpr uint64_t byte_swap(uint64_t v) { return __builtin_bswap64(v); }

template <class T>
[[nodiscard]] inline T load_be(const void* from) {
  return byte_swap(load_le<T>(from));
}

template <class T>
inline void store_be(void* to, T value) {
  store_le<T>(to, byte_swap(value));
}

[[nodiscard]] constexpr uint64_t bit(unsigned n) { return uint64_t{1} << n; }
[[nodiscard]] constexpr bool test_bit(uint64_t v, unsigned n) { return ((v >> n) & 1) != 0; }

// The low `n` bits set; n = 64 is all of them.
[[nodiscard]] constexpr uint64_t low_mask(unsigned n) { return n >= 64 ? ~uint64_t{0} : bit(n) - 1; }

// Bits hi..lo of v, right-aligned.
[[nodiscard]] constexpr uint64_t bits(uint64_t v, unsigned hi, unsigned lo) { return (v >> lo) & low_mask(hi - lo + 1); }

// v with bit n set or cleared.
template <std::unsigned_integral T>
[[nodiscard]] constexpr T with_bit(T v, unsigned n, bool on) {
  return static_cast<T>(on ? (v | (T{1} << n)) : (v & ~(T{1} << n)));
}

// All ones in the low `size` bytes (1, 2, 4, 8): what an unanswered read returns.
[[nodiscard]] constexpr uint64_t all_ones(unsigned size) { return low_mask(size * 8); }

template <std::unsigned_integral T>
[[nodiscard]] constexpr T align_down(T v, T alignment) {
  return v & ~(alignment - 1);
}
template <std::unsigned_integral T>
[[nodiscard]] constexpr T align_up(T v, T alignment) {
  return align_down<T>(v + alignment - 1, alignment);
}

}  // namespace mullion
