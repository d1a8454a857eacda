// Parsing and placing of bzImages.
// SPDX-License-Identifier: Apache-2.0
#include "machine/loaders/bzimage.hpp"

#include "base/bytes.hpp"
#include "machine/loaders/initrd.hpp"

#include <algorithm>
#include <charconv>

namespace mullion {
namespace {

// Offsets in the setup header.
// clang-format off
constexpr size_t kSetupSects     = 0x1f1;
constexpr size_t kVidMode        = 0x1fa;
constexpr size_t kBootFlag       = 0x1fe;
constexpr size_t kJumpOffset     = 0x201;
constexpr size_t kHeaderMagic    = 0x202;
constexpr size_t kVersion        = 0x206;
constexpr size_t kTypeOfLoader   = 0x210;
constexpr size_t kLoadflags      = 0x211;
constexpr size_t kCode32Start    = 0x214;
constexpr size_t kRamdiskImage   = 0x218;
constexpr size_t kRamdiskSize    = 0x21c;
constexpr size_t kHeapEndPtr     = 0x224;
constexpr size_t kCmdLinePtr     = 0x228;
constexpr size_t kInitrdAddrMax  = 0x22c;
constexpr size_t kCmdlineSize    = 0x238;
constexpr size_t kPrefAddress    = 0x258;
constexpr size_t kInitSize       = 0x260;
constexpr size_t kHeaderEnd      = 0x268;
// Fields of the zero page that are not in the setup header.
constexpr size_t kAcpiRsdpAddr   = 0x070;
constexpr size_t kE820Entries    = 0x1e8;
constexpr size_t kE820Table      = 0x2d0;
constexpr size_t kE820Max        = 128;

constexpr uint8_t  kLoadedHigh   = 1u << 0;
constexpr uint8_t  kCanUseHeap   = 1u << 7;
constexpr uint8_t  kUnknownLoader = 0xff;

constexpr uint64_t kSetupGpa     = 0x10000;   // the 16-bit part, or the zero page of a direct boot
constexpr uint64_t kCmdlineGpa   = 0x20000;
constexpr uint64_t kKernelGpa    = 0x100000;
constexpr uint32_t kSetupMax     = 0x8000 + 0x200;  // what leaves room for heap and stack below the command line
// clang-format on

// "vga=" is the boot loader's to understand (boot.rst, "Special command line options").
std::optional<uint16_t> video_mode(const std::string& append) {
  size_t at = append.rfind("vga=");
  if (at == std::string::npos || (at != 0 && append[at - 1] != ' ')) return std::nullopt;
  const auto value = append.substr(at + 4, append.find(' ', at) - (at + 4));
  if (value == "normal") return 0xffff;
  if (value == "ext") return 0xfffe;
  if (value == "ask") return 0xfffd;
  const bool hex = value.starts_with("0x") || value.starts_with("0X");
  uint16_t mode = 0;
  const auto* last = value.data() + value.size();
  const auto [end, error] = std::from_chars(value.data() + (hex ? 2 : 0), last, mode, hex ? 16 : 10);
  if (error != std::errc{} || end != last) return std::nullopt;
  return mode;
}

Result<void> check_header(const BzImageHeader& header, const std::string& name, const std::string& append) {
  if (header.protocol < 0x0202 || (header.loadflags & kLoadedHigh) == 0) {
    return failure("cannot boot the kernel '{}': it speaks boot protocol {}.{:02}{}; a bzImage of protocol 2.02 or later is "
                   "needed",
                   name, header.protocol >> 8, header.protocol & 0xff,
                   (header.loadflags & kLoadedHigh) == 0 ? " and is a zImage" : "");
  }
  if (header.setup_size > kSetupMax) {
    return failure("cannot boot the kernel '{}': its 16-bit part has {} bytes, more than the {} of the boot protocol; "
                   "the file is damaged",
                   name, header.setup_size, kSetupMax);
  }
  if (append.size() > header.cmdline_max) {
    return failure("the command line (-append) has {} characters; the kernel '{}' takes at most {}: shorten it",
                   append.size(), name, header.cmdline_max);
  }
  return {};
}

// Where the kernel unpacks itself ends, if it says so: the initrd must lie beyond.
uint64_t kernel_end(const BzImageHeader& header, uint64_t file_size) {
  const uint64_t loaded = kKernelGpa + (file_size - header.setup_size);
  return std::max(loaded, header.preferred_address + header.init_size);
}

void fill_header(std::span<uint8_t> setup, const BzImageHeader& header, const KernelConfig& config,
                 const Placed& initrd) {
  auto* at = setup.data();
  at[kTypeOfLoader] = kUnknownLoader;
  at[kLoadflags] |= kCanUseHeap;
  store_le<uint16_t>(at + kHeapEndPtr, static_cast<uint16_t>(kCmdlineGpa - kSetupGpa - 0x200));
  store_le<uint32_t>(at + kCmdLinePtr, static_cast<uint32_t>(kCmdlineGpa));
  if (initrd.content) {
    store_le<uint32_t>(at + kRamdiskImage, static_cast<uint32_t>(initrd.gpa));
    store_le<uint32_t>(at + kRamdiskSize, static_cast<uint32_t>(initrd.content->size()));
  }
  if (const auto mode = video_mode(config.append)) store_le<uint16_t>(at + kVidMode, *mode);
  (void)header;
}

// The zero page: zeros but for the header, whose length the jump at 200h gives.
std::vector<uint8_t> zero_page(const std::vector<uint8_t>& setup) {
  std::vector<uint8_t> page(4096);
  const size_t end = std::min<size_t>(kHeaderMagic + setup[kJumpOffset], 0x290);
  std::copy(setup.begin() + kSetupSects, setup.begin() + static_cast<std::ptrdiff_t>(std::min(end, setup.size())),
            page.begin() + kSetupSects);
  store_le<uint32_t>(page.data() + kCode32Start, static_cast<uint32_t>(kKernelGpa));
  return page;
}

}  // namespace

std::optional<BzImageHeader> parse_bzimage(std::span<const uint8_t> head) {
  if (head.size() < kHeaderEnd || load_le<uint32_t>(head.data() + kHeaderMagic) != 0x53726448 ||  // "HdrS"
      load_le<uint16_t>(head.data() + kBootFlag) != 0xaa55) {
    return std::nullopt;
  }
  BzImageHeader header;
  header.protocol = load_le<uint16_t>(head.data() + kVersion);
  const uint32_t sectors = head[kSetupSects] != 0 ? head[kSetupSects] : 4;  // an old kernel writes 0
  header.setup_size = (sectors + 1) * 512;
  header.loadflags = head[kLoadflags];
  header.initrd_max = header.protocol >= 0x0203 ? load_le<uint32_t>(head.data() + kInitrdAddrMax) : 0x37ffffff;
  if (header.protocol >= 0x0206) header.cmdline_max = load_le<uint32_t>(head.data() + kCmdlineSize);
  header.cmdline_max = std::min<uint32_t>(header.cmdline_max, 0xffff);
  if (header.protocol >= 0x020a) {
    header.preferred_address = load_le<uint64_t>(head.data() + kPrefAddress);
    header.init_size = load_le<uint32_t>(head.data() + kInitSize);
  }
  return header;
}

Result<KernelBoot> prepare_bzimage(const BzImageHeader& header, BlobPtr file, const KernelConfig& config,
                                   const RamLayout& ram, BootRoute route) {
  if (auto good = check_header(header, config.kernel, config.append); !good) return tl::unexpected(good.error());
  if (file->size() <= header.setup_size) {
    return failure("cannot boot the kernel '{}': the file ends after {} bytes, within its 16-bit part; it is truncated",
                   config.kernel, file->size());
  }
  auto setup = blob_head(*file, header.setup_size);
  if (setup.size() != header.setup_size) return failure("cannot read the kernel '{}'", config.kernel);

  KernelBoot boot;
  boot.format = KernelFormat::bzimage;
  boot.kernel = {kKernelGpa, slice_blob(file, header.setup_size, file->size() - header.setup_size)};
  const uint64_t end = kernel_end(header, file->size());
  if (end < kKernelGpa || end > kFourGiB || end + kHighReserve > ram.below_4g) {
    return failure("the kernel '{}' needs {} MiB of RAM to unpack itself, the guest has {}; give it more with -m",
                   config.kernel, (end + kHighReserve) / kMiB + 1, ram.below_4g / kMiB);
  }
  if (!config.initrd.empty()) {
    auto initrd = place_initrd(config.initrd, end, header.initrd_max, ram);
    if (!initrd) return tl::unexpected(initrd.error());
    boot.initrd = std::move(*initrd);
  }
  std::vector<uint8_t> cmdline{config.append.begin(), config.append.end()};
  cmdline.push_back(0);
  boot.cmdline = {kCmdlineGpa, bytes_blob(std::move(cmdline))};
  fill_header(setup, header, config, boot.initrd);
  if (route == BootRoute::direct) setup = zero_page(setup);
  boot.setup = {kSetupGpa, bytes_blob(std::move(setup))};
  boot.real_mode = {.segment = kSetupGpa >> 4, .stack = static_cast<uint16_t>(kCmdlineGpa - kSetupGpa - 16)};
  boot.protected_mode = {.eip = static_cast<uint32_t>(kKernelGpa), .esi = static_cast<uint32_t>(kSetupGpa)};
  return boot;
}

void fill_zero_page(std::span<uint8_t> page, const MemoryMap& map, uint64_t rsdp_gpa) {
  const auto table = encode_e820(map);
  const size_t entries = std::min(map.size(), kE820Max);
  page[kE820Entries] = static_cast<uint8_t>(entries);
  std::copy_n(table.begin(), entries * 20, page.begin() + kE820Table);
  if (load_le<uint16_t>(page.data() + kVersion) >= 0x020e) store_le<uint64_t>(page.data() + kAcpiRsdpAddr, rsdp_gpa);
}

}  // namespace mullion
