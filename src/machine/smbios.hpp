// SMBIOS tables: who the machine is, its processor and memory.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "machine/memory_map.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace mullion {

struct SmbiosDescription {
  std::string product;
  std::string version;
  std::array<uint8_t, 16> uuid{};
  unsigned cpus = 1;
  RamLayout ram;
};

// The files etc/smbios/smbios-tables and etc/smbios/smbios-anchor: firmware puts in the tables' address.
struct SmbiosFiles {
  std::vector<uint8_t> tables;
  std::vector<uint8_t> anchor;
};
SmbiosFiles build_smbios(const SmbiosDescription& machine);

}  // namespace mullion
