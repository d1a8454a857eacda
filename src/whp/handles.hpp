// Handles of partitions: numbers that are looked up, so that a stale or foreign one is an error and not a crash.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "whp/partition.hpp"

#include <memory>

namespace mullion::whp {

WHV_PARTITION_HANDLE add_partition(std::shared_ptr<Partition> partition);
// Null for what is no handle.
std::shared_ptr<Partition> find_partition(WHV_PARTITION_HANDLE handle);
std::shared_ptr<Partition> take_partition(WHV_PARTITION_HANDLE handle);

// Calls f(partition), or answers E_HANDLE.
template <class F> HRESULT with_partition(WHV_PARTITION_HANDLE handle, F&& f) {
  auto const partition = find_partition(handle);
  return partition == nullptr ? E_HANDLE : f(*partition);
}

// Calls f(vp), or answers what is wrong with the handle, the partition's state or the index.
template <class F> HRESULT with_vp(WHV_PARTITION_HANDLE handle, uint32_t index, F&& f) {
  return with_partition(handle, [&](Partition& p) -> HRESULT {
    if (!p.is_set_up()) return WHV_E_INVALID_STATE;
    auto const vp = p.vp(index);
    return vp == nullptr ? WHV_E_VP_DOES_NOT_EXIST : f(*vp);
  });
}

}  // namespace mullion::whp
