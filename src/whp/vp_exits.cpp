// Why a virtual processor stopped, in the platform's own layouts.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/decode/decoder.hpp"
#include "cpu/x86/sys/local_apic.hpp"
#include "cpu/x86/sys/msr.hpp"
#include "cpu/x86/sys/msr_index.hpp"
#include "whp/registers.hpp"
#include "whp/vp.hpp"

#include <algorithm>
#include <cstring>

namespace mullion::whp {

using x86::PortStatus;
using x86::Status;

Status Vp::exit_with(WHV_RUN_VP_EXIT_REASON reason) {
  std::memset(&exit_, 0, sizeof exit_);
  exit_.ExitReason = reason;
  has_exit_ = true;
  return Status::Exit;
}

// --- ports and memory -------------------------------------------------------------------------------------------------

void Vp::port_exit(uint16_t port, unsigned size, bool write) {
  exit_with(WHvRunVpExitReasonX64IoPortAccess);
  at_instruction_ = true;
  ++intercepts_[0].count;
  exit_.IoPortAccess.PortNumber = port;
  exit_.IoPortAccess.AccessInfo.AccessSize = size;
  exit_.IoPortAccess.AccessInfo.IsWrite = write;
}

PortStatus Vp::port_in(uint16_t port, unsigned size, uint32_t&) {
  port_exit(port, size, false);
  return PortStatus::Exit;
}

PortStatus Vp::port_out(uint16_t port, unsigned size, uint32_t) {
  port_exit(port, size, true);
  return PortStatus::Exit;
}

void Vp::memory_exit(uint64_t gpa, unsigned type) {
  using Kind = x86::Cpu::DeviceAccess::Kind;
  Kind const kind = cpu_.device_access.kind;
  exit_with(WHvRunVpExitReasonMemoryAccess);
  at_instruction_ = true;
  ++intercepts_[4].count;
  WHV_MEMORY_ACCESS_CONTEXT& m = exit_.MemoryAccess;
  m.AccessInfo.AccessType = kind == Kind::Fetch ? uint32_t{WHvMemoryAccessExecute} : type;
  m.AccessInfo.GpaUnmapped = !partition_.memory().mapped(gpa);
  m.Gpa = gpa;
  if (kind != Kind::None) {
    m.AccessInfo.GvaValid = 1;
    m.Gva = cpu_.device_access.lin;
    return;
  }
  // A page walk goes on with zero and faults: exception() then stops instead.
  walk_missed_ = true;
  has_exit_ = false;
}

PortStatus Vp::mmio_read(uint64_t gpa, unsigned, uint64_t& value) {
  value = 0;
  memory_exit(gpa, WHvMemoryAccessRead);
  return PortStatus::Exit;
}

PortStatus Vp::mmio_write(uint64_t gpa, unsigned, uint64_t) {
  memory_exit(gpa, WHvMemoryAccessWrite);
  return PortStatus::Exit;
}

// --- CPUID, MSRs, exceptions ------------------------------------------------------------------------------------------

Status Vp::cpuid(uint32_t leaf, uint32_t subleaf, x86::CpuidResult& r) {
  rules_->apply_results(leaf, subleaf, index_, r);
  if (!rules_->cpuid_exit(leaf)) return Status::Done;
  exit_with(WHvRunVpExitReasonX64Cpuid);
  at_instruction_ = true;
  ++intercepts_[2].count;
  auto const& g = cpu_.st.gpr;
  exit_.CpuidAccess = {.Rax = g[x86::RAX], .Rcx = g[x86::RCX], .Rdx = g[x86::RDX], .Rbx = g[x86::RBX],
                       .DefaultResultRax = r.eax, .DefaultResultRcx = r.ecx, .DefaultResultRdx = r.edx,
                       .DefaultResultRbx = r.ebx};
  return Status::Exit;
}

Status Vp::msr_exit(uint32_t index, bool write) {
  exit_with(WHvRunVpExitReasonX64MsrAccess);
  at_instruction_ = true;
  ++intercepts_[3].count;
  exit_.MsrAccess.AccessInfo.IsWrite = write;
  exit_.MsrAccess.MsrNumber = index;
  exit_.MsrAccess.Rax = cpu_.st.gpr[x86::RAX];
  exit_.MsrAccess.Rdx = cpu_.st.gpr[x86::RDX];
  return Status::Exit;
}

// Exit: as asked for. Done: ignored, reads as zero. Nothing: the processor's own register, if it has it.
std::optional<Status> Vp::msr_action(uint32_t index, bool write) {
  auto const by_action = [&](uint32_t action) -> std::optional<Status> {
    if (action == WHvMsrActionExit) return msr_exit(index, write);
    if (action == WHvMsrActionIgnoreWriteReadZero) return Status::Done;
    return std::nullopt;
  };
  if (auto const it = rules_->msr_actions.find(index); it != rules_->msr_actions.end()) {
    if (auto const s = by_action(write ? it->second.WriteAction : it->second.ReadAction)) return s;
  }
  bool const exits = (rules_->exits & 2) != 0;
  WHV_X64_MSR_EXIT_BITMAP bits;
  bits.AsUINT64 = exits ? rules_->msrs : 0;
  if (index == x86::MSR_TSC && (write ? bits.TscMsrWrite : bits.TscMsrRead)) return msr_exit(index, write);
  if (index == x86::MSR_APIC_BASE && write && bits.ApicBaseMsrWrite) return msr_exit(index, write);
  if (index == x86::MSR_MISC_ENABLE && !write && bits.MiscEnableMsrRead) return msr_exit(index, write);
  if (index == x86::MSR_BIOS_SIGN_ID && !write && bits.McUpdatePatchLevelMsrRead) return msr_exit(index, write);
  bool const client_has_apic = !partition_.apic_emulated();
  bool const apic_register = index >= x86::MSR_X2APIC_FIRST && index <= x86::MSR_X2APIC_LAST;
  bool const unknown = apic_register ? client_has_apic : !known_msr(cpu_, index);
  if (!unknown) return std::nullopt;
  return bits.UnhandledMsrs ? msr_exit(index, write) : by_action(rules_->unimplemented_msr);
}

std::optional<Status> Vp::read_msr(uint32_t index, uint64_t& value) {
  if (auto const s = msr_action(index, false)) return s;
  if (index != x86::MSR_APIC_BASE || partition_.apic_emulated()) return std::nullopt;
  value = apic_base_;
  return Status::Done;
}

std::optional<Status> Vp::write_msr(uint32_t index, uint64_t value) {
  if (auto const s = msr_action(index, true)) return s;
  if (index != x86::MSR_APIC_BASE || partition_.apic_emulated()) return std::nullopt;
  uint64_t const valid = (cpu_.model.physical_mask() & ~uint64_t{0xFFF}) | x86::APIC_BASE_BSP | x86::APIC_BASE_ENABLE;
  if ((value & ~valid) != 0) return cpu_.raise(x86::kGP, 0);
  cpu_.st.msr.apic_base = apic_base_ = value;
  return Status::Done;
}

bool Vp::exception(const x86::Fault& f, bool software) {
  bool const missed = walk_missed_;
  walk_missed_ = false;
  if (missed && f.vector == x86::kPF) {
    has_exit_ = true;
    at_instruction_ = true;
    return true;
  }
  ++exceptions_;
  if (f.vector == x86::kPF) ++page_faults_;
  if (injecting_ || !(rules_->exits & 4) || f.vector >= 64 || !((rules_->exceptions >> f.vector) & 1)) return false;
  exit_with(WHvRunVpExitReasonException);
  at_instruction_ = !f.trap;
  WHV_VP_EXCEPTION_CONTEXT& e = exit_.VpException;
  e.ExceptionInfo.ErrorCodeValid = f.has_error;
  e.ExceptionInfo.SoftwareException = software;
  e.ExceptionType = f.vector;
  e.ErrorCode = f.error;
  e.ExceptionParameter = f.vector == x86::kPF ? f.address : f.dr6;
  if (f.trap) cpu_.attention.fetch_or(x86::kAttnStop, std::memory_order_relaxed);
  return true;
}

// --- the context ------------------------------------------------------------------------------------------------------

// Bytes at RIP, as far as they can be read without a fault or an exit.
unsigned Vp::fetch(uint8_t (&bytes)[16]) {
  x86::Fault const kept_fault = cpu_.fault;
  WHV_RUN_VP_EXIT_CONTEXT const kept_exit = exit_;
  unsigned n = 0;
  while (n < sizeof bytes) {
    uint64_t const lin = (cpu_.view_of[x86::CS].base + cpu_.st.rip + n) & cpu_.linear_mask;
    x86::Cpu::Translation t;
    if (cpu_.long_mode() && !cpu_.canonical(lin)) break;
    if (cpu_.translate(lin, x86::Cpu::Access::Fetch, false, t) != Status::Done) break;
    if (!t.page.readable() || !t.page.exec) break;
    unsigned const some = std::min<unsigned>(sizeof bytes - n, unsigned(kPageSize - (t.gpa & (kPageSize - 1))));
    std::memcpy(bytes + n, t.page.host + (t.gpa & (kPageSize - 1)), some);
    n += some;
  }
  cpu_.fault = kept_fault;
  exit_ = kept_exit;
  walk_missed_ = false;
  return n;
}

void Vp::fill_context(WHV_RUN_VP_EXIT_CONTEXT& out) {
  x86::ArchState const& st = cpu_.st;
  WHV_VP_EXIT_CONTEXT& v = exit_.VpContext;
  v.ExecutionState.Cpl = st.cpl;
  v.ExecutionState.Cr0Pe = (st.cr0 & x86::CR0_PE) != 0;
  v.ExecutionState.Cr0Am = (st.cr0 & x86::CR0_AM) != 0;
  v.ExecutionState.EferLma = (st.efer & x86::EFER_LMA) != 0;
  v.ExecutionState.DebugActive = (st.dr[7] & 0xFF) != 0;
  v.ExecutionState.InterruptionPending = (pending_interruption_ & 1) != 0;
  v.ExecutionState.InterruptShadow = st.interrupt_shadow || st.mov_ss_shadow;
  v.Cr8 = cpu_.apic->cr8() & 15;
  v.Cs = segment_value(st, x86::CS);
  v.Rip = st.rip;
  v.Rflags = st.flags.rflags();

  uint8_t bytes[16] = {};
  unsigned count = 0;
  x86::Insn insn;
  bool decoded = false;
  if (at_instruction_) {
    partition_.gate().enter();
    count = fetch(bytes);
    partition_.gate().leave();
    decoded = count != 0 && x86::decode({bytes, count < 15 ? count : 15u}, cpu_.code, insn, cpu_.decode_options) ==
                                x86::DecodeResult::Ok;
    if (decoded) v.InstructionLength = insn.length & 15;
  }
  switch (exit_.ExitReason) {
    case WHvRunVpExitReasonMemoryAccess:
      exit_.MemoryAccess.InstructionByteCount = uint8_t(count);
      std::memcpy(exit_.MemoryAccess.InstructionBytes, bytes, sizeof bytes);
      break;
    case WHvRunVpExitReasonException:
      exit_.VpException.InstructionByteCount = uint8_t(count);
      std::memcpy(exit_.VpException.InstructionBytes, bytes, sizeof bytes);
      break;
    case WHvRunVpExitReasonX64IoPortAccess: {
      WHV_X64_IO_PORT_ACCESS_CONTEXT& io = exit_.IoPortAccess;
      io.InstructionByteCount = uint8_t(count);
      std::memcpy(io.InstructionBytes, bytes, sizeof bytes);
      bool const string = decoded && insn.opcode >= 0x6C && insn.opcode <= 0x6F;
      io.AccessInfo.StringOp = string;
      io.AccessInfo.RepPrefix = string && (insn.has(x86::kRep) || insn.has(x86::kRepne));
      io.Rax = st.gpr[x86::RAX];
      io.Rcx = st.gpr[x86::RCX];
      io.Rsi = st.gpr[x86::RSI];
      io.Rdi = st.gpr[x86::RDI];
      io.Ds = segment_value(st, x86::DS);
      io.Es = segment_value(st, x86::ES);
      break;
    }
    default: break;
  }
  out = exit_;
}

}  // namespace mullion::whp
