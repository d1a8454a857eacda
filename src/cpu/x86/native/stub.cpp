// Writes stubs: load the operands, run the guest's instruction with low register numbers, store the result.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/native/code_memory.hpp"
#include "cpu/x86/native/emitter.hpp"
#include "cpu/x86/native/host.hpp"
#include "cpu/x86/native/plan.hpp"


namespace mullion::x86::native {
namespace {

// Host registers that stand for the operands: low numbers, caller-saved in both calling conventions. XMM0 stays
// free for forms that name it implicitly, k0 because a mask operand cannot be k0.
constexpr uint8_t kReg = 1, kVvvv = 2, kRm = 3, kFourth = 4, kMaskReg = 1, kRegK = 2, kVvvvK = 3, kRmK = 4, kGpr = 0;

uint8_t host_register(Kind kind, SlotIndex slot) {
  switch (kind) {
    case Kind::Vector: return slot == kSlotReg ? kReg : slot == kSlotVvvv ? kVvvv : kRm;
    case Kind::Mmx: return slot == kSlotReg ? 1 : 3;
    case Kind::Mask: return slot == kSlotReg ? kRegK : slot == kSlotVvvv ? kVvvvK : kRmK;
    default: return kGpr;
  }
}

// Opcode map, W, length and EVEX rounding from the instruction's own bytes; the rest is chosen anew.
Encoding parse(const Insn& i, const isa::Form& form, const uint8_t* bytes) {
  Encoding e;
  e.opcode = i.opcode;
  unsigned p = 0;
  auto const legacy_prefix = [](uint8_t b) {
    return b == 0x66 || b == 0x67 || b == 0xF0 || b == 0xF2 || b == 0xF3 || b == 0x2E || b == 0x36 || b == 0x3E || b == 0x26 ||
           b == 0x64 || b == 0x65;
  };
  while (p + 4 < 15 && legacy_prefix(bytes[p])) ++p;
  if (i.evex & kEvexPresent) {
    e.kind = Encoding::Kind::Evex;
    e.map = bytes[p + 1] & 7;
    e.w = bytes[p + 2] & 0x80;
    e.prefix = bytes[p + 2] & 3;
    e.length = (bytes[p + 3] >> 5) & 3;
    e.evex_b = bytes[p + 3] & 0x10;
    e.evex_z = bytes[p + 3] & 0x80;
    e.evex_mask = (i.evex & kEvexMask) ? kMaskReg : 0;
  } else if (i.evex & kVexPresent) {
    e.kind = Encoding::Kind::Vex;
    bool const two = bytes[p] == 0xC5;
    e.map = two ? 1 : bytes[p + 1] & 31;
    e.w = !two && (bytes[p + 2] & 0x80);
    e.prefix = bytes[two ? p + 1 : p + 2] & 3;
    e.length = (bytes[two ? p + 1 : p + 2] >> 2) & 1;
  } else {
    if (i.code == CodeSize::k64 && (bytes[p] & 0xF0) == 0x40) ++p;
    ++p;  // 0F
    e.map = bytes[p] == 0x38 ? 2 : bytes[p] == 0x3A ? 3 : 1;
    e.w = i.opsize == 3;
    std::string_view const text = form.encoding;
    e.prefix = text.starts_with("66") ? 1 : text.starts_with("F3") ? 2 : text.starts_with("F2") ? 3 : 0;
  }
  return e;
}

class Writer {
 public:
  Writer(Emitter& out, const Insn& i, const isa::Form& form, const Shape& shape, const Encoding& e)
      : out_(out), i_(i), form_(form), shape_(shape), e_(e), legacy_(e.kind == Encoding::Kind::Legacy) {}

  void run() {
    load(kSlotReg, shape_.reg);
    load(kSlotVvvv, shape_.vvvv);
    if (!i_.mem()) load(kSlotRm, shape_.rm);
    if (i_.evex & kEvexMask) out_.kmov(kMaskReg, base(kSlotExtra), host_has_wide_masks(), false);
    if (shape_.is4) vector(kFourth, kSlotExtra, false);
    if (shape_.implicit_xmm0) vector(0, kSlotExtra, false);
    e_.reg = shape_.reg == Kind::None ? (i_.modrm >> 3) & 7 : host_register(shape_.reg, kSlotReg);
    e_.vvvv = shape_.vvvv == Kind::None ? 0 : host_register(shape_.vvvv, kSlotVvvv);
    e_.mem = i_.mem();
    e_.rm = e_.mem ? base(kSlotRm) : shape_.rm == Kind::None ? i_.modrm & 7 : host_register(shape_.rm, kSlotRm);
    out_.put(e_);
    if (form_.flags_written != 0) out_.flags_to_rax();
    else if (shape_.dest != kNoSlot && !(shape_.dest == kSlotRm && i_.mem())) store(SlotIndex(shape_.dest));
    finish();
  }

  // PCMPESTRx, PCMPISTRx: lengths in RAX and RDX, results in ECX or XMM0 and the flags. Arguments two and four are
  // XMM0 and the general registers; they move out of the way of RAX, RCX and RDX.
  void run_compare_string() {
    constexpr uint8_t kXmm0 = 11, kGprs = 10;
    vector(kReg, kSlotReg, false);
    out_.put({.kind = e_.kind, .opcode = 0x10, .reg = kRm, .rm = base(kSlotRm), .mem = true});
    copy_argument(kXmm0, base(kSlotVvvv));
    copy_argument(kGprs, base(kSlotExtra));
    out_.mov64(RAX, kGprs, 8 * RAX, false);
    out_.mov64(RDX, kGprs, 8 * RDX, false);
    e_.reg = kReg;
    e_.rm = kRm;
    e_.mem = false;
    out_.put(e_);
    out_.flags_to_rax();
    if (form_.mnemonic.ends_with('M')) {
      if (legacy_) out_.movups(0, kXmm0, true);
      else out_.vmovups(0, kXmm0, host_has_zmm() ? 2 : 1, true);
    } else {
      out_.bytes({0x89, 0xC9});  // mov ecx, ecx
      out_.mov64(RCX, kGprs, 8 * RCX, true);
    }
    finish();
  }

 private:
  static uint8_t base(SlotIndex slot) { return kHostAbi.argument[slot]; }
  void copy_argument(uint8_t to, uint8_t from) {  // mov to, from; `to` is R8 or above
    out_.bytes({uint8_t(0x49 | ((from >> 3) << 2)), 0x89, uint8_t(0xC0 | ((from & 7) << 3) | (to & 7))});
  }

  // Sources are loaded as wide as the operation; results of VEX and EVEX forms are stored whole, because they
  // clear the bits above.
  void vector(uint8_t reg, SlotIndex slot, bool store) {
    if (legacy_) out_.movups(reg, base(slot), store);
    else out_.vmovups(reg, base(slot), store ? (host_has_zmm() ? 2 : 1) : width(), store);
  }
  unsigned width() const {
    if (e_.kind == Encoding::Kind::Vex) return e_.length & 1;
    return e_.evex_b && !i_.mem() ? 2 : e_.length & 3;
  }

  void move(SlotIndex slot, Kind kind, bool store) {
    switch (kind) {
      case Kind::None: break;
      case Kind::Vector: vector(host_register(kind, slot), slot, store); break;
      case Kind::Mmx: out_.movq_mmx(host_register(kind, slot), base(slot), store); mmx_ = true; break;
      case Kind::Mask: out_.kmov(host_register(kind, slot), base(slot), host_has_wide_masks(), store); break;
      case Kind::Gpr: out_.mov64(kGpr, base(slot), 0, store); break;
    }
  }
  void load(SlotIndex slot, Kind kind) { move(slot, kind, false); }
  void store(SlotIndex slot) {
    move(slot, slot == kSlotReg ? shape_.reg : slot == kSlotVvvv ? shape_.vvvv : shape_.rm, true);
  }
  void finish() {
    if (!legacy_ && width() > 0) out_.vzeroupper();
    if (mmx_) out_.emms();
    out_.ret();
  }

  Emitter& out_;
  const Insn& i_;
  const isa::Form& form_;
  const Shape& shape_;
  Encoding e_;
  bool legacy_;
  bool mmx_ = false;
};

}  // namespace

bool emit_stub(Emitter& out, const Insn& i, const isa::Form& form, const Shape& shape, const uint8_t* bytes) {
  Encoding e = parse(i, form, bytes);
  bool const has_gpr = shape.reg == Kind::Gpr || shape.vvvv == Kind::Gpr || shape.rm == Kind::Gpr || is_compare_string(form.mnemonic);
  // Outside 64-bit code W does not widen general registers; run here it would.
  if (i.code != CodeSize::k64 && has_gpr) e.w = false;
  if (shape.imm || shape.is4) {
    e.has_imm = true;
    e.imm = shape.is4 ? uint8_t((kFourth << 4) | (i.imm & 15)) : uint8_t(i.imm);
  }
  // Alignment is the guest's to keep, and checked in C++: the unaligned twins of VMOVAPS and VMOVDQA run here.
  if (e.kind == Encoding::Kind::Evex && form.is(isa::kAlign) && e.map == 1) {
    if (e.opcode == 0x28 || e.opcode == 0x29) e.opcode = uint8_t(e.opcode - 0x18);
    if (e.opcode == 0x6F || e.opcode == 0x7F) e.prefix = 2;
  }
  Writer writer(out, i, form, shape, e);
  if (is_compare_string(form.mnemonic)) writer.run_compare_string();
  else writer.run();
  return out.ok();
}

}  // namespace mullion::x86::native
