// What the pc machine tells its firmware: fw_cfg items and CMOS bytes.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "chipset/acpi/tables.hpp"
#include "chipset/fw_cfg/fw_cfg.hpp"
#include "chipset/mc146818_rtc/mc146818_rtc.hpp"
#include "machine/pc_config.hpp"

#include <functional>

namespace mullion {

acpi::PcDescription describe_for_acpi(const PcConfig& config, const RamLayout& ram, uint16_t pm_base);

// `boot`: the kernel to start through the option ROM; null without one.
// `pm_base` says, whenever the tables are read, where firmware put the power management registers.
Result<void> fill_fw_cfg(FwCfg& fw_cfg, const PcConfig& config, const RamLayout& ram, const KernelBoot* boot,
                         const std::function<uint16_t()>& pm_base);
void fill_cmos(Mc146818Rtc& rtc, const PcConfig& config, const RamLayout& ram);

// The usual place of COM1–COM4, where the configuration names no other.
uint16_t serial_port(const PcSerialConfig& serial);
uint8_t serial_irq(const PcSerialConfig& serial);

}  // namespace mullion
