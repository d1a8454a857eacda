// Saved state: units by name, numbered additive fields, parsed and checked before anything changes.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/bytes.hpp"
#include "base/result.hpp"

#include <array>
#include <concepts>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace mullion {

template <class T>
concept StateScalar = std::integral<T> || std::is_enum_v<T>;

// The fields of one unit, being written. A unit's save() and restore() share one function that lists
// its fields, so that they cannot differ:
//   template <class Archive, class S> void fields(Archive& ar, S& s) { ar.field(1, s.irr); ... }
// A number is never used for something else later; new fields get new numbers.
class StateWriter {
 public:
  template <StateScalar T>
  void field(uint16_t number, const T& value) {
    std::array<uint8_t, sizeof(T)> raw{};
    store_le<T>(raw.data(), value);
    put(number, raw);
  }
  template <StateScalar T, size_t N>
  void field(uint16_t number, const std::array<T, N>& values) {
    std::array<uint8_t, sizeof(T) * N> raw{};
    for (size_t i = 0; i < N; ++i) store_le<T>(raw.data() + i * sizeof(T), values[i]);
    put(number, raw);
  }
  void field(uint16_t number, const std::vector<uint8_t>& bytes) { put(number, bytes); }

  const std::vector<uint8_t>& bytes() const { return out_; }

 private:
  void put(uint16_t number, std::span<const uint8_t> raw);
  std::vector<uint8_t> out_;
};

// The fields of one unit, being read. A field that is absent leaves its variable alone (it was added
// later: the default holds); one of another length is an error, which sticks.
class StateReader {
 public:
  // Splits the bytes of one unit; the bytes must outlive the reader.
  static Result<StateReader> parse(std::span<const uint8_t> bytes);

  template <StateScalar T>
  void field(uint16_t number, T& value) {
    if (const uint8_t* raw = find(number, sizeof(T))) value = load_scalar<T>(number, raw);
  }
  template <StateScalar T, size_t N>
  void field(uint16_t number, std::array<T, N>& values) {
    const uint8_t* raw = find(number, sizeof(T) * N);
    if (raw == nullptr) return;
    for (size_t i = 0; i < N; ++i) values[i] = load_scalar<T>(number, raw + i * sizeof(T));
  }
  // `limit` bounds what a hostile file may make us hold.
  void field(uint16_t number, std::vector<uint8_t>& bytes, size_t limit = size_t{1} << 20);

  // Records a value that is out of range: r.check(s.count <= 16, "count").
  void check(bool good, std::string_view what);
  bool has(uint16_t number) const { return fields_.contains(number); }
  // The verdict, before the unit commits what it read.
  Result<void> finish() const;

 private:
  template <StateScalar T>
  T load_scalar(uint16_t number, const uint8_t* raw) {
    if constexpr (std::same_as<T, bool>) {
      if (*raw > 1) fail(number, "is not a truth value");
      return *raw == 1;
    } else {
      return load_le<T>(raw);
    }
  }
  const uint8_t* find(uint16_t number, size_t size);
  void fail(uint16_t number, std::string_view what);

  std::map<uint16_t, std::span<const uint8_t>> fields_;
  std::string error_;
};

// A whole saved state: units with their fields. Round trips are byte-identical.
class StateFile {
 public:
  void add(std::string name, const StateWriter& writer);
  // Null if there is no such unit.
  const std::vector<uint8_t>* unit(std::string_view name) const;
  std::vector<std::string> names() const;
  std::vector<uint8_t> serialise() const;
  // Refuses a wrong magic, wrong lengths, double units and bytes left over.
  static Result<StateFile> parse(std::span<const uint8_t> bytes);

 private:
  std::vector<std::pair<std::string, std::vector<uint8_t>>> units_;
};

}  // namespace mullion
