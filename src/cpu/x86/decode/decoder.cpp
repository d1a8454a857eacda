// Turns instruction bytes into an Insn, by the tables generated from the opcode table.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/decode/decoder.hpp"

#include "cpu/x86/decode/tables.hpp"
#include "cpu/x86/isa/form.hpp"

#include <array>
#include <cstring>

namespace mullion::x86 {
namespace tables {

#include "cpu/x86/isa/decode_tables.inc"

namespace {

constexpr uint8_t kNoSegment = 0xFF;

// 16-bit addressing (SDM vol. 2 table 2-1): base and index by ModRM.rm.
constexpr uint8_t kBase16[8] = {RBX, RBX, RBP, RBP, kNoReg, kNoReg, RBP, RBX};
constexpr uint8_t kIndex16[8] = {RSI, RDI, RSI, RDI, RSI, RDI, kNoReg, kNoReg};

constexpr auto kLegacyPrefix = [] {
  std::array<bool, 256> t{};
  for (unsigned b : {0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF0, 0xF2, 0xF3}) t[b] = true;
  return t;
}();

// Insn::opsize by Size, CodeSize, 66 present, W set.
constexpr auto kOpsize = [] {
  std::array<std::array<std::array<std::array<uint8_t, 2>, 2>, 3>, 5> t{};
  for (unsigned size = 0; size < 5; ++size) {
    for (unsigned code = 0; code < 3; ++code) {
      for (unsigned o = 0; o < 2; ++o) {
        for (unsigned w = 0; w < 2; ++w) {
          bool const long_code = code == 2;
          uint8_t const normal = w && long_code ? 3 : (code == 0) == (o != 0) ? 2 : 1;
          uint8_t v = normal;
          switch (Size(size)) {
            case Size::Normal: break;
            case Size::Default64: v = long_code && normal == 2 ? 3 : normal; break;
            case Size::Force64: v = long_code ? 3 : normal; break;
            case Size::RexW: v = w && long_code ? 3 : 2; break;
            case Size::Native: v = long_code ? 3 : 2; break;
          }
          t[size][code][o][w] = v;
        }
      }
    }
  }
  return t;
}();

// How R, X, B, R' extend a number, by Class: which of bits 3 and 4 count.
constexpr uint8_t kExtension[10] = {8, 8, 8, 24, 0, 0, 0, 8, 8, 0};

constexpr uint8_t kDispBytes[3] = {0, 1, 4};  // by ModRM.mod

// Bytes of the plain immediates, by Imm and Insn::opsize; 0: another path.
constexpr uint8_t kImmBytes[10][4] = {{}, {1, 1, 1, 1}, {1, 1, 1, 1}, {2, 2, 2, 2}, {4, 2, 4, 4}, {4, 2, 4, 0}};
constexpr bool kImmSigned[10] = {false, false, true, false, true, false};

class Decoder {
 public:
  Decoder(std::span<const uint8_t> bytes, CodeSize code, Insn& out, const DecodeOptions& options)
      : start_(bytes.data()), p_(start_),
        end_(start_ + (bytes.size() < kMaxInstructionLength ? bytes.size() : kMaxInstructionLength)),
        long_(code == CodeSize::k64), code_(code), out_(out), options_(options) {}

  DecodeResult run() {
    out_ = Insn{};
    out_.code = code_;
    DecodeResult const r = decode();
    out_.length = uint8_t(p_ - start_);
    out_.next = out_.length;
    if (out_.base == kRipReg) out_.disp += out_.length;
    return r;
  }

 private:
  DecodeResult decode() {
    if (DecodeResult r = prefixes(); r != DecodeResult::Ok) [[unlikely]] return r;
    if (DecodeResult r = opcode(); r != DecodeResult::Ok) [[unlikely]] return r;
    Entry const* e = select();
    if (e == nullptr) [[unlikely]] return out_of_bytes_ ? short_of_bytes() : DecodeResult::Invalid;
    out_.form = e->form;
    sizes(*e);
    if (vex_) {
      if (!vector_prefix(*e)) [[unlikely]] return DecodeResult::Invalid;
    }
    if (e->flags & kHasModrm) {
      if (!register_operand(*e)) [[unlikely]] return DecodeResult::Invalid;
      if (mod3_ || (e->flags & kNoMod)) {
        if (!rm_register(*e)) [[unlikely]] return DecodeResult::Invalid;
      } else {
        out_.prefixes |= kMem;
        DecodeResult const r = out_.addrsize == 1 ? memory16(*e) : memory(*e);
        if (r != DecodeResult::Ok) [[unlikely]] return r;
      }
    } else {
      opcode_register(*e);
      implicit_memory(*e);
    }
    if (e->flags & kDistinct) {
      if (!registers_differ(*e)) return DecodeResult::Invalid;
    }
    if (e->imm != Imm::None && !immediate(*e)) [[unlikely]] return short_of_bytes();
    if (out_.prefixes & kLock) [[unlikely]] return lock(*e);
    return DecodeResult::Ok;
  }

  DecodeResult short_of_bytes() const {
    return end_ - start_ == kMaxInstructionLength ? DecodeResult::TooLong : DecodeResult::NeedMore;
  }

  bool byte(uint8_t& b) {
    if (p_ == end_) [[unlikely]] return false;
    b = *p_++;
    return true;
  }
  template <class T> bool fetch(T& v) {
    if (size_t(end_ - p_) < sizeof(T)) [[unlikely]] return false;
    std::memcpy(&v, p_, sizeof(T));
    p_ += sizeof(T);
    return true;
  }

  void segment_prefix(SegReg s) {
    // 64-bit code: ES, CS, SS and DS prefixes do nothing, not even undo an earlier FS or GS.
    if (!long_ || s >= FS) segment_ = s;
  }

  // Most instructions have no prefix, or REX alone: a table test that predicts well, before the general loop.
  DecodeResult prefixes() {
    if (p_ == end_) [[unlikely]] return short_of_bytes();
    if (long_ && (*p_ & 0xF0) == 0x40) {
      rex_ = *p_++;
      if (p_ == end_) [[unlikely]] return short_of_bytes();
    }
    bool const rex = long_ && (*p_ & 0xF0) == 0x40;
    return kLegacyPrefix[*p_] || rex ? more_prefixes() : DecodeResult::Ok;
  }

  [[gnu::noinline]] DecodeResult more_prefixes() {
    for (;; ++p_) {
      if (p_ == end_) [[unlikely]] return short_of_bytes();
      uint8_t const b = *p_;
      switch (b) {
        case 0x26: segment_prefix(ES); break;
        case 0x2E: segment_prefix(CS); break;
        case 0x36: segment_prefix(SS); break;
        case 0x3E: segment_prefix(DS); break;
        case 0x64: segment_prefix(FS); break;
        case 0x65: segment_prefix(GS); break;
        case 0x66: out_.prefixes |= kOpsizePrefix; break;
        case 0x67: out_.prefixes |= kAddrPrefix; break;
        case 0xF0: out_.prefixes |= kLock; break;
        case 0xF2: rep_ = 3; break;
        case 0xF3: rep_ = 2; break;
        default:
          if (long_ && (b & 0xF0) == 0x40) {
            rex_ = b;
            continue;
          }
          return DecodeResult::Ok;
      }
      rex_ = 0;  // REX counts only right before the opcode
    }
  }

  // Reads VEX, EVEX, XOP or escape bytes and the opcode byte.
  DecodeResult opcode() {
    uint8_t b = *p_++;
    if (b == 0x0F) {
      map_ = 1;
      if (!byte(b)) return short_of_bytes();
      if (b == 0x38 || b == 0x3A) {
        map_ = b == 0x38 ? 2 : 3;
        if (!byte(b)) return short_of_bytes();
      }
    } else if (b == 0xC4 || b == 0xC5 || b == 0x62 || b == 0x8F) [[unlikely]] {
      if (p_ == end_) return short_of_bytes();
      bool const extended = b == 0x8F ? (*p_ & 0x1F) >= 8 : long_ || *p_ >= 0xC0;
      if (extended) return vex_opcode(b);
    }
    out_.opcode = b;
    prefix_ = rep_ != 0 ? rep_ : (out_.prefixes & kOpsizePrefix) ? 1 : 0;
    w_ = (rex_ >> 3) & 1;
    r_ = (rex_ & 4) << 1;
    x_ = (rex_ & 2) << 2;
    b_ = (rex_ & 1) << 3;
    if (rex_ != 0) out_.prefixes |= kRex;
    return DecodeResult::Ok;
  }

  DecodeResult vex_opcode(uint8_t first) {
    // SDM vol. 2 §2.3.2-2.3.4: these prefixes before VEX are #UD.
    if (rep_ != 0 || rex_ != 0 || (out_.prefixes & (kOpsizePrefix | kLock))) return DecodeResult::Invalid;
    vex_ = true;
    out_.prefixes |= kRex;
    uint8_t p0;
    if (!byte(p0)) return short_of_bytes();
    uint8_t p1 = p0;
    uint8_t const inverted = ~p0;
    r_ = (inverted & 0x80) >> 4;
    if (first == 0xC5) {
      p1 &= 0x7F;
      map_ = kMapVex;
    } else {
      if (!byte(p1)) return short_of_bytes();
      x_ = (inverted & 0x40) >> 3;
      b_ = (inverted & 0x20) >> 2;
      unsigned const m = p0 & (first == 0x62 ? 0xF : 0x1F);
      if (first == 0xC4) {
        if (m < 1 || m > 3) return DecodeResult::Invalid;
        map_ = uint8_t(kMapVex + m - 1);
      } else if (first == 0x8F) {
        if (m > 10) return DecodeResult::Invalid;
        map_ = uint8_t(kMapXop + m - 8);
      } else {
        if (m < 1 || m > 6 || m == 4 || !(p1 & 4)) return DecodeResult::Invalid;
        map_ = uint8_t(kMapEvex + (m < 4 ? m - 1 : m - 2));
        r4_ = inverted & 0x10;
      }
    }
    w_ = p1 >> 7;
    vvvv_ = (~p1 >> 3) & 15;
    prefix_ = p1 & 3;
    if (first == 0x62) {
      uint8_t p2;
      if (!byte(p2)) return short_of_bytes();
      out_.evex = uint8_t((p2 & 7) | (p2 & 0x10 ? kEvexB : 0) | (p2 & 0x80 ? kEvexZ : 0) | kEvexPresent);
      l_ = (p2 >> 5) & 3;
      v4_ = (~p2 & 8) << 1;
    } else {
      out_.evex = kVexPresent;
      l_ = (p1 >> 2) & 1;
    }
    if (w_) out_.evex |= kVexW;
    if (!long_) {
      // Only eight registers exist; R and X are one (C4, C5, 62 would be LES, LDS, BOUND), B and R' are ignored,
      // V' is not.
      if (v4_ != 0) return DecodeResult::Invalid;
      r_ = x_ = b_ = r4_ = 0;
    }
    if (!byte(out_.opcode)) return short_of_bytes();
    return DecodeResult::Ok;
  }

  Entry const* select() {
    Row row = kRows[map_][out_.opcode];
    unsigned sel = unsigned(prefix_) << kSelPrefix | unsigned(w_) << kSelW | unsigned(code_) << kSelMode |
                   unsigned(b_ != 0) << kSelRexB;
    if (row.flags & kRowModrm) {
      if (p_ == end_) [[unlikely]] { out_of_bytes_ = true; return nullptr; }
      uint8_t const m = *p_++;
      out_.modrm = m;
      mod3_ = m >= 0xC0;
      if (row.flags & kRowGroup) row = kGroups[row.first + ((m >> 3) & 7)];
      sel |= unsigned(mod3_) << kSelMod3 | unsigned((m >> 3) & 7) << kSelReg | unsigned(m & 7) << kSelRm;
    }
    // A register form with EVEX.b has 512 bits; L'L is the rounding control.
    unsigned const l = mod3_ && (out_.evex & kEvexB) ? 2 : l_;
    sel |= l << kSelL;
    for (Entry const* e = &kEntries[row.first]; row.count != 0; ++e, --row.count) {
      if ((sel & e->mask) != e->value) continue;
      if ((e->flags & kNeedsFeature) && !present(*e)) continue;
      return e;
    }
    return nullptr;
  }

  bool present(const Entry& e) const {
    if (options_.features == nullptr) return true;
    Feature const f = isa::form(e.form).features[0];
    return f == Feature::None || options_.features->has(f);
  }

  void sizes(const Entry& e) {
    bool const o = out_.prefixes & kOpsizePrefix;
    bool const a = out_.prefixes & kAddrPrefix;
    out_.addrsize = long_ ? (a ? 2 : 3) : (code_ == CodeSize::k32) != a ? 2 : 1;
    out_.opsize = kOpsize[size_t(e.size)][size_t(code_)][o][w_];
    if ((e.flags & kNear) && options_.amd_branches && long_ && o && !w_) [[unlikely]] out_.opsize = 1;
    if (rep_ != 0 && !(e.flags & kRepIsOpcode)) out_.prefixes |= rep_ == 2 ? kRep : kRepne;
    if (segment_ == kNoSegment) return;
    out_.prefixes |= kSegOverride;
    out_.seg = segment_;  // for forms that name memory without ModRM (MASKMOVDQU, MONITOR)
  }

  // Rules for VEX and EVEX fields once the form is known (SDM vol. 2 §2.3.6, §2.7.11).
  bool vector_prefix(const Entry& e) {
    out_.vl = (e.flags & kScalar) ? 0 : uint8_t(l_);
    switch (e.vvvv) {
      case Class::None:
        if ((e.flags & kVvvvUnused) && (vvvv_ != 0 || (v4_ != 0 && !(e.flags & kVsibIndex)))) return false;
        break;
      case Class::Mask:
        if ((long_ && vvvv_ > 7) || v4_ != 0) return false;
        break;
      case Class::Gpr:
        if (v4_ != 0) return false;
        break;
      default: break;
    }
    // Outside 64-bit code the top bit of a register number is ignored, though vvvv without a register must be 1111.
    out_.vvvv = uint8_t(long_ ? vvvv_ | ((e.flags & kVsibIndex) ? 0 : v4_) : vvvv_ & 7);
    if (!(out_.evex & kEvexPresent)) return true;
    unsigned const mask = out_.evex & kEvexMask;
    if (mask != 0 ? !(e.flags & kMaskOk) : (e.flags & kNeedsMask) != 0) return false;
    if (out_.evex & kEvexZ) {
      if (mask == 0 || !(e.flags & kZeroOk) || ((e.flags & kMemDest) && !mod3_)) return false;
    }
    if (out_.evex & kEvexB) {
      if (!(e.flags & (mod3_ ? kRoundOk : kBroadcastOk))) return false;
      if (mod3_) {
        out_.scale = l_;
        if (!(e.flags & kScalar)) out_.vl = 2;
        return true;
      }
    }
    return l_ != 3;
  }

  // ModRM.reg, by what it names.
  bool register_operand(const Entry& e) {
    unsigned const n = ((out_.modrm >> 3) & 7) | ((r_ | r4_) & kExtension[size_t(e.reg)]);
    out_.reg = e.reg == Class::Byte ? byte_register(n) : uint8_t(n);
    return e.reg == Class::Byte || e.reg == Class::Vector || !(unusual(e.reg) || r4_ != 0) || register_exists(e);
  }
  static bool unusual(Class c) { return c >= Class::Mask; }

  [[gnu::noinline]] bool register_exists(const Entry& e) const {
    switch (e.reg) {
      case Class::Gpr: return r4_ == 0;
      case Class::Mask: return r_ == 0 && r4_ == 0;
      case Class::Segment: return out_.reg <= GS && !(out_.reg == CS && (e.flags & kNotCs));
      case Class::Control: return out_.reg <= 4 ? out_.reg != 1 : out_.reg == 8;
      case Class::Debug: return out_.reg < 8;
      default: return true;
    }
  }

  uint8_t byte_register(unsigned n) const {
    return uint8_t(n + ((n - 4 < 4 && !(out_.prefixes & kRex)) ? 16 : 0));
  }

  bool rm_register(const Entry& e) {
    unsigned const b4 = (out_.evex & kEvexPresent) ? x_ << 1 : 0;
    unsigned const n = (out_.modrm & 7) | ((b_ | b4) & kExtension[size_t(e.rm)]);
    out_.rm = e.rm == Class::Byte ? byte_register(n) : uint8_t(n);
    return !(e.flags & kVsibIndex);
  }

  void opcode_register(const Entry& e) {
    unsigned const n = (out_.opcode & 7) | b_;
    out_.rm = e.rm == Class::Byte ? byte_register(n) : uint8_t(n);
  }

  void default_segment(SegReg s) { out_.seg = segment_ != kNoSegment ? segment_ : uint8_t(s); }

  DecodeResult memory16(const Entry& e) {
    if (e.flags & kVsibIndex) return DecodeResult::Invalid;
    unsigned const mod = out_.modrm >> 6;
    unsigned const rm = out_.modrm & 7;
    if (mod == 0 && rm == 6) {
      default_segment(DS);
      return displacement<int16_t>() ? DecodeResult::Ok : short_of_bytes();
    }
    out_.base = kBase16[rm];
    out_.index = kIndex16[rm];
    if (out_.base == kNoReg) {  // [SI], [DI]
      out_.base = out_.index;
      out_.index = kNoReg;
    }
    default_segment(out_.base == RBP ? SS : DS);
    bool ok = true;
    if (mod == 1) ok = displacement8(e);
    if (mod == 2) ok = displacement<int16_t>();
    return ok ? DecodeResult::Ok : short_of_bytes();
  }

  DecodeResult memory(const Entry& e) {
    unsigned const mod = out_.modrm >> 6;
    unsigned base = out_.modrm & 7;
    unsigned bytes = kDispBytes[mod];
    if (base == 4) {
      uint8_t sib;
      if (!byte(sib)) [[unlikely]] return short_of_bytes();
      base = sib & 7;
      unsigned const index = ((sib >> 3) & 7) | x_;
      if (e.flags & kVsibIndex) out_.index = uint8_t(index | v4_);
      else out_.index = uint8_t(index == 4 ? kNoReg : index);
      out_.scale = sib >> 6;
      out_.base = uint8_t(base | b_);
      if (mod == 0 && base == 5) {
        out_.base = kNoReg;
        bytes = 4;
      }
    } else {
      if (e.flags & kVsibIndex) [[unlikely]] return DecodeResult::Invalid;
      out_.base = uint8_t(base | b_);
      if (mod == 0 && base == 5) {
        out_.base = long_ ? kRipReg : kNoReg;
        bytes = 4;
      }
    }
    default_segment(out_.base == RSP || out_.base == RBP ? SS : DS);
    if (bytes == 0) return DecodeResult::Ok;
    uint32_t raw;
    if (!bytes_at_once(bytes, raw)) [[unlikely]] return short_of_bytes();
    out_.disp = int32_t(raw) >> (32 - 8 * bytes);
    if (bytes == 1 && (out_.evex & kEvexPresent)) [[unlikely]] out_.disp *= disp8_scale(e);
    return DecodeResult::Ok;
  }

  // The next 1, 2 or 4 bytes in the top of a word; read as four where that many are there.
  bool bytes_at_once(unsigned bytes, uint32_t& raw) {
    if (size_t(end_ - p_) < bytes) [[unlikely]] return false;
    raw = 0;
    if (end_ - p_ >= 4) [[likely]] std::memcpy(&raw, p_, 4);
    else std::memcpy(&raw, p_, bytes);
    p_ += bytes;
    raw <<= 32 - 8 * bytes;
    return true;
  }

  template <class T> bool displacement() {
    T d;
    if (!fetch(d)) [[unlikely]] return false;
    out_.disp = d;
    return true;
  }

  bool displacement8(const Entry& e) {
    int8_t d;
    if (!fetch(d)) [[unlikely]] return false;
    out_.disp = (out_.evex & kEvexPresent) ? d * disp8_scale(e) : d;
    return true;
  }

  int disp8_scale(const Entry& e) const {
    int const vector = 16 << out_.vl;
    bool const broadcast = out_.evex & kEvexB;
    int const element = w_ ? 8 : 4;
    switch (e.disp8) {
      case Disp8::None: return 1;
      case Disp8::Full: return broadcast ? e.element : vector;
      case Disp8::Half: return broadcast ? e.element : vector / 2;
      case Disp8::QuarterMem: return broadcast ? e.element : vector / 4;
      case Disp8::FullMem: return vector;
      case Disp8::HalfMem: return vector / 2;
      case Disp8::EighthMem: return vector / 8;
      case Disp8::T1S: return e.rm == Class::Gpr ? 1 << out_.opsize : element;
      case Disp8::T2: return 2 * element;
      case Disp8::T4: return 4 * element;
      case Disp8::T8: return 8 * element;
      case Disp8::Mem128: return 16;
      case Disp8::Dup: return out_.vl == 0 ? 8 : vector;
      case Disp8::S8: return 1;
      case Disp8::S16: return 2;
      case Disp8::S32: return 4;
      case Disp8::S64: return 8;
    }
    return 1;
  }

  // Memory operands without ModRM: strings, XLAT. (moffs comes with the immediate.)
  void implicit_memory(const Entry& e) {
    if (!(e.flags & (kStringSource | kStringDest | kXlat))) [[likely]] return;
    out_.prefixes |= kMem;
    if (e.flags & kStringSource) {
      out_.base = RSI;
      default_segment(DS);
    } else if (e.flags & kStringDest) {
      out_.base = RDI;
      out_.seg = ES;
    } else {
      out_.base = RBX;
      default_segment(DS);
    }
  }

  // Gathers: any two of destination, index and mask alike is #UD (SDM vol. 2, VGATHERDPS); complex FP16 products:
  // the destination must not be a source (VFMULCPH).
  bool registers_differ(const Entry& e) const {
    if (!(e.flags & kVsibIndex)) return out_.reg != out_.vvvv && (out_.mem() || out_.reg != out_.rm);
    if (out_.reg == out_.index) return false;
    if (out_.evex & kEvexPresent) return true;
    return out_.reg != out_.vvvv && out_.index != out_.vvvv;
  }

  bool immediate(const Entry& e) {
    unsigned const bytes = kImmBytes[size_t(e.imm)][out_.opsize];
    if (bytes == 0) return long_immediate(e);
    uint32_t raw;
    if (!bytes_at_once(bytes, raw)) [[unlikely]] return false;
    unsigned const shift = 32 - 8 * bytes;
    out_.imm = kImmSigned[size_t(e.imm)] ? uint64_t(int64_t(int32_t(raw) >> shift)) : raw >> shift;
    return true;
  }

  [[gnu::noinline]] bool long_immediate(const Entry& e) {
    switch (e.imm) {
      case Imm::None: case Imm::U8: case Imm::S8: case Imm::U16: case Imm::Z: return true;
      case Imm::V: return fetch(out_.imm);
      case Imm::Far: {
        if (!(out_.opsize == 1 ? immediate_of<uint16_t>() : immediate_of<uint32_t>())) return false;
        return second_immediate<uint16_t>(32);
      }
      case Imm::Moffs: {
        out_.prefixes |= kMem;
        default_segment(DS);
        if (out_.addrsize == 3) return fetch(out_.disp);
        return out_.addrsize == 1 ? displacement<uint16_t>() : displacement<uint32_t>();
      }
      case Imm::Enter: return immediate_of<uint16_t>() && second_immediate<uint8_t>(32);
      case Imm::TwoBytes: return immediate_of<uint8_t>() && second_immediate<uint8_t>(8);
    }
    return false;
  }
  template <class T> bool immediate_of() {
    T v;
    if (!fetch(v)) [[unlikely]] return false;
    out_.imm = uint64_t(int64_t(v));
    return true;
  }
  template <class T> bool second_immediate(unsigned shift) {
    T v;
    if (!fetch(v)) [[unlikely]] return false;
    out_.imm |= uint64_t{v} << shift;
    return true;
  }

  DecodeResult lock(const Entry& e) {
    if ((e.flags & kLockOk) && out_.mem()) return DecodeResult::Ok;
    // AMD APM vol. 3, MOV CRn: LOCK selects CR8 outside 64-bit code where CPUID says so.
    if ((e.flags & kLockCr8) && out_.reg == 0 && options_.features != nullptr &&
        options_.features->has(Feature::CR8_LEGACY)) {
      out_.reg = 8;
      return DecodeResult::Ok;
    }
    return DecodeResult::Invalid;
  }

  const uint8_t* const start_;
  const uint8_t* p_;
  const uint8_t* const end_;
  bool const long_;
  bool vex_ = false;
  bool mod3_ = false;
  bool out_of_bytes_ = false;
  CodeSize const code_;
  uint8_t map_ = 0;     // MapIndex
  uint8_t rep_ = 0;     // 2: F3, 3: F2, as in a selector
  uint8_t rex_ = 0;
  uint8_t segment_ = kNoSegment;
  uint8_t prefix_ = 0;  // mandatory prefix, as in a selector
  uint8_t w_ = 0;
  uint8_t l_ = 0;
  uint8_t vvvv_ = 0;
  // Register extensions at their places: R, X, B are 0 or 8, R' and V' 0 or 16.
  uint8_t r_ = 0, x_ = 0, b_ = 0, r4_ = 0, v4_ = 0;
  Insn& out_;
  const DecodeOptions& options_;
};

}  // namespace
}  // namespace tables

DecodeResult decode(std::span<const uint8_t> bytes, CodeSize code, Insn& out, const DecodeOptions& options) {
  return tables::Decoder(bytes, code, out, options).run();
}

}  // namespace mullion::x86
