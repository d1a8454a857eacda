// Descriptors, segment registers and system segments (SDM vol. 3 chapters 3 and 5).
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpu.hpp"

namespace mullion::x86 {

// Types of system descriptors (SDM vol. 3 table 3-2).
enum SystemType : uint8_t {
  kTss16 = 1, kLdt = 2, kTss16Busy = 3, kCallGate16 = 4, kTaskGate = 5, kInterruptGate16 = 6, kTrapGate16 = 7,
  kTss32 = 9, kTss32Busy = 11, kCallGate32 = 12, kInterruptGate32 = 14, kTrapGate32 = 15,
};

// Error code of a fault that names a selector: without its RPL.
constexpr uint32_t selector_error(uint16_t selector) { return selector & 0xFFFCu; }

// A descriptor as it lies in memory; `high` is the upper half of a 16-byte one in IA-32e mode.
struct Descriptor {
  uint64_t raw = 0;
  uint64_t high = 0;
  uint64_t address = 0;  // linear

  unsigned type() const { return unsigned(raw >> 40) & 15; }
  bool s() const { return (raw >> 44) & 1; }
  unsigned dpl() const { return unsigned(raw >> 45) & 3; }
  bool present() const { return (raw >> 47) & 1; }
  bool code() const { return ((raw >> 43) & 3) == 3; }
  bool conforming() const { return ((raw >> 42) & 7) == 7; }
  bool readable() const { return s() && (!code() || ((raw >> 41) & 1)); }
  bool writable() const { return s() && !code() && ((raw >> 41) & 1); }
  bool l() const { return (raw >> 53) & 1; }
  bool db() const { return (raw >> 54) & 1; }
  uint64_t base() const;    // with the upper half of a system descriptor
  uint32_t limit() const;   // in bytes
  // Gates.
  uint16_t gate_selector() const { return uint16_t(raw >> 16); }
  uint64_t gate_offset() const { return (raw & 0xFFFF) | ((raw >> 32) & 0xFFFF0000) | (high << 32); }
  unsigned gate_parameters() const { return unsigned(raw >> 32) & 31; }
  unsigned gate_ist() const { return unsigned(raw >> 32) & 7; }

  Segment segment(uint16_t selector) const;
};

// Offsets of a segment that may be accessed (SDM vol. 3 §5.3). `checked`: protected mode; in real and virtual-8086
// mode only the limit counts. Not for 64-bit code.
Cpu::SegmentView segment_view(const Segment& s, bool checked);

// Reads the descriptor a selector names. Beyond the table's limit, or LDT unusable: `vector`(selector | ext).
// `wide`: 16 bytes. No check of its contents.
[[nodiscard]] Status fetch_descriptor(Cpu& c, uint16_t selector, uint8_t vector, uint32_t ext, Descriptor& d,
                                      bool wide = false);
// The same for LAR, LSL, VERR, VERW: false in `found` instead of a fault.
[[nodiscard]] Status probe_descriptor(Cpu& c, uint16_t selector, Descriptor& d, bool& found);
// Sets the accessed bit of a segment descriptor in memory if it is clear.
[[nodiscard]] Status mark_accessed(Cpu& c, Descriptor& d);

// MOV Sreg, POP Sreg, LDS...: every check, then the load. Never CS. Calls update_mode.
[[nodiscard]] Status load_segment(Cpu& c, SegReg seg, uint16_t selector);
// What a selector load does in real and virtual-8086 mode: base = selector * 16. `seg` may be CS.
void load_real_segment(Cpu& c, SegReg seg, uint16_t selector);
// Checks SS for a stack switch or return to privilege `cpl`; faults with `vector`(selector | ext).
[[nodiscard]] Status check_stack_segment(Cpu& c, uint16_t selector, unsigned cpl, uint8_t vector, uint32_t ext,
                                         Descriptor& d);
// After a return to an outer level: data segments that the new CPL must not have become null.
void drop_inner_segments(Cpu& c, unsigned new_cpl);
// What loading a null selector leaves in `seg`.
Segment null_segment(const Cpu& c, SegReg seg, uint16_t selector);
inline bool is_null(uint16_t selector) { return (selector & 0xFFFC) == 0; }
inline unsigned rpl(uint16_t selector) { return selector & 3; }

[[nodiscard]] Status load_ldtr(Cpu& c, uint16_t selector);
[[nodiscard]] Status load_tr(Cpu& c, uint16_t selector);

}  // namespace mullion::x86
