// The known name nearest to a misspelt one, for "did you mean".
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mullion::control {

// Insertions, deletions, replacements and swaps of neighbours that turn one into the other; case does not count.
[[nodiscard]] unsigned edit_distance(std::string_view a, std::string_view b);

// The nearest of `known`, or empty when `known` is empty. Ties go to the first.
[[nodiscard]] std::string_view nearest_name(std::string_view name, std::vector<std::string_view> const& known);

// `; the nearest known is 'X'`, or nothing when there is none to name.
[[nodiscard]] std::string nearest_hint(std::string_view name, std::vector<std::string_view> const& known);

}  // namespace mullion::control
