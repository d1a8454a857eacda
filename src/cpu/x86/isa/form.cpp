// Facts about a form that depend on its operands: memory width, and whether a CPU has it.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/isa/form.hpp"

namespace mullion::x86::isa {

unsigned memory_bytes(const Insn& insn) {
  Form const& f = form(insn.form);
  if ((insn.evex & kEvexB) && insn.mem() && f.broadcast_size != 0) return f.broadcast_size;
  unsigned const opsize = 1u << insn.opsize;
  unsigned const vector = 16u << insn.vl;
  switch (f.mem_size) {
    case MemSize::None: return 0;
    case MemSize::B1: return 1;
    case MemSize::B2: return 2;
    case MemSize::B4: return 4;
    case MemSize::B8: return 8;
    case MemSize::B16: return 16;
    case MemSize::B32: return 32;
    case MemSize::B64: return 64;
    case MemSize::B10: return 10;
    case MemSize::OpSize: return opsize;
    case MemSize::OpSizeMax4: return opsize > 4 ? 4 : opsize;
    case MemSize::OpSizePair: return 2 * opsize;
    case MemSize::FarPointer: return 2 + opsize;
    case MemSize::TableRegister: return insn.code == CodeSize::k64 ? 10 : 6;
    case MemSize::Vector: return vector;
    case MemSize::VectorHalf: return vector / 2;
    case MemSize::VectorQuarter: return vector / 4;
    case MemSize::VectorEighth: return vector / 8;
  }
  return 0;
}

bool offered(const Insn& insn, const FeatureSet& features) {
  Form const& f = form(insn.form);
  if (f.is(kRefused) || f.is(kUndefined)) return false;
  for (Feature feature : f.features) {
    if (feature != Feature::None && !features.has(feature)) return false;
  }
  return !f.is(kVectorLength) || insn.vl == 2 || features.has(Feature::AVX512VL);
}

}  // namespace mullion::x86::isa
