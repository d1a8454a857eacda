// Exceptions met while one is delivered, and the way into shutdown.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/exceptions.hpp"

#include "cpu/x86/intercepts.hpp"
#include "cpu/x86/sys/debug.hpp"
#include "cpu/x86/sys/event_log.hpp"
#include "cpu/x86/sys/gate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace mullion::x86 {
namespace {

constexpr uint64_t kDr7GeneralDetect = 1u << 13;

// SDM vol. 3 table 6-4.
bool contributory(uint8_t vector) { return vector == kDE || (vector >= kTS && vector <= kGP); }

// SDM vol. 3 table 6-5: two exceptions that become one double fault.
bool makes_double_fault(const Delivery& first, uint8_t second) {
  if (first.event != Event::Exception) return false;
  if (first.vector == kPF) return second == kPF || contributory(second);
  return contributory(first.vector) && contributory(second);
}

// RF is pushed set for faults, but not for instruction breakpoints and aborts (SDM vol. 3 §17.3.1.1).
bool pushes_resume_flag(const Fault& f) {
  if (f.trap || f.vector == kDF || f.vector == kMC) return false;
  return f.vector != kDB || (f.dr6 & DR6_BD);
}

// What an exception leaves in registers before its handler is sought.
void note(Cpu& c, const Fault& f) {
  c.exceptions.note(
      ExceptionRecord{.fault = f, .cs = c.st.seg[CS].selector, .rip = c.st.rip, .instructions = c.instructions});
  if (f.vector == kPF) c.st.cr2 = f.address;
  if (f.vector == kDB) {
    c.st.dr[6] = (c.st.dr[6] & ~uint64_t{15}) | f.dr6 | kDr6Fixed;
    c.st.dr[7] &= ~kDr7GeneralDetect;
  }
}

Delivery of_fault(const Cpu& c, const Fault& f) {
  return Delivery{.vector = f.vector, .event = Event::Exception, .has_error = f.has_error, .error = f.error,
                  .rip = c.st.rip, .flags = c.st.flags.rflags() | (pushes_resume_flag(f) ? uint64_t{RF} : 0)};
}

void keep_code_bytes(Cpu& c) {
  Fault const kept = c.fault;
  ExceptionLog& log = c.exceptions;
  log.code_bytes = 0;
  uint64_t const lin = (c.view_of[CS].base + c.st.rip) & c.linear_mask;
  Cpu::Translation t;
  if (c.canonical(lin) || !c.long_mode()) {
    if (c.translate(lin, Cpu::Access::Read, true, t) == Status::Done && t.page.readable()) {
      log.code_bytes = std::min<unsigned>(log.code.size(), 4096 - unsigned(t.gpa & 0xFFF));
      std::copy_n(t.page.host + (t.gpa & 0xFFF), log.code_bytes, log.code.begin());
    }
  }
  c.fault = kept;
}

Status shut_down(Cpu& c) {
  keep_code_bytes(c);
  c.st.activity = Activity::Shutdown;
  return Status::Halt;
}

// Benign exceptions may follow each other for ever (#AC on the stack of #AC's handler). A processor hangs then; ours
// gives up for now, so that the instruction faults anew and the run loop can be stopped.
constexpr unsigned kMostDeliveries = 64;

// Until a handler is entered, or the processor shuts down.
Status deliver_all(Cpu& c, Delivery d) {
  for (unsigned n = 0; n < kMostDeliveries; ++n) {
    log_delivery(c, d);
    Status const s = enter_handler(c, d);
    if (s == Status::Done) c.st.activity = Activity::Running;
    if (s != Status::Fault) return s;
    Fault second = c.fault;
    note(c, second);
    if (d.event == Event::Exception && d.vector == kDF) return shut_down(c);
    if (makes_double_fault(d, second.vector)) {
      second = Fault{.vector = kDF, .has_error = true, .error = 0};
      note(c, second);
    }
    d = of_fault(c, second);
  }
  return Status::Done;
}

std::string segment_text(std::string_view name, const Segment& s) {
  return fmt::format("  {:<4} {:04x} base {:016x} limit {:08x} attributes {:04x}\n", name, s.selector, s.base, s.limit,
                     s.attributes);
}

}  // namespace

Status deliver(Cpu& c, Fault f) {
  if (c.intercepts != nullptr && c.intercepts->exception(f, false)) return Status::Exit;
  note(c, f);
  return deliver_all(c, of_fault(c, f));
}

Status external_interrupt(Cpu& c, uint8_t vector, bool mid_string) {
  return deliver_all(c, Delivery{.vector = vector, .event = Event::External, .rip = c.st.rip,
                                 .flags = c.st.flags.rflags() | (mid_string ? uint64_t{RF} : 0)});
}

Status nmi(Cpu& c, bool mid_string) {
  c.st.nmi_blocked = true;
  return deliver_all(c, Delivery{.vector = kNMI, .event = Event::Nmi, .rip = c.st.rip,
                                 .flags = c.st.flags.rflags() | (mid_string ? uint64_t{RF} : 0)});
}

Status software_interrupt(Cpu& c, uint8_t vector, Event kind, uint64_t return_rip) {
  if (c.intercepts != nullptr && kind != Event::IntN && c.intercepts->exception(Fault{.vector = vector}, true)) {
    return Status::Exit;
  }
  Delivery d{.vector = vector, .event = kind, .rip = return_rip, .flags = c.st.flags.rflags() & ~uint64_t{RF}};
  log_delivery(c, d);
  Status s = enter_handler(c, d);
  if (s == Status::Fault && d.committed) s = deliver(c, c.fault);
  if (s != Status::Done) return s;
  c.step.trap_flag = false;  // TF was cleared: the handler's first instruction is not trapped
  return Status::Branch;
}

std::string triple_fault_report(const Cpu& c) {
  static constexpr std::string_view kNames[] = {"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "9",
                                                "#TS", "#NP", "#SS", "#GP", "#PF", "15",  "#MF", "#AC", "#MC", "#XM"};
  ArchState const& st = c.st;
  std::string text = "triple fault; the last exceptions:\n";
  uint64_t const n = std::min<uint64_t>(c.exceptions.count, ExceptionLog::kEntries);
  for (uint64_t k = c.exceptions.count - n; k < c.exceptions.count; ++k) {
    ExceptionRecord const& r = c.exceptions.last[k % ExceptionLog::kEntries];
    text += fmt::format("  {} at {:04x}:{:016x}", r.fault.vector < std::size(kNames) ? kNames[r.fault.vector] : "?",
                        r.cs, r.rip);
    if (r.fault.has_error) text += fmt::format(" error {:04x}", r.fault.error);
    if (r.fault.vector == kPF) text += fmt::format(" address {:016x}", r.fault.address);
    text += fmt::format(" after {} instructions\n", r.instructions);
  }
  text += fmt::format("CR0 {:08x} CR2 {:016x} CR3 {:016x} CR4 {:08x} EFER {:04x}\n", st.cr0, st.cr2, st.cr3, st.cr4,
                      st.efer);
  text += fmt::format("RIP {:016x} RSP {:016x} RFLAGS {:08x} CPL {}\n", st.rip, st.gpr[RSP], st.flags.rflags(), st.cpl);
  static constexpr std::string_view kSegments[] = {"ES", "CS", "SS", "DS", "FS", "GS"};
  for (unsigned k = 0; k < 6; ++k) text += segment_text(kSegments[k], st.seg[k]);
  text += segment_text("LDTR", st.ldtr) + segment_text("TR", st.tr);
  text += fmt::format("  GDTR {:016x} limit {:04x}  IDTR {:016x} limit {:04x}\n", st.gdtr.base, st.gdtr.limit,
                      st.idtr.base, st.idtr.limit);
  text += "code at RIP:";
  for (unsigned k = 0; k < c.exceptions.code_bytes; ++k) text += fmt::format(" {:02x}", c.exceptions.code[k]);
  if (c.exceptions.code_bytes == 0) text += " not readable";
  return text + "\n";
}

}  // namespace mullion::x86
