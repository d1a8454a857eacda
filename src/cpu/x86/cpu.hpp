// One x86 processor: architectural state, address translation, and the accesses that semantics are written with.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/mem/tlb.hpp"
#include "cpu/x86/port.hpp"
#include "cpu/x86/state/arch_state.hpp"
#include "cpu/x86/status.hpp"
#include "cpu/x86/sys/records.hpp"

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>

namespace mullion::x86 {

class CpuModel;    // cpuid/: what CPUID says and which features exist
class LocalApic;   // sys/local_apic.hpp
class BlockCache;  // interp/: decoded blocks

// Conditions under which a form raises #UD, #NM or #GP whatever its operands are; the opcode table names them for
// each form, Cpu::blocked says which hold now. See sys/conditions.hpp.
using ConditionMask = uint32_t;

// Why the run loop must look up from its blocks; bits of Cpu::attention. Any thread may set one.
enum Attention : uint32_t {
  kAttnInterrupt = 1,   // the local APIC or the PIC wants an interrupt taken
  kAttnNmi = 2,
  kAttnSmi = 4,
  kAttnInit = 8,
  kAttnSipi = 16,
  kAttnStop = 32,       // the owner wants run() to return
  kAttnStep = 64,       // TF, shadows, breakpoints: one instruction at a time
  kAttnReset = 128,
};

class Cpu {
 public:
  Cpu(CpuPort& port, const CpuModel& model);
  ~Cpu();
  Cpu(const Cpu&) = delete;
  Cpu& operator=(const Cpu&) = delete;

  ArchState st;
  Fault fault;

  // --- raising ------------------------------------------------------------------------------------------------
  [[nodiscard]] Status raise(uint8_t vector) { fault = Fault{.vector = vector}; return Status::Fault; }
  [[nodiscard]] Status raise(uint8_t vector, uint32_t error) {
    fault = Fault{.vector = vector, .has_error = true, .error = error};
    return Status::Fault;
  }

  // --- data accesses by segment and offset --------------------------------------------------------------------
  // One place checks segments, canonical form, alignment (#AC), translation and rights. A result other than Done
  // means that nothing was transferred (of a store that crosses pages: both pages are probed first).
  template <class T> [[nodiscard]] Status load(unsigned seg, uint64_t ea, T& out) {
    uint64_t lin;
    if (Status s = linear(seg, ea, sizeof(T), false, lin); s != Status::Done) [[unlikely]] return s;
    return load_linear(lin, out);
  }
  template <class T> [[nodiscard]] Status store(unsigned seg, uint64_t ea, T value) {
    uint64_t lin;
    if (Status s = linear(seg, ea, sizeof(T), true, lin); s != Status::Done) [[unlikely]] return s;
    return store_linear(lin, value);
  }
  // Read-modify-write: f(old) gives the new value. Rights to write are checked before the read and before f runs.
  // `locked` makes it atomic. f must not fail and may be called again when a locked exchange lost a race.
  template <class T, class F> [[nodiscard]] Status modify(unsigned seg, uint64_t ea, bool locked, F&& f);
  // Up to 512 bytes (FXSAVE images, 64-byte vectors ...); `align` 0 or a power of two: #GP(0) when violated.
  [[nodiscard]] Status load_bytes(unsigned seg, uint64_t ea, void* out, unsigned size, unsigned align = 0);
  [[nodiscard]] Status store_bytes(unsigned seg, uint64_t ea, const void* in, unsigned size, unsigned align = 0);
  // Checks that a later store of `size` bytes will succeed (or that it reaches a device).
  [[nodiscard]] Status probe_write(unsigned seg, uint64_t ea, unsigned size);

  // --- accesses by linear address -----------------------------------------------------------------------------
  template <class T> [[nodiscard]] Status load_linear(uint64_t lin, T& out) {
    TlbEntry const& e = view->at(lin);
    uint64_t const offset = lin + e.neg_r;
    if (offset > 4096 - sizeof(T)) [[unlikely]] return load_slow(lin, &out, sizeof(T), false);
    std::memcpy(&out, e.page + offset, sizeof(T));
    return Status::Done;
  }
  template <class T> [[nodiscard]] Status store_linear(uint64_t lin, T value) {
    TlbEntry const& e = view->at(lin);
    uint64_t const offset = lin + e.neg_w;
    if (offset > 4096 - sizeof(T)) [[unlikely]] return store_slow(lin, &value, sizeof(T), false);
    std::memcpy(e.page + offset, &value, sizeof(T));
    return Status::Done;
  }
  // Implicit supervisor accesses: descriptor tables, TSS, interrupt stacks (the last with the new CPL's rights).
  template <class T> [[nodiscard]] Status load_system(uint64_t lin, T& out) {
    return load_slow(lin, &out, sizeof(T), true);
  }
  template <class T> [[nodiscard]] Status store_system(uint64_t lin, T value) {
    return store_slow(lin, &value, sizeof(T), true);
  }

  // --- effective addresses ------------------------------------------------------------------------------------
  uint64_t effective(const Insn& i) const {
    return (st.gpr[i.base] + (st.gpr[i.index] << i.scale) + uint64_t(i.disp)) & kAddressMask[i.addrsize];
  }
  static constexpr uint64_t kAddressMask[4] = {0xFF, 0xFFFF, 0xFFFFFFFF, ~uint64_t{0}};

  // --- registers ----------------------------------------------------------------------------------------------
  template <class T> T reg(unsigned n) const {
    if constexpr (sizeof(T) == 1) return n >= 20 ? T(st.gpr[n - 20] >> 8) : T(st.gpr[n]);
    else return T(st.gpr[n]);
  }
  template <class T> void set_reg(unsigned n, T v) {
    if constexpr (sizeof(T) == 8) st.gpr[n] = v;
    else if constexpr (sizeof(T) == 4) st.gpr[n] = uint32_t(v);
    else if constexpr (sizeof(T) == 2) st.gpr[n] = (st.gpr[n] & ~uint64_t{0xFFFF}) | uint16_t(v);
    else if (n >= 20) st.gpr[n - 20] = (st.gpr[n - 20] & ~uint64_t{0xFF00}) | (uint64_t(uint8_t(v)) << 8);
    else st.gpr[n] = (st.gpr[n] & ~uint64_t{0xFF}) | uint8_t(v);
  }

  // --- flow ---------------------------------------------------------------------------------------------------
  uint64_t next_rip(const Insn& i) const { return st.gpr[kRipReg] + i.next; }           // not yet cut to 16 or 32 bits
  uint64_t this_rip(const Insn& i) const { return st.gpr[kRipReg] + i.next - i.length; }
  // Near branches within CS: cuts the target to the operand size, checks limit and canonical form, sets rip.
  [[nodiscard]] Status branch(const Insn& i, uint64_t target);

  // --- mode ---------------------------------------------------------------------------------------------------
  bool protected_mode() const { return st.cr0 & CR0_PE; }
  bool paging() const { return st.cr0 & CR0_PG; }
  bool long_mode() const { return st.efer & EFER_LMA; }
  bool code64() const { return code == CodeSize::k64; }
  bool v86() const { return st.flags.test(VM); }
  bool real_mode() const { return !protected_mode(); }
  // log2 of the stack's address size: 1, 2, 3.
  unsigned stack_size() const { return stack_size_; }

  // Recomputes all that is derived below from ArchState. Called after anything that may change it: loads of
  // segments, CR0, CR4, EFER, XCR0, RFLAGS.VM/AC/TF, CPL, debug registers, restore.
  void update_mode();
  void flush_tlb(bool with_global);
  void flush_page(uint64_t lin);
  // CR3 or paging mode changed: with PAE paging loads the PDPTEs; false when a reserved bit is set (#GP).
  [[nodiscard]] bool load_pdptes(uint64_t cr3);

  // --- derived state (written by update_mode alone) -------------------------------------------------------------
  CodeSize code = CodeSize::k16;
  ConditionMask blocked = 0;
  uint64_t linear_mask = 0xFFFFFFFF;  // all ones in 64-bit code
  struct SegmentView {
    uint64_t base = 0;      // 0 for CS, DS, ES, SS in 64-bit code
    uint64_t low = 0;       // offsets low..high may be accessed; low > high: none
    uint64_t read_high = 0;
    uint64_t write_low = 0;
    uint64_t write_high = 0;
  };
  std::array<SegmentView, 6> view_of{};
  Tlb* view = nullptr;  // by CPL and EFLAGS.AC

  // --- parts ----------------------------------------------------------------------------------------------------
  CpuPort& port;
  const CpuModel& model;
  std::unique_ptr<LocalApic> apic;
  std::unique_ptr<BlockCache> blocks;
  std::atomic<uint32_t> attention{0};
  uint64_t instructions = 0;  // executed since reset
  StepRecord step;
  ExceptionLog exceptions;

  uint64_t tsc();  // with offset and adjust

  // Walks the page tables for one access; fills the TLB. Defined in mem/.
  struct Translation {
    uint64_t gpa = 0;
    PhysPage page;
  };
  enum class Access : uint8_t { Read, Write, Fetch };
  [[nodiscard]] Status translate(uint64_t lin, Access access, bool implicit_supervisor, Translation& out);
  // A store reached a page that holds decoded code (own store, DMA, another processor).
  void code_written(uint64_t gpa, unsigned size);

  [[nodiscard]] Status linear(unsigned seg, uint64_t ea, unsigned size, bool write, uint64_t& lin) {
    SegmentView const& v = view_of[seg];
    uint64_t const low = write ? v.write_low : v.low;
    uint64_t const high = write ? v.write_high : v.read_high;
    if (ea < low || ea > high || high - ea < size - 1) [[unlikely]] return segment_fault(seg, ea, size, write);
    lin = (v.base + ea) & linear_mask;
    return Status::Done;
  }

 private:
  [[nodiscard]] Status segment_fault(unsigned seg, uint64_t ea, unsigned size, bool write);
  [[nodiscard]] Status load_slow(uint64_t lin, void* out, unsigned size, bool system);
  [[nodiscard]] Status store_slow(uint64_t lin, const void* in, unsigned size, bool system);
  // Host address for a read-modify-write of `size` bytes in one RAM page, or null with Done: use load and store.
  [[nodiscard]] Status rmw_pointer(uint64_t lin, unsigned size, uint8_t*& host);

  unsigned stack_size_ = 1;
  std::array<std::unique_ptr<Tlb>, 3> views_;  // CPL 3; supervisor; supervisor while EFLAGS.AC suspends SMAP
};

template <class T, class F> Status Cpu::modify(unsigned seg, uint64_t ea, bool locked, F&& f) {
  uint64_t lin;
  if (Status s = linear(seg, ea, sizeof(T), true, lin); s != Status::Done) [[unlikely]] return s;
  TlbEntry const& e = view->at(lin);
  uint64_t const offset = lin + e.neg_w;
  uint8_t* host = e.page + offset;
  if (offset > 4096 - sizeof(T) || (e.neg_r != e.neg_w)) [[unlikely]] {
    if (Status s = rmw_pointer(lin, sizeof(T), host); s != Status::Done) return s;
    if (host == nullptr) {
      T old;
      if (Status s = load_linear(lin, old); s != Status::Done) return s;
      return store_linear(lin, T(f(old)));
    }
  }
  // SAFETY: `host` points to sizeof(T) bytes of guest RAM; x86 atomics take any alignment.
  T* const p = reinterpret_cast<T*>(host);
  if (locked) {
    T old = __atomic_load_n(p, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(p, &old, T(f(old)), false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {}
  } else {
    T old;
    std::memcpy(&old, p, sizeof(T));
    T const fresh = f(old);
    std::memcpy(p, &fresh, sizeof(T));
  }
  return Status::Done;
}

}  // namespace mullion::x86
