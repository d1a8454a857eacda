// From bytes to records.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/interp/build.hpp"

#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/interp/block_log.hpp"
#include "cpu/x86/interp/near.hpp"
#include "cpu/x86/interp/thread.hpp"
#include "cpu/x86/native/native.hpp"
#include "cpu/x86/sys/conditions.hpp"

#include <algorithm>
#include <new>

namespace mullion::x86::interp {
namespace {

Status undefined(Cpu& c, const Insn&) { return c.raise(kUD); }
Status too_long(Cpu& c, const Insn&) { return c.raise(kGP, 0); }

isa::Handler plain_handler(const Insn& i) { return isa::form(i.form).handler(i.opsize, i.mem()); }

// For forms with conditions: one test before the form's own handler.
void checked(Cpu& c, const isa::Record* r) {
  ConditionMask const unmet = c.blocked & isa::form(r->insn.form).needs;
  if (unmet != 0) [[unlikely]] {
    c.left = refuse(c, unmet);
    MULLION_TAIL_CALL return leave(c, r);
  }
  MULLION_TAIL_CALL return plain_handler(r->insn)(c, r);
}

isa::Handler pick_handler(Cpu& c, Insn& i, const uint8_t* bytes) {
  isa::Form const& f = isa::form(i.form);
  if (!isa::offered(i, c.model.features())) return thread<&undefined>;
  if (f.is(isa::kNative) && !native::prepare(i, bytes)) return thread<&undefined>;
  return f.needs != 0 ? checked : plain_handler(i);
}

}  // namespace

Built build_record(Cpu& c, std::span<const uint8_t> bytes, unsigned offset, isa::Record& r) {
  r.link = nullptr;
  switch (decode(bytes, c.code, r.insn, c.decode_options)) {
    case DecodeResult::NeedMore: return Built::NeedBytes;
    case DecodeResult::Invalid: r.run = thread<&undefined>; break;
    case DecodeResult::TooLong: r.run = thread<&too_long>; break;
    case DecodeResult::Ok: r.run = pick_handler(c, r.insn, bytes.data()); break;
  }
  r.insn.next = uint16_t(offset + r.insn.length);
  if (r.insn.base == kRipReg) r.insn.disp += offset;
  return Built::Record;
}

Block* build_block(Cpu& c, uint64_t gpa, const uint8_t* host) {
  Block* const b = c.blocks->begin();
  unsigned const room = 4096 - unsigned(gpa & 0xFFF);
  unsigned offset = 0;
  b->gpa = gpa;
  b->code = c.code;
  while (b->count < BlockCache::kMaxInstructions && offset < room) {
    isa::Record& r = *new (&b->records()[b->count]) isa::Record;
    // At most 15 bytes reach the decoder, so that "need bytes" means the page's end.
    if (build_record(c, {host + offset, std::min(room - offset, 15u)}, offset, r) == Built::NeedBytes) break;
    r.index = b->count++;
    if (log_enabled(LogItem::in_asm)) [[unlikely]] log_instruction(r, host + offset, c.st.rip + offset);
    offset = r.insn.next;
    isa::Form const& f = isa::form(r.insn.form);
    if (f.is(isa::kEndsBlock) && use_near_handler(r, f, int64_t(gpa & 0xFFF)) != Near::FallsThrough) break;
  }
  if (b->count == 0) return nullptr;
  b->bytes = uint16_t(offset);
  isa::Record& end = *new (&b->records()[b->count]) isa::Record;
  end.run = end_of_block;
  end.insn.next = uint16_t(offset);
  end.index = b->count;
  c.blocks->keep(b);
  c.forbid_writes(gpa);
  return b;
}

}  // namespace mullion::x86::interp
