// Edit distance and the hint made of it.
// SPDX-License-Identifier: Apache-2.0
#include "control/nearest.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace mullion::control {
namespace {

constexpr std::size_t kMaxCompared { 64 };  // longer names are compared by their beginning

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

unsigned edit_distance(std::string_view a, std::string_view b) {
  a = a.substr(0, kMaxCompared);
  b = b.substr(0, kMaxCompared);
  std::vector<unsigned> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j { 0 }; j <= b.size(); ++j) above[j] = static_cast<unsigned>(j);
  for (std::size_t i { 1 }; i <= a.size(); ++i) {
    row[0] = static_cast<unsigned>(i);
    for (std::size_t j { 1 }; j <= b.size(); ++j) {
      bool const same { lower(a[i - 1]) == lower(b[j - 1]) };
      row[j] = std::min({ above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0u : 1u) });
      bool const swapped { i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]) };
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

std::string_view nearest_name(std::string_view name, std::vector<std::string_view> const& known) {
  std::string_view best;
  unsigned least { std::numeric_limits<unsigned>::max() };
  for (auto const candidate : known) {
    unsigned const distance { edit_distance(name, candidate) };
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

std::string nearest_hint(std::string_view name, std::vector<std::string_view> const& known) {
  auto const best = nearest_name(name, known);
  return best.empty() ? std::string {} : fmt::format("; the nearest known is '{}'", best);
}

}  // namespace mullion::control
