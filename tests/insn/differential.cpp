// Runs a case on both processors and says where they differ.
// SPDX-License-Identifier: Apache-2.0
#include "insn/differential.hpp"

#include "cpu/x86/decode/disassembler.hpp"

#include <fmt/format.h>

namespace mullion::insn {
namespace {

using namespace x86;

constexpr std::string_view kGprNames[16] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                            "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
constexpr std::string_view kSegNames[6] = {"es", "cs", "ss", "ds", "fs", "gs"};

// What is not compared with the host, by function or mnemonic, and why.
struct Skip {
  std::string_view function;  // exact, or a family when it ends in '.'
  std::string_view reason;
};
constexpr Skip kSkips[] = {
    {"msr.rdtsc", "reads the clock"},
    {"msr.rdtscp", "reads the clock"},
    {"msr.rdpmc", "reads a counter of the host"},
    {"msr.cpuid", "answers for the model, not for the host"},
    {"msr.xgetbv", "answers what the host's kernel has enabled"},
    {"msr.monitor", "hosts differ in whether user code may wait"},
    {"msr.mwait", "hosts differ in whether user code may wait"},
    {"misc.rdrand", "random"},
    {"misc.rdseed", "random"},
    {"misc.rdpid", "IA32_TSC_AUX is the host kernel's"},
    {"segment.sgdt", "Linux answers for the processor under UMIP"},
    {"segment.sidt", "Linux answers for the processor under UMIP"},
    {"segment.smsw", "Linux answers for the processor under UMIP"},
    {"segment.sldt", "Linux answers for the processor under UMIP"},
    {"segment.str", "Linux answers for the processor under UMIP"},
    {"far.syscall", "enters the host's kernel"},
    {"far.sysenter", "enters the host's kernel"},
    {"far.int_n", "is delivered through the IDT: tests/conformance"},
    {"far.int3", "is delivered through the IDT: tests/conformance"},
    {"far.into", "is delivered through the IDT: tests/conformance"},
    {"far.icebp", "is delivered through the IDT: tests/conformance"},
};

std::string hex(const uint8_t* p, unsigned n) {
  std::string s;
  for (unsigned k = n; k-- > 0;) s += fmt::format("{:02x}{}", p[k], k % 8 == 0 && k ? "_" : "");
  return s;
}

// Flags that the manual leaves undefined for some counts only (SDM vol. 2, SAL/SAR/SHL/SHR, RCL/RCR/ROL/ROR, SHLD).
uint64_t undefined_by_count(const Case& c) {
  isa::Form const& f = isa::form(c.insn.form);
  if (!f.function.starts_with("shift.") || c.insn.evex) return 0;
  unsigned count = f.operands.ends_with(",1") ? 1 : f.operands.ends_with("CL") ? uint8_t(c.state.gpr[RCX]) : uint8_t(c.insn.imm);
  unsigned const bytes = f.operands.starts_with("Eb") ? 1 : 1u << c.insn.opsize;
  count &= bytes == 8 ? 63 : 31;
  if (count <= 1) return 0;
  bool const twice = f.mnemonic == "SHLD" || f.mnemonic == "SHRD", shifts = f.mnemonic == "SHL" || f.mnemonic == "SHR";
  if (twice && count > 8 * bytes) return kArithmeticFlags;
  return shifts && count > 8 * bytes ? OF | CF : OF;
}

bool may_write(const Case& c) {
  if (!c.decoded) return false;
  isa::Form const& f = isa::form(c.insn.form);
  return !f.is(isa::kNative) || f.is(isa::kMemWrite);
}

bool small_stack(const Case& c) {
  for (LdtEntry const& e : ldt_entries())
    if (e.selector == c.state.seg[SS]) return !e.big;
  return false;
}

uint64_t visible(Mode mode, uint64_t v) { return mode == Mode::k64 ? v : uint32_t(v); }

}  // namespace

std::string describe(const MachineState& s, Mode mode) {
  std::string o;
  for (unsigned n = 0; n < (mode == Mode::k64 ? 16 : 8); ++n) o += fmt::format("{}={:x} ", kGprNames[n], visible(mode, s.gpr[n]));
  o += fmt::format("rip={:x} rflags={:x}", s.rip, s.rflags);
  for (unsigned n = 0; n < 6; ++n) o += fmt::format(" {}={:x}", kSegNames[n], s.seg[n]);
  return o + fmt::format(" fsbase={:x} gsbase={:x} mxcsr={:x} fcw={:x} fsw={:x} ftw={:x}", s.fs_base, s.gs_base, s.x87.mxcsr, s.x87.fcw,
                         s.x87.fsw, s.x87.ftw);
}

Differential::Differential(const CpuModel& model, uint64_t seed)
    : native_(NativeRunner::instance()), soft_(model), seed_(seed), random_(seed) {}

std::string_view Differential::reason_to_skip(const isa::Form& form) {
  if (form.is(isa::kRefused)) return "no model offers it";
  for (Skip const& s : kSkips)
    if (form.function == s.function || (s.function.ends_with('.') && form.function.starts_with(s.function))) return s.reason;
  return {};
}

bool Differential::host_has(const isa::Form& form) {
  for (Feature f : form.features)
    if (f != Feature::None && !x86::host_has(f)) return false;
  return true;
}

std::string Differential::difference(const Case& c, const Outcome& n, const Outcome& s) {
  std::string o;
  if (n.stuck) return o;
  // Of what is #UD anyway, processors fetch all bytes first; we stop where it is certain.
  if (!c.decoded && n.fault && n.vector == kPF && n.address == kCode + kCodeSize) return o;
  auto const say = [&](std::string_view what, uint64_t native, uint64_t soft) {
    if (native != soft) o += fmt::format("  {}: host {:x}, ours {:x}\n", what, native, soft);
  };
  bool const far = c.decoded && isa::form(c.insn.form).function.starts_with("far.");
  // In which order a far return reads its frame, and how much of CS, is the processor's own affair, as is whether a far
  // call pushes before it looks at the target.
  if (far && n.fault && s.fault && isa::form(c.insn.form).mnemonic != "JMP") return o;
  // The upper halves of registers do not survive code of other widths; nor do those of ESP on a 16-bit stack.
  Mode const narrowest = n.state.seg[CS] == kUser64Cs ? c.mode : c.mode == Mode::k64 ? Mode::k32 : c.mode;
  say("fault", n.fault ? n.vector + 256u : 0, s.fault ? s.vector + 256u : 0);
  if (n.fault && s.fault && n.vector == s.vector) {
    // Of addresses that belong to the kernel Linux hides whether they are mapped.
    bool const hidden = n.vector == kPF && n.address >= 0x7FFFFFFFF000;
    if (!hidden) say("error", n.error, s.error);
    // Which element of a masked operand is named in CR2 is the processor's own affair.
    bool const masked = c.decoded && (isa::form(c.insn.form).is(isa::kMasking) ||
                                      isa::form(c.insn.form).mnemonic.find("MASKMOV") != std::string_view::npos);
    uint64_t const of = masked ? ~uint64_t{0xFFF} : ~uint64_t{0};
    if (n.vector == kPF) say("cr2", n.address & of, s.address & of);
  }
  // With 32-bit addresses in 64-bit code, Intel's processors cut the registers of REP before the first element.
  bool const cut = c.decoded && c.until == Until::Trap && c.mode == Mode::k64 && c.insn.addrsize == 2;
  for (unsigned r = 0; r < (c.mode == Mode::k64 ? 16 : 8); ++r) {
    Mode const seen = cut && (r == RCX || r == RSI || r == RDI) ? Mode::k32 : narrowest;
    if (r == RSP && far && c.mode != Mode::k64 && small_stack(c)) say("sp", n.state.gpr[r] & 0xFFFF, s.state.gpr[r] & 0xFFFF);
    else say(kGprNames[r], visible(seen, n.state.gpr[r]), visible(seen, s.state.gpr[r]));
  }
  say("rip", n.state.rip, s.state.rip);
  uint64_t flags = kArithmeticFlags | DF | AC;
  if (c.decoded && !n.fault) flags &= ~(isa::form(c.insn.form).flags_undefined | undefined_by_count(c));
  say("rflags", n.state.rflags & flags, s.state.rflags & flags);
  // The way through the host's kernel clears the RPL of null selectors.
  auto const selector = [](uint16_t v) { return v < 4 ? 0 : v; };
  for (unsigned r = 0; r < 6; ++r) say(kSegNames[r], selector(n.state.seg[r]), selector(s.state.seg[r]));
  if (native_.has_fsgsbase() && c.mode == Mode::k64) {
    say("fsbase", n.state.fs_base, s.state.fs_base);
    say("gsbase", n.state.gs_base, s.state.gs_base);
  }
  X87State const &a = n.state.x87, &b = s.state.x87;
  // How much of its image FRSTOR has loaded where a later part faults is the processor's own affair.
  bool const half_loaded = n.fault && s.fault && c.decoded && isa::form(c.insn.form).mnemonic == "FRSTOR";
  // Beside an unmasked overflow or underflow, PE says whether the result would be inexact with an unbounded exponent;
  // the host's instruction run with masks cannot tell.
  bool const unbounded = n.fault && n.vector == kXM && (a.mxcsr & 0x18 & ~(a.mxcsr >> 7)) != 0;
  // Dot products multiply, then add: after an unmasked exception of one step the host shows no flags of the next, which
  // its instruction run with masks cannot tell apart.
  bool const steps = n.fault && n.vector == kXM && c.decoded && isa::form(c.insn.form).mnemonic.find("DPP") != std::string_view::npos;
  uint32_t const known = steps ? ~0x3Fu : unbounded ? ~0x20u : ~0u;
  say("mxcsr", a.mxcsr & known, b.mxcsr & known);
  if (half_loaded) return o;
  say("fcw", a.fcw, b.fcw);
  say("fsw", a.fsw, b.fsw);
  say("ftw", a.ftw, b.ftw);
  for (unsigned r = 0; r < 8; ++r) {
    say(fmt::format("st{}.mantissa", r), a.st[r].mantissa, b.st[r].mantissa);
    say(fmt::format("st{}.exponent", r), a.st[r].sign_exponent, b.st[r].sign_exponent);
  }
  unsigned const width = native_.has_avx512() ? 64 : native_.has_avx() ? 32 : 16;
  for (unsigned r = 0; r < (native_.has_avx512() ? 32 : 16); ++r) {
    uint8_t const *x = n.state.zmm[r].bytes.data(), *y = s.state.zmm[r].bytes.data();
    if (std::memcmp(x, y, width) != 0) o += fmt::format("  zmm{}:\n    host {}\n    ours {}\n", r, hex(x, width), hex(y, width));
  }
  if (native_.has_avx512())
    for (unsigned r = 0; r < 8; ++r) say(fmt::format("k{}", r), n.state.k[r], s.state.k[r]);
  std::string_view const name = c.decoded ? isa::form(c.insn.form).mnemonic : "";
  bool const in_parts = name == "PUSHA" || name == "FNSAVE" || name == "FNSTENV";
  // Memory that the instruction has no business with is looked at now and then: what is wrong there stays wrong.
  if (!may_write(c) && ++unlooked_ % 16 != 0) return o;
  for (unsigned p = 0; p < kDataSize / 4096; ++p) {
    if (far && n.fault) break;  // processors push before they look at the target
    if (in_parts && n.fault) break;  // what the host has stored before a later part faults stays; ours asks first
    if (!NativeRunner::writable(p) || std::memcmp(native_.data() + p * 4096, soft_.data() + p * 4096, 4096) == 0) continue;
    unsigned at = p * 4096;
    while (native_.data()[at] == soft_.data()[at]) ++at;
    at = std::min<unsigned>(at & ~7u, kDataSize - 16);
    o += fmt::format("  memory at {:x}: host {}, ours {}\n", kData + at, hex(native_.data() + at, 16), hex(soft_.data() + at, 16));
  }
  return o;
}

void Differential::same_memory_again() {
  for (unsigned p = 0; p < kDataSize / 4096; ++p)
    if (NativeRunner::writable(p)) std::memcpy(soft_.data() + p * 4096, native_.data() + p * 4096, 4096);
}

std::string Differential::compare(const Case& c, Outcome& native, Outcome& soft) {
  uint64_t const at = c.mode == Mode::k16 ? kCode + c.state.rip : c.state.rip;
  uint8_t* const code = native_.code() + (at - kCode);
  unsigned const room = unsigned(std::min<uint64_t>(32, kCode + kCodeSize - at));
  std::memset(code, 0xCC, room);
  std::memcpy(code, c.bytes.data.data(), std::min(c.bytes.size, room));
  // What goes on behind itself, as far as ours can tell, needs no trap. Branches and loads of TF do.
  isa::Form const* const f = c.decoded ? &isa::form(c.insn.form) : nullptr;
  bool const elsewhere = f == nullptr || f->function.starts_with("branch.") || f->function.starts_with("far.") ||
                         f->function == "stack.popf" || f->is(isa::kEndsBlock);
  bool const fast = !elsewhere && native_.can_run_fast(at - kCode, c.bytes.size);
  if (fast) native_.put_jump(c.mode, at - kCode, c.bytes.size);
  soft = soft_.run(c.state);
  native = Outcome{};
  // A far call from 32- or 16-bit into 64-bit code pushes by the rules of 64-bit code on the host, where page faults
  // come that its kernel retries for ever.
  native.stuck = c.mode != Mode::k64 && c.decoded && isa::form(c.insn.form).function == "far.call_far" &&
                 soft.state.seg[CS] == kUser64Cs;
  if (native.stuck) return {};
  native = fast ? native_.run_fast(c.state, c.bytes.size) : native_.run(c.state, c.until);
  std::memset(code, 0xCC, room);
  return difference(c, native, soft);
}

Differential::FormResult Differential::run_form(uint16_t number, uint64_t count) {
  isa::Form const& form = isa::form(number);
  Encoder const encoder(form);
  FormResult result;
  random_ = Random(seed_ + number * 0x9E3779B97F4A7C15);
  fill_memory();
  for (uint64_t n = 0; n < count; ++n) {
    Case const c = make_case(encoder, form);
    if (c.decoded && c.insn.form != number) {
      isa::Form const& other = isa::form(c.insn.form);
      if (!reason_to_skip(other).empty() || !host_has(other)) continue;
      ++result.other_form;
    } else if (c.decoded) {
      ++result.run;
    }
    Outcome native, soft;
    std::string const difference = compare(c, native, soft);
    if (c.decoded && c.insn.form == number && native.fault && soft.fault) ++result.faults;
    if (difference.empty()) {
      if ((native.fault && may_write(c)) || native.stuck) same_memory_again();  // difference() does not look at all of it then
      continue;
    }
    if (++result.mismatches <= reports_per_form && report_) {
      report_(fmt::format("{} {} [{}] in {}-bit code: {}  ({})\n  before: {}\n{}  host after: {}\n  ours after: {}\n", form.mnemonic,
                          form.operands, form.encoding, 16u << unsigned(c.mode), c.bytes.text(),
                          c.decoded ? disassemble(c.insn, c.state.rip) : "not decoded", describe(c.state, c.mode), difference,
                          describe(native.state, c.mode), describe(soft.state, c.mode)));
    }
    same_memory_again();
  }
  return result;
}

}  // namespace mullion::insn
