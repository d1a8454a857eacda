// Registers of the PIIX4's power management function (function 3) as the pc machine places them.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace mullion::piix4 {

// Source document: Intel 82371AB (PIIX4), section 7. GPE0 stands where QEMU's pc has it.
// clang-format off
inline constexpr uint16_t kPmBase        = 0x0600;  // where firmware puts PMBA
inline constexpr uint16_t kPm1aControl   = 0x04;    // PMCNTRL, after PMSTS (0) and PMEN (2)
inline constexpr uint16_t kPmTimer       = 0x08;    // PMTMR
inline constexpr uint16_t kPmWindow      = 0x40;
inline constexpr uint16_t kSmbusBase     = 0x0700;
inline constexpr uint16_t kGpe0Base      = 0xafe0;
inline constexpr uint8_t  kGpe0Length    = 4;       // two bytes of status, two of enable
inline constexpr uint16_t kApmc          = 0xb2;
inline constexpr uint16_t kApms          = 0xb3;
inline constexpr uint8_t  kAcpiEnable    = 0xf1;    // written to APMC
inline constexpr uint8_t  kAcpiDisable   = 0xf0;
inline constexpr uint8_t  kSciIrq        = 9;
inline constexpr uint32_t kPmTimerHz     = 3'579'545;

inline constexpr uint16_t TMROF_STS      = 1u << 0;
inline constexpr uint16_t GBL_STS        = 1u << 5;
inline constexpr uint16_t PWRBTN_STS     = 1u << 8;
inline constexpr uint16_t RTC_STS        = 1u << 10;
inline constexpr uint16_t RSM_STS        = 1u << 15;
inline constexpr uint16_t SCI_EN         = 1u << 0;
inline constexpr uint16_t kSusTyp        = 7u << 10;  // PMCNTRL: 0 is soft-off
inline constexpr uint16_t SUS_EN         = 1u << 13;  // PMCNTRL: enter the state of SUS_TYP

// Configuration space
inline constexpr uint8_t  kPmba          = 0x40;
inline constexpr uint8_t  kDevactb       = 0x58;
inline constexpr uint32_t kApmcEn        = 1u << 25;  // DEVACTB: a write to APMC raises an SMI
inline constexpr uint8_t  kPmregmisc     = 0x80;      // bit 0: PMIOSE
inline constexpr uint8_t  kSmbba         = 0x90;
inline constexpr uint8_t  kSmbhstcfg     = 0xd2;
// clang-format on

}  // namespace mullion::piix4
