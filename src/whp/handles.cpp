// The table of partitions.
// SPDX-License-Identifier: Apache-2.0
#include "whp/handles.hpp"

#include <shared_mutex>

namespace mullion::whp {
namespace {

struct Table {
  std::shared_mutex mutex;
  std::map<uintptr_t, std::shared_ptr<Partition>> partitions;
  uintptr_t next = 0x10;
};

Table& table() {
  static Table* const t = new Table;  // outlives every thread of the program
  return *t;
}

uintptr_t number(WHV_PARTITION_HANDLE handle) { return reinterpret_cast<uintptr_t>(handle); }

}  // namespace

WHV_PARTITION_HANDLE add_partition(std::shared_ptr<Partition> partition) {
  std::unique_lock const lock(table().mutex);
  uintptr_t const n = table().next += 0x10;  // never used again
  table().partitions.emplace(n, std::move(partition));
  return reinterpret_cast<WHV_PARTITION_HANDLE>(n);
}

std::shared_ptr<Partition> find_partition(WHV_PARTITION_HANDLE handle) {
  std::shared_lock const lock(table().mutex);
  auto const it = table().partitions.find(number(handle));
  return it == table().partitions.end() ? nullptr : it->second;
}

std::shared_ptr<Partition> take_partition(WHV_PARTITION_HANDLE handle) {
  std::unique_lock const lock(table().mutex);
  auto const it = table().partitions.find(number(handle));
  if (it == table().partitions.end()) return nullptr;
  auto partition = std::move(it->second);
  table().partitions.erase(it);
  return partition;
}

}  // namespace mullion::whp
