// Placing of multiboot kernels and their modules.
// SPDX-License-Identifier: Apache-2.0
#include "machine/loaders/multiboot.hpp"

#include "base/bytes.hpp"
#include "base/checked.hpp"
#include "machine/loaders/elf_image.hpp"
#include "machine/loaders/info_block.hpp"

#include <algorithm>

namespace mullion {
namespace {

// clang-format off
constexpr uint32_t kHeaderMagic   = 0x1badb002;
constexpr uint32_t kBootMagic     = 0x2badb002;
constexpr size_t   kSearch        = 8192;
constexpr uint32_t kRequired      = 0x0000fff8;  // requirements beyond page alignment, memory and video
constexpr uint32_t kAoutKludge    = 1u << 16;

// The information structure
constexpr uint32_t kHasMemory     = 1u << 0;
constexpr uint32_t kHasBootDevice = 1u << 1;
constexpr uint32_t kHasCmdline    = 1u << 2;
constexpr uint32_t kHasModules    = 1u << 3;
constexpr uint32_t kHasMmap       = 1u << 6;
constexpr uint32_t kHasLoaderName = 1u << 9;
constexpr size_t kMemLower        = 4;
constexpr size_t kMemUpper        = 8;
constexpr size_t kBootDevice      = 12;
constexpr size_t kCmdline         = 16;
constexpr size_t kModsCount       = 20;
constexpr size_t kModsAddr        = 24;
constexpr size_t kMmapLength      = 44;
constexpr size_t kMmapAddr        = 48;
constexpr size_t kLoaderName      = 64;
constexpr size_t kModuleEntry     = 16;          // mod_start, mod_end, string, reserved
constexpr size_t kMaxModules      = 1024;
// clang-format on

struct Module {
  std::string text;  // "file arguments", as the kernel sees it
  BlobPtr content;
};

// "a b,c": commas separate modules, `,,` is a comma, the first word is the file.
Result<std::vector<Module>> open_modules(const std::string& list) {
  std::vector<std::string> texts(list.empty() ? 0 : 1);
  for (size_t i = 0; i < list.size(); ++i) {
    if (list[i] != ',') {
      texts.back().push_back(list[i]);
    } else if (i + 1 < list.size() && list[i + 1] == ',') {
      texts.back().push_back(list[i++]);
    } else {
      texts.emplace_back();
    }
  }
  if (texts.size() > kMaxModules) return failure("-initrd names {} multiboot modules; at most {} are taken", texts.size(), kMaxModules);
  std::vector<Module> modules;
  for (auto& text : texts) {
    text.erase(0, text.find_first_not_of(' '));
    auto content = open_blob(text.substr(0, text.find(' ')), "multiboot module");
    if (!content) return tl::unexpected(content.error());
    modules.push_back({std::move(text), std::move(*content)});
  }
  return modules;
}

struct Image {
  uint64_t gpa = 0;
  BlobPtr content;
  uint64_t entry = 0;
};

Result<Image> load_kludge(const MultibootHeader& h, const BlobPtr& file, const std::string& name, uint64_t limit) {
  const auto wrong = [&](std::string_view why) { return failure("cannot boot the multiboot kernel '{}': {}", name, why); };
  if (h.header_addr < h.load_addr || h.header_addr - h.load_addr > h.offset) return wrong("its load address makes no sense");
  const uint64_t offset = h.offset - (h.header_addr - h.load_addr);
  if (h.load_end_addr != 0 && h.load_end_addr < h.load_addr) return wrong("its load end address is below its load address");
  const uint64_t in_file = h.load_end_addr != 0 ? h.load_end_addr - h.load_addr : file->size() - offset;
  if (!in_range(offset, in_file, file->size())) return wrong("the file ends before its load end address; it is truncated");
  uint64_t in_memory = in_file;
  if (h.bss_end_addr != 0) {
    if (h.bss_end_addr < h.load_addr + in_file) return wrong("its bss end address is below its load end address");
    in_memory = h.bss_end_addr - h.load_addr;
  }
  if (in_memory == 0 || !in_range(h.load_addr, in_memory, limit)) {
    return failure("the multiboot kernel '{}' ({:#x}-{:#x}) does not fit into the guest's RAM of {} MiB; give it more with -m",
                   name, h.load_addr, h.load_addr + in_memory, limit / kMiB);
  }
  return Image{h.load_addr, image_blob(in_memory, {{0, slice_blob(file, offset, in_file)}}), h.entry_addr};
}

Result<Image> load_image(const MultibootHeader& h, const BlobPtr& file, const std::string& name, uint64_t limit) {
  if (h.flags & kAoutKludge) return load_kludge(h, file, name, limit);
  if (!is_elf(blob_head(*file, 64))) {
    return failure("cannot boot the multiboot kernel '{}': it is no ELF file and its header gives no addresses", name);
  }
  auto elf = parse_elf(file, name, limit);
  if (!elf) return tl::unexpected(elf.error());
  if (elf->entry > ~uint32_t{0}) {
    return failure("cannot boot the multiboot kernel '{}': its entry point {:#x} is above 4 GiB", name, elf->entry);
  }
  return Image{elf->gpa, elf->content, elf->entry};
}

// Strings and the module list go beside the modules: they may be long.
struct Area {
  uint64_t gpa;
  std::vector<uint8_t> bytes;
  uint32_t add_text(const std::string& text) {
    const auto at = static_cast<uint32_t>(gpa + bytes.size());
    bytes.insert(bytes.end(), text.begin(), text.end());
    bytes.push_back(0);
    return at;
  }
};

}  // namespace

std::optional<MultibootHeader> find_multiboot_header(std::span<const uint8_t> head) {
  const size_t end = std::min(head.size(), kSearch);
  for (size_t at = 0; at + 12 <= end; at += 4) {
    const auto* field = head.data() + at;
    if (load_le<uint32_t>(field) != kHeaderMagic) continue;
    MultibootHeader h{.offset = static_cast<uint32_t>(at), .flags = load_le<uint32_t>(field + 4)};
    if (kHeaderMagic + h.flags + load_le<uint32_t>(field + 8) != 0) continue;
    if (h.flags & kAoutKludge) {
      if (at + 32 > end) continue;
      h.header_addr = load_le<uint32_t>(field + 12);
      h.load_addr = load_le<uint32_t>(field + 16);
      h.load_end_addr = load_le<uint32_t>(field + 20);
      h.bss_end_addr = load_le<uint32_t>(field + 24);
      h.entry_addr = load_le<uint32_t>(field + 28);
    }
    return h;
  }
  return std::nullopt;
}

Result<KernelBoot> prepare_multiboot(const MultibootHeader& header, const BlobPtr& file, const KernelConfig& config,
                                     const RamLayout& ram) {
  if (header.flags & kRequired) {
    return failure("cannot boot the multiboot kernel '{}': it requires features {:#x} of its loader that multiboot 1 does "
                   "not define",
                   config.kernel, header.flags & kRequired);
  }
  const uint64_t limit = ram.below_4g - kHighReserve;
  auto image = load_image(header, file, config.kernel, limit);
  if (!image) return tl::unexpected(image.error());
  if (auto good = check_clear_of_info(config.kernel, image->gpa, image->content->size()); !good) {
    return tl::unexpected(good.error());
  }
  auto modules = open_modules(config.initrd);
  if (!modules) return tl::unexpected(modules.error());

  KernelBoot boot;
  boot.format = KernelFormat::multiboot;
  boot.kernel = {image->gpa, image->content};
  std::vector<uint8_t> info(kInfoSize);
  // After the kernel's last byte: modules, page-aligned each; then the module list and the strings.
  const uint64_t first = align_up(std::max(image->gpa + image->content->size(), kMiB), kPageSize);
  uint64_t next = first;
  std::vector<BlobPart> parts;
  std::vector<uint8_t> list(modules->size() * kModuleEntry);
  for (size_t i = 0; i < modules->size(); ++i) {
    const auto& module = (*modules)[i];
    if (!in_range(next, module.content->size(), limit)) {
      return failure("the multiboot module '{}' ({} MiB) does not fit into the guest's RAM of {} MiB; give it more with -m",
                     module.text, module.content->size() / kMiB, ram.below_4g / kMiB);
    }
    store_le<uint32_t>(list.data() + i * kModuleEntry, static_cast<uint32_t>(next));
    store_le<uint32_t>(list.data() + i * kModuleEntry + 4, static_cast<uint32_t>(next + module.content->size()));
    parts.push_back({next - first, module.content});
    next = align_up(next + module.content->size(), kPageSize);
  }
  Area area{next, std::vector<uint8_t>(list.size())};
  for (size_t i = 0; i < modules->size(); ++i) {
    store_le<uint32_t>(list.data() + i * kModuleEntry + 8, area.add_text((*modules)[i].text));
  }
  std::copy(list.begin(), list.end(), area.bytes.begin());
  const auto cmdline = config.append.empty() ? config.kernel : config.kernel + " " + config.append;
  store_le<uint32_t>(info.data() + kCmdline, area.add_text(cmdline));
  store_le<uint32_t>(info.data() + kLoaderName, area.add_text("mullion"));
  if (!in_range(area.gpa, area.bytes.size(), limit)) {
    return failure("the command line (-append) of the multiboot kernel '{}' does not fit into the guest's RAM; give it more with -m",
                   config.kernel);
  }
  if (!modules->empty()) boot.initrd = {first, image_blob(next - first, std::move(parts))};
  store_le<uint32_t>(info.data(), kHasMemory | kHasBootDevice | kHasCmdline | kHasModules | kHasMmap | kHasLoaderName);
  store_le<uint32_t>(info.data() + kMemLower, 639);
  store_le<uint32_t>(info.data() + kMemUpper, static_cast<uint32_t>((ram.below_4g - kMiB) / 1024));
  store_le<uint32_t>(info.data() + kBootDevice, 0x8000ffff);
  store_le<uint32_t>(info.data() + kModsCount, static_cast<uint32_t>(modules->size()));
  store_le<uint32_t>(info.data() + kModsAddr, static_cast<uint32_t>(area.gpa));
  store_le<uint32_t>(info.data() + kMmapAddr, kInfoGpa + kInfoMapOffset);
  // Each entry is preceded by its size, which does not count itself.
  for (unsigned i = 0; i < MapSlot::kMaxEntries; ++i) {
    store_le<uint32_t>(info.data() + kInfoMapOffset + i * MapSlot::kEntrySize, MapSlot::kEntrySize - 4);
  }
  boot.cmdline = {area.gpa, bytes_blob(std::move(area.bytes))};
  boot.setup = {kInfoGpa, bytes_blob(std::move(info))};
  boot.protected_mode = {.eip = static_cast<uint32_t>(image->entry), .eax = kBootMagic, .ebx = kInfoGpa};
  boot.map = {.gpa = kInfoGpa + kInfoMapOffset + 4,
              .count_gpa = kInfoGpa + static_cast<uint32_t>(kMmapLength),
              .count_scale = MapSlot::kEntrySize};
  return boot;
}

}  // namespace mullion
