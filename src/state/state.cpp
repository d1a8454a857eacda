// Saved state as bytes: fields of a unit, units of a file.
// SPDX-License-Identifier: Apache-2.0
#include "state/state.hpp"

#include <algorithm>

namespace mullion {
namespace {

// File: magic, then units: name length (2), name, field bytes length (4), fields.
// Field: number (2), length (4), bytes. All little-endian.
constexpr std::string_view kMagic = "MULLION1";

template <class T>
void append(std::vector<uint8_t>& out, T value) {
  std::array<uint8_t, sizeof(T)> raw{};
  store_le<T>(raw.data(), value);
  out.insert(out.end(), raw.begin(), raw.end());
}

// Takes bytes off the front of a span; a short span is an empty answer.
class Cursor {
 public:
  explicit Cursor(std::span<const uint8_t> bytes) : rest_(bytes) {}
  bool done() const { return rest_.empty(); }
  bool take(size_t size, std::span<const uint8_t>& out) {
    if (size > rest_.size()) return false;
    out = rest_.first(size);
    rest_ = rest_.subspan(size);
    return true;
  }
  template <class T>
  bool take(T& value) {
    std::span<const uint8_t> raw;
    if (!take(sizeof(T), raw)) return false;
    value = load_le<T>(raw.data());
    return true;
  }

 private:
  std::span<const uint8_t> rest_;
};

}  // namespace

void StateWriter::put(uint16_t number, std::span<const uint8_t> raw) {
  append<uint16_t>(out_, number);
  append<uint32_t>(out_, static_cast<uint32_t>(raw.size()));
  out_.insert(out_.end(), raw.begin(), raw.end());
}

Result<StateReader> StateReader::parse(std::span<const uint8_t> bytes) {
  StateReader reader;
  Cursor cursor{bytes};
  while (!cursor.done()) {
    uint16_t number = 0;
    uint32_t size = 0;
    std::span<const uint8_t> raw;
    if (!cursor.take(number) || !cursor.take(size) || !cursor.take(size, raw)) {
      return failure("saved state: a field is cut off; the file is damaged");
    }
    if (!reader.fields_.emplace(number, raw).second) {
      return failure("saved state: field {} appears twice; the file is damaged", number);
    }
  }
  return reader;
}

void StateReader::field(uint16_t number, std::vector<uint8_t>& bytes, size_t limit) {
  const auto found = fields_.find(number);
  if (found == fields_.end()) return;
  if (found->second.size() > limit) return fail(number, "is too long");
  bytes.assign(found->second.begin(), found->second.end());
}

const uint8_t* StateReader::find(uint16_t number, size_t size) {
  const auto found = fields_.find(number);
  if (found == fields_.end()) return nullptr;
  if (found->second.size() != size) {
    fail(number, "has the wrong length");
    return nullptr;
  }
  return found->second.data();
}

void StateReader::fail(uint16_t number, std::string_view what) {
  if (error_.empty()) error_ = fmt::format("field {} {}", number, what);
}

void StateReader::check(bool good, std::string_view what) {
  if (!good && error_.empty()) error_ = fmt::format("{} is out of range", what);
}

Result<void> StateReader::finish() const {
  if (!error_.empty()) return failure("saved state: {}; it was not written by this device", error_);
  return {};
}

void StateFile::add(std::string name, const StateWriter& writer) {
  units_.emplace_back(std::move(name), writer.bytes());
}

const std::vector<uint8_t>* StateFile::unit(std::string_view name) const {
  const auto found = std::find_if(units_.begin(), units_.end(), [&](const auto& u) { return u.first == name; });
  return found == units_.end() ? nullptr : &found->second;
}

std::vector<std::string> StateFile::names() const {
  std::vector<std::string> names;
  for (const auto& [name, bytes] : units_) names.push_back(name);
  return names;
}

std::vector<uint8_t> StateFile::serialise() const {
  std::vector<uint8_t> out(kMagic.begin(), kMagic.end());
  for (const auto& [name, bytes] : units_) {
    append<uint16_t>(out, static_cast<uint16_t>(name.size()));
    out.insert(out.end(), name.begin(), name.end());
    append<uint32_t>(out, static_cast<uint32_t>(bytes.size()));
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
  return out;
}

Result<StateFile> StateFile::parse(std::span<const uint8_t> bytes) {
  Cursor cursor{bytes};
  std::span<const uint8_t> raw;
  if (!cursor.take(kMagic.size(), raw) || !std::equal(raw.begin(), raw.end(), kMagic.begin())) {
    return failure("saved state: this is not a saved state of Mullion");
  }
  StateFile file;
  while (!cursor.done()) {
    uint16_t name_size = 0;
    uint32_t size = 0;
    std::span<const uint8_t> name_raw;
    if (!cursor.take(name_size) || !cursor.take(name_size, name_raw) || !cursor.take(size) || !cursor.take(size, raw)) {
      return failure("saved state: a unit is cut off; the file is damaged");
    }
    std::string name(name_raw.begin(), name_raw.end());
    if (file.unit(name) != nullptr) return failure("saved state: unit '{}' appears twice", name);
    file.units_.emplace_back(std::move(name), std::vector<uint8_t>(raw.begin(), raw.end()));
  }
  return file;
}

}  // namespace mullion
