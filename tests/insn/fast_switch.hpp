// The way into an instruction and back that needs no signal: memory at a fixed address that both ways use.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace mullion::insn {

// Lies at kFastAt, below 2 GiB, so that code without a free register reaches it. Offsets are written out in the assembly.
struct FastSwitch {
  uint64_t gpr[16];          // 0    to load, in the order of MachineState::gpr
  uint64_t rflags;           // 128
  uint32_t entry_offset;     // 136  far pointer to the instruction
  uint32_t entry_selector;   // 140
  uint16_t selectors[8];     // 144  es, ds, fs, gs, ss
  uint64_t fs_base, gs_base; // 160
  uint64_t host_fs_base, host_gs_base;  // 176
  uint64_t saved_rsp;        // 192
  uint64_t components;       // 200  of the XSAVE areas
  uint64_t out_gpr[16];      // 208
  uint64_t out_rflags;       // 336
  uint64_t out_fs_base, out_gs_base;  // 344
  uint16_t out_selectors[8]; // 360  es, ds, fs, gs, ss
  uint32_t clean_mxcsr;      // 376
  uint32_t unused;
  uint8_t stack[64];         // 384..448: for flags
  uint8_t padding[64];
  alignas(64) uint8_t in[4096];   // 512   XSAVE areas
  uint8_t out[4096];              // 4608
};

inline constexpr uint64_t kFastAt = 0x34560000;
inline FastSwitch& fast_switch() { return *reinterpret_cast<FastSwitch*>(kFastAt); }

}  // namespace mullion::insn

extern "C" {
[[gnu::visibility("hidden")]] void mullion_fast_launch();
[[gnu::visibility("hidden")]] extern char mullion_fast_return;  // where the instruction's successor jumps, by way of kFastJump
}
