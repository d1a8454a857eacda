// Placing of PVH kernels.
// SPDX-License-Identifier: Apache-2.0
#include "machine/loaders/pvh.hpp"

#include "base/bytes.hpp"
#include "machine/loaders/info_block.hpp"
#include "machine/loaders/initrd.hpp"

namespace mullion {
namespace {

// struct hvm_start_info, version 1
// clang-format off
constexpr uint32_t kMagic        = 0x336ec578;
constexpr size_t kVersion        = 4;
constexpr size_t kModuleCount    = 12;
constexpr size_t kModuleList     = 16;
constexpr size_t kCmdline        = 24;
constexpr size_t kMemmap         = 40;
constexpr size_t kMemmapEntries  = 48;
constexpr size_t kSize           = 56;
constexpr size_t kModuleOffset   = 0x40;  // of our one hvm_modlist_entry: paddr, size, cmdline, reserved
// clang-format on
static_assert(kSize <= kModuleOffset && kModuleOffset + 32 <= kInfoMapOffset);

}  // namespace

Result<KernelBoot> prepare_pvh(const ElfImage& image, const KernelConfig& config, const RamLayout& ram) {
  const uint64_t end = image.gpa + image.content->size();
  if (auto good = check_clear_of_info(config.kernel, image.gpa, image.content->size()); !good) {
    return tl::unexpected(good.error());
  }
  KernelBoot boot;
  boot.format = KernelFormat::pvh;
  boot.kernel = {image.gpa, image.content};
  std::vector<uint8_t> cmdline{config.append.begin(), config.append.end()};
  cmdline.push_back(0);
  uint64_t top = align_down(ram.below_4g - kHighReserve - cmdline.size(), kPageSize);
  boot.cmdline = {top, bytes_blob(std::move(cmdline))};
  if (top < end) {
    return failure("the kernel '{}' leaves no room in the guest's RAM of {} MiB; give it more with -m", config.kernel,
                   ram.below_4g / kMiB);
  }
  std::vector<uint8_t> info(kInfoSize);
  store_le<uint32_t>(info.data(), kMagic);
  store_le<uint32_t>(info.data() + kVersion, 1);
  store_le<uint64_t>(info.data() + kCmdline, boot.cmdline.gpa);
  store_le<uint64_t>(info.data() + kMemmap, kInfoGpa + kInfoMapOffset);
  if (!config.initrd.empty()) {
    auto initrd = place_initrd(config.initrd, end, top - 1, ram);
    if (!initrd) return tl::unexpected(initrd.error());
    boot.initrd = std::move(*initrd);
    store_le<uint32_t>(info.data() + kModuleCount, 1);
    store_le<uint64_t>(info.data() + kModuleList, kInfoGpa + kModuleOffset);
    store_le<uint64_t>(info.data() + kModuleOffset, boot.initrd.gpa);
    store_le<uint64_t>(info.data() + kModuleOffset + 8, boot.initrd.content->size());
  }
  boot.setup = {kInfoGpa, bytes_blob(std::move(info))};
  boot.protected_mode = {.eip = *image.pvh_entry, .ebx = kInfoGpa};
  boot.map = {.gpa = kInfoGpa + kInfoMapOffset, .count_gpa = kInfoGpa + kMemmapEntries, .count_scale = 1};
  return boot;
}

}  // namespace mullion
