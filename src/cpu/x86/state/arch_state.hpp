// The architectural state of one x86 processor: plain data in a fixed layout.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/decode/insn.hpp"
#include "cpu/x86/state/flags.hpp"

#include <array>
#include <cstdint>

namespace mullion::x86 {

// A segment register with its hidden part. `attributes` has the layout of descriptor bits 40-55 without the limit
// nibble: type 0-3, S 4, DPL 5-6, P 7, AVL 12, L 13, D/B 14, G 15. `limit` is in bytes, scaled. A null or
// unusable segment has P clear.
struct Segment {
  uint64_t base = 0;
  uint32_t limit = 0xFFFF;
  uint16_t selector = 0;
  uint16_t attributes = 0x93;

  unsigned type() const { return attributes & 15; }
  bool s() const { return attributes & 0x10; }
  unsigned dpl() const { return (attributes >> 5) & 3; }
  bool present() const { return attributes & 0x80; }
  bool l() const { return attributes & 0x2000; }
  bool db() const { return attributes & 0x4000; }
  bool g() const { return attributes & 0x8000; }
  bool code() const { return (attributes & 0x18) == 0x18; }
  bool expand_down() const { return (attributes & 0x1C) == 0x14; }
  bool conforming() const { return (attributes & 0x1C) == 0x1C; }
  bool readable() const { return !code() || (attributes & 2); }
  bool writable() const { return !code() && (attributes & 2); }
};

struct TableRegister {
  uint64_t base = 0;
  uint16_t limit = 0xFFFF;
};

// SDM vol. 3 §2.5.
enum Cr0 : uint64_t {
  CR0_PE = 1u << 0, CR0_MP = 1u << 1, CR0_EM = 1u << 2, CR0_TS = 1u << 3, CR0_ET = 1u << 4, CR0_NE = 1u << 5,
  CR0_WP = 1u << 16, CR0_AM = 1u << 18, CR0_NW = 1u << 29, CR0_CD = 1u << 30, CR0_PG = 1u << 31,
};
enum Cr4 : uint64_t {
  CR4_VME = 1u << 0, CR4_PVI = 1u << 1, CR4_TSD = 1u << 2, CR4_DE = 1u << 3, CR4_PSE = 1u << 4, CR4_PAE = 1u << 5,
  CR4_MCE = 1u << 6, CR4_PGE = 1u << 7, CR4_PCE = 1u << 8, CR4_OSFXSR = 1u << 9, CR4_OSXMMEXCPT = 1u << 10,
  CR4_UMIP = 1u << 11, CR4_LA57 = 1u << 12, CR4_VMXE = 1u << 13, CR4_SMXE = 1u << 14, CR4_FSGSBASE = 1u << 16,
  CR4_PCIDE = 1u << 17, CR4_OSXSAVE = 1u << 18, CR4_SMEP = 1u << 20, CR4_SMAP = 1u << 21, CR4_PKE = 1u << 22,
  CR4_CET = 1u << 23, CR4_PKS = 1u << 24,
};
enum Efer : uint64_t {
  EFER_SCE = 1u << 0, EFER_LME = 1u << 8, EFER_LMA = 1u << 10, EFER_NXE = 1u << 11, EFER_FFXSR = 1u << 14,
};
enum Xcr0 : uint64_t {
  XCR0_X87 = 1, XCR0_SSE = 2, XCR0_AVX = 4, XCR0_OPMASK = 0x20, XCR0_ZMM_HI256 = 0x40, XCR0_HI16_ZMM = 0x80,
  XCR0_PKRU = 0x200,
};

struct alignas(64) Vec {
  std::array<uint8_t, 64> bytes{};
};

// The first 160 bytes of an FXSAVE image (SDM vol. 1 table 10-2), registers in stack order: st[0] is ST(0).
// `ftw` is the abridged tag word: bit n set when physical register n is not empty.
struct X87State {
  uint16_t fcw = 0x37F;
  uint16_t fsw = 0;
  uint8_t ftw = 0;
  uint8_t reserved = 0;
  uint16_t fop = 0;
  uint64_t fip = 0;
  uint64_t fdp = 0;
  uint32_t mxcsr = 0x1F80;
  uint32_t mxcsr_mask = 0xFFFF;
  struct alignas(16) Register {
    uint64_t mantissa = 0;
    uint16_t sign_exponent = 0;
  };
  std::array<Register, 8> st{};
  unsigned top() const { return (fsw >> 11) & 7; }
};
static_assert(sizeof(X87State) == 160);

enum class Activity : uint8_t { Running, Halted, WaitForSipi, Shutdown, Mwait };

struct MsrState {
  uint64_t star = 0, lstar = 0, cstar = 0, sfmask = 0, kernel_gs_base = 0, tsc_aux = 0;
  uint64_t sysenter_cs = 0, sysenter_esp = 0, sysenter_eip = 0;
  uint64_t pat = 0x0007040600070406;
  uint64_t apic_base = 0xFEE00900;
  uint64_t tsc_offset = 0;  // guest TSC = clock + offset
  uint64_t tsc_adjust = 0;
  uint64_t tsc_deadline = 0;
  uint64_t misc_enable = 1;  // fast strings
  uint64_t debugctl = 0;
  uint64_t xss = 0;
  uint64_t spec_ctrl = 0;
  uint64_t smbase = 0x30000;
  uint64_t mcg_status = 0, mcg_ctl = 0;
  uint64_t feature_control = 1;  // locked, nothing enabled
  uint64_t mtrr_def_type = 0;
  std::array<uint64_t, 11> mtrr_fixed{};
  std::array<uint64_t, 16> mtrr_variable{};  // base, mask, base, mask, ...
  std::array<uint64_t, 40> mc_bank{};        // CTL, STATUS, ADDR, MISC of ten banks
  // AMD's: kept for software that reads back what it wrote.
  uint64_t hwcr = 0, syscfg = 0, top_mem = 0, top_mem2 = 0, nb_cfg = 0;
  std::array<uint64_t, 16> core_cfg{};       // C0011020-C001102F: LS_CFG ... DE_CFG ...
};

// Initial values are those after power-up or RESET# (SDM vol. 3 table 10-1); reset() adds the segments.
struct ArchState {
  std::array<uint64_t, 18> gpr{};  // 0-15; [kNoReg] constant zero; [kRipReg] base of the current block
  uint64_t rip = 0xFFF0;           // exact between instructions; inside a block it is gpr[17] + Insn::next
  Flags flags;
  std::array<Segment, 6> seg{};
  Segment ldtr, tr;
  TableRegister gdtr, idtr;
  uint64_t cr0 = CR0_ET | CR0_NW | CR0_CD;
  uint64_t cr2 = 0, cr3 = 0, cr4 = 0, cr8 = 0;
  uint64_t efer = 0;
  uint64_t xcr0 = XCR0_X87;
  uint32_t pkru = 0;
  std::array<uint64_t, 8> dr{0, 0, 0, 0, 0, 0, 0xFFFF0FF0, 0x400};
  std::array<uint64_t, 4> pdpte{};  // PAE: loaded with CR3
  uint8_t cpl = 0;
  Activity activity = Activity::Running;
  bool interrupt_shadow = false;  // after STI: holds back maskable interrupts for one instruction
  bool mov_ss_shadow = false;     // after MOV SS, POP SS: holds back #DB, NMI and SMI too
  bool nmi_blocked = false;
  uint32_t pending_debug = 0;     // DR6 bits of debug traps that a MOV SS shadow holds back
  bool smm = false;
  MsrState msr;
  std::array<Vec, 32> zmm{};
  std::array<uint64_t, 8> k{};
  X87State x87;  // with MXCSR at its place

  // `signature` is CPUID.1:EAX, which RESET# leaves in EDX.
  void reset(uint32_t signature);
};

}  // namespace mullion::x86
