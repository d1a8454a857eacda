// Parsing of key=value lists, JSON objects, booleans, numbers and sizes.
// SPDX-License-Identifier: Apache-2.0
#include "control/keyval.hpp"

#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace mullion::control {
namespace {

constexpr std::size_t kMaxJsonBytes { 1u << 20 };
constexpr int kMaxJsonDepth { 64 };

// Takes the text up to the next single comma off `rest`, with each `,,` made one comma.
std::string take_item(std::string_view& rest) {
  std::string item;
  while (!rest.empty()) {
    if (rest.front() != ',') {
      item += rest.front();
      rest.remove_prefix(1);
    } else if (rest.size() > 1 && rest[1] == ',') {
      item += ',';
      rest.remove_prefix(2);
    } else {
      rest.remove_prefix(1);
      break;
    }
  }
  return item;
}

// The nesting of brackets outside strings, so that a hostile text never reaches the recursive parser.
bool deeper_than_allowed(std::string_view text) {
  int depth { 0 };
  bool in_string { false };
  for (std::size_t i { 0 }; i < text.size(); ++i) {
    char const c { text[i] };
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxJsonDepth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

Result<void> flatten(nlohmann::json const& node, std::string const& prefix, std::vector<KeyValue>& out) {
  auto const child = [&](std::string const& name) { return prefix.empty() ? name : prefix + '.' + name; };
  if (node.is_object()) {
    for (auto it = node.begin(); it != node.end(); ++it) {
      if (auto done = flatten(it.value(), child(it.key()), out); !done) return done;
    }
  } else if (node.is_array()) {
    for (std::size_t i { 0 }; i < node.size(); ++i) {
      if (auto done = flatten(node[i], child(std::to_string(i)), out); !done) return done;
    }
  } else if (node.is_boolean()) {
    out.push_back({ prefix, node.get<bool>() ? "on" : "off" });
  } else if (node.is_string()) {
    out.push_back({ prefix, node.get<std::string>() });
  } else if (node.is_number()) {
    out.push_back({ prefix, node.dump() });
  } else {
    return failure("'{}' is null in the JSON object: leave it out", prefix);
  }
  return {};
}

std::uint64_t unit_of(char suffix) {
  switch (suffix) {
    case 'b': case 'B': return 1;
    case 'k': case 'K': return 1ull << 10;
    case 'm': case 'M': return 1ull << 20;
    case 'g': case 'G': return 1ull << 30;
    case 't': case 'T': return 1ull << 40;
    case 'p': case 'P': return 1ull << 50;
    case 'e': case 'E': return 1ull << 60;
    default: return 0;
  }
}

}  // namespace

Result<std::vector<KeyValue>> parse_keyval(std::string_view text, std::string_view implied_key) {
  if (!text.empty() && text.front() == '{') return parse_json_object(text);
  std::vector<KeyValue> out;
  std::string_view rest { text };
  for (bool first { true }; !rest.empty(); first = false) {
    std::string const item { take_item(rest) };
    auto const equals = item.find('=');
    if (equals == 0) return failure("a name is missing before '{}'", item);
    if (equals != std::string::npos) {
      out.push_back({ item.substr(0, equals), item.substr(equals + 1) });
    } else if (first && !implied_key.empty()) {
      out.push_back({ std::string { implied_key }, item });
    } else if (item.empty()) {
      return failure("a name is missing between two commas (a literal comma is written twice)");
    } else {
      out.push_back({ item, "on", true });
    }
  }
  return out;
}

Result<std::vector<KeyValue>> parse_json_object(std::string_view text) {
  if (text.size() > kMaxJsonBytes) return failure("the JSON object is larger than 1 MiB");
  if (deeper_than_allowed(text)) return failure("the JSON object nests deeper than {}", kMaxJsonDepth);
  auto const tree = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
  if (tree.is_discarded()) return failure("the value starts with '{{' but is not a JSON object");
  std::vector<KeyValue> out;
  if (auto done = flatten(tree, "", out); !done) return tl::unexpected { done.error() };
  return out;
}

std::optional<bool> parse_bool(std::string_view text) {
  if (text == "on" || text == "yes" || text == "true" || text == "y") return true;
  if (text == "off" || text == "no" || text == "false" || text == "n") return false;
  return std::nullopt;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  int base { 10 };
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text[0] == '0') {
    base = 8;
  }
  std::uint64_t value { 0 };
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc {} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> parse_size(std::string_view text, std::uint64_t default_unit) {
  if (text.empty()) return std::nullopt;
  std::uint64_t unit { default_unit };
  bool const hex { text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') };
  if (!hex && unit_of(text.back()) != 0) {
    unit = unit_of(text.back());
    text.remove_suffix(1);
  }
  auto const dot = text.find('.');
  std::uint64_t whole { 0 };
  auto const digits = text.substr(0, dot);
  if (digits.empty()) return std::nullopt;
  auto const base_text = hex ? digits.substr(2) : digits;
  auto const [end, error] =
      std::from_chars(base_text.data(), base_text.data() + base_text.size(), whole, hex ? 16 : 10);
  if (error != std::errc {} || end != base_text.data() + base_text.size()) return std::nullopt;
  if (whole > std::numeric_limits<std::uint64_t>::max() / unit) return std::nullopt;
  std::uint64_t bytes { whole * unit };
  if (dot == std::string_view::npos) return bytes;
  if (hex) return std::nullopt;
  double part { 0 };
  double place { 0.1 };
  auto const fraction = text.substr(dot + 1);
  if (fraction.empty()) return std::nullopt;
  for (char const c : fraction) {
    if (c < '0' || c > '9') return std::nullopt;
    part += (c - '0') * place;
    place /= 10;
  }
  auto const extra = static_cast<std::uint64_t>(std::floor(part * static_cast<double>(unit)));
  if (bytes > std::numeric_limits<std::uint64_t>::max() - extra) return std::nullopt;
  return bytes + extra;
}

}  // namespace mullion::control
