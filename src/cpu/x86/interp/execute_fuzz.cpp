// Fuzz target: any bytes as code in any mode. The processor must stay in a valid state and never crash or hang.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/interp/block_cache.hpp"
#include "cpu/x86/interp/interpreter.hpp"
#include "cpu/x86/sys/events.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace {

using namespace mullion::x86;

constexpr uint64_t kRam = 256 << 10;
constexpr uint64_t kCode = 0x10000;
constexpr uint64_t kTables = 0x20000;  // page tables: identity, 2 MiB pages, user and writable
constexpr unsigned kInstructions = 400;

// RAM, then a device that answers with what was last written; the instruction budget ends with it.
class World final : public CpuPort {
 public:
  PhysPage resolve(uint64_t gpa) override {
    if (gpa >= kRam) return {};
    return PhysPage{.host = ram.data() + (gpa & ~uint64_t{0xFFF}), .read = true, .write = true, .exec = true};
  }
  PortStatus mmio_read(uint64_t, unsigned, uint64_t& v) override { v = last_; return PortStatus::Done; }
  PortStatus mmio_write(uint64_t, unsigned, uint64_t v) override { last_ = v; return PortStatus::Done; }
  PortStatus port_in(uint16_t, unsigned, uint32_t& v) override { v = uint32_t(last_); return PortStatus::Done; }
  PortStatus port_out(uint16_t, unsigned, uint32_t v) override { last_ = v; return PortStatus::Done; }
  int acknowledge_pic() override { return -1; }
  void eoi(uint8_t) override {}
  uint64_t now_ns() override { return now_ += 100; }
  std::vector<uint8_t> ram = std::vector<uint8_t>(kRam);

 private:
  uint64_t last_ = 0, now_ = 0;
};

void enter_mode(Cpu& c, World& world, unsigned mode) {
  ArchState& s = c.st;
  if (mode == 0) {  // real
    for (auto& segment : s.seg) segment = Segment{.base = 0x10000, .limit = 0xFFFF, .selector = 0x1000, .attributes = 0x93};
    s.rip = kCode - 0x10000;
    return;
  }
  bool const user = mode & 1, code64 = mode >= 4;
  uint16_t const dpl = user ? 0x60 : 0;
  s.cpl = user ? 3 : 0;
  s.cr0 |= CR0_PE;
  Segment const data{.base = 0, .limit = 0xFFFFFFFF, .selector = uint16_t(0x10 | s.cpl), .attributes = uint16_t(0xC093 | dpl)};
  for (auto& segment : s.seg) segment = data;
  s.seg[CS] = Segment{.base = 0, .limit = 0xFFFFFFFF, .selector = uint16_t(8 | s.cpl),
                      .attributes = uint16_t((code64 ? 0xA09B : mode >= 6 ? 0x809B : 0xC09B) | dpl)};
  s.rip = kCode;
  if (code64) {
    for (unsigned n = 0; n < 512; ++n) {
      uint64_t const page = (uint64_t{n} << 21) | 0x87;
      std::memcpy(&world.ram[kTables + 0x2000 + n * 8], &page, 8);
    }
    uint64_t const pdpt = kTables + 0x1000 + 7, pd = kTables + 0x2000 + 7;
    std::memcpy(&world.ram[kTables], &pdpt, 8);
    std::memcpy(&world.ram[kTables + 0x1000], &pd, 8);
    s.cr3 = kTables;
    s.cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE;
    s.efer = EFER_LME | EFER_LMA | EFER_SCE | EFER_NXE;
    s.cr0 |= CR0_PG;
    s.xcr0 = c.model.xcr0_valid();
  }
}

// What no instruction may break, whatever the guest does.
bool valid(const Cpu& c) {
  ArchState const& s = c.st;
  bool const paging = s.cr0 & CR0_PG, lma = s.efer & EFER_LMA;
  if (s.gpr[kNoReg] != 0) return false;
  if (paging && !(s.cr0 & CR0_PE)) return false;
  if (lma != (paging && (s.efer & EFER_LME))) return false;
  if (lma && !(s.cr4 & CR4_PAE)) return false;
  if (!(s.cr0 & CR0_PE) && s.cpl != 0) return false;
  if (s.flags.test(VM) && s.cpl != 3) return false;
  if ((s.cr4 & ~c.model.cr4_valid()) || (s.efer & ~c.model.efer_valid()) || (s.xcr0 & ~c.model.xcr0_valid())) return false;
  if (c.code64() && !c.canonical(s.rip)) return false;
  return true;
}

const CpuModel& model() {
  static CpuModel const m = [] {
    std::vector<std::string> warnings;
    return CpuModel::parse("max", warnings).value();
  }();
  return m;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return -1;
  static World world;
  static Cpu cpu(world, model());
  std::fill(world.ram.begin(), world.ram.end(), uint8_t{0});
  reset(cpu);
  cpu.blocks->flush();
  enter_mode(cpu, world, data[0] & 7);
  uint64_t seed = data[1] * 0x9E3779B97F4A7C15u;
  for (unsigned n = 0; n < 16; ++n) cpu.st.gpr[n] = (n & 1) ? (seed >> n) & (kRam - 1) : seed << n;
  cpu.st.gpr[RSP] = 0x8000;
  std::memcpy(&world.ram[kCode], data + 2, std::min<size_t>(size - 2, 4096));
  cpu.update_mode();
  cpu.flush_tlb(true);
  for (unsigned n = 0; n < kInstructions; ++n) {
    cpu.attention.fetch_and(~uint32_t{kAttnStop | kAttnReset});
    if (run_one(cpu) != StopReason::Stop) break;
    if (!valid(cpu)) __builtin_trap();
  }
  return 0;
}
