// The ACPI tables of the pc machine: RSDP, RSDT, XSDT, FADT, FACS, MADT, HPET and DSDT.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "chipset/acpi/linker.hpp"
#include "chipset/acpi/pc_dsdt.hpp"

namespace mullion::acpi {

// Pointers and checksums are left to the linker script, which firmware runs (or link_in_place).
TableFiles build_pc_tables(const PcDescription& pc);

}  // namespace mullion::acpi
