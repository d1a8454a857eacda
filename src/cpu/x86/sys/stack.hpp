// Pushes and pops of transfers between segments and privilege levels, whose stack pointer is committed at the end.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/sys/segment.hpp"

namespace mullion::x86 {

// Accesses are made with the rights of the CPL of the moment (CplScope); what does not fit is #SS(error).
class Stack {
 public:
  // The current stack.
  explicit Stack(Cpu& c, uint32_t error = 0)
      : c_(c), view_(c.view_of[SS]), size_(c.stack_size()), sp_(c.st.gpr[RSP]), error_(error) {}
  // A stack of protected mode, not loaded yet.
  Stack(Cpu& c, const Segment& ss, uint64_t sp, uint32_t error)
      : c_(c), view_(segment_view(ss, true)), size_(ss.db() ? 2 : 1), sp_(sp), error_(error) {}
  // A stack of 64-bit code.
  static Stack of_long_mode(Cpu& c, uint64_t sp, uint32_t error) { return Stack(c, sp, error); }

  // Whether `count` pushes of `bytes` fit.
  [[nodiscard]] Status room(unsigned count, unsigned bytes) const {
    uint64_t sp = sp_;
    for (unsigned n = 0; n < count; ++n) {
      sp = moved(sp, 0 - uint64_t{bytes});
      if (!fits(sp, bytes, true)) return c_.raise(kSS, error_);
    }
    return Status::Done;
  }
  [[nodiscard]] Status push(unsigned bytes, uint64_t value) {
    uint64_t const sp = moved(sp_, 0 - uint64_t{bytes});
    if (!fits(sp, bytes, true)) return c_.raise(kSS, error_);
    Status const s = bytes == 2   ? c_.store_linear(linear(sp), uint16_t(value), SS)
                     : bytes == 4 ? c_.store_linear(linear(sp), uint32_t(value), SS)
                                  : c_.store_linear(linear(sp), value, SS);
    if (s == Status::Done) sp_ = sp;
    return s;
  }
  [[nodiscard]] Status pop(unsigned bytes, uint64_t& value) {
    uint64_t const at = size_ == 1 ? uint16_t(sp_) : size_ == 2 ? uint32_t(sp_) : sp_;
    if (!fits(at, bytes, false)) return c_.raise(kSS, error_);
    Status const s = bytes == 2   ? load<uint16_t>(at, value)
                     : bytes == 4 ? load<uint32_t>(at, value)
                                  : load<uint64_t>(at, value);
    if (s == Status::Done) skip(bytes);
    return s;
  }
  void skip(uint64_t bytes) { sp_ = moved(sp_, bytes); }
  // The whole of RSP: a 16-bit stack leaves its upper part alone.
  uint64_t sp() const { return sp_; }

 private:
  Stack(Cpu& c, uint64_t sp, uint32_t error)
      : c_(c), view_{.base = 0, .low = 0, .read_high = ~uint64_t{0}, .write_low = 0, .write_high = ~uint64_t{0}},
        size_(3), sp_(sp), error_(error) {}

  uint64_t moved(uint64_t sp, uint64_t by) const {
    if (size_ == 1) return (sp & ~uint64_t{0xFFFF}) | uint16_t(sp + by);
    return size_ == 2 ? uint32_t(sp + by) : sp + by;
  }
  uint64_t linear(uint64_t sp) const {
    return size_ == 3 ? sp : uint32_t(view_.base + (size_ == 1 ? uint16_t(sp) : sp));
  }
  bool fits(uint64_t sp, unsigned bytes, bool write) const {
    if (size_ == 3) return c_.canonical(sp) && c_.canonical(sp + bytes - 1);
    uint64_t const offset = size_ == 1 ? uint16_t(sp) : sp;
    uint64_t const low = write ? view_.write_low : view_.low, high = write ? view_.write_high : view_.read_high;
    return offset >= low && offset <= high && high - offset >= bytes - 1;
  }
  template <class T> Status load(uint64_t sp, uint64_t& value) {
    T v{};
    Status const s = c_.load_linear(linear(sp), v, SS);
    if (s == Status::Done) value = v;
    return s;
  }

  Cpu& c_;
  Cpu::SegmentView view_;
  unsigned size_;  // log2 of the stack's address size
  uint64_t sp_;
  uint32_t error_;
};

// Accesses with the rights of another CPL, undone unless kept.
class CplScope {
 public:
  CplScope(Cpu& c, unsigned cpl) : c_(c), old_(c.st.cpl) { set(uint8_t(cpl)); }
  ~CplScope() { if (!kept_) set(old_); }
  CplScope(const CplScope&) = delete;
  CplScope& operator=(const CplScope&) = delete;
  void keep() { kept_ = true; }

 private:
  void set(uint8_t cpl) {
    c_.st.cpl = cpl;
    c_.update_view();
  }
  Cpu& c_;
  uint8_t old_;
  bool kept_ = false;
};

}  // namespace mullion::x86
