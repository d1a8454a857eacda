// The texts of `-d int`, `pcall` and `cpu_reset`.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/event_log.hpp"

namespace mullion::x86 {
namespace {

std::string_view event_name(Event event) {
  switch (event) {
    case Event::Exception: return "exception";
    case Event::External: return "external";
    case Event::Nmi: return "nmi";
    default: return "int";
  }
}

}  // namespace

void write_delivery(const Cpu& c, const Delivery& d) {
  ArchState const& st = c.st;
  log_item(LogItem::int_, "v={:02x} e={:04x} {} cpl={} IP={:04x}:{:016x} SP={:04x}:{:016x} CR2={:016x} after {}\n",
           d.vector, d.has_error ? d.error : 0, event_name(d.event), st.cpl, st.seg[CS].selector, d.rip,
           st.seg[SS].selector, st.gpr[RSP], st.cr2, c.instructions);
}

void write_far(const Cpu& c, std::string_view what, uint16_t selector, uint64_t offset) {
  log_item(LogItem::pcall, "{} {:04x}:{:x} from {:04x}:{:x} cpl={}\n", what, selector, offset, c.st.seg[CS].selector,
           c.st.rip, c.st.cpl);
}

void write_reset(const Cpu& c) {
  ArchState const& st = c.st;
  log_item(LogItem::cpu_reset,
           "CPU reset after {} instructions\nRIP={:016x} RFL={:08x} CPL={} CS={:04x} SS={:04x} CR0={:08x} CR2={:016x} "
           "CR3={:016x} CR4={:08x} EFER={:x}\n",
           c.instructions, st.rip, st.flags.rflags(), st.cpl, st.seg[CS].selector, st.seg[SS].selector, st.cr0, st.cr2,
           st.cr3, st.cr4, st.efer);
}

}  // namespace mullion::x86
