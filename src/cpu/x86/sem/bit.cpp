// Bit tests, scans, counts and fields; CRC32.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sem/common.hpp"

#include <array>
#include <bit>

namespace mullion::x86::sem {
namespace {

// Runs f on the operand that holds the bit, with the bit's mask. A register bit offset is signed and reaches
// beyond a memory operand. CF is the bit as it was; nothing else changes.
template <class O, bool kWrite, class F> Status bit_test(Cpu& c, const Insn& i, F&& f) {
  using T = typename O::T;
  T offset, old;
  MULLION_TRY((source<O, 1>(c, i, offset)));
  unsigned const bit = offset & (kBits<T> - 1);
  auto const change = [&](T v) { old = v; return f(v, T(T{1} << bit)); };
  if constexpr (O::template Kind<0>::kIsMem && !kIsImm<typename O::template Kind<1>>) {
    int64_t const units = int64_t(Signed<T>(offset)) >> std::countr_zero(kBits<T>);
    u64 const ea = (c.effective(i) + u64(units) * sizeof(T)) & Cpu::kAddressMask[i.addrsize];
    if constexpr (kWrite) MULLION_TRY(c.modify<T>(i.seg, ea, i.has(kLock), change));
    else MULLION_TRY(c.load<T>(i.seg, ea, old));
  } else {
    if constexpr (kWrite) MULLION_TRY(O::template modify<0>(c, i, change));
    else MULLION_TRY(O::template get<0>(c, i, old));
  }
  c.st.flags.set_cf((old >> bit) & 1);
  return Status::Done;
}

}  // namespace

// BT r/m, r | BT r/m, imm8
template <class O> Status bt(Cpu& c, const Insn& i) {
  using T = typename O::T;
  return bit_test<O, false>(c, i, [](T v, T) { return v; });
}

// BTS r/m, r | BTS r/m, imm8
template <class O> Status bts(Cpu& c, const Insn& i) {
  using T = typename O::T;
  return bit_test<O, true>(c, i, [](T v, T m) { return T(v | m); });
}

// BTR r/m, r | BTR r/m, imm8
template <class O> Status btr(Cpu& c, const Insn& i) {
  using T = typename O::T;
  return bit_test<O, true>(c, i, [](T v, T m) { return T(v & ~m); });
}

// BTC r/m, r | BTC r/m, imm8
template <class O> Status btc(Cpu& c, const Insn& i) {
  using T = typename O::T;
  return bit_test<O, true>(c, i, [](T v, T m) { return T(v ^ m); });
}

// BSF r, r/m: a source of zero leaves the destination as it was, whole.
template <class O> Status bsf(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T v;
  MULLION_TRY((source<O, 1>(c, i, v)));
  if (v != 0) MULLION_TRY(O::template set<0>(c, i, T(std::countr_zero(v))));
  c.st.flags.set_zf(v == 0);
  return Status::Done;
}

// BSR r, r/m
template <class O> Status bsr(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T v;
  MULLION_TRY((source<O, 1>(c, i, v)));
  if (v != 0) MULLION_TRY(O::template set<0>(c, i, T(kBits<T> - 1 - unsigned(std::countl_zero(v)))));
  c.st.flags.set_zf(v == 0);
  return Status::Done;
}

// LZCNT r, r/m
template <class O> Status lzcnt(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T v;
  MULLION_TRY((source<O, 1>(c, i, v)));
  T const r = T(std::countl_zero(v));
  c.st.flags.logic(r);
  c.st.flags.set_cf(v == 0);
  return O::template set<0>(c, i, r);
}

// TZCNT r, r/m
template <class O> Status tzcnt(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T v;
  MULLION_TRY((source<O, 1>(c, i, v)));
  T const r = T(std::countr_zero(v));
  c.st.flags.logic(r);
  c.st.flags.set_cf(v == 0);
  return O::template set<0>(c, i, r);
}

// POPCNT r, r/m
template <class O> Status popcnt(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T v;
  MULLION_TRY((source<O, 1>(c, i, v)));
  c.st.flags.set_arithmetic(v == 0 ? u64{ZF} : 0);
  return O::template set<0>(c, i, T(std::popcount(v)));
}

// BEXTR r, r/m, vvvv: start in bits 0-7, length in bits 8-15.
template <class O> Status bextr(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T v, control;
  MULLION_TRY((source<O, 1>(c, i, v)));
  MULLION_TRY((source<O, 2>(c, i, control)));
  unsigned const start = u8(control), length = u8(control >> 8);
  T r = start < kBits<T> ? T(v >> start) : T(0);
  if (length < kBits<T>) r &= T((T{1} << length) - 1);
  c.st.flags.logic(r);
  return O::template set<0>(c, i, r);
}

// BLSI vvvv, r/m
template <class O> Status blsi(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T v;
  MULLION_TRY((source<O, 1>(c, i, v)));
  T const r = T(v & (0 - v));
  c.st.flags.logic(r);
  c.st.flags.set_cf(v != 0);
  return O::template set<0>(c, i, r);
}

// BLSR vvvv, r/m
template <class O> Status blsr(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T v;
  MULLION_TRY((source<O, 1>(c, i, v)));
  T const r = T(v & (v - 1));
  c.st.flags.logic(r);
  c.st.flags.set_cf(v == 0);
  return O::template set<0>(c, i, r);
}

// BLSMSK vvvv, r/m
template <class O> Status blsmsk(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T v;
  MULLION_TRY((source<O, 1>(c, i, v)));
  T const r = T(v ^ (v - 1));
  c.st.flags.logic(r);
  c.st.flags.set_cf(v == 0);
  return O::template set<0>(c, i, r);
}

// BZHI r, r/m, vvvv
template <class O> Status bzhi(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T v, n;
  MULLION_TRY((source<O, 1>(c, i, v)));
  MULLION_TRY((source<O, 2>(c, i, n)));
  unsigned const keep = u8(n);
  T const r = keep < kBits<T> ? T(v & ((T{1} << keep) - 1)) : v;
  c.st.flags.logic(r);
  c.st.flags.set_cf(keep >= kBits<T>);
  return O::template set<0>(c, i, r);
}

// PDEP r, vvvv, r/m
template <class O> Status pdep(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T v, mask, r = 0;
  MULLION_TRY((source<O, 1>(c, i, v)));
  MULLION_TRY((source<O, 2>(c, i, mask)));
  for (; mask != 0; mask &= T(mask - 1), v >>= 1)
    if (v & 1) r |= T(mask & (0 - mask));
  return O::template set<0>(c, i, r);
}

// PEXT r, vvvv, r/m
template <class O> Status pext(Cpu& c, const Insn& i) {
  using T = typename O::T;
  T v, mask, r = 0;
  MULLION_TRY((source<O, 1>(c, i, v)));
  MULLION_TRY((source<O, 2>(c, i, mask)));
  for (T bit = 1; mask != 0; mask &= T(mask - 1), bit = T(bit << 1))
    if (v & mask & (0 - mask)) r |= bit;
  return O::template set<0>(c, i, r);
}

namespace {

// CRC-32C, polynomial 11EDC6F41h reflected.
constexpr std::array<u32, 256> kCrc32c = [] {
  std::array<u32, 256> t{};
  for (u32 n = 0; n < 256; ++n) {
    u32 v = n;
    for (int k = 0; k < 8; ++k) v = v >> 1 ^ (v & 1 ? 0x82F63B78u : 0);
    t[n] = v;
  }
  return t;
}();

}  // namespace

// CRC32 r, r/m
template <class O> Status crc32(Cpu& c, const Insn& i) {
  typename O::template Type<1> v;
  typename O::T old;
  MULLION_TRY(O::template get<1>(c, i, v));
  MULLION_TRY(O::template get<0>(c, i, old));
  u32 crc = u32(old);
  for (unsigned n = 0; n < sizeof v; ++n) crc = crc >> 8 ^ kCrc32c[u8(crc ^ (v >> (8 * n)))];
  return O::template set<0>(c, i, typename O::T(crc));
}

}  // namespace mullion::x86::sem

#include "cpu/x86/isa/sem_bit.inc"
