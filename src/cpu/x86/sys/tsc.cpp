// The time-stamp counter's offset and adjustment.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sys/tsc.hpp"

#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/sys/local_apic.hpp"

namespace mullion::x86 {

static_assert(kTscHz == 1'000'000'000, "the counter is the clock's nanoseconds");

uint64_t Cpu::tsc() { return port.now_ns() + st.msr.tsc_offset; }

namespace {

void move(Cpu& c, uint64_t by) {
  c.st.msr.tsc_offset += by;
  c.st.msr.tsc_adjust += by;
  c.apic->tsc_offset_changed(c.st.msr.tsc_offset);
}

}  // namespace

void write_tsc(Cpu& c, uint64_t value) { move(c, value - c.tsc()); }
void write_tsc_adjust(Cpu& c, uint64_t value) { move(c, value - c.st.msr.tsc_adjust); }

}  // namespace mullion::x86
