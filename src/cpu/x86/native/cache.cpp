// The stubs of this process: made once for each rewritten instruction, found again by what was rewritten.
// SPDX-License-Identifier: Apache-2.0
#include "base/mutex.hpp"
#include "cpu/x86/native/code_memory.hpp"
#include "cpu/x86/native/emitter.hpp"
#include "cpu/x86/native/native.hpp"
#include "cpu/x86/native/overflow.hpp"
#include "cpu/x86/native/plan.hpp"

#include <cstddef>
#include <cstring>
#include <mutex>
#include <unordered_map>

namespace mullion::x86::native {
namespace {

// A guest can name about two million rewritten instructions, most by their immediate byte; it uses a few hundred.
// What does not fit is made again each time it runs (overflow.cpp).
constexpr uint32_t kMaxPlans = 1u << 15;
constexpr size_t kCodeBytes = size_t{1} << 22;

// Entry 0 runs what has no stub of its own. Zero pages until used; written under the lock, before an index is
// handed out, and never changed after.
std::array<Plan, kMaxPlans> plans;

// All that stub and plan depend on. Register numbers are not part of it: they are found at run time.
uint64_t key_of(const Insn& i, const uint8_t* bytes) {
  bool const vex = (i.evex & (kVexPresent | kEvexPresent)) != 0;
  uint64_t key = i.form;
  key |= uint64_t{uint8_t(i.imm)} << 16;
  key |= uint64_t{i.mem()} << 24;
  key |= uint64_t{i.code == CodeSize::k64} << 25;
  key |= uint64_t{(i.evex & kEvexMask) != 0} << 26;
  key |= uint64_t{i.opsize} << 27;
  key |= uint64_t{i.vl} << 29;
  key |= uint64_t{(i.evex & kVexW) != 0} << 31;
  key |= uint64_t{(i.evex & kEvexB) != 0} << 32;
  key |= uint64_t{(i.evex & kEvexZ) != 0} << 33;
  key |= uint64_t{rounding_bits(i, bytes)} << 34;
  key |= uint64_t{(vex ? i.vvvv : i.reg) == i.rm} << 36;
  if (!vex && (i.opcode & 0xF8) == 0xD8) key |= uint64_t(i.modrm & 7) << 37;  // x87: ST(i)
  return key;
}

struct Cache {
  Cache() { plans[0].run = run_overflow; }
  Mutex lock;
  CodeMemory memory MULLION_GUARDED_BY(lock) = map_code_memory(kCodeBytes);
  size_t used MULLION_GUARDED_BY(lock) = 0;
  uint32_t count MULLION_GUARDED_BY(lock) = 1;
  std::unordered_map<uint64_t, uint32_t> index MULLION_GUARDED_BY(lock);
};

Cache& cache() {
  static Cache instance;
  return instance;
}

}  // namespace

uint32_t prepared_stubs() {
  Cache& c = cache();
  std::scoped_lock const hold(c.lock);
  return c.count - 1;
}

bool prepare(Insn& i, const uint8_t* bytes) {
  uint64_t const key = key_of(i, bytes);
  Cache& c = cache();
  std::scoped_lock const hold(c.lock);
  if (auto const found = c.index.find(key); found != c.index.end()) {
    i.stub = found->second;
    return true;
  }
  Emitter code;
  Plan plan;
  if (!make_plan(i, bytes, plan, code)) return false;
  if (code.size() != 0 && c.memory.write == nullptr) return false;
  i.stub = 0;
  size_t const space = (code.size() + 15) & ~size_t{15};
  if (c.count == kMaxPlans || c.used + space > c.memory.size) return true;
  if (code.size() != 0) {
    std::memcpy(c.memory.write + c.used, code.data(), code.size());
    // SAFETY: the executable view of the bytes just written.
    plan.stub = reinterpret_cast<Stub>(reinterpret_cast<uintptr_t>(c.memory.execute + c.used));
    c.used += space;
  }
  plans[c.count] = plan;
  c.index.emplace(key, c.count);
  i.stub = c.count++;
  return true;
}

Status run_native(Cpu& c, const Insn& i) {
  Plan const& p = plans[i.stub];
  return p.run(c, i, p);
}

}  // namespace mullion::x86::native
