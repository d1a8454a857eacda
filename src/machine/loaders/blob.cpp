// Blobs in memory, in files and of parts.
// SPDX-License-Identifier: Apache-2.0
#include "machine/loaders/blob.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace mullion {
namespace {

class BytesBlob final : public Blob {
 public:
  explicit BytesBlob(std::vector<uint8_t> bytes) : bytes_(std::move(bytes)) {}
  uint64_t size() const override { return bytes_.size(); }
  bool read(uint64_t offset, std::span<uint8_t> to) const override {
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), to.size(), to.begin());
    return true;
  }

 private:
  std::vector<uint8_t> bytes_;
};

class FileBlob final : public Blob {
 public:
  FileBlob(std::ifstream file, uint64_t size) : file_(std::move(file)), size_(size) {}
  uint64_t size() const override { return size_; }
  bool read(uint64_t offset, std::span<uint8_t> to) const override {
    file_.clear();
    file_.seekg(static_cast<std::streamoff>(offset));
    // SAFETY: bytes as the characters that the stream library reads.
    file_.read(reinterpret_cast<char*>(to.data()), static_cast<std::streamsize>(to.size()));
    return file_.good();
  }

 private:
  mutable std::ifstream file_;  // its position is no part of the blob
  uint64_t size_;
};

class SliceBlob final : public Blob {
 public:
  SliceBlob(BlobPtr whole, uint64_t offset, uint64_t size) : whole_(std::move(whole)), offset_(offset), size_(size) {}
  uint64_t size() const override { return size_; }
  bool read(uint64_t offset, std::span<uint8_t> to) const override { return whole_->read(offset_ + offset, to); }

 private:
  BlobPtr whole_;
  uint64_t offset_;
  uint64_t size_;
};

class ImageBlob final : public Blob {
 public:
  ImageBlob(uint64_t size, std::vector<BlobPart> parts) : size_(size), parts_(std::move(parts)) {}
  uint64_t size() const override { return size_; }
  bool read(uint64_t offset, std::span<uint8_t> to) const override {
    std::fill(to.begin(), to.end(), uint8_t{0});
    for (const auto& part : parts_) {
      const uint64_t first = std::max(offset, part.offset);
      const uint64_t end = std::min(offset + to.size(), part.offset + part.content->size());
      if (first >= end) continue;
      if (!part.content->read(first - part.offset, to.subspan(first - offset, end - first))) return false;
    }
    return true;
  }

 private:
  uint64_t size_;
  std::vector<BlobPart> parts_;
};

class BlobSource final : public FwCfgSource {
 public:
  explicit BlobSource(BlobPtr blob) : blob_(std::move(blob)) {}
  uint32_t size() const override { return static_cast<uint32_t>(std::min<uint64_t>(blob_->size(), ~uint32_t{0})); }
  bool read(uint32_t offset, std::span<uint8_t> to) const override { return blob_->read(offset, to); }

 private:
  BlobPtr blob_;
};

}  // namespace

BlobPtr bytes_blob(std::vector<uint8_t> bytes) { return std::make_shared<BytesBlob>(std::move(bytes)); }

Result<BlobPtr> open_blob(const std::string& path, const std::string& what) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    return failure("cannot open the {} '{}': no such file; check the path", what, path);
  }
  if (std::filesystem::is_directory(status)) {
    return failure("cannot open the {} '{}': it is a directory; name the file in it", what, path);
  }
  errno = 0;
  std::ifstream file{path, std::ios::binary};
  if (!file) {
    return failure("cannot open the {} '{}': {}; check its permissions", what, path,
                   errno != 0 ? std::strerror(errno) : "it cannot be read");
  }
  if (!std::filesystem::is_regular_file(status)) {  // a pipe: read it once
    std::vector<uint8_t> bytes{std::istreambuf_iterator<char>{file}, {}};
    if (bytes.empty()) return failure("the {} '{}' is empty; give another file", what, path);
    return bytes_blob(std::move(bytes));
  }
  const auto size = std::filesystem::file_size(path, error);
  if (error) return failure("cannot read the size of the {} '{}': {}", what, path, error.message());
  if (size == 0) return failure("the {} '{}' is empty; give another file", what, path);
  return std::make_shared<FileBlob>(std::move(file), size);
}

BlobPtr slice_blob(BlobPtr whole, uint64_t offset, uint64_t size) {
  return std::make_shared<SliceBlob>(std::move(whole), offset, size);
}

BlobPtr image_blob(uint64_t size, std::vector<BlobPart> parts) {
  return std::make_shared<ImageBlob>(size, std::move(parts));
}

std::vector<uint8_t> blob_head(const Blob& blob, size_t limit) {
  std::vector<uint8_t> head(static_cast<size_t>(std::min<uint64_t>(blob.size(), limit)));
  if (!blob.read(0, head)) head.clear();
  return head;
}

std::unique_ptr<FwCfgSource> fw_cfg_blob(BlobPtr blob) { return std::make_unique<BlobSource>(std::move(blob)); }

bool copy_blob(GuestMemory& memory, uint64_t gpa, const Blob& blob) {
  std::vector<uint8_t> chunk(static_cast<size_t>(std::min<uint64_t>(blob.size(), 65536)));
  for (uint64_t done = 0; done < blob.size();) {
    const auto part = std::span{chunk}.first(static_cast<size_t>(std::min<uint64_t>(chunk.size(), blob.size() - done)));
    if (!blob.read(done, part) || !memory.copy_out(gpa + done, part.data(), part.size())) return false;
    done += part.size();
  }
  return true;
}

}  // namespace mullion
