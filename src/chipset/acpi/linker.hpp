// The table loader's script: where firmware is to put ACPI blobs, and which pointers and checksums to patch.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace mullion::acpi {

using Bytes = std::vector<uint8_t>;

// Where a blob may be put: anywhere below 4 GiB, or in the F segment where the RSDP is searched.
enum class Zone : uint8_t { high = 1, f_segment = 2 };

// The files that describe the machine's tables to firmware, under their fw_cfg names.
struct TableFiles {
  Bytes tables;  // etc/acpi/tables
  Bytes rsdp;    // etc/acpi/rsdp
  Bytes loader;  // etc/table-loader
};

inline constexpr std::string_view kTablesFile{"etc/acpi/tables"};
inline constexpr std::string_view kRsdpFile{"etc/acpi/rsdp"};
inline constexpr std::string_view kLoaderFile{"etc/table-loader"};

// Writes commands of 128 bytes each, in the order firmware has to run them.
class LinkerScript final {
 public:
  void allocate(std::string_view file, uint32_t alignment, Zone zone);
  // The `size` bytes at `offset` of `in` hold an offset into `target`; the address of `target` is added.
  void add_pointer(std::string_view in, std::string_view target, uint32_t offset, uint8_t size);
  void add_checksum(std::string_view in, uint32_t offset, uint32_t start, uint32_t length);
  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes& command(uint32_t kind);
  Bytes bytes_;
};

// Runs the script as firmware would, for a boot without firmware: addresses of the two blobs are given.
void link_in_place(TableFiles& files, uint64_t tables_gpa, uint64_t rsdp_gpa);

}  // namespace mullion::acpi
