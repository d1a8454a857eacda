// The interpreter: runs decoded blocks, one instruction at a time where that is asked for.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/interp/interpreter.hpp"

#include "cpu/x86/interp/block_log.hpp"
#include "cpu/x86/interp/build.hpp"
#include "cpu/x86/interp/enter.hpp"
#include "cpu/x86/interp/thread.hpp"
#include "cpu/x86/sys/debug.hpp"
#include "cpu/x86/sys/events.hpp"
#include "cpu/x86/sys/exceptions.hpp"

#include <algorithm>

namespace mullion::x86 {
namespace {

using isa::Record;

// Marks a record that runs alone: leave() goes back to the caller.
int alone_mark;
void* const kAlone = &alone_mark;

uint64_t cut(const Cpu& c, uint64_t rip) { return c.code64() ? rip : uint32_t(rip); }
uint64_t code_address(const Cpu& c) { return (c.view_of[CS].base + c.st.rip) & c.linear_mask; }

uint64_t address_tag(const Cpu& c) {
  return c.blocks->generation() | (c.st.cpl == 3 ? 4 : 0) | uint64_t(c.code);
}

// The block at rip, found or built. Null: Cpu::left is Fault (the fetch faulted), or Cpu::uncached is set: the
// instruction cannot be kept and has to be stepped.
[[gnu::noinline]] Block* look_up(Cpu& c, uint64_t lin) {
  if (c.long_mode() && !c.canonical(lin)) {
    c.left = c.raise(kGP, 0);
    return nullptr;
  }
  Cpu::Translation t;
  if (Status const s = c.translate(lin, Cpu::Access::Fetch, false, t); s != Status::Done) {
    c.left = s;
    return nullptr;
  }
  Block* b = nullptr;
  if (t.page.readable() && t.page.exec) {
    b = c.blocks->find(t.gpa, c.code);
    if (b == nullptr) b = interp::build_block(c, t.gpa, t.page.host + (t.gpa & 0xFFF));
  }
  if (b == nullptr) {
    c.uncached = true;
    c.left = Status::Done;
    return nullptr;
  }
  c.blocks->address(lin) = BlockCache::Address{lin, address_tag(c), b};
  return b;
}

void end_of_step(Cpu& c, const Record* r) {
  c.st.rip = cut(c, c.next_rip(r->insn));
  c.left = Status::Done;
}

// Bytes at rip for one instruction: all of the first page's that matter, and the second page's when asked for.
class Fetcher {
 public:
  explicit Fetcher(Cpu& c) : c_(c), lin_(code_address(c)) {
    limit_ = c.code64() ? 15 : c.st.rip > c.st.seg[CS].limit ? 0
                                  : unsigned(std::min<uint64_t>(15, c.st.seg[CS].limit - c.st.rip + 1));
  }
  Status more() {
    if (size_ == limit_) return c_.raise(kGP, 0);  // beyond the segment's limit
    uint64_t const lin = (lin_ + size_) & c_.linear_mask;
    if (c_.long_mode() && !c_.canonical(lin)) return c_.raise(kGP, 0);
    Cpu::Translation t;
    if (Status const s = c_.translate(lin, Cpu::Access::Fetch, false, t); s != Status::Done) return s;
    unsigned const n = std::min(limit_ - size_, 4096 - unsigned(lin & 0xFFF));
    if (t.page.readable() && t.page.exec) {
      std::memcpy(bytes_ + size_, t.page.host + (t.gpa & 0xFFF), n);
    } else {
      for (unsigned k = 0; k < n; ++k) {
        uint64_t byte = 0;
        c_.device_access = {.kind = Cpu::DeviceAccess::Kind::Fetch, .lin = lin + k};
        PortStatus const s = c_.port.mmio_read(t.gpa + k, 1, byte);
        c_.device_access = {};
        if (s != PortStatus::Done) return Status::Exit;
        bytes_[size_ + k] = uint8_t(byte);
      }
    }
    size_ += n;
    return Status::Done;
  }
  std::span<const uint8_t> bytes() const { return {bytes_, size_}; }

 private:
  Cpu& c_;
  uint64_t lin_;
  unsigned limit_;
  unsigned size_ = 0;
  uint8_t bytes_[15] = {};
};

// One turn of the run loop after `left` says how the last stretch ended; Halt and BlockEnd need nothing.
// False: return StopReason::Exit.
bool settle(Cpu& c) {
  if (c.left == Status::Fault) c.left = deliver(c, c.fault);
  return c.left != Status::Exit;
}

Status stepped(Cpu& c) {
  if (begin_step(c) != Status::Done) return Status::Fault;
  Status const s = step(c);
  end_step(c, s);
  return s;
}

StopReason reason_of(Next n) {
  return n == Next::Idle ? StopReason::Idle : n == Next::Stop ? StopReason::Stop : StopReason::Reset;
}

}  // namespace

namespace interp {

// The block at rip, or null: Cpu::left and Cpu::uncached say what the run loop has to do.
static Block* next_block(Cpu& c) {
  c.left = Status::Done;
  if (attention_wanted(c)) [[unlikely]] return nullptr;
  uint64_t const lin = code_address(c);
  BlockCache::Address const& a = c.blocks->address(lin);
  Block* b = a.block;
  if (a.lin != lin || a.tag != address_tag(c) || b->stale) [[unlikely]] {
    b = look_up(c, lin);
    if (b == nullptr) return nullptr;
  }
  if (beyond_limit(c, *b)) [[unlikely]] {
    c.uncached = true;
    return nullptr;
  }
  if (logs_entries()) [[unlikely]] log_entry(c, *b);
  return b;
}

Status run_alone(Cpu& c, Record* r) {
  r[0].link = kAlone;
  r[1] = Record{};
  r[1].run = end_of_step;
  r[1].link = kAlone;
  r[1].insn.next = r[0].insn.next;
  r[0].run(c, &r[0]);
  if (c.left != Status::Fault && c.left != Status::Exit) ++c.instructions;
  return c.left;
}

void enter(Cpu& c, const Record*) {
  Block* const b = next_block(c);
  if (b == nullptr) return;
  c.st.gpr[kRipReg] = c.st.rip;
  Record const* const first = b->records();
  MULLION_TAIL_CALL return first->run(c, first);
}

// The branch's own block may be dropped while the next one is built: then there is nothing to note it in.
void enter_and_link(Cpu& c, const Record* r) {
  uint64_t const flushes = c.blocks->counters.flushes;
  Block* const b = next_block(c);
  if (b == nullptr) return;
  if (c.blocks->counters.flushes == flushes && !logs_entries()) r->link = b;
  c.st.gpr[kRipReg] = c.st.rip;
  Record const* const first = b->records();
  MULLION_TAIL_CALL return first->run(c, first);
}

void leave(Cpu& c, const Record* r) {
  Insn const& i = r->insn;
  if (c.left == Status::Branch) [[likely]] {
    if (r->link == kAlone) return;
    c.instructions += r->index + 1;
    MULLION_TAIL_CALL return enter(c, r);
  }
  bool const committed = c.left == Status::BlockEnd || c.left == Status::Halt;
  c.st.rip = cut(c, committed ? c.next_rip(i) : c.this_rip(i));
  if (r->link != kAlone) c.instructions += r->index + (committed ? 1 : 0);
}

void end_of_block(Cpu& c, const Record* r) {
  c.st.rip = cut(c, c.next_rip(r->insn));
  c.instructions += r->index;
  MULLION_TAIL_CALL return enter(c, r);
}

}  // namespace interp

Status step(Cpu& c) {
  Fetcher fetcher(c);
  Record* const r = c.blocks->scratch();
  c.st.gpr[kRipReg] = c.st.rip;
  do {
    if (Status const s = fetcher.more(); s != Status::Done) return s;
  } while (interp::build_record(c, fetcher.bytes(), 0, r[0]) == interp::Built::NeedBytes);
  return interp::run_alone(c, r);
}

StopReason run(Cpu& c) {
  bool mid_string = false;
  for (;;) {
    if (c.attention.load(std::memory_order_relaxed) != 0) {
      Next const next = take_events(c, mid_string);
      if (next != Next::Run) return reason_of(next);
    } else if (c.st.activity != Activity::Running) {
      return StopReason::Idle;
    }
    uint32_t const pending = c.attention.load(std::memory_order_relaxed);
    if (pending & kAttnStep) {
      c.left = stepped(c);
    } else {
      c.attention_held = held_signals(c) | kAttnWindow;  // a window opens where blocks end
      interp::enter(c, nullptr);
      if (c.uncached) {
        c.uncached = false;
        c.left = step(c);
      }
    }
    mid_string = c.left == Status::Yield;
    if (!settle(c)) return StopReason::Exit;
  }
}

StopReason run_one(Cpu& c) {
  if (c.attention.load(std::memory_order_relaxed) != 0) {
    Next const next = take_events(c);
    if (next != Next::Run) return reason_of(next);
  } else if (c.st.activity != Activity::Running) {
    return StopReason::Idle;
  }
  c.left = (c.attention.load(std::memory_order_relaxed) & kAttnStep) ? stepped(c) : step(c);
  return settle(c) ? StopReason::Stop : StopReason::Exit;
}

}  // namespace mullion::x86
