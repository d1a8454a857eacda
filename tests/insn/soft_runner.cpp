// Runs one instruction on the software CPU.
// SPDX-License-Identifier: Apache-2.0
#include "insn/soft_runner.hpp"

#include "cpu/x86/interp/interpreter.hpp"
#include "cpu/x86/sys/segment.hpp"

namespace mullion::insn {
namespace {

using namespace x86;

constexpr uint64_t kPresent = 1, kWrite = 2, kUser = 4, kAccessedDirty = 0x60;
constexpr uint64_t kNoExecute = uint64_t{1} << 63;
constexpr uint64_t kGdtLinear = 0xFFFF800000000000;  // supervisor pages, as Linux has them out of reach

uint64_t descriptor(uint32_t base, uint32_t limit, uint16_t attributes) {
  return (limit & 0xFFFF) | uint64_t{base & 0xFFFFFF} << 16 | uint64_t{attributes & 0xFFu} << 40 |
         uint64_t{limit >> 16 & 15} << 48 | uint64_t{(attributes >> 12) & 15u} << 52 | uint64_t{base >> 24} << 56;
}

// The host's descriptor `selector` as user code sees it; empty when LAR refuses.
uint64_t host_descriptor(uint16_t selector) {
  uint32_t rights = 0, limit = 0;
  uint8_t found;
  asm("lar %k2, %0\n\tsetz %1" : "+r"(rights), "=q"(found) : "r"(uint32_t{selector}) : "cc");
  if (!found) return 0;
  asm("lsl %k1, %0" : "+r"(limit) : "r"(uint32_t{selector}) : "cc");
  bool const pages = rights & 0x800000;
  return descriptor(0, pages ? limit >> 12 : limit, uint16_t(rights >> 8 & 0xF0FF));
}

uint16_t ldt_attributes(const LdtEntry& e) {
  unsigned const type = e.code ? (e.read_only ? 8 : 10) : (e.expand_down ? 4 : 0) | (e.read_only ? 0 : 2);
  return uint16_t(1 | type | 0x70 | (e.present ? 0x80 : 0) | (e.big ? 0x4000 : 0) | (e.pages ? 0x8000 : 0));
}

}  // namespace

SoftRunner::SoftRunner(const CpuModel& model) : memory_(kDataAt + kDataSize) {
  make_tables();
  cpu_ = std::make_unique<Cpu>(*this, model);
  ArchState& st = cpu_->st;
  st.cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_PG;
  st.cr4 = CR4_PSE | CR4_PAE | CR4_MCE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;
  st.cr4 |= (CR4_UMIP | CR4_FSGSBASE | CR4_OSXSAVE) & model.cr4_valid();
  st.cr3 = kTables;
  st.efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE;
  st.xcr0 = model.xcr0_valid() & 0xE7;
  st.gdtr = {.base = kGdtLinear + kGdt, .limit = 127};
  st.ldtr = Segment{.base = kGdtLinear + kLdt, .limit = 8 * 6 - 1, .selector = 0x50, .attributes = 0x82};
  st.tr = Segment{.base = kGdtLinear + kTss, .limit = 0x67, .selector = 0x40, .attributes = 0x8B};
  st.cpl = 3;
}

SoftRunner::~SoftRunner() = default;

void SoftRunner::map(uint64_t linear, uint64_t physical, uint64_t flags) {
  uint64_t table = kTables;
  for (unsigned level = 4; level > 1; --level) {
    uint64_t const at = table + ((linear >> (3 + 9 * level)) & 511) * 8;
    uint64_t entry;
    std::memcpy(&entry, &memory_[at], 8);
    if (entry == 0) {
      entry = next_table_ | kPresent | kWrite | kUser | kAccessedDirty;
      next_table_ += 4096;
      std::memcpy(&memory_[at], &entry, 8);
    }
    table = entry & 0xFFFFFFFFF000;
  }
  uint64_t const entry = physical | flags | kPresent | kAccessedDirty;
  std::memcpy(&memory_[table + ((linear >> 12) & 511) * 8], &entry, 8);
}

void SoftRunner::make_tables() {
  for (uint64_t at = 0; at < kCodeSize; at += 4096) map(kCode + at, kCode + at, kUser | kWrite);
  for (unsigned page = 0; page < kDataSize / 4096; ++page) {
    if (!NativeRunner::readable(page)) continue;
    map(kData + page * 4096, kDataAt + page * 4096, kUser | kNoExecute | (NativeRunner::writable(page) ? kWrite : 0));
  }
  for (uint64_t at : {kGdt, kLdt, kTss}) map(kGdtLinear + at, at, kWrite);
  memory_[kTss + 0x66] = 0xFF;  // no I/O permission bitmap
  memory_[kTss + 0x67] = 0xFF;
  for (uint16_t selector = 8; selector < 128; selector += 8) {
    uint64_t const d = host_descriptor(selector | 3);
    std::memcpy(&memory_[kGdt + selector], &d, 8);
  }
  for (LdtEntry const& e : ldt_entries()) {
    uint64_t const d = descriptor(e.base, e.limit, ldt_attributes(e));
    std::memcpy(&memory_[kLdt + (e.selector & ~7)], &d, 8);
  }
}

void SoftRunner::load_segment(unsigned n, uint16_t selector) {
  Segment& s = cpu_->st.seg[n];
  if ((selector & ~3) == 0) {
    uint64_t const base = s.base;
    s = null_segment(*cpu_, SegReg(n), selector);
    s.base = base;
    return;
  }
  uint64_t const at = (selector & 4 ? kLdt : kGdt) + (selector & ~7u);
  Descriptor d;
  std::memcpy(&d.raw, &memory_[at], 8);
  s = d.segment(selector);
}

void SoftRunner::load(const MachineState& s) {
  Cpu& c = *cpu_;
  ArchState& st = c.st;
  std::copy(s.gpr.begin(), s.gpr.end(), st.gpr.begin());
  st.rip = s.rip;
  st.flags.set_rflags(s.rflags);
  st.seg[FS].base = s.fs_base;
  st.seg[GS].base = s.gs_base;
  for (unsigned n = 0; n < 6; ++n) load_segment(n, s.seg[n]);
  st.x87 = s.x87;
  st.zmm = s.zmm;
  st.k = s.k;
  st.interrupt_shadow = st.mov_ss_shadow = false;
  st.cpl = 3;
  st.activity = Activity::Running;
  c.attention = 0;
  c.step = {};
  c.update_mode();
}

MachineState SoftRunner::store() const {
  ArchState const& st = cpu_->st;
  MachineState s;
  std::copy(st.gpr.begin(), st.gpr.begin() + 16, s.gpr.begin());
  s.rip = st.rip;
  s.rflags = st.flags.rflags();
  for (unsigned n = 0; n < 6; ++n) s.seg[n] = st.seg[n].selector;
  s.fs_base = st.seg[FS].base;
  s.gs_base = st.seg[GS].base;
  s.x87 = st.x87;
  s.zmm = st.zmm;
  s.k = st.k;
  return s;
}

Outcome SoftRunner::run(const MachineState& state) {
  load(state);
  Status s = Status::Yield;
  for (unsigned turns = 0; s == Status::Yield && turns < 10000; ++turns) s = step(*cpu_);
  Outcome o;
  o.fault = s == Status::Fault || s == Status::Exit;
  if (s == Status::Fault) {
    o.vector = cpu_->fault.vector;
    o.error = cpu_->fault.error;
    o.address = cpu_->fault.address;
  }
  o.state = store();
  if (!o.fault) o.state.rflags &= ~uint64_t{RF};
  return o;
}

PhysPage SoftRunner::resolve(uint64_t gpa) {
  uint64_t const page = gpa & ~uint64_t{0xFFF};
  uint8_t* host = nullptr;
  if (page >= kCode && page < kCode + kCodeSize) host = NativeRunner::instance().code() + (page - kCode);
  else if (page < memory_.size()) host = memory_.data() + page;
  if (host == nullptr) return {};
  return PhysPage{.host = host, .read = true, .write = true, .exec = true};
}

PortStatus SoftRunner::mmio_read(uint64_t, unsigned, uint64_t& value) {
  value = ~uint64_t{0};
  return PortStatus::Done;
}
PortStatus SoftRunner::mmio_write(uint64_t, unsigned, uint64_t) { return PortStatus::Done; }
PortStatus SoftRunner::port_in(uint16_t, unsigned, uint32_t& value) {
  value = ~0u;
  return PortStatus::Done;
}
PortStatus SoftRunner::port_out(uint16_t, unsigned, uint32_t) { return PortStatus::Done; }

}  // namespace mullion::insn
