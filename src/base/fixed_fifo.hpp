// A queue of fixed capacity whose operations say whether they worked.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace mullion {

template <class T, size_t N>
class FixedFifo {
 public:
  [[nodiscard]] bool push(const T& value) {
    if (full()) return false;
    items_[(first_ + count_) % N] = value;
    ++count_;
    return true;
  }
  [[nodiscard]] bool pop(T& value) {
    if (empty()) return false;
    value = items_[first_];
    first_ = (first_ + 1) % N;
    --count_;
    return true;
  }
  // The oldest item; null if there is none.
  T* front() { return empty() ? nullptr : &items_[first_]; }
  const T* front() const { return empty() ? nullptr : &items_[first_]; }
  // The i-th oldest, i < size().
  const T& at(size_t i) const { return items_[(first_ + i) % N]; }
  void clear() { first_ = count_ = 0; }
  size_t size() const { return count_; }
  size_t room() const { return N - count_; }
  bool empty() const { return count_ == 0; }
  bool full() const { return count_ == N; }

  // Saved state: `number` and the next one.
  template <class Writer>
  void save(Writer& writer, uint16_t number) const {
    std::array<T, N> flat{};
    for (size_t i = 0; i < count_; ++i) flat[i] = at(i);
    writer.field(number, flat);
    writer.field(static_cast<uint16_t>(number + 1), static_cast<uint32_t>(count_));
  }
  template <class Reader>
  void restore(Reader& reader, uint16_t number) {
    uint32_t count = 0;
    reader.field(number, items_);
    reader.field(static_cast<uint16_t>(number + 1), count);
    reader.check(count <= N, "queue length");
    first_ = 0;
    count_ = count <= N ? count : 0;
  }

 private:
  std::array<T, N> items_{};
  size_t first_ = 0;
  size_t count_ = 0;
};

}  // namespace mullion
