// Bytes that a loader puts into guest memory: in memory, in a file, or put together from parts.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "chipset/fw_cfg/fw_cfg.hpp"
#include "memory/guest_memory.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace mullion {

// Large files are not kept in memory: they are read again when the guest asks, also after a reset.
// Thread: any, machine lock held (or before the guest runs).
class Blob {
 public:
  virtual ~Blob() = default;
  virtual uint64_t size() const = 0;
  // [offset, offset + to.size()) lies within size(). False: the host could not read.
  virtual bool read(uint64_t offset, std::span<uint8_t> to) const = 0;
};
using BlobPtr = std::shared_ptr<const Blob>;

BlobPtr bytes_blob(std::vector<uint8_t> bytes);
// `what` names the file's purpose in messages: "kernel", "initrd". An empty file is an error.
Result<BlobPtr> open_blob(const std::string& path, const std::string& what);
// [offset, offset + size) of `whole`, which it lies within.
BlobPtr slice_blob(BlobPtr whole, uint64_t offset, uint64_t size);

struct BlobPart {
  uint64_t offset = 0;
  BlobPtr content;
};
// Parts at their offsets, zeros between; a part that leaves `size` is the caller's mistake.
BlobPtr image_blob(uint64_t size, std::vector<BlobPart> parts);

// The first bytes, at most `limit` of them.
std::vector<uint8_t> blob_head(const Blob& blob, size_t limit);
std::unique_ptr<FwCfgSource> fw_cfg_blob(BlobPtr blob);
// False if the host cannot read it or the guest has no RAM there.
[[nodiscard]] bool copy_blob(GuestMemory& memory, uint64_t gpa, const Blob& blob);

}  // namespace mullion
