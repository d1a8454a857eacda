// Registers of the 16550A.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

// clang-format off
namespace mullion::ns16550 {

// Offsets                             // PC16550D table II
constexpr uint16_t kRBR_THR_DLL = 0;
constexpr uint16_t kIER_DLM     = 1;
constexpr uint16_t kIIR_FCR     = 2;
constexpr uint16_t kLCR         = 3;
constexpr uint16_t kMCR         = 4;
constexpr uint16_t kLSR         = 5;
constexpr uint16_t kMSR         = 6;
constexpr uint16_t kSCR         = 7;

constexpr uint8_t kIER_RDA      = 0x01;  // §8.7
constexpr uint8_t kIER_THRE     = 0x02;
constexpr uint8_t kIER_RLS      = 0x04;
constexpr uint8_t kIER_MS       = 0x08;
constexpr uint8_t kIIR_MS       = 0x00;  // §8.5, by priority from below
constexpr uint8_t kIIR_None     = 0x01;
constexpr uint8_t kIIR_THRE     = 0x02;
constexpr uint8_t kIIR_RDA      = 0x04;
constexpr uint8_t kIIR_RLS      = 0x06;
constexpr uint8_t kIIR_Timeout  = 0x0C;
constexpr uint8_t kIIR_Fifos    = 0xC0;
constexpr uint8_t kFCR_Enable   = 0x01;  // §8.4
constexpr uint8_t kFCR_ClearRx  = 0x02;
constexpr uint8_t kFCR_ClearTx  = 0x04;
constexpr uint8_t kLCR_WLS      = 0x03;  // §8.1
constexpr uint8_t kLCR_STB      = 0x04;
constexpr uint8_t kLCR_PEN      = 0x08;
constexpr uint8_t kLCR_Break    = 0x40;
constexpr uint8_t kLCR_DLAB     = 0x80;
constexpr uint8_t kMCR_DTR      = 0x01;  // §8.6
constexpr uint8_t kMCR_RTS      = 0x02;
constexpr uint8_t kMCR_OUT1     = 0x04;
constexpr uint8_t kMCR_OUT2     = 0x08;
constexpr uint8_t kMCR_Loop     = 0x10;
constexpr uint8_t kLSR_DR       = 0x01;  // §8.3
constexpr uint8_t kLSR_OE       = 0x02;
constexpr uint8_t kLSR_BI       = 0x10;
constexpr uint8_t kLSR_Errors   = 0x1C;  // PE FE BI
constexpr uint8_t kLSR_THRE     = 0x20;
constexpr uint8_t kLSR_TEMT     = 0x40;
constexpr uint8_t kLSR_FifoErr  = 0x80;
constexpr uint8_t kMSR_TERI     = 0x04;  // §8.8: set as RI falls
constexpr uint8_t kMSR_CTS      = 0x10;
constexpr uint8_t kMSR_DSR      = 0x20;
constexpr uint8_t kMSR_RI       = 0x40;
constexpr uint8_t kMSR_DCD      = 0x80;

}  // namespace mullion::ns16550
// clang-format on
