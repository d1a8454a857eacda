// Recognizing a kernel's format, and placing it without firmware.
// SPDX-License-Identifier: Apache-2.0
#include "machine/loaders/kernel_boot.hpp"

#include "base/bytes.hpp"
#include "machine/loaders/bzimage.hpp"
#include "machine/loaders/elf_image.hpp"
#include "machine/loaders/multiboot.hpp"
#include "machine/loaders/pvh.hpp"

#include <algorithm>

namespace mullion {
namespace {

constexpr uint64_t kSmallestRam = 2 * kMiB;  // a kernel at 1 MiB and the reserve at the top

}  // namespace

Result<KernelBoot> prepare_kernel(const KernelConfig& config, const RamLayout& ram, BootRoute route) {
  if (ram.below_4g < kSmallestRam + kHighReserve) {
    return failure("-kernel needs a guest with at least {} MiB of RAM; it has {}: give it more with -m",
                   (kSmallestRam + kHighReserve) / kMiB, ram.below_4g / kMiB);
  }
  auto file = open_blob(config.kernel, "kernel");
  if (!file) return tl::unexpected(file.error());
  const auto head = blob_head(**file, 8192);
  if (head.empty()) return failure("cannot read the kernel '{}'", config.kernel);
  if (const auto header = parse_bzimage(head)) return prepare_bzimage(*header, *file, config, ram, route);
  if (const auto header = find_multiboot_header(head)) return prepare_multiboot(*header, *file, config, ram);
  if (is_elf(head)) {
    auto image = parse_elf(*file, config.kernel, ram.below_4g - kHighReserve);
    if (!image) return tl::unexpected(image.error());
    if (image->pvh_entry) return prepare_pvh(*image, config, ram);
    return failure("cannot boot the kernel '{}': it is an ELF file without a PVH entry note (Linux: CONFIG_PVH) or a multiboot "
                   "header",
                   config.kernel);
  }
  return failure("cannot boot the kernel '{}': it is neither a Linux bzImage, nor an ELF file with a PVH entry, nor a multiboot "
                 "kernel",
                 config.kernel);
}

Result<void> place_kernel(const KernelBoot& boot, GuestMemory& memory, const MemoryMap& map, uint64_t rsdp_gpa) {
  const auto outside = [](std::string_view part) {
    return failure("cannot place the kernel's {}: the file cannot be read any more, or the guest has no RAM there", part);
  };
  if (!copy_blob(memory, boot.kernel.gpa, *boot.kernel.content)) return outside("image");
  if (boot.initrd.content && !copy_blob(memory, boot.initrd.gpa, *boot.initrd.content)) return outside("initrd");
  if (boot.cmdline.content && !copy_blob(memory, boot.cmdline.gpa, *boot.cmdline.content)) return outside("command line");
  auto setup = blob_head(*boot.setup.content, boot.setup.content->size());
  if (boot.format == KernelFormat::bzimage) {
    fill_zero_page(setup, map, rsdp_gpa);
  } else {
    constexpr size_t kRsdpField = 32;  // hvm_start_info.rsdp_paddr
    if (boot.format == KernelFormat::pvh) store_le<uint64_t>(setup.data() + kRsdpField, rsdp_gpa);
    const auto table = encode_e820(map);
    const size_t entries = std::min<size_t>(map.size(), MapSlot::kMaxEntries);
    auto* slot = setup.data() + (boot.map.gpa - boot.setup.gpa);
    for (size_t i = 0; i < entries; ++i) std::copy_n(table.data() + 20 * i, 20, slot + MapSlot::kEntrySize * i);
    store_le<uint32_t>(setup.data() + (boot.map.count_gpa - boot.setup.gpa),
                       static_cast<uint32_t>(entries * boot.map.count_scale));
  }
  if (!memory.copy_out(boot.setup.gpa, setup.data(), setup.size())) return outside("boot information");
  return {};
}

}  // namespace mullion
