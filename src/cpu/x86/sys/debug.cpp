// Breakpoints, single step and the debug registers.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/debug.hpp"

#include "cpu/x86/sys/exceptions.hpp"

namespace mullion::x86 {
namespace {

constexpr uint64_t kDr7GeneralDetect = 1u << 13;
constexpr uint64_t kDr6Writable = 0xE00F;
constexpr uint64_t kDr7Writable = 0xFFFF23FF;
constexpr uint64_t kDr7Fixed = 0x400;

enum Kind : unsigned { kExecute = 0, kWrite = 1, kIo = 2, kReadWrite = 3 };

struct Breakpoint {
  unsigned kind;
  uint64_t address;
  unsigned length;
};

// Breakpoint n if DR7 enables it.
bool enabled(const Cpu& c, unsigned n, Breakpoint& b) {
  uint64_t const dr7 = c.st.dr[7];
  if (!((dr7 >> (2 * n)) & 3)) return false;
  static constexpr unsigned kLength[4] = {1, 2, 8, 4};
  b.kind = unsigned(dr7 >> (16 + 4 * n)) & 3;
  b.length = kLength[(dr7 >> (18 + 4 * n)) & 3];
  b.address = c.st.dr[n] & ~uint64_t{b.length - 1};
  if (!c.long_mode()) b.address = uint32_t(b.address);
  return true;
}

bool is_data(const Breakpoint& b) { return b.kind == kWrite || b.kind == kReadWrite; }
bool overlaps(const Breakpoint& b, uint64_t at, unsigned size) {
  return at < b.address + b.length && b.address < at + size;
}

void set_attention(Cpu& c, bool on) {
  bool const is = c.attention.load(std::memory_order_relaxed) & kAttnStep;
  if (on && !is) c.attention.fetch_or(kAttnStep, std::memory_order_relaxed);
  if (!on && is) c.attention.fetch_and(~uint32_t{kAttnStep}, std::memory_order_relaxed);
}

}  // namespace

void update_step(Cpu& c) {
  ArchState const& st = c.st;
  bool watching = false;
  if (st.dr[7] & 0xFF) {
    Breakpoint b;
    for (unsigned n = 0; n < 4; ++n) watching |= enabled(c, n, b) && is_data(b);
  }
  c.step.watching = watching;
  set_attention(c, st.flags.test(TF) || st.flags.test(RF) || (st.dr[7] & 0xFF) || st.interrupt_shadow ||
                       st.mov_ss_shadow || st.pending_debug != 0);
}

unsigned instruction_breakpoints(const Cpu& c, uint64_t lin) {
  unsigned hits = 0;
  if (!(c.st.dr[7] & 0xFF)) return hits;
  Breakpoint b;
  for (unsigned n = 0; n < 4; ++n) {
    if (enabled(c, n, b) && b.kind == kExecute && b.length == 1 && b.address == lin) hits |= 1u << n;
  }
  return hits;
}

Status begin_step(Cpu& c) {
  ArchState& st = c.st;
  StepRecord& step = c.step;
  step.trap_flag = st.flags.test(TF);
  step.resume_flag = st.flags.test(RF);
  step.sti_shadow = st.interrupt_shadow;
  step.mov_ss_shadow = st.mov_ss_shadow;
  step.hits = 0;
  // After MOV SS a breakpoint is suppressed as if RF were set (SDM vol. 3 §17.3.1.1).
  if (!step.resume_flag && !step.mov_ss_shadow) {
    unsigned const hits = instruction_breakpoints(c, (c.view_of[CS].base + st.rip) & c.linear_mask);
    if (hits != 0) {
      c.fault = Fault{.vector = kDB, .dr6 = hits};
      return Status::Fault;
    }
  }
  st.flags.system &= ~uint64_t{RF};
  st.interrupt_shadow = st.mov_ss_shadow = false;
  return Status::Done;
}

void end_step(Cpu& c, Status s) {
  ArchState& st = c.st;
  StepRecord& step = c.step;
  if (s == Status::Fault || s == Status::Exit) {
    if (step.resume_flag) st.flags.system |= RF;
    if (s == Status::Exit) {
      st.interrupt_shadow = step.sti_shadow;
      st.mov_ss_shadow = step.mov_ss_shadow;
    }
    update_step(c);
    return;
  }
  if (st.activity == Activity::Shutdown) return;
  // Between iterations of REP the instruction's breakpoint must not hit again, and RF is pushed set.
  if (s == Status::Yield) st.flags.system |= RF;
  st.pending_debug |= step.hits | (step.trap_flag ? uint32_t{DR6_BS} : 0);
  if (st.pending_debug != 0 && !st.mov_ss_shadow) {
    Fault const f{.vector = kDB, .dr6 = st.pending_debug, .trap = true};
    st.pending_debug = 0;
    deliver(c, f);
  }
  update_step(c);
}

bool watched_page(const Cpu& c, uint64_t lin) {
  uint64_t const page = lin & ~uint64_t{0xFFF};
  Breakpoint b;
  for (unsigned n = 0; n < 4; ++n) {
    if (enabled(c, n, b) && is_data(b) && overlaps(b, page, 4096)) return true;
  }
  return false;
}

void note_access(Cpu& c, uint64_t lin, unsigned size, bool write) {
  Breakpoint b;
  for (unsigned n = 0; n < 4; ++n) {
    if (enabled(c, n, b) && (b.kind == kReadWrite || (b.kind == kWrite && write)) && overlaps(b, lin, size))
      c.step.hits |= uint8_t(1u << n);
  }
}

void note_io(Cpu& c, uint16_t port, unsigned size) {
  if (!(c.st.cr4 & CR4_DE) || !(c.st.dr[7] & 0xFF)) return;
  Breakpoint b;
  for (unsigned n = 0; n < 4; ++n) {
    if (enabled(c, n, b) && b.kind == kIo && overlaps(b, port, size)) c.step.hits |= uint8_t(1u << n);
  }
}

namespace {

// DR4 and DR5 are DR6 and DR7 unless CR4.DE; then DR7.GD traps every access (SDM vol. 2 "MOV DR").
Status check_dr(Cpu& c, unsigned& n) {
  if (n > 7) return c.raise(kUD);
  if (n == 4 || n == 5) {
    if (c.st.cr4 & CR4_DE) return c.raise(kUD);
    n += 2;
  }
  if (c.st.cpl != 0) return c.raise(kGP, 0);
  if (c.st.dr[7] & kDr7GeneralDetect) {
    c.fault = Fault{.vector = kDB, .dr6 = DR6_BD};
    return Status::Fault;
  }
  return Status::Done;
}

}  // namespace

Status read_dr(Cpu& c, unsigned n, uint64_t& value) {
  Status const s = check_dr(c, n);
  if (s == Status::Done) value = c.st.dr[n];
  return s;
}

Status write_dr(Cpu& c, unsigned n, uint64_t value) {
  if (Status const s = check_dr(c, n); s != Status::Done) return s;
  if (n >= 6 && (value >> 32) != 0) return c.raise(kGP, 0);
  if (n == 6) value = (value & kDr6Writable) | kDr6Fixed;
  if (n == 7) value = (value & kDr7Writable) | kDr7Fixed;
  bool const watched = c.step.watching;
  c.st.dr[n] = value;
  if (n != 6) {
    update_step(c);
    if (watched || c.step.watching) c.flush_tlb(true);
  }
  return Status::Done;
}

}  // namespace mullion::x86
