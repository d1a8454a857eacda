// Command words of the 8259A.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

// clang-format off
namespace mullion::i8259 {

// Port 0 (A0 = 0)                        // 231468-003, "Initialization/Operation Command Words"
constexpr uint8_t kICW1          = 0x10;  // D4: this is ICW1
constexpr uint8_t kICW1_IC4      = 0x01;  // ICW4 follows
constexpr uint8_t kICW1_SNGL     = 0x02;  // no cascade, no ICW3
constexpr uint8_t kICW1_LTIM     = 0x08;  // level-triggered
constexpr uint8_t kOCW3          = 0x08;  // D4 = 0, D3 = 1
constexpr uint8_t kOCW3_RIS      = 0x01;  // with RR: read ISR, else IRR
constexpr uint8_t kOCW3_RR       = 0x02;
constexpr uint8_t kOCW3_P        = 0x04;  // poll
constexpr uint8_t kOCW3_SMM      = 0x20;  // with ESMM: special mask mode on, else off
constexpr uint8_t kOCW3_ESMM     = 0x40;

// OCW2, bits 7..5: R SL EOI
constexpr uint8_t kRotateAeoiClear = 0;
constexpr uint8_t kEoi             = 1;
constexpr uint8_t kNop             = 2;
constexpr uint8_t kSpecificEoi     = 3;
constexpr uint8_t kRotateAeoiSet   = 4;
constexpr uint8_t kRotateEoi       = 5;
constexpr uint8_t kSetPriority     = 6;
constexpr uint8_t kRotateSpecific  = 7;

// Port 1 (A0 = 1)
constexpr uint8_t kICW4_AEOI     = 0x02;
constexpr uint8_t kICW4_SFNM     = 0x10;  // special fully nested mode

constexpr unsigned kCascadeInput = 2;     // the slave's INT is the master's IR2
// ELCR: IRQ 0, 1, 2 and 8, 13 are always edge-triggered (82371SB)
constexpr uint8_t kElcrMask[2]   = {0xF8, 0xDE};

}  // namespace mullion::i8259
// clang-format on
