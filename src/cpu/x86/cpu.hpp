// One x86 processor: architectural state, address translation, and the accesses that semantics are written with.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/decode/decoder.hpp"
#include "cpu/x86/mem/tlb.hpp"
#include "cpu/x86/port.hpp"
#include "cpu/x86/state/arch_state.hpp"
#include "cpu/x86/status.hpp"
#include "cpu/x86/sys/records.hpp"

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>

// Slow halves of accesses, called from handlers: they keep every register, so that a handler that does not get there
// saves none.
#if defined(__clang__)
#define MULLION_SLOW [[clang::preserve_most]]
#else
#define MULLION_SLOW
#endif

namespace mullion::x86 {

class CpuModel;    // cpuid/: what CPUID says and which features exist
class ApicBus;     // sys/apic_bus.hpp
class LocalApic;   // sys/local_apic.hpp
class BlockCache;  // interp/: decoded blocks
class Intercepts;  // intercepts.hpp

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
  kAttnWindow = 256,    // Intercepts::window is to be asked
};

class Cpu {
 public:
  // `bus` connects the local APIC with others and with I/O APICs; without one the processor has its own.
  Cpu(CpuPort& port, const CpuModel& model, ApicBus* bus = nullptr, uint32_t apic_id = 0);
  ~Cpu();
  Cpu(const Cpu&) = delete;
  Cpu& operator=(const Cpu&) = delete;

  ArchState st;
  Fault fault;
  Status left = Status::Done;  // how the last instruction ended, for the run loop

  // --- raising ------------------------------------------------------------------------------------------------
  [[nodiscard]] Status raise(uint8_t vector) { fault = Fault{.vector = vector}; return Status::Fault; }
  [[nodiscard]] Status raise(uint8_t vector, uint32_t error) {
    fault = Fault{.vector = vector, .has_error = true, .error = error};
    return Status::Fault;
  }

  // --- data accesses by segment and offset --------------------------------------------------------------------
  // One place checks segments, canonical form, alignment (#AC), translation and rights. A result other than Done
  // means that nothing was transferred (of a store that crosses pages: both pages are probed first).
  template <class T> [[nodiscard, gnu::always_inline]] Status load(unsigned seg, uint64_t ea, T& out) {
    uint64_t lin;
    if (Status s = linear(seg, ea, sizeof(T), false, lin); s != Status::Done) [[unlikely]] return s;
    return load_linear(lin, out, seg);
  }
  template <class T> [[nodiscard, gnu::always_inline]] Status store(unsigned seg, uint64_t ea, T value) {
    uint64_t lin;
    if (Status s = linear(seg, ea, sizeof(T), true, lin); s != Status::Done) [[unlikely]] return s;
    return store_linear(lin, value, seg);
  }
  // Read-modify-write: f(old) gives the new value. Rights to write are checked before the read and before f runs.
  // `locked` makes it atomic. f must not fail and may be called again when a locked exchange lost a race.
  template <class T, class F>
  [[nodiscard, gnu::always_inline]] Status modify(unsigned seg, uint64_t ea, bool locked, F&& f);
  // Up to 512 bytes (FXSAVE images, 64-byte vectors ...); `align` 0 or a power of two: #GP(0) when violated.
  [[nodiscard]] Status load_bytes(unsigned seg, uint64_t ea, void* out, unsigned size, unsigned align = 0);
  [[nodiscard]] Status store_bytes(unsigned seg, uint64_t ea, const void* in, unsigned size, unsigned align = 0);
  // Checks that a later store of `size` bytes will succeed (or that it reaches a device).
  [[nodiscard]] Status probe_write(unsigned seg, uint64_t ea, unsigned size);

  // --- accesses by linear address -----------------------------------------------------------------------------
  // `seg` only tells #SS(0) from #GP(0) for addresses that are not canonical.
  template <class T> [[nodiscard, gnu::always_inline]] Status load_linear(uint64_t lin, T& out, unsigned seg = DS) {
    TlbEntry const& e = view->at(lin);
    uint64_t const offset = lin + e.neg_r;
    if (offset > 4096 - sizeof(T)) [[unlikely]] return load_slow(lin, &out, sizeof(T), seg, false);
    std::memcpy(&out, e.page + offset, sizeof(T));
    return Status::Done;
  }
  template <class T> [[nodiscard, gnu::always_inline]] Status store_linear(uint64_t lin, T value, unsigned seg = DS) {
    TlbEntry const& e = view->at(lin);
    uint64_t const offset = lin + e.neg_w;
    if (offset > 4096 - sizeof(T)) [[unlikely]] return store_slow(lin, &value, sizeof(T), seg, false);
    std::memcpy(e.page + offset, &value, sizeof(T));
    return Status::Done;
  }
  // Implicit supervisor accesses: descriptor tables, TSS. SMAP holds whatever EFLAGS.AC is.
  template <class T> [[nodiscard]] Status load_system(uint64_t lin, T& out) {
    return load_slow(lin, &out, sizeof(T), DS, true);
  }
  template <class T> [[nodiscard]] Status store_system(uint64_t lin, T value) {
    return store_slow(lin, &value, sizeof(T), DS, true);
  }
  // Runs of bytes within the address space, for REP and images: as load and store, any size up to 4096.
  MULLION_SLOW [[nodiscard]] Status load_slow(uint64_t lin, void* out, unsigned size, unsigned seg, bool system);
  MULLION_SLOW [[nodiscard]] Status store_slow(uint64_t lin, const void* in, unsigned size, unsigned seg, bool system);
  // Host memory behind one page for bulk work: null (with Done) where the access has to go one by one (devices,
  // pages with code, ROM, watched pages). Raises the page fault of the access.
  [[nodiscard]] Status host_page(uint64_t lin, bool write, uint8_t*& host);

  // --- effective addresses ------------------------------------------------------------------------------------
  uint64_t effective(const Insn& i) const {
    uint64_t const* const g = st.gpr.data();  // the decoder vouches for register numbers
    return (g[i.base] + (g[i.index] << i.scale) + uint64_t(i.disp)) & kAddressMask[i.addrsize];
  }
  static constexpr uint64_t kAddressMask[4] = {0xFF, 0xFFFF, 0xFFFFFFFF, ~uint64_t{0}};

  // --- registers ----------------------------------------------------------------------------------------------
  template <class T> T reg(unsigned n) const {
    uint64_t const* const g = st.gpr.data();
    if constexpr (sizeof(T) == 1) return n >= 20 ? T(g[n - 20] >> 8) : T(g[n]);
    else return T(g[n]);
  }
  template <class T> void set_reg(unsigned n, T v) {
    uint64_t* const g = st.gpr.data();
    if constexpr (sizeof(T) == 8) g[n] = v;
    else if constexpr (sizeof(T) == 4) g[n] = uint32_t(v);
    else if constexpr (sizeof(T) == 2) g[n] = (g[n] & ~uint64_t{0xFFFF}) | uint16_t(v);
    else if (n >= 20) g[n - 20] = (g[n - 20] & ~uint64_t{0xFF00}) | (uint64_t(uint8_t(v)) << 8);
    else g[n] = (g[n] & ~uint64_t{0xFF}) | uint8_t(v);
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
  // Bits of a linear address that are translated: 48 or 57; an address is canonical when the rest repeats the top one.
  unsigned linear_bits() const { return (st.cr4 & CR4_LA57) ? 57 : 48; }
  bool canonical(uint64_t lin) const { unsigned const n = 64 - linear_bits(); return uint64_t(int64_t(lin << n) >> n) == lin; }
  bool code64() const { return code == CodeSize::k64; }
  bool v86() const { return st.flags.test(VM); }
  bool real_mode() const { return !protected_mode(); }
  // log2 of the stack's address size: 1, 2, 3.
  unsigned stack_size() const { return stack_size_; }

  // Recomputes all that is derived below from ArchState. Called after anything that may change it: loads of
  // segments, CR0, CR4, EFER, XCR0, RFLAGS.VM/AC/TF, CPL, debug registers, restore.
  void update_mode();
  void update_view();  // CPL or RFLAGS.AC alone changed the view of memory
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
  // Views of the address space, each with a TLB of its own. kViewChecked is never filled: alignment checks (CPL 3,
  // CR0.AM, EFLAGS.AC) are made in the slow path, so code that asks for them takes it always.
  enum View : uint8_t { kViewUser, kViewSupervisor, kViewSupervisorAc, kViewChecked, kViews };
  Tlb* view = nullptr;
  void set_view(View v) { view = views_[v].get(); current_view = v; }
  View current_view = kViewSupervisor;

  // --- parts ----------------------------------------------------------------------------------------------------
  CpuPort& port;
  const CpuModel& model;
  DecodeOptions decode_options;  // by the model
  std::atomic<uint32_t> attention{0};
  std::unique_ptr<ApicBus> own_bus;
  std::unique_ptr<LocalApic> apic;
  std::unique_ptr<BlockCache> blocks;
  uint32_t attention_held = 0;  // bits of `attention` that do not interrupt the running of blocks
  bool uncached = false;        // the instruction at rip cannot be kept in a block: step it
  uint64_t instructions = 0;    // executed since reset
  StepRecord step;
  ExceptionLog exceptions;
  Intercepts* intercepts = nullptr;  // a hypervisor's owner
  // Of the access that reaches the port: valid inside mmio_read and mmio_write. None: a page walk.
  struct DeviceAccess {
    enum class Kind : uint8_t { None, Data, Fetch } kind = Kind::None;
    uint64_t lin = 0;
  } device_access;

  uint64_t tsc();  // with offset and adjust

  // Walks the page tables for one access; fills the TLB. Defined in mem/.
  struct Translation {
    uint64_t gpa = 0;
    PhysPage page;
  };
  // One page whose translation a hypervisor's exit has told: used instead of a walk, right for the access that made
  // the exit. No page: an address that is not a page's.
  struct KnownPage {
    uint64_t lin = 1, gpa = 0;
  };
  KnownPage known_page;
  enum class Access : uint8_t { Read, Write, Fetch };
  [[nodiscard]] Status translate(uint64_t lin, Access access, bool implicit_supervisor, Translation& out);
  // The page at `gpa` holds decoded code from now on.
  void forbid_writes(uint64_t gpa);

  [[nodiscard, gnu::always_inline]] Status linear(unsigned seg, uint64_t ea, unsigned size, bool write, uint64_t& lin) {
    SegmentView const& v = view_of.data()[seg];
    uint64_t const low = write ? v.write_low : v.low;
    uint64_t const high = write ? v.write_high : v.read_high;
    if (ea < low || ea > high || high - ea < size - 1) [[unlikely]] {
      // What crosses the end of a whole address space wraps: 2^64, or 2^32 in a flat segment.
      if (!code64() && (low != 0 || high != 0xFFFFFFFF || ea > high)) return segment_fault(seg, ea, size, write);
    }
    lin = (v.base + ea) & linear_mask;
    return Status::Done;
  }

 private:
  MULLION_SLOW [[nodiscard]] Status segment_fault(unsigned seg, uint64_t ea, unsigned size, bool write);
  // Host address for a read-modify-write of `size` bytes in one RAM page, or null with Done: use load and store.
  [[nodiscard]] Status rmw_pointer(uint64_t lin, unsigned size, unsigned seg, uint8_t*& host);

  template <class T, class F>
  MULLION_SLOW [[nodiscard, gnu::noinline]] Status modify_slow(uint64_t lin, unsigned seg, bool locked, F& f);
  [[nodiscard]] Status not_canonical(unsigned seg);
  [[nodiscard]] Status check_linear(uint64_t lin, unsigned size, unsigned seg, bool system);
  [[nodiscard]] Status read_piece(uint64_t lin, const Translation& at, uint8_t* out, unsigned size);
  [[nodiscard]] Status write_piece(uint64_t lin, const Translation& at, const uint8_t* in, unsigned size);
  uint64_t address_space_mask() const { return long_mode() ? ~uint64_t{0} : 0xFFFFFFFF; }
  void fill(uint64_t lin, Access access, const struct Walk& walk, const PhysPage& page);

  unsigned stack_size_ = 1;
  std::array<std::unique_ptr<Tlb>, kViews> views_;
};

template <class T, class F> inline Status Cpu::modify(unsigned seg, uint64_t ea, bool locked, F&& f) {
  uint64_t lin;
  if (Status s = linear(seg, ea, sizeof(T), true, lin); s != Status::Done) [[unlikely]] return s;
  TlbEntry const& e = view->at(lin);
  uint64_t const offset = lin + e.neg_w;
  if (offset > 4096 - sizeof(T) || e.neg_r != e.neg_w || locked) [[unlikely]] {
    return modify_slow<T>(lin, seg, locked, f);
  }
  T old;
  std::memcpy(&old, e.page + offset, sizeof(T));
  T const fresh = f(old);
  std::memcpy(e.page + offset, &fresh, sizeof(T));
  return Status::Done;
}

template <class T, class F> MULLION_SLOW Status Cpu::modify_slow(uint64_t lin, unsigned seg, bool locked, F& f) {
  uint8_t* host;
  if (Status s = rmw_pointer(lin, sizeof(T), seg, host); s != Status::Done) return s;
  T old;
  if (host == nullptr) {
    if (Status s = load_linear(lin, old, seg); s != Status::Done) return s;
    return store_linear(lin, T(f(old)), seg);
  }
  if (!locked) {
    std::memcpy(&old, host, sizeof(T));
    T const fresh = f(old);
    std::memcpy(host, &fresh, sizeof(T));
    return Status::Done;
  }
  // SAFETY: `host` points to sizeof(T) bytes of guest RAM; x86 atomics take any alignment.
  T* const p = reinterpret_cast<T*>(host);
  old = __atomic_load_n(p, __ATOMIC_RELAXED);
  while (!__atomic_compare_exchange_n(p, &old, T(f(old)), false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {}
  return Status::Done;
}

}  // namespace mullion::x86
