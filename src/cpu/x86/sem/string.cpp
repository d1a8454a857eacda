// String instructions: one element, and REP in pieces that faults and interrupts find consistent.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sem/string.hpp"

#include <algorithm>

namespace mullion::x86::sem {
namespace {

// --- runs of elements within a page ---------------------------------------------------------------------------------

// Host memory behind ea and how many elements of T, upwards, lie in its page, segment and address space. None: the
// elements go one by one, which raises what there is to raise.
template <class T> u64 run_at(Cpu& c, const Insn& i, unsigned seg, u64 ea, bool write, u64 wanted, u8*& host) {
  u64 lin;
  if (c.linear(seg, ea, sizeof(T), write, lin) != Status::Done) return 0;
  auto const& view = c.view_of[seg];
  u64 const last = std::min({Cpu::kAddressMask[i.addrsize], write ? view.write_high : view.read_high, ea | 0xFFFF});
  u64 const n = std::min({wanted, (4096 - (lin & 4095)) / sizeof(T), (last - ea + 1) / sizeof(T)});
  if (n < 2 || c.current_view == Cpu::kViewChecked || c.host_page(lin, write, host) != Status::Done || host == nullptr) return 0;
  return n;
}

// Element after element upwards, as the processor does: an overlap repeats what was just written.
template <class T> void copy_up(u8* to, const u8* from, u64 n) {
  if (u64(to - from) >= n * sizeof(T)) {
    std::memmove(to, from, n * sizeof(T));
    return;
  }
  for (u64 k = 0; k < n; ++k) std::memcpy(to + k * sizeof(T), from + k * sizeof(T), sizeof(T));
}

template <class T> T element(const u8* p, u64 k) {
  T v;
  std::memcpy(&v, p + k * sizeof(T), sizeof(T));
  return v;
}

bool upwards(const Cpu& c) { return !c.st.flags.test(DF); }

// --- MOVS -----------------------------------------------------------------------------------------------------------

template <class T> Status movs_one(Cpu& c, const Insn& i) {
  T v;
  MULLION_TRY(c.load<T>(i.seg, string_address(c, i, RSI), v));
  MULLION_TRY(c.store<T>(ES, string_address(c, i, RDI), v));
  advance<T>(c, i, RSI);
  advance<T>(c, i, RDI);
  return Status::Done;
}

template <class T> u64 movs_run(Cpu& c, const Insn& i, u64 wanted) {
  u8 *from, *to;
  if (!upwards(c)) return 0;
  u64 n = run_at<T>(c, i, i.seg, string_address(c, i, RSI), false, wanted, from);
  if (n != 0) n = run_at<T>(c, i, ES, string_address(c, i, RDI), true, n, to);
  if (n == 0) return 0;
  copy_up<T>(to, from, n);
  advance<T>(c, i, RSI, n);
  advance<T>(c, i, RDI, n);
  return n;
}

template <class T> Status movs_of(Cpu& c, const Insn& i) {
  if (!repeated(i)) return movs_one<T>(c, i);
  return repeat<T>(c, i, [&](u64 n) { return movs_run<T>(c, i, n); }, [&] { return movs_one<T>(c, i); });
}

// --- STOS -----------------------------------------------------------------------------------------------------------

template <class T> Status stos_one(Cpu& c, const Insn& i) {
  MULLION_TRY(c.store<T>(ES, string_address(c, i, RDI), c.reg<T>(RAX)));
  advance<T>(c, i, RDI);
  return Status::Done;
}

template <class T> u64 stos_run(Cpu& c, const Insn& i, u64 wanted) {
  u8* to;
  if (!upwards(c)) return 0;
  u64 const n = run_at<T>(c, i, ES, string_address(c, i, RDI), true, wanted, to);
  if (n == 0) return 0;
  T const v = c.reg<T>(RAX);
  if (sizeof(T) == 1) std::memset(to, u8(v), n);
  else for (u64 k = 0; k < n; ++k) std::memcpy(to + k * sizeof(T), &v, sizeof(T));
  advance<T>(c, i, RDI, n);
  return n;
}

template <class T> Status stos_of(Cpu& c, const Insn& i) {
  if (!repeated(i)) return stos_one<T>(c, i);
  return repeat<T>(c, i, [&](u64 n) { return stos_run<T>(c, i, n); }, [&] { return stos_one<T>(c, i); });
}

// --- LODS -----------------------------------------------------------------------------------------------------------

template <class T> Status lods_one(Cpu& c, const Insn& i) {
  T v;
  MULLION_TRY(c.load<T>(i.seg, string_address(c, i, RSI), v));
  c.set_reg<T>(RAX, v);
  advance<T>(c, i, RSI);
  return Status::Done;
}

template <class T> Status lods_of(Cpu& c, const Insn& i) {
  if (!repeated(i)) return lods_one<T>(c, i);
  return repeat<T>(c, i, [](u64) { return u64{0}; }, [&] { return lods_one<T>(c, i); });
}

// --- CMPS, SCAS: REPE and REPNE -------------------------------------------------------------------------------------

// F3 goes on while elements are equal, F2 while they differ.
bool goes_on(const Insn& i, bool equal) { return equal == i.has(kRep); }

// As repeat, until a comparison ends it. A fault leaves the flags as they were before the instruction.
template <class T, class Run, class One> Status repeat_compare(Cpu& c, const Insn& i, Run&& run, One&& one) {
  u64 count = c.st.gpr[RCX] & Cpu::kAddressMask[i.addrsize];
  if (count == 0) return nothing_to_repeat(c, i);
  Flags const before = c.st.flags;
  for (u64 budget = repeat_budget(c); count != 0;) {
    if (budget == 0) return Status::Yield;
    u64 done = budget > 1 && upwards(c) ? run(std::min(count, run_limit<T>(budget))) : 0;
    budget -= std::min(budget, run_cost<T>(done));
    if (done == 0) {
      if (Status const s = one(); s != Status::Done) {
        c.st.flags = before;
        return s;
      }
      done = 1;
    }
    count -= done;
    set_by_address_size(c, RCX, count, i.addrsize);
    if (!goes_on(i, c.st.flags.zf())) break;
  }
  return Status::Done;
}

template <class T> Status cmps_one(Cpu& c, const Insn& i) {
  T a, b;
  MULLION_TRY(c.load<T>(ES, string_address(c, i, RDI), b));
  MULLION_TRY(c.load<T>(i.seg, string_address(c, i, RSI), a));
  c.st.flags.sub(a, b, T(a - b));
  advance<T>(c, i, RSI);
  advance<T>(c, i, RDI);
  return Status::Done;
}

template <class T> u64 cmps_run(Cpu& c, const Insn& i, u64 wanted) {
  u8 *first, *second;
  u64 n = run_at<T>(c, i, i.seg, string_address(c, i, RSI), false, wanted, first);
  if (n != 0) n = run_at<T>(c, i, ES, string_address(c, i, RDI), false, n, second);
  if (n == 0) return 0;
  u64 k = 0;
  while (k < n - 1 && goes_on(i, element<T>(first, k) == element<T>(second, k))) ++k;
  T const a = element<T>(first, k), b = element<T>(second, k);
  c.st.flags.sub(a, b, T(a - b));
  advance<T>(c, i, RSI, k + 1);
  advance<T>(c, i, RDI, k + 1);
  return k + 1;
}

template <class T> Status cmps_of(Cpu& c, const Insn& i) {
  if (!repeated(i)) return cmps_one<T>(c, i);
  return repeat_compare<T>(c, i, [&](u64 n) { return cmps_run<T>(c, i, n); }, [&] { return cmps_one<T>(c, i); });
}

template <class T> Status scas_one(Cpu& c, const Insn& i) {
  T const a = c.reg<T>(RAX);
  T b;
  MULLION_TRY(c.load<T>(ES, string_address(c, i, RDI), b));
  c.st.flags.sub(a, b, T(a - b));
  advance<T>(c, i, RDI);
  return Status::Done;
}

template <class T> u64 scas_run(Cpu& c, const Insn& i, u64 wanted) {
  u8* at;
  u64 const n = run_at<T>(c, i, ES, string_address(c, i, RDI), false, wanted, at);
  if (n == 0) return 0;
  T const a = c.reg<T>(RAX);
  u64 k = 0;
  while (k < n - 1 && goes_on(i, element<T>(at, k) == a)) ++k;
  T const b = element<T>(at, k);
  c.st.flags.sub(a, b, T(a - b));
  advance<T>(c, i, RDI, k + 1);
  return k + 1;
}

template <class T> Status scas_of(Cpu& c, const Insn& i) {
  if (!repeated(i)) return scas_one<T>(c, i);
  return repeat_compare<T>(c, i, [&](u64 n) { return scas_run<T>(c, i, n); }, [&] { return scas_one<T>(c, i); });
}

}  // namespace

// MOVSB | MOVSW | MOVSD | MOVSQ
template <class O> Status movs(Cpu& c, const Insn& i) {
  return i.opcode & 1 ? movs_of<typename O::Size>(c, i) : movs_of<u8>(c, i);
}

// STOSB | STOSW | STOSD | STOSQ
template <class O> Status stos(Cpu& c, const Insn& i) {
  return i.opcode & 1 ? stos_of<typename O::Size>(c, i) : stos_of<u8>(c, i);
}

// LODSB | LODSW | LODSD | LODSQ
template <class O> Status lods(Cpu& c, const Insn& i) {
  return i.opcode & 1 ? lods_of<typename O::Size>(c, i) : lods_of<u8>(c, i);
}

// CMPSB | CMPSW | CMPSD | CMPSQ
template <class O> Status cmps(Cpu& c, const Insn& i) {
  return i.opcode & 1 ? cmps_of<typename O::Size>(c, i) : cmps_of<u8>(c, i);
}

// SCASB | SCASW | SCASD | SCASQ
template <class O> Status scas(Cpu& c, const Insn& i) {
  return i.opcode & 1 ? scas_of<typename O::Size>(c, i) : scas_of<u8>(c, i);
}

}  // namespace mullion::x86::sem

#include "cpu/x86/isa/sem_string.inc"
