// Checked arithmetic for numbers that come from a guest or from a person.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <concepts>
#include <cstdint>
#include <optional>

namespace mullion {

template <std::integral T>
[[nodiscard]] constexpr std::optional<T> checked_add(T a, T b) {
  T sum{};
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

template <std::integral T>
[[nodiscard]] constexpr std::optional<T> checked_mul(T a, T b) {
  T product{};
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

// True if [start, start + length) lies within [0, limit) and does not wrap.
[[nodiscard]] constexpr bool in_range(uint64_t start, uint64_t length, uint64_t limit) {
  return start <= limit && length <= limit - start;
}

// a * b / c with a 128-bit product: unit conversion of clocks. `c` is not zero.
[[nodiscard]] constexpr uint64_t mul_div(uint64_t a, uint64_t b, uint64_t c) {
  return static_cast<uint64_t>(static_cast<unsigned __int128>(a) * b / c);
}

// The same, rounded up: the first moment at which a count has been reached.
[[nodiscard]] constexpr uint64_t mul_div_up(uint64_t a, uint64_t b, uint64_t c) {
  return static_cast<uint64_t>((static_cast<unsigned __int128>(a) * b + c - 1) / c);
}

}  // namespace mullion
