// Nanoseconds for one vector or x87 instruction through native/, beside an empty semantic.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/decode/decoder.hpp"
#include "cpu/x86/isa/form.hpp"
#include "cpu/x86/native/native.hpp"
#include "support/flat_port.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <vector>

using namespace mullion::x86;

namespace {

struct Case {
  const char* text;
  std::vector<uint8_t> bytes;
};

const Case kCases[] = {
    {"paddb xmm1, xmm2", {0x66, 0x0F, 0xFC, 0xCA}},
    {"paddb xmm1, [rbx]", {0x66, 0x0F, 0xFC, 0x0B}},
    {"pxor xmm1, xmm1", {0x66, 0x0F, 0xEF, 0xC9}},
    {"movups xmm1, [rbx]", {0x0F, 0x10, 0x0B}},
    {"movups [rbx], xmm1", {0x0F, 0x11, 0x0B}},
    {"addps xmm1, xmm2", {0x0F, 0x58, 0xCA}},
    {"mulsd xmm1, [rbx]", {0xF2, 0x0F, 0x59, 0x0B}},
    {"ucomisd xmm1, xmm2", {0x66, 0x0F, 0x2E, 0xCA}},
    {"cvttsd2si eax, xmm2", {0xF2, 0x0F, 0x2C, 0xC2}},
    {"vpaddd ymm1, ymm2, ymm3", {0xC5, 0xED, 0xFE, 0xCB}},
    {"vaddps zmm1, zmm2, zmm3", {0x62, 0xF1, 0x6C, 0x48, 0x58, 0xCB}},
    {"vmovdqu32 zmm1{k1}, [rbx]", {0x62, 0xF1, 0x7E, 0x49, 0x6F, 0x0B}},
    {"paddb mm1, mm2", {0x0F, 0xFC, 0xCA}},
    {"fld qword [rbx]; fstp", {0xDD, 0x03}},
    {"fadd st0, st1", {0xD8, 0xC1}},
    {"fmul qword [rbx]", {0xDC, 0x0B}},
    {"fxch st1", {0xD9, 0xC9}},
    {"fsin", {0xD9, 0xFE}},
};

double measure(Cpu& c, const Insn& i) {
  constexpr int kRuns = 200'000;
  double best = 1e9;
  for (int round = 0; round < 7; ++round) {
    auto const start = std::chrono::steady_clock::now();
    for (int n = 0; n < kRuns; ++n) {
      if (native::run_native(c, i) != Status::Done) return -1;
      if (i.opcode == 0xDD) c.st.x87.ftw = 0;
    }
    std::chrono::duration<double, std::nano> const took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count() / kRuns);
  }
  return best;
}

}  // namespace

int main() {
  std::vector<std::string> warnings;
  CpuModel const model = CpuModel::parse("max", warnings).value();
  test::FlatPort port;
  Cpu c(port, model);
  Segment const data{.base = 0, .limit = 0xFFFFFFFF, .selector = 0x10, .attributes = 0xC093};
  for (auto& s : c.st.seg) s = data;
  c.st.seg[CS].attributes = 0xC09B;
  c.st.cr0 |= CR0_PE;
  c.update_mode();
  c.st.gpr[RBX] = 0x10000;
  double const one = 1.0;
  for (unsigned n = 0; n < 8; ++n) std::memcpy(port.ram.data() + 0x10000 + 8 * n, &one, 8);
  c.st.k[1] = 0x5555;
  fmt::print("{:<28} {:>8}\n", "instruction", "ns");
  for (Case const& k : kCases) {
    c.st.x87 = X87State{};
    c.st.x87.ftw = 0xC0;
    c.st.x87.fsw = 6 << 11;
    for (auto& r : c.st.x87.st) r = {.mantissa = uint64_t{1} << 63, .sign_exponent = 0x3FFF};
    for (auto& v : c.st.zmm) {
      for (unsigned n = 0; n < 8; ++n) std::memcpy(v.bytes.data() + 8 * n, &one, 8);
    }
    std::vector<uint8_t> bytes = k.bytes;
    bytes.resize(15);
    Insn i;
    if (decode(bytes, CodeSize::k32, i) != DecodeResult::Ok || !isa::offered(i, model.features()) || !native::prepare(i, bytes.data())) {
      fmt::print("{:<28} {:>8}\n", k.text, "-");
      continue;
    }
    fmt::print("{:<28} {:>8.1f}\n", k.text, measure(c, i));
  }
}
