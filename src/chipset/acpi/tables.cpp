// Building of the ACPI tables that are not AML.
// SPDX-License-Identifier: Apache-2.0
#include "chipset/acpi/tables.hpp"

#include "chipset/piix4_pm/piix4_pm_regs.hpp"

#include <string_view>

namespace mullion::acpi {
namespace {

constexpr size_t kChecksumOffset{9};

void append_little(Bytes& out, uint64_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

void append_text(Bytes& out, std::string_view text) { out.insert(out.end(), text.begin(), text.end()); }

void put_little(Bytes& out, size_t at, uint64_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) out[at + i] = static_cast<uint8_t>(value >> (8 * i));
}

// A table under construction inside the blob: the header first, the length when the body is complete.
class Table final {
 public:
  Table(Bytes& blob, std::string_view signature, uint8_t revision) : blob_{blob}, start_{blob.size()} {
    append_text(blob_, signature);
    append_little(blob_, 0, 4);
    blob_.insert(blob_.end(), {revision, 0});
    append_text(blob_, "MULLN ");
    append_text(blob_, "MULLNPC ");
    append_little(blob_, 1, 4);
    append_text(blob_, "MULN");
    append_little(blob_, 1, 4);
  }
  uint32_t start() const { return static_cast<uint32_t>(start_); }
  uint32_t length() const { return static_cast<uint32_t>(blob_.size() - start_); }
  void finish(LinkerScript& script) {
    put_little(blob_, start_ + 4, length(), 4);
    script.add_checksum(kTablesFile, static_cast<uint32_t>(start_ + kChecksumOffset), start(), length());
    blob_.resize((blob_.size() + 7) / 8 * 8);
  }

 private:
  Bytes& blob_;
  size_t start_;
};

// Generic Address Structure (ACPI 6.4, 5.2.3.2).
void append_gas(Bytes& out, aml::Space space, uint8_t bits, uint8_t access, uint64_t address) {
  out.insert(out.end(), {static_cast<uint8_t>(space), bits, 0, access});
  append_little(out, address, 8);
}

uint32_t add_facs(Bytes& blob) {
  const auto start = static_cast<uint32_t>(blob.size());  // first in the blob: 64-byte alignment for free
  append_text(blob, "FACS");
  append_little(blob, 64, 4);
  blob.resize(start + 64);
  return start;
}

uint32_t add_dsdt(Bytes& blob, LinkerScript& script, const PcDescription& pc) {
  Table table{blob, "DSDT", 2};
  const auto body = pc_dsdt_body(pc);
  blob.insert(blob.end(), body.begin(), body.end());
  const auto start = table.start();
  table.finish(script);
  return start;
}

// Revision 3, the first with 64-bit pointers and the reset register (ACPI 6.4, table 5.9).
uint32_t add_fadt(Bytes& blob, LinkerScript& script, const PcDescription& pc, uint32_t facs, uint32_t dsdt) {
  constexpr uint32_t kWbinvd{1u << 0}, kProcC1{1u << 2}, kSleepButton{1u << 5}, kRtcS4{1u << 7},
      kResetRegister{1u << 10};
  constexpr unsigned kLegacyDevices{1u << 0}, kHas8042{1u << 1}, kNoVga{1u << 2};
  const uint16_t pm1a_event = pc.pm_base;
  const auto pm1a_control = static_cast<uint16_t>(pc.pm_base + piix4::kPm1aControl);
  const auto pm_timer = static_cast<uint16_t>(pc.pm_base + piix4::kPmTimer);
  Table table{blob, "FACP", 3};
  const auto base = table.start();
  append_little(blob, facs, 4);
  append_little(blob, dsdt, 4);
  blob.insert(blob.end(), {0, 0});  // reserved; PM profile unspecified
  append_little(blob, piix4::kSciIrq, 2);
  append_little(blob, piix4::kApmc, 4);
  blob.insert(blob.end(), {piix4::kAcpiEnable, piix4::kAcpiDisable, 0, 0});
  for (const uint16_t port :
       std::initializer_list<uint16_t>{pm1a_event, 0, pm1a_control, 0, 0, pm_timer, piix4::kGpe0Base, 0}) {
    append_little(blob, port, 4);
  }
  blob.insert(blob.end(), {4, 2, 0, 4, piix4::kGpe0Length, 0, 0, 0});
  append_little(blob, 0xfff, 2);  // C2 and C3 latencies beyond the limit: not supported
  append_little(blob, 0xfff, 2);
  append_little(blob, 0, 4);                    // flush size and stride: WBINVD works
  blob.insert(blob.end(), {0, 0, 0, 0, 0x32});  // duty, alarms; the century is CMOS byte 32h
  append_little(blob, kLegacyDevices | (pc.i8042 ? kHas8042 : 0) | (pc.vga ? 0 : kNoVga), 2);
  blob.push_back(0);
  append_little(blob, kWbinvd | kProcC1 | kSleepButton | kRtcS4 | kResetRegister, 4);
  append_gas(blob, aml::Space::system_io, 8, 1, 0xcf9);
  blob.insert(blob.end(), {0x06, 0, 0, 0});  // hard reset, and start it
  append_little(blob, 0, 8);                 // X_FIRMWARE_CTRL: FIRMWARE_CTRL is used
  append_little(blob, dsdt, 8);
  append_gas(blob, aml::Space::system_io, 32, 2, pm1a_event);
  append_gas(blob, aml::Space::system_memory, 0, 0, 0);
  append_gas(blob, aml::Space::system_io, 16, 2, pm1a_control);
  append_gas(blob, aml::Space::system_memory, 0, 0, 0);
  append_gas(blob, aml::Space::system_memory, 0, 0, 0);
  append_gas(blob, aml::Space::system_io, 32, 3, pm_timer);
  append_gas(blob, aml::Space::system_io, piix4::kGpe0Length * 8, 1, piix4::kGpe0Base);
  append_gas(blob, aml::Space::system_memory, 0, 0, 0);
  script.add_pointer(kTablesFile, kTablesFile, base + 36, 4);
  script.add_pointer(kTablesFile, kTablesFile, base + 40, 4);
  script.add_pointer(kTablesFile, kTablesFile, base + 140, 8);
  table.finish(script);
  return base;
}

uint32_t add_madt(Bytes& blob, LinkerScript& script, const PcDescription& pc) {
  Table table{blob, "APIC", 1};
  append_little(blob, 0xfee00000, 4);
  append_little(blob, 1, 4);  // PCAT_COMPAT: a pair of 8259A is there too
  for (unsigned cpu = 0; cpu < pc.cpus; ++cpu) {
    blob.insert(blob.end(), {0, 8, static_cast<uint8_t>(cpu), static_cast<uint8_t>(cpu)});
    append_little(blob, 1, 4);
  }
  blob.insert(blob.end(), {1, 12, 0, 0});  // I/O APIC 0
  append_little(blob, 0xfec00000, 4);
  append_little(blob, 0, 4);
  const auto override = [&](uint8_t irq, uint32_t gsi, uint16_t flags) {
    blob.insert(blob.end(), {2, 10, 0, irq});
    append_little(blob, gsi, 4);
    append_little(blob, flags, 2);
  };
  override(0, 2, 0);                                                 // the PIT sits on pin 2
  for (const uint8_t irq : {5, 9, 10, 11}) override(irq, irq, 0xd);  // level, active high: SCI and PIRQs
  blob.insert(blob.end(), {4, 6, 0xff, 0, 0, 1});                    // NMI: LINT1 of every processor
  const auto start = table.start();
  table.finish(script);
  return start;
}

uint32_t add_hpet(Bytes& blob, LinkerScript& script) {
  Table table{blob, "HPET", 1};
  append_little(blob, 0x8086a201, 4);  // Intel, legacy replacement, 64-bit counter, three timers
  append_gas(blob, aml::Space::system_memory, 0, 0, 0xfed00000);
  blob.push_back(0);
  append_little(blob, 0, 2);
  blob.push_back(0);
  const auto start = table.start();
  table.finish(script);
  return start;
}

uint32_t add_root(Bytes& blob, LinkerScript& script, std::string_view signature, uint8_t width,
                  const std::vector<uint32_t>& tables) {
  Table table{blob, signature, 1};
  for (const auto target : tables) {
    script.add_pointer(kTablesFile, kTablesFile, static_cast<uint32_t>(blob.size()), width);
    append_little(blob, target, width);
  }
  const auto start = table.start();
  table.finish(script);
  return start;
}

void add_rsdp(TableFiles& files, LinkerScript& script, uint32_t rsdt, uint32_t xsdt) {
  auto& rsdp = files.rsdp;
  append_text(rsdp, "RSD PTR ");
  rsdp.push_back(0);
  append_text(rsdp, "MULLN ");
  rsdp.push_back(2);
  append_little(rsdp, rsdt, 4);
  append_little(rsdp, 36, 4);
  append_little(rsdp, xsdt, 8);
  append_little(rsdp, 0, 4);
  script.add_pointer(kRsdpFile, kTablesFile, 16, 4);
  script.add_pointer(kRsdpFile, kTablesFile, 24, 8);
  script.add_checksum(kRsdpFile, 8, 0, 20);
  script.add_checksum(kRsdpFile, 32, 0, 36);
}

}  // namespace

TableFiles build_pc_tables(const PcDescription& pc) {
  TableFiles files;
  LinkerScript script;
  script.allocate(kTablesFile, 64, Zone::high);
  script.allocate(kRsdpFile, 16, Zone::f_segment);
  auto& blob = files.tables;
  const auto facs = add_facs(blob);
  const auto dsdt = add_dsdt(blob, script, pc);
  std::vector<uint32_t> roots{add_fadt(blob, script, pc, facs, dsdt), add_madt(blob, script, pc)};
  if (pc.hpet) roots.push_back(add_hpet(blob, script));
  const auto rsdt = add_root(blob, script, "RSDT", 4, roots);
  const auto xsdt = add_root(blob, script, "XSDT", 8, roots);
  add_rsdp(files, script, rsdt, xsdt);
  files.loader = script.bytes();
  return files;
}

}  // namespace mullion::acpi
