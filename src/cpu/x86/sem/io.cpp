// Port input and output.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/sem/string.hpp"
#include "cpu/x86/sys/debug.hpp"
#include "cpu/x86/sys/task.hpp"

namespace mullion::x86::sem {
namespace {

template <class T> [[nodiscard]] Status read_port(Cpu& c, u16 port, T& v) {
  u32 value = 0;
  if (c.port.port_in(port, sizeof(T), value) != PortStatus::Done) return Status::Exit;
  v = T(value);
  note_io(c, port, sizeof(T));
  return Status::Done;
}

template <class T> [[nodiscard]] Status write_port(Cpu& c, u16 port, T v) {
  if (c.port.port_out(port, sizeof(T), v) != PortStatus::Done) return Status::Exit;
  note_io(c, port, sizeof(T));
  return Status::Done;
}

// A device may have answered with an interrupt, which is taken before the next instruction.
Status after_port(const Cpu& c) {
  return c.attention.load(std::memory_order_relaxed) & ~c.attention_held ? Status::BlockEnd : Status::Done;
}

}  // namespace

// IN AL, imm8 | IN eAX, imm8 | IN AL, DX | IN eAX, DX
template <class O> Status in_(Cpu& c, const Insn& i) {
  u16 port;
  typename O::T v;
  MULLION_TRY((source<O, 1>(c, i, port)));
  MULLION_TRY(check_io(c, port, sizeof v));
  MULLION_TRY(read_port(c, port, v));
  MULLION_TRY((O::template set<0>(c, i, v)));
  return after_port(c);
}

// OUT imm8, AL | OUT imm8, eAX | OUT DX, AL | OUT DX, eAX
template <class O> Status out_(Cpu& c, const Insn& i) {
  u16 port;
  typename O::template Type<1> v;
  MULLION_TRY((source<O, 0>(c, i, port)));
  MULLION_TRY(O::template get<1>(c, i, v));
  MULLION_TRY(check_io(c, port, sizeof v));
  MULLION_TRY(write_port(c, port, v));
  return after_port(c);
}

namespace {

// The destination is probed before the port is read, for what a port gives is gone.
template <class T> Status ins_one(Cpu& c, const Insn& i) {
  u64 const ea = string_address(c, i, RDI);
  T v;
  MULLION_TRY(c.probe_write(ES, ea, sizeof(T)));
  MULLION_TRY(read_port(c, c.reg<u16>(RDX), v));
  MULLION_TRY(c.store<T>(ES, ea, v));
  advance<T>(c, i, RDI);
  return Status::Done;
}

template <class T> Status outs_one(Cpu& c, const Insn& i) {
  T v;
  MULLION_TRY(c.load<T>(i.seg, string_address(c, i, RSI), v));
  MULLION_TRY(write_port(c, c.reg<u16>(RDX), v));
  advance<T>(c, i, RSI);
  return Status::Done;
}

template <class T> Status ins_of(Cpu& c, const Insn& i) {
  MULLION_TRY(check_io(c, c.reg<u16>(RDX), sizeof(T)));
  if (repeated(i)) {
    MULLION_TRY(repeat<T>(c, i, [](u64) { return u64{0}; }, [&] { return ins_one<T>(c, i); }));
  } else {
    MULLION_TRY(ins_one<T>(c, i));
  }
  return after_port(c);
}

template <class T> Status outs_of(Cpu& c, const Insn& i) {
  MULLION_TRY(check_io(c, c.reg<u16>(RDX), sizeof(T)));
  if (repeated(i)) {
    MULLION_TRY(repeat<T>(c, i, [](u64) { return u64{0}; }, [&] { return outs_one<T>(c, i); }));
  } else {
    MULLION_TRY(outs_one<T>(c, i));
  }
  return after_port(c);
}

// Ports are 32 bits wide at most.
template <class O> using PortWord = std::conditional_t<sizeof(typename O::Size) == 2, u16, u32>;

}  // namespace

// INSB | INSW | INSD
template <class O> Status ins(Cpu& c, const Insn& i) {
  return i.opcode & 1 ? ins_of<PortWord<O>>(c, i) : ins_of<u8>(c, i);
}

// OUTSB | OUTSW | OUTSD
template <class O> Status outs(Cpu& c, const Insn& i) {
  return i.opcode & 1 ? outs_of<PortWord<O>>(c, i) : outs_of<u8>(c, i);
}

}  // namespace mullion::x86::sem

#include "cpu/x86/isa/sem_io.inc"
