// Filling in of the kernel option ROM's parameters.
// SPDX-License-Identifier: Apache-2.0
#include "machine/kernel_rom/kernel_rom.hpp"

#include "base/bytes.hpp"
#include "chipset/fw_cfg/fw_cfg_regs.hpp"
#include "machine/kernel_rom/kernel_rom_code.hpp"

#include <cstring>
#include <numeric>

namespace mullion {
namespace {
using namespace kernel_rom;

DmaDescriptor read_item(uint16_t key, const Placed& part) {
  const uint32_t control = uint32_t{key} << 16 | fw_cfg::kDmaSelect | fw_cfg::kDmaRead;
  return {byte_swap(control), byte_swap(static_cast<uint32_t>(part.content->size())), byte_swap(part.gpa)};
}

// The byte that makes a sum zero.
void set_checksum(uint8_t* first, size_t length, uint8_t* checksum) {
  *checksum = 0;
  *checksum = static_cast<uint8_t>(-std::accumulate(first, first + length, 0u));
}

}  // namespace

std::vector<uint8_t> build_kernel_rom(const KernelBoot& boot) {
  std::vector<uint8_t> rom{mullion_kernel_rom_begin, mullion_kernel_rom_end};
  Parameters p{};
  if (boot.format == KernelFormat::bzimage) {
    p.segment = boot.real_mode.segment;
    p.stack = boot.real_mode.stack;
  } else {
    p.protected_mode = 1;
    p.map_segment = static_cast<uint16_t>(boot.setup.gpa >> 4);
    p.map_offset = static_cast<uint16_t>(boot.map.gpa - boot.setup.gpa);
    p.count_offset = static_cast<uint16_t>(boot.map.count_gpa - boot.setup.gpa);
    p.count_scale = boot.map.count_scale;
    p.map_entries = MapSlot::kMaxEntries;
    p.eip = boot.protected_mode.eip;
    p.eax = boot.protected_mode.eax;
    p.ebx = boot.protected_mode.ebx;
  }
  size_t loads = 0;
  p.loads[loads++] = read_item(fw_cfg::kKernelData, boot.kernel);
  if (boot.initrd.content) p.loads[loads++] = read_item(fw_cfg::kInitrdData, boot.initrd);
  if (boot.cmdline.content) p.loads[loads++] = read_item(fw_cfg::kCmdlineData, boot.cmdline);
  p.loads[loads++] = read_item(fw_cfg::kSetupData, boot.setup);
  std::memcpy(rom.data() + kParameters, &p, sizeof p);
  set_checksum(rom.data() + kPnpHeader, 32, rom.data() + kPnpHeader + 9);
  set_checksum(rom.data(), rom.size(), &rom.back());
  return rom;
}

}  // namespace mullion
