// Lists such as `file,path=x,append=on`, and the same as a JSON object, in the order given.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mullion::control {

struct KeyValue {
  std::string key;
  std::string value;
  bool bare { false };  // written without `=`: `server`, `nowait`, `help`

  bool operator==(KeyValue const&) const = default;
};

// Splits at commas; a comma written twice is one literal comma. An item without `=` is the value of `implied_key`
// when it comes first and such a key exists, else the flag `item=on` (or `item=off` for `noitem` where a later
// lookup says that `item` is a boolean). Text that starts with `{` is a JSON object: see parse_json_object.
[[nodiscard]] Result<std::vector<KeyValue>> parse_keyval(std::string_view text, std::string_view implied_key = {});

// A JSON object flattened: nested members get dotted keys, array elements their index, booleans become on and off.
[[nodiscard]] Result<std::vector<KeyValue>> parse_json_object(std::string_view text);

// on, off, yes, no, true, false, y, n.
[[nodiscard]] std::optional<bool> parse_bool(std::string_view text);

// A number in C's notation (decimal, 0x…, 0…) that fits 64 bits.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text);

// A size: `512M`, `1.5G`, `0x1000`; suffixes b k M G T P E in either case. A bare number counts `default_unit` bytes.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text, std::uint64_t default_unit = 1);

}  // namespace mullion::control
