// What `-d in_asm`, `exec`, `cpu` and `nochain` show of the interpreter.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/interp/block_log.hpp"

#include "base/bytes.hpp"
#include "cpu/x86/decode/disassembler.hpp"

namespace mullion::x86::interp {

void log_instruction(const isa::Record& r, const uint8_t* bytes, uint64_t rip) {
  std::string hex;
  for (unsigned n = 0; n < r.insn.length; ++n) hex += fmt::format("{:02x} ", bytes[n]);
  log_item(LogItem::in_asm, "0x{:08x}:  {:<31}{}\n", rip, hex, disassemble(r.insn, rip));
}

namespace {

void log_fpu(const ArchState& s) {
  std::string text = fmt::format("FCW={:04x} FSW={:04x} FTW={:02x} MXCSR={:08x}\n", s.x87.fcw, s.x87.fsw, s.x87.ftw,
                                 s.x87.mxcsr);
  for (unsigned n = 0; n < 8; ++n) {
    text += fmt::format("ST{}={:04x} {:016x}{}", n, s.x87.st[n].sign_exponent, s.x87.st[n].mantissa,
                        n % 4 == 3 ? '\n' : ' ');
  }
  for (unsigned n = 0; n < 16; ++n) {
    uint8_t const* const bytes = s.zmm[n].bytes.data();
    text += fmt::format("XMM{:02}={:016x}{:016x}{}", n, load_le<uint64_t>(bytes + 8), load_le<uint64_t>(bytes),
                        n % 2 == 1 ? '\n' : ' ');
  }
  log_item(LogItem::fpu, "{}", text);
}

}  // namespace

void log_entry(const Cpu& c, const Block& b) {
  ArchState const& s = c.st;
  log_item(LogItem::exec, "Trace 0: [{:016x}/{:016x}/{}] {}\n", b.gpa, s.rip, b.count, c.instructions);
  if (!log_enabled(LogItem::cpu)) return;
  static constexpr const char* kNames[16] = {"RAX", "RCX", "RDX", "RBX", "RSP", "RBP", "RSI", "RDI",
                                             "R8 ", "R9 ", "R10", "R11", "R12", "R13", "R14", "R15"};
  std::string text;
  for (unsigned n = 0; n < 16; ++n) text += fmt::format("{}={:016x}{}", kNames[n], s.gpr[n], n % 4 == 3 ? '\n' : ' ');
  log_item(LogItem::cpu, "{}RIP={:016x} RFL={:08x} CPL={} CS={:04x} SS={:04x}\n", text, s.rip, s.flags.rflags(), s.cpl,
           s.seg[CS].selector, s.seg[SS].selector);
  if (log_enabled(LogItem::fpu)) log_fpu(s);
}

}  // namespace mullion::x86::interp
