// Registers and commands of the PS/2 keyboard controller.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

// clang-format off
namespace mullion::kbc {

// Status (64h)                          // PS/2 Technical Reference, "Controller Status Register"
constexpr uint8_t kStatusOBF   = 0x01;
constexpr uint8_t kStatusSYS   = 0x04;
constexpr uint8_t kStatusCmd   = 0x08;  // the last write was a command
constexpr uint8_t kStatusKeyl  = 0x10;  // the keyboard is not locked
constexpr uint8_t kStatusAux   = 0x20;  // the byte in the output buffer is the mouse's

// Controller command byte
constexpr uint8_t kCcbKbdInt   = 0x01;
constexpr uint8_t kCcbAuxInt   = 0x02;
constexpr uint8_t kCcbSys      = 0x04;
constexpr uint8_t kCcbKbdOff   = 0x10;
constexpr uint8_t kCcbAuxOff   = 0x20;
constexpr uint8_t kCcbXlate    = 0x40;

// Output port
constexpr uint8_t kOutReset    = 0x01;  // 0 holds the CPU in reset
constexpr uint8_t kOutA20      = 0x02;
constexpr uint8_t kOutKbdObf   = 0x10;
constexpr uint8_t kOutAuxObf   = 0x20;
constexpr uint8_t kOutInitial  = 0xCF;

// Controller commands (64h)
constexpr uint8_t kReadRam     = 0x20;  // ..3Fh; 20h is the command byte
constexpr uint8_t kWriteRam    = 0x60;  // ..7Fh
constexpr uint8_t kAuxDisable  = 0xA7;
constexpr uint8_t kAuxEnable   = 0xA8;
constexpr uint8_t kAuxTest     = 0xA9;
constexpr uint8_t kSelfTest    = 0xAA;
constexpr uint8_t kKbdTest     = 0xAB;
constexpr uint8_t kKbdDisable  = 0xAD;
constexpr uint8_t kKbdEnable   = 0xAE;
constexpr uint8_t kReadInput   = 0xC0;
constexpr uint8_t kReadOutput  = 0xD0;
constexpr uint8_t kWriteOutput = 0xD1;
constexpr uint8_t kWriteKbdBuf = 0xD2;
constexpr uint8_t kWriteAuxBuf = 0xD3;
constexpr uint8_t kWriteAux    = 0xD4;
constexpr uint8_t kA20Off      = 0xDD;
constexpr uint8_t kA20On       = 0xDF;
constexpr uint8_t kPulse       = 0xF0;  // ..FFh: a 0 in bits 0..3 pulses that bit of the output port

// Device commands and answers
constexpr uint8_t kAck         = 0xFA;
constexpr uint8_t kNak         = 0xFE;
constexpr uint8_t kBatOk       = 0xAA;
constexpr uint8_t kSetLeds     = 0xED;
constexpr uint8_t kEcho        = 0xEE;
constexpr uint8_t kScanCodeSet = 0xF0;
constexpr uint8_t kIdentify    = 0xF2;
constexpr uint8_t kSetRate     = 0xF3;
constexpr uint8_t kEnable      = 0xF4;
constexpr uint8_t kDisable     = 0xF5;
constexpr uint8_t kDefaults    = 0xF6;
constexpr uint8_t kResend      = 0xFE;
constexpr uint8_t kResetDevice = 0xFF;
constexpr uint8_t kScale1      = 0xE6;
constexpr uint8_t kScale2      = 0xE7;
constexpr uint8_t kResolution  = 0xE8;
constexpr uint8_t kMouseStatus = 0xE9;
constexpr uint8_t kStreamMode  = 0xEA;
constexpr uint8_t kReadData    = 0xEB;
constexpr uint8_t kWrapReset   = 0xEC;
constexpr uint8_t kWrapSet     = 0xEE;
constexpr uint8_t kRemoteMode  = 0xF0;

}  // namespace mullion::kbc
// clang-format on
