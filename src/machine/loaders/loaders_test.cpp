// The kernel loaders: what they recognize, where parts go, and what they refuse.
// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.hpp"
#include "machine/loaders/bzimage.hpp"
#include "machine/loaders/elf_image.hpp"
#include "machine/loaders/info_block.hpp"
#include "machine/loaders/multiboot.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace mullion {
namespace {

using Bytes = std::vector<uint8_t>;

class Loaders : public ::testing::Test {
 protected:
  Loaders() {
    folder = std::filesystem::path{::testing::TempDir()} /
             ("mullion_loaders_" + std::string{::testing::UnitTest::GetInstance()->current_test_info()->name()});
    std::filesystem::create_directories(folder);
  }
  ~Loaders() override { std::filesystem::remove_all(folder); }
  std::string file(const std::string& name, const Bytes& bytes) {
    const auto path = (folder / name).string();
    // SAFETY: bytes as the stream library's characters.
    std::ofstream{path, std::ios::binary}.write(reinterpret_cast<const char*>(bytes.data()),
                                                static_cast<std::streamsize>(bytes.size()));
    return path;
  }
  Result<KernelBoot> boot(const Bytes& kernel, const std::string& initrd = "", const std::string& append = "",
                          BootRoute route = BootRoute::firmware) {
    return prepare_kernel({file("kernel", kernel), initrd, append}, ram, route);
  }
  std::string refusal(const Bytes& kernel, const std::string& initrd = "", const std::string& append = "") {
    const auto result = boot(kernel, initrd, append);
    return result ? "accepted" : result.error().message;
  }
  std::filesystem::path folder;
  RamLayout ram = RamLayout::split(64 * kMiB);
};

#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

// A bzImage of protocol 2.15: four setup sectors, `size` bytes of kernel.
Bytes bzimage(size_t size = 4096) {
  Bytes k(5 * 512 + size);
  k[0x1f1] = 4;
  store_le<uint16_t>(&k[0x1fe], 0xaa55);
  k[0x200] = 0xeb;
  k[0x201] = 0x66;  // the header ends at 268h
  store_le<uint32_t>(&k[0x202], 0x53726448);
  store_le<uint16_t>(&k[0x206], 0x020f);
  k[0x211] = 1;
  store_le<uint32_t>(&k[0x22c], 0x7fffffff);
  store_le<uint32_t>(&k[0x238], 2047);
  store_le<uint64_t>(&k[0x258], 0x1000000);
  store_le<uint32_t>(&k[0x260], 0x1000000);
  k[5 * 512] = 0x90;
  return k;
}

Bytes content(const Placed& part) { return blob_head(*part.content, part.content->size()); }

TEST_F(Loaders, missing_empty_and_garbage_kernels_are_explained) {
  const auto missing = prepare_kernel({(folder / "none").string(), "", ""}, ram, BootRoute::firmware);
  EXPECT_SAYS(missing.error().message, "no such file");
  const auto directory = prepare_kernel({folder.string(), "", ""}, ram, BootRoute::firmware);
  EXPECT_SAYS(directory.error().message, "is a directory");
  EXPECT_SAYS(refusal({}), "is empty");
  EXPECT_SAYS(refusal(Bytes(100, 'x')), "neither a Linux bzImage");
  EXPECT_SAYS(refusal(Bytes(100'000, 0xff)), "neither a Linux bzImage");
}

TEST_F(Loaders, bzimage_parts_go_where_the_boot_protocol_says) {
  const auto initrd = file("initrd", Bytes(5000, 7));
  const auto b = boot(bzimage(), initrd, "quiet");
  ASSERT_TRUE(b.has_value()) << b.error().message;
  EXPECT_EQ(b->format, KernelFormat::bzimage);
  EXPECT_EQ(b->kernel.gpa, 0x100000u);
  EXPECT_EQ(content(b->kernel)[0], 0x90);
  EXPECT_EQ(b->initrd.gpa % 4096, 0u);
  EXPECT_LE(b->initrd.gpa + 5000, ram.below_4g - kHighReserve);
  EXPECT_GE(b->initrd.gpa, 0x2000000u);  // beyond preferred address + init_size
  EXPECT_EQ(content(b->cmdline), (Bytes{'q', 'u', 'i', 'e', 't', 0}));
  const auto setup = content(b->setup);
  EXPECT_EQ(setup.size(), 5u * 512);
  EXPECT_EQ(load_le<uint32_t>(&setup[0x218]), b->initrd.gpa);
  EXPECT_EQ(load_le<uint32_t>(&setup[0x21c]), 5000u);
  EXPECT_EQ(load_le<uint32_t>(&setup[0x228]), b->cmdline.gpa);
  EXPECT_EQ(setup[0x210], 0xff);
  EXPECT_EQ(setup[0x211], 0x81);
  EXPECT_EQ(b->real_mode.segment, 0x1000u);
}

TEST_F(Loaders, direct_bzimage_gets_a_zero_page_with_map_and_rsdp) {
  GuestMemory memory;
  const auto block = *memory.add_block("ram", 64 * kMiB);
  ASSERT_TRUE(memory.map(0, 64 * kMiB, RangeUse::ram(block, 0)).has_value());
  const auto b = boot(bzimage(), "", "x", BootRoute::direct);
  ASSERT_TRUE(b.has_value());
  ASSERT_TRUE(place_kernel(*b, memory, direct_memory_map(ram), 0xf0000).has_value());
  const uint64_t page = b->protected_mode.esi;
  EXPECT_EQ(b->protected_mode.eip, 0x100000u);
  EXPECT_EQ(memory.copy_in<uint8_t>(page), 0);  // the boot sector's code is not in the zero page
  EXPECT_EQ(memory.copy_in<uint32_t>(page + 0x202), 0x53726448u);
  EXPECT_EQ(memory.copy_in<uint8_t>(page + 0x1e8), 6);
  EXPECT_EQ(memory.copy_in<uint64_t>(page + 0x2d0 + 8), 0x9fc00u);
  EXPECT_EQ(memory.copy_in<uint64_t>(page + 0x70), 0xf0000u);
  EXPECT_EQ(memory.copy_in<uint8_t>(0x100000), 0x90);
}

TEST_F(Loaders, bad_bzimages_are_explained) {
  auto old = bzimage();
  store_le<uint16_t>(&old[0x206], 0x0200);
  EXPECT_SAYS(refusal(old), "protocol 2.00");
  auto zimage = bzimage();
  zimage[0x211] = 0;
  EXPECT_SAYS(refusal(zimage), "zImage");
  auto truncated = bzimage();
  truncated.resize(5 * 512);
  EXPECT_SAYS(refusal(truncated), "truncated");
  auto huge_setup = bzimage();
  huge_setup[0x1f1] = 255;
  EXPECT_SAYS(refusal(huge_setup), "16-bit part");
  EXPECT_SAYS(refusal(bzimage(), "", std::string(2048, 'x')), "at most 2047");
  auto hungry = bzimage();
  store_le<uint32_t>(&hungry[0x260], 0xffffffff);
  EXPECT_SAYS(refusal(hungry), "-m");
  auto wrapping = bzimage();
  store_le<uint64_t>(&wrapping[0x258], ~uint64_t{0});
  (void)refusal(wrapping);
}

TEST_F(Loaders, initrd_problems_are_explained) {
  EXPECT_SAYS(refusal(bzimage(), (folder / "none").string()), "initrd");
  EXPECT_SAYS(refusal(bzimage(), file("empty", {})), "is empty");
  const auto big = file("big", Bytes(32 * kMiB));
  EXPECT_SAYS(refusal(bzimage(), big), "give at least");
  auto low_only = bzimage();
  store_le<uint32_t>(&low_only[0x22c], 0x20fffff);
  EXPECT_SAYS(refusal(low_only, big), "below 33 MiB only");
}

TEST_F(Loaders, too_little_ram_is_explained) {
  ram = RamLayout::split(kMiB);
  EXPECT_SAYS(refusal(bzimage()), "at least 3 MiB");
}

// One loadable segment of a page at `address`, and a note.
Bytes elf64(uint64_t address, bool with_note) {
  Bytes e(0x1000 + 4096);
  const Bytes head{0x7f, 'E', 'L', 'F', 2, 1, 1};
  std::copy(head.begin(), head.end(), e.begin());
  store_le<uint16_t>(&e[16], 2);
  store_le<uint16_t>(&e[18], 62);
  store_le<uint64_t>(&e[24], 0xffffffff81000010);
  store_le<uint64_t>(&e[32], 64);
  store_le<uint16_t>(&e[54], 56);
  store_le<uint16_t>(&e[56], 2);
  const auto segment = [&](size_t at, uint32_t type, uint64_t offset, uint64_t vaddr, uint64_t paddr, uint64_t filesz,
                           uint64_t memsz) {
    store_le<uint32_t>(&e[at], type);
    store_le<uint64_t>(&e[at + 8], offset);
    store_le<uint64_t>(&e[at + 16], vaddr);
    store_le<uint64_t>(&e[at + 24], paddr);
    store_le<uint64_t>(&e[at + 32], filesz);
    store_le<uint64_t>(&e[at + 40], memsz);
    store_le<uint64_t>(&e[at + 48], 4);
  };
  segment(64, 1, 0x1000, 0xffffffff81000000, address, 4096, 8192);
  segment(120, 4, 0x200, 0, 0, 40, 40);
  e[0x1000] = 0xf4;
  store_le<uint32_t>(&e[0x200], 4);  // another Xen note first
  store_le<uint32_t>(&e[0x204], 4);
  store_le<uint32_t>(&e[0x208], 6);
  std::copy_n("Xen", 4, e.begin() + 0x20c);
  store_le<uint32_t>(&e[0x214], 4);
  store_le<uint32_t>(&e[0x218], 4);
  store_le<uint32_t>(&e[0x21c], with_note ? 18 : 17);
  std::copy_n("Xen", 4, e.begin() + 0x220);
  store_le<uint32_t>(&e[0x224], static_cast<uint32_t>(address + 0x20));
  return e;
}

TEST_F(Loaders, pvh_kernel_is_entered_at_its_note_with_start_info) {
  const auto b = boot(elf64(0x1000000, true), file("initrd", Bytes(100, 1)), "console=ttyS0");
  ASSERT_TRUE(b.has_value()) << b.error().message;
  EXPECT_EQ(b->format, KernelFormat::pvh);
  EXPECT_EQ(b->kernel.gpa, 0x1000000u);
  EXPECT_EQ(b->kernel.content->size(), 8192u);  // zeros after the file's bytes
  EXPECT_EQ(content(b->kernel)[0], 0xf4);
  EXPECT_EQ(content(b->kernel)[4096], 0);
  EXPECT_EQ(b->protected_mode.eip, 0x1000020u);
  const auto info = content(b->setup);
  EXPECT_EQ(b->protected_mode.ebx, b->setup.gpa);
  EXPECT_EQ(load_le<uint32_t>(&info[0]), 0x336ec578u);
  EXPECT_EQ(load_le<uint64_t>(&info[24]), b->cmdline.gpa);
  EXPECT_EQ(load_le<uint32_t>(&info[12]), 1u);
  const auto list = load_le<uint64_t>(&info[16]) - b->setup.gpa;
  EXPECT_EQ(load_le<uint64_t>(&info[list]), b->initrd.gpa);
  EXPECT_EQ(load_le<uint64_t>(&info[list + 8]), 100u);
}

TEST_F(Loaders, pvh_map_and_rsdp_are_filled_in_without_firmware) {
  GuestMemory memory;
  const auto block = *memory.add_block("ram", 64 * kMiB);
  ASSERT_TRUE(memory.map(0, 64 * kMiB, RangeUse::ram(block, 0)).has_value());
  const auto b = boot(elf64(0x1000000, true));
  ASSERT_TRUE(place_kernel(*b, memory, direct_memory_map(ram), 0xf1230).has_value());
  EXPECT_EQ(memory.copy_in<uint64_t>(b->setup.gpa + 32), 0xf1230u);
  EXPECT_EQ(memory.copy_in<uint32_t>(b->setup.gpa + 48), 6u);
  const auto map = *memory.copy_in<uint64_t>(b->setup.gpa + 40);
  EXPECT_EQ(memory.copy_in<uint64_t>(map + 24), 0x9fc00u);
  EXPECT_EQ(memory.copy_in<uint32_t>(map + 24 + 16), 2u);
}

TEST_F(Loaders, bad_elf_files_are_explained) {
  EXPECT_SAYS(refusal(elf64(0x1000000, false)), "without a PVH entry");
  EXPECT_SAYS(refusal(elf64(0x8000000, true)), "does not fit");
  EXPECT_SAYS(refusal(elf64(~uint64_t{0} - 4096, true)), "does not fit");
  EXPECT_SAYS(refusal(elf64(0x9000, true)), "over the boot information");
  auto cut = elf64(0x1000000, true);
  cut.resize(0x1000 + 100);
  EXPECT_SAYS(refusal(cut), "truncated");
  auto short_header = elf64(0x1000000, true);
  short_header.resize(40);
  EXPECT_SAYS(refusal(short_header), "truncated");
  auto arm = elf64(0x1000000, true);
  store_le<uint16_t>(&arm[18], 183);
  EXPECT_SAYS(refusal(arm), "another processor");
  auto many = elf64(0x1000000, true);
  store_le<uint16_t>(&many[56], 0xffff);
  EXPECT_SAYS(refusal(many), "makes no sense");
  auto object = elf64(0x1000000, true);
  store_le<uint64_t>(&object[32], ~uint64_t{0});
  EXPECT_SAYS(refusal(object), "beyond the end");
}

TEST_F(Loaders, every_corruption_of_an_elf_header_is_answered) {
  for (size_t at = 4; at < 0x230; ++at) {
    for (const uint8_t value : {0x00, 0x7f, 0x80, 0xff}) {
      auto e = elf64(0x1000000, true);
      e[at] = value;
      (void)parse_elf(bytes_blob(std::move(e)), "kernel", ram.below_4g);
    }
  }
}

// A flat kernel whose header gives addresses: header at 100h in the file, loaded at `load`.
Bytes flat_multiboot(uint32_t load, uint32_t bss_end = 0) {
  Bytes k(0x400);
  const uint32_t flags = 0x10003;
  store_le<uint32_t>(&k[0x100], 0x1badb002);
  store_le<uint32_t>(&k[0x104], flags);
  store_le<uint32_t>(&k[0x108], 0u - 0x1badb002 - flags);
  store_le<uint32_t>(&k[0x10c], load + 0x100);
  store_le<uint32_t>(&k[0x110], load);
  store_le<uint32_t>(&k[0x114], load + 0x300);
  store_le<uint32_t>(&k[0x118], bss_end);
  store_le<uint32_t>(&k[0x11c], load + 0x200);
  k[0x200] = 0xf4;
  return k;
}

TEST_F(Loaders, flat_multiboot_kernel_with_modules) {
  const auto one = file("one", Bytes(5000, 1));
  const auto two = file("two", Bytes(10, 2));
  const auto b = boot(flat_multiboot(0x200000, 0x210000), one + " alpha=1,,2," + two, "args");
  ASSERT_TRUE(b.has_value()) << b.error().message;
  EXPECT_EQ(b->format, KernelFormat::multiboot);
  EXPECT_EQ(b->kernel.gpa, 0x200000u);
  EXPECT_EQ(b->kernel.content->size(), 0x10000u);
  EXPECT_EQ(b->protected_mode.eip, 0x200200u);
  EXPECT_EQ(b->protected_mode.eax, 0x2badb002u);
  const auto info = content(b->setup);
  const auto area = content(b->cmdline);
  const auto text = [&](uint32_t gpa) {
    return std::string{reinterpret_cast<const char*>(&area[gpa - b->cmdline.gpa])};
  };
  EXPECT_EQ(load_le<uint32_t>(&info[0]) & 0x4d, 0x4du);
  EXPECT_EQ(load_le<uint32_t>(&info[8]), 63u * 1024);
  EXPECT_SAYS(text(load_le<uint32_t>(&info[16])), "kernel args");
  EXPECT_EQ(load_le<uint32_t>(&info[20]), 2u);
  const auto list = load_le<uint32_t>(&info[24]) - b->cmdline.gpa;
  const auto first = load_le<uint32_t>(&area[list]);
  EXPECT_EQ(first, b->initrd.gpa);
  EXPECT_GE(first, 0x210000u);
  EXPECT_EQ(load_le<uint32_t>(&area[list + 4]) - first, 5000u);
  EXPECT_EQ(text(load_le<uint32_t>(&area[list + 8])), one + " alpha=1,2");
  const auto second = load_le<uint32_t>(&area[list + 16]);
  EXPECT_EQ(second % 4096, 0u);
  EXPECT_EQ(content(b->initrd)[second - first], 2);
  EXPECT_EQ(load_le<uint32_t>(&info[b->map.gpa - b->setup.gpa - 4]), 20u);  // an entry's size field
}

TEST_F(Loaders, bad_multiboot_kernels_are_explained) {
  EXPECT_SAYS(refusal(flat_multiboot(0x10000000)), "does not fit");
  EXPECT_SAYS(refusal(flat_multiboot(0x8000)), "over the boot information");
  EXPECT_SAYS(refusal(flat_multiboot(0x200000, 0x200100)), "bss end");
  EXPECT_SAYS(refusal(flat_multiboot(0x200000), (folder / "none").string()), "no such file");
  EXPECT_SAYS(refusal(flat_multiboot(0x200000), "a,,,b"), "no such file");
  auto no_addresses = flat_multiboot(0x200000);
  store_le<uint32_t>(&no_addresses[0x104], 3);
  store_le<uint32_t>(&no_addresses[0x108], 0u - 0x1badb002 - 3);
  EXPECT_SAYS(refusal(no_addresses), "no ELF file");
  auto demanding = flat_multiboot(0x200000);
  store_le<uint32_t>(&demanding[0x104], 0x10103);
  store_le<uint32_t>(&demanding[0x108], 0u - 0x1badb002 - 0x10103);
  EXPECT_SAYS(refusal(demanding), "requires features 0x100");
  auto damaged = flat_multiboot(0x200000);
  store_le<uint32_t>(&damaged[0x108], 0);  // a wrong checksum is no header
  EXPECT_SAYS(refusal(damaged), "neither a Linux bzImage");
}

TEST_F(Loaders, every_corruption_of_a_multiboot_header_is_answered) {
  for (size_t at = 0x10c; at < 0x120; ++at) {
    for (const uint8_t value : {0x00, 0x7f, 0x80, 0xff}) {
      auto k = flat_multiboot(0x200000, 0x210000);
      k[at] = value;
      (void)boot(k);
    }
  }
}

}  // namespace
}  // namespace mullion
