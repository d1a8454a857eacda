// The ACPI tables: checksums, pointers, and iasl's own opinion of them.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/acpi/tables.hpp"

#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <set>
#include <sstream>
#include <string>

namespace mullion::acpi {
namespace {

constexpr uint64_t kTablesGpa = 0x7ff00000;
constexpr uint64_t kRsdpGpa = 0xf0000;

PcDescription full_machine() {
  return {.cpus = 2,
          .pci_hole64_size = uint64_t{1} << 36,
          .vga = true,
          .serial_ports = {{0x3f8, 4, 1}, {0x2f8, 3, 2}, {0x3e8, 4, 3}, {0x2e8, 3, 4}}};
}

TableFiles linked(const PcDescription& pc) {
  auto files = build_pc_tables(pc);
  link_in_place(files, kTablesGpa, kRsdpGpa);
  return files;
}

uint8_t sum(const uint8_t* first, size_t length) { return std::accumulate(first, first + length, uint8_t{0}); }

std::string signature(const TableFiles& files, uint64_t gpa) {
  const auto* at = files.tables.data() + (gpa - kTablesGpa);
  return {at, at + 4};
}

TEST(PcTables, every_checksum_is_zero_after_linking) {
  const auto files = linked(full_machine());
  EXPECT_EQ(sum(files.rsdp.data(), 20), 0);
  EXPECT_EQ(sum(files.rsdp.data(), 36), 0);
  const auto xsdt = load_le<uint64_t>(files.rsdp.data() + 24) - kTablesGpa;
  const auto length = load_le<uint32_t>(files.tables.data() + xsdt + 4);
  EXPECT_EQ(sum(files.tables.data() + xsdt, length), 0);
  for (auto at = xsdt + 36; at < xsdt + length; at += 8) {
    const auto table = load_le<uint64_t>(files.tables.data() + at) - kTablesGpa;
    EXPECT_EQ(sum(files.tables.data() + table, load_le<uint32_t>(files.tables.data() + table + 4)), 0);
  }
}

TEST(PcTables, rsdt_and_xsdt_name_the_same_tables) {
  const auto files = linked(full_machine());
  const auto rsdt = load_le<uint32_t>(files.rsdp.data() + 16) - kTablesGpa;
  const auto xsdt = load_le<uint64_t>(files.rsdp.data() + 24) - kTablesGpa;
  std::set<std::string> names;
  for (unsigned i = 0; i < 3; ++i) {
    const auto from_rsdt = load_le<uint32_t>(files.tables.data() + rsdt + 36 + 4 * i);
    EXPECT_EQ(from_rsdt, load_le<uint64_t>(files.tables.data() + xsdt + 36 + 8 * i));
    names.insert(signature(files, from_rsdt));
  }
  EXPECT_EQ(names, (std::set<std::string>{"APIC", "FACP", "HPET"}));
}

TEST(PcTables, fadt_points_at_facs_and_dsdt) {
  const auto files = linked(full_machine());
  const auto rsdt = load_le<uint32_t>(files.rsdp.data() + 16) - kTablesGpa;
  const auto* fadt = files.tables.data() + load_le<uint32_t>(files.tables.data() + rsdt + 36) - kTablesGpa;
  EXPECT_EQ(load_le<uint32_t>(fadt + 4), 244u);  // the length of revision 3
  EXPECT_EQ(signature(files, load_le<uint32_t>(fadt + 36)), "FACS");
  EXPECT_EQ(load_le<uint32_t>(fadt + 36) % 64, 0u);
  EXPECT_EQ(signature(files, load_le<uint32_t>(fadt + 40)), "DSDT");
  EXPECT_EQ(load_le<uint32_t>(fadt + 40), load_le<uint64_t>(fadt + 140));
  EXPECT_EQ(load_le<uint32_t>(fadt + 76), 0x608u);  // PM_TMR_BLK
}

#ifndef _WIN32
class Iasl : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::system("iasl -v >/dev/null 2>&1") != 0) GTEST_SKIP() << "iasl (acpica-tools) is not installed";
    folder_ = std::filesystem::path{::testing::TempDir()} / ("mullion_acpi_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string run(const std::string& arguments) const {
    const auto log = (folder_ / "log").string();
    const auto status = std::system(("cd " + folder_.string() + " && iasl " + arguments + " >" + log + " 2>&1").c_str());
    std::ostringstream text;
    text << std::ifstream{log}.rdbuf() << "exit status " << status;
    return text.str();
  }
  void check(const std::string& table, const uint8_t* first, size_t length) const {
    std::ofstream{folder_ / (table + ".dat"), std::ios::binary}.write(reinterpret_cast<const char*>(first),
                                                                      static_cast<std::streamsize>(length));
    const auto listing = run("-d " + table + ".dat");
    EXPECT_NE(listing.find("exit status 0"), std::string::npos) << listing;
    for (const auto* word : {"rror", "arning", "nvalid"}) EXPECT_EQ(listing.find(word), std::string::npos) << listing;
    const auto compiled = run("-p again " + table + ".dsl");
    EXPECT_NE(compiled.find("exit status 0"), std::string::npos) << compiled;
    if (table == "DSDT") {
      EXPECT_NE(compiled.find("0 Errors, 0 Warnings, 0 Remarks"), std::string::npos) << compiled;
    }
    std::ifstream again{folder_ / "again.aml", std::ios::binary};
    const std::vector<char> bytes{std::istreambuf_iterator<char>{again}, {}};
    EXPECT_EQ(bytes.size(), length) << table;
  }
  std::filesystem::path folder_;
};

TEST_F(Iasl, disassembles_and_recompiles_every_table_without_complaint) {
  for (const auto& pc : {full_machine(), PcDescription{.hpet = false, .i8042 = false, .serial_ports = {}}}) {
    const auto files = linked(pc);
    const auto* tables = files.tables.data();
    const auto rsdt = load_le<uint32_t>(files.rsdp.data() + 16) - kTablesGpa;
    std::vector<uint64_t> all{load_le<uint32_t>(files.rsdp.data() + 16), load_le<uint64_t>(files.rsdp.data() + 24)};
    for (auto at = rsdt + 36; at < rsdt + load_le<uint32_t>(tables + rsdt + 4); at += 4) {
      all.push_back(load_le<uint32_t>(tables + at));
    }
    const auto fadt = all[2] - kTablesGpa;
    all.push_back(load_le<uint32_t>(tables + fadt + 36));
    all.push_back(load_le<uint32_t>(tables + fadt + 40));
    for (const auto gpa : all) {
      const auto* table = tables + (gpa - kTablesGpa);
      check(signature(files, gpa), table, load_le<uint32_t>(table + 4));
    }
  }
}
#endif

}  // namespace
}  // namespace mullion::acpi
