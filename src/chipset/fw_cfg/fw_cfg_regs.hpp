// Ports, keys and DMA bits of the firmware configuration device.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace mullion::fw_cfg {

// Source document: QEMU's docs/specs/fw_cfg; the keys as SeaBIOS, OVMF and Linux use them.
// clang-format off
inline constexpr uint16_t kSelectorPort = 0x510;
inline constexpr uint16_t kDmaPort      = 0x514;

inline constexpr uint16_t kSignature    = 0x00;
inline constexpr uint16_t kId           = 0x01;  // bit 0: byte port, bit 1: DMA
inline constexpr uint16_t kUuid         = 0x02;
inline constexpr uint16_t kRamSize      = 0x03;
inline constexpr uint16_t kNoGraphic    = 0x04;
inline constexpr uint16_t kNbCpus       = 0x05;
inline constexpr uint16_t kMachineId    = 0x06;
inline constexpr uint16_t kKernelAddr   = 0x07;
inline constexpr uint16_t kKernelSize   = 0x08;
inline constexpr uint16_t kInitrdAddr   = 0x0a;
inline constexpr uint16_t kInitrdSize   = 0x0b;
inline constexpr uint16_t kBootDevice   = 0x0c;
inline constexpr uint16_t kNuma         = 0x0d;
inline constexpr uint16_t kBootMenu     = 0x0e;
inline constexpr uint16_t kMaxCpus      = 0x0f;
inline constexpr uint16_t kKernelEntry  = 0x10;
inline constexpr uint16_t kKernelData   = 0x11;
inline constexpr uint16_t kInitrdData   = 0x12;
inline constexpr uint16_t kCmdlineAddr  = 0x13;
inline constexpr uint16_t kCmdlineSize  = 0x14;
inline constexpr uint16_t kCmdlineData  = 0x15;
inline constexpr uint16_t kSetupAddr    = 0x16;
inline constexpr uint16_t kSetupSize    = 0x17;
inline constexpr uint16_t kSetupData    = 0x18;
inline constexpr uint16_t kFileDir      = 0x19;
inline constexpr uint16_t kFileFirst    = 0x20;
inline constexpr uint16_t kIrq0Override = 0x8002;

inline constexpr uint32_t kDmaError     = 1u << 0;
inline constexpr uint32_t kDmaRead      = 1u << 1;
inline constexpr uint32_t kDmaSkip      = 1u << 2;
inline constexpr uint32_t kDmaSelect    = 1u << 3;  // the key is in bits 31:16
inline constexpr uint32_t kDmaWrite     = 1u << 4;

inline constexpr uint64_t kDmaSignature = 0x51454d5520434647;  // "QEMU CFG"
inline constexpr unsigned kMaxFileName  = 56;                  // with its terminating zero
// clang-format on

}  // namespace mullion::fw_cfg
