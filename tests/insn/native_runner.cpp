// Runs one instruction on the host: rt_sigreturn loads all registers, the trap's signal frame stores them.
// SPDX-License-Identifier: Apache-2.0
#include "insn/native_runner.hpp"

#include "insn/fast_switch.hpp"

#include <asm/ldt.h>
#include <cpuid.h>
#include <sched.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

// What the assembly below shares with the class. Offsets are written out in the assembly.
struct MullionNativeSwitch {
  uint64_t saved_rsp = 0;        // 0
  uint64_t host_fs_base = 0;     // 8
  uint64_t host_gs_base = 0;     // 16
  uint64_t fs_base = 0;          // 24  to load
  uint64_t gs_base = 0;          // 32
  uint16_t selectors[4] = {};    // 40  es, ds, fs, gs: to load
  uint64_t use_fsgsbase = 0;     // 48
  uint64_t active = 0;           // 56
  uint64_t found_fs_base = 0;    // 64  as a signal found them
  uint64_t found_gs_base = 0;    // 72
  uint16_t found[4] = {};        // 80
};
extern "C" {
[[gnu::visibility("hidden")]] MullionNativeSwitch mullion_native_switch;
[[gnu::visibility("hidden")]] MullionNativeSwitch mullion_native_tick;  // what SIGALRM finds, perhaps within another handler
void mullion_native_launch(void* frame);
void mullion_native_resume();
void mullion_native_entry(int, siginfo_t*, void*);
void mullion_native_signal(int, siginfo_t*, void*);
}

// The handler's first instructions must not use FS (thread-local storage), which may hold the test's value.
asm(R"(
  .text
  .globl mullion_native_launch
  .type mullion_native_launch, @function
mullion_native_launch:
  push %rbx
  push %rbp
  push %r12
  push %r13
  push %r14
  push %r15
  lea mullion_native_switch(%rip), %rbx
  mov %rsp, 0(%rbx)
  movq $1, 56(%rbx)
  movzwl 40(%rbx), %eax
  mov %eax, %es
  movzwl 42(%rbx), %eax
  mov %eax, %ds
  cmpq $0, 48(%rbx)
  je 1f
  movzwl 44(%rbx), %eax
  mov %eax, %fs
  test %eax, %eax
  jne 2f
  mov 24(%rbx), %rax
  wrfsbase %rax
2:
  movzwl 46(%rbx), %eax
  mov %eax, %gs
  test %eax, %eax
  jne 1f
  mov 32(%rbx), %rax
  wrgsbase %rax
1:
  mov %rdi, %rsp
  mov $15, %eax
  syscall
  ud2
  .size mullion_native_launch, .-mullion_native_launch

  .globl mullion_native_resume
  .type mullion_native_resume, @function
mullion_native_resume:
  lea mullion_native_switch(%rip), %rbx
  movq $0, 56(%rbx)
  mov 0(%rbx), %rsp
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbp
  pop %rbx
  ret
  .size mullion_native_resume, .-mullion_native_resume

  .globl mullion_native_entry
  .type mullion_native_entry, @function
mullion_native_entry:
  pushf
  andq $~0x244000, (%rsp)  /* ID, AC and NT stay set on the way into a handler, and sigreturn keeps ID and NT */
  popf
  lea mullion_native_switch(%rip), %r8
  cmp $14, %edi
  jne 3f
  lea mullion_native_tick(%rip), %r8
3:
  mov %es, %eax
  mov %ax, 80(%r8)
  mov %ds, %eax
  mov %ax, 82(%r8)
  cmpq $0, 48(%r8)
  je 1f
  mov %fs, %eax
  mov %ax, 84(%r8)
  mov %gs, %eax
  mov %ax, 86(%r8)
  rdfsbase %rax
  mov %rax, 64(%r8)
  rdgsbase %rax
  mov %rax, 72(%r8)
  xor %eax, %eax
  mov %eax, %fs
  mov %eax, %gs
  mov 8(%r8), %rax
  wrfsbase %rax
  mov 16(%r8), %rax
  wrgsbase %rax
1:
  sub $8, %rsp
  call mullion_native_signal
  add $8, %rsp
  /* A timer tick: what it interrupted goes on with what was found. */
  lea mullion_native_tick(%rip), %r8
  movzwl 80(%r8), %eax
  mov %eax, %es
  movzwl 82(%r8), %eax
  mov %eax, %ds
  cmpq $0, 48(%r8)
  je 1f
  movzwl 84(%r8), %eax
  mov %eax, %fs
  test %eax, %eax
  jne 2f
  mov 64(%r8), %rax
  wrfsbase %rax
2:
  movzwl 86(%r8), %eax
  mov %eax, %gs
  test %eax, %eax
  jne 1f
  mov 72(%r8), %rax
  wrgsbase %rax
1:
  ret
  .size mullion_native_entry, .-mullion_native_entry
)");

namespace mullion::insn {
namespace {

constexpr LdtEntry kLdt[] = {
    {kLdtCode16, kCode, 0xFFFF, false, false, true, false, false, true},
    {kLdtData16, kData, 0xFFFF, false, false, false, false, false, true},
    {kLdtData32, kData, 0x7FFF, true, false, false, false, false, true},
    {kLdtReadOnly, kData, 0xFFFF, true, false, false, true, false, true},
    {kLdtNotPresent, kData, 0xFFFF, true, false, false, false, false, false},
    {kLdtExpandDown, kData, 0x0FFF, false, false, false, false, true, true},
};

ucontext_t g_template;
alignas(64) uint8_t g_template_fp[16384];
uint32_t g_fp_size;

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(2);
}

// FP_XSTATE_MAGIC1 at byte 464 of the legacy area; the size with MAGIC2 follows it.
void take_template(int, siginfo_t*, void* context) {
  auto const* uc = static_cast<ucontext_t*>(context);
  g_template = *uc;
  auto const* fp = reinterpret_cast<const uint8_t*>(uc->uc_mcontext.fpregs);
  uint32_t magic;
  std::memcpy(&magic, fp + 464, 4);
  g_fp_size = 512;
  if (magic == 0x46505853) std::memcpy(&g_fp_size, fp + 468, 4);
  if (g_fp_size > sizeof g_template_fp) die("XSAVE area");
  std::memcpy(g_template_fp, fp, g_fp_size);
}

uint8_t* map_fixed(uint64_t address, uint64_t size, int prot) {
  void* p = mmap(reinterpret_cast<void*>(address), size, prot,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_POPULATE, -1, 0);
  if (p == MAP_FAILED) die("mmap");
  return static_cast<uint8_t*>(p);
}

}  // namespace

std::span<const LdtEntry> ldt_entries() { return kLdt; }

MachineState initial_state(Mode mode, uint64_t code_offset) {
  MachineState s;
  switch (mode) {
    case Mode::k64:
      s.seg = {0, kUser64Cs, kUserDs, 0, 0, 0};
      s.rip = kCode + code_offset;
      break;
    case Mode::k32:
      s.seg = {kUserDs, kUser32Cs, kUserDs, kUserDs, kUserDs, kUserDs};
      s.rip = kCode + code_offset;
      break;
    case Mode::k16:
      s.seg = {kLdtData16, kLdtCode16, kLdtData16, kLdtData16, kLdtData16, kLdtData16};
      s.rip = code_offset;
      break;
  }
  return s;
}

NativeRunner& NativeRunner::instance() {
  static NativeRunner runner;
  return runner;
}

NativeRunner::NativeRunner() {
  // One processor: a descriptor of Linux's GDT holds the processor's number.
  cpu_set_t here;
  CPU_ZERO(&here);
  CPU_SET(unsigned(std::max(0, sched_getcpu())), &here);
  sched_setaffinity(0, sizeof here, &here);
  map_fixed(kCode, kCodeSize, PROT_READ | PROT_WRITE | PROT_EXEC);
  std::memset(code(), 0xCC, kCodeSize);
  uint8_t* const data = map_fixed(kData, kDataSize, PROT_READ | PROT_WRITE);
  std::memset(data, 0, kDataSize);
  munmap(data + kHolePage * 4096, 4096);
  mprotect(data + kReadOnlyPage * 4096, 4096, PROT_READ);

  for (LdtEntry const& e : kLdt) {
    user_desc d{};
    d.entry_number = e.selector >> 3;
    d.base_addr = e.base;
    d.limit = e.limit;
    d.seg_32bit = e.big;
    d.contents = e.code ? 2 : e.expand_down ? 1 : 0;
    d.read_exec_only = e.read_only;
    d.limit_in_pages = e.pages;
    d.seg_not_present = !e.present;
    if (syscall(SYS_modify_ldt, 0x11, &d, sizeof d) != 0) die("modify_ldt");
  }

  stack_t alternate{};
  alternate.ss_size = 256 * 1024;
  alternate.ss_sp = mmap(nullptr, alternate.ss_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  sigaltstack(&alternate, nullptr);
  struct sigaction sa{};
  sigemptyset(&sa.sa_mask);
  sa.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sa.sa_sigaction = take_template;
  sigaction(SIGTRAP, &sa, nullptr);
  raise(SIGTRAP);
  sa.sa_sigaction = mullion_native_entry;
  for (int s : {SIGTRAP, SIGSEGV, SIGILL, SIGFPE, SIGBUS, SIGALRM}) sigaction(s, &sa, nullptr);
  watch();

  // The frame: 8 bytes that a return address would take, ucontext, and apart from it the XSAVE area.
  frame_ = static_cast<uint8_t*>(std::aligned_alloc(64, 32768));
  xsave_ = frame_ + 4096;
  std::memcpy(frame_ + 8, &g_template, sizeof g_template);
  std::memcpy(xsave_, g_template_fp, g_fp_size);
  reinterpret_cast<ucontext_t*>(frame_ + 8)->uc_mcontext.fpregs = reinterpret_cast<fpregset_t>(xsave_);

  std::memcpy(&features_, xsave_ + 472, 8);  // which components the kernel keeps
  unsigned a, b, c, d;
  auto const offset = [&](unsigned component) -> uint32_t {
    if (!(features_ >> component & 1)) return 0;
    __cpuid_count(13, component, a, b, c, d);
    return b;
  };
  __cpuid(1, a, b, c, d);
  if (c >> 27 & 1) {
    asm volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    xcr0_ = a | uint64_t{d} << 32;
  }
  ymm_offset_ = offset(2);
  opmask_offset_ = offset(5);
  zmm_low_offset_ = offset(6);
  zmm_high_offset_ = offset(7);
  fsgsbase_ = getauxval(AT_HWCAP2) & 2;
  mullion_native_switch.use_fsgsbase = fsgsbase_;
  syscall(SYS_arch_prctl, 0x1003, &mullion_native_switch.host_fs_base);  // ARCH_GET_FS
  syscall(SYS_arch_prctl, 0x1004, &mullion_native_switch.host_gs_base);  // ARCH_GET_GS
  mullion_native_tick = mullion_native_switch;
  prepare_fast();
}

void NativeRunner::watch() {
  itimerval const tick{{0, 100'000}, {0, 100'000}};
  setitimer(ITIMER_REAL, &tick, nullptr);
}

void NativeRunner::write_read_only_page(const void* in) {
  uint8_t* const page = data() + kReadOnlyPage * 4096;
  mprotect(page, 4096, PROT_READ | PROT_WRITE);
  std::memcpy(page, in, 4096);
  mprotect(page, 4096, PROT_READ);
}

void NativeRunner::put_vectors(const MachineState& s, uint8_t* area) {
  uint8_t sw_reserved[48];
  std::memcpy(sw_reserved, area + 464, 48);
  std::memcpy(area, &s.x87, sizeof s.x87);
  for (unsigned n = 0; n < 16; ++n) std::memcpy(area + 160 + 16 * n, s.zmm[n].bytes.data(), 16);
  std::memcpy(area + 464, sw_reserved, 48);
  uint64_t const present = features_ & 0xE7;
  uint64_t bv;
  std::memcpy(&bv, area + 512, 8);
  bv |= present;
  std::memcpy(area + 512, &bv, 8);
  if (ymm_offset_)
    for (unsigned n = 0; n < 16; ++n) std::memcpy(area + ymm_offset_ + 16 * n, s.zmm[n].bytes.data() + 16, 16);
  if (opmask_offset_) std::memcpy(area + opmask_offset_, s.k.data(), 64);
  if (zmm_low_offset_)
    for (unsigned n = 0; n < 16; ++n) std::memcpy(area + zmm_low_offset_ + 32 * n, s.zmm[n].bytes.data() + 32, 32);
  if (zmm_high_offset_)
    for (unsigned n = 0; n < 16; ++n) std::memcpy(area + zmm_high_offset_ + 64 * n, s.zmm[16 + n].bytes.data(), 64);
}

namespace {

// gregs in the order of MachineState::gpr.
constexpr int kGreg[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                           REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

}  // namespace

Outcome NativeRunner::run(const MachineState& s, Until until) {
  using namespace x86;
  auto& regs = reinterpret_cast<ucontext_t*>(frame_ + 8)->uc_mcontext.gregs;
  for (unsigned n = 0; n < 16; ++n) regs[kGreg[n]] = int64_t(s.gpr[n]);
  regs[REG_RIP] = int64_t(s.rip);
  stepping_ = until == Until::Step;
  regs[REG_EFL] = int64_t(s.rflags | (stepping_ ? uint64_t{TF} : 0));
  regs[REG_CSGSFS] = int64_t(s.seg[CS] | uint64_t{s.seg[SS]} << 48);
  put_vectors(s, xsave_);
  MullionNativeSwitch& sw = mullion_native_switch;
  sw.selectors[0] = s.seg[ES];
  sw.selectors[1] = s.seg[DS];
  sw.selectors[2] = s.seg[FS];
  sw.selectors[3] = s.seg[GS];
  sw.fs_base = s.fs_base;
  sw.gs_base = s.gs_base;
  outcome_.state.rip = s.rip;
  outcome_.stuck = false;
  ++runs_;
  mullion_native_launch(frame_ + 8);
  return outcome_;
}

void NativeRunner::collect(const void* context) {
  using namespace x86;
  auto const& mc = static_cast<const ucontext_t*>(context)->uc_mcontext;
  auto const& regs = mc.gregs;
  uint64_t const start = outcome_.state.rip;
  Outcome& o = outcome_;
  MachineState& s = o.state;
  for (unsigned n = 0; n < 16; ++n) s.gpr[n] = uint64_t(regs[kGreg[n]]);
  s.rip = uint64_t(regs[REG_RIP]);
  s.rflags = uint64_t(regs[REG_EFL]) & ~uint64_t{RF};
  if (stepping_) s.rflags &= ~uint64_t{TF};
  MullionNativeSwitch const& sw = mullion_native_switch;
  s.seg = {sw.found[0], uint16_t(regs[REG_CSGSFS]), uint16_t(uint64_t(regs[REG_CSGSFS]) >> 48),
           sw.found[1], sw.found[2], sw.found[3]};
  s.fs_base = sw.found_fs_base;
  s.gs_base = sw.found_gs_base;

  o.vector = uint8_t(regs[REG_TRAPNO]);
  o.error = uint32_t(regs[REG_ERR]);
  o.address = uint64_t(regs[REG_CR2]);
  o.fault = true;
  if (stepping_ && o.vector == kDB) o.fault = false;
  // INT3 from the filling: after a shadow that held TF's trap back, or at the end of Until::Trap.
  if (o.vector == kBP && s.rip - 1 != start) {
    o.fault = false;
    s.rip -= 1;
  }

  collect_vectors(reinterpret_cast<const uint8_t*>(mc.fpregs));
}

void NativeRunner::collect_vectors(const uint8_t* fp) {
  using namespace x86;
  MachineState& s = outcome_.state;
  uint64_t bv = 3;
  if (g_fp_size > 512) std::memcpy(&bv, fp + 512, 8);
  uint32_t mxcsr;
  std::memcpy(&mxcsr, fp + 24, 4);
  s.x87 = X87State{};
  if (bv & 1) std::memcpy(&s.x87, fp, sizeof s.x87);
  s.x87.mxcsr = mxcsr;
  s.zmm.fill(Vec{});
  s.k.fill(0);
  auto const put = [&](unsigned bit, uint32_t offset, unsigned first, unsigned at, unsigned size) {
    if (!(bv >> bit & 1) || offset == 0) return;
    for (unsigned n = 0; n < 16; ++n)
      std::memcpy(s.zmm[first + n].bytes.data() + at, fp + offset + size * n, size);
  };
  put(1, 160, 0, 0, 16);
  put(2, ymm_offset_, 0, 16, 16);
  put(6, zmm_low_offset_, 0, 32, 32);
  put(7, zmm_high_offset_, 16, 0, 64);
  if ((bv >> 5 & 1) && opmask_offset_) std::memcpy(s.k.data(), fp + opmask_offset_, 64);
}

// A page for both ways at a fixed address; the jump to the way back needs it below 4 GiB, where this program is not.
void NativeRunner::prepare_fast() {
  static_assert(sizeof(FastSwitch) <= 3 * 4096);
  fast_ = fsgsbase_ && g_fp_size > 512;
  if (!fast_) return;
  map_fixed(kFastAt, 3 * 4096, PROT_READ | PROT_WRITE);
  uint8_t* const jump = map_fixed(kFastAt + 3 * 4096, 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
  static constexpr uint8_t kJump[] = {0xFF, 0x25, 2, 0, 0, 0, 0, 0};  // jmp *2(%rip): aligned, for #AC
  auto const back = uint64_t(&mullion_fast_return);
  std::memcpy(jump, kJump, sizeof kJump);
  std::memcpy(jump + sizeof kJump, &back, 8);
  FastSwitch& f = fast_switch();
  f.host_fs_base = mullion_native_switch.host_fs_base;
  f.host_gs_base = mullion_native_switch.host_gs_base;
  f.components = features_ & 0xE7;
  f.clean_mxcsr = 0x1F80;
}

void NativeRunner::put_jump(Mode mode, uint64_t at, unsigned size) {
  constexpr auto kBack = uint32_t(kFastAt + 3 * 4096);
  uint8_t* jump = code() + at + size;
  if (mode == Mode::k64) {
    uint32_t const distance = kBack - uint32_t(kCode + at + size + 5);
    *jump = 0xE9;
    std::memcpy(jump + 1, &distance, 4);
  } else {
    if (mode == Mode::k16) *jump++ = 0x66;
    *jump = 0xEA;
    std::memcpy(jump + 1, &kBack, 4);
    std::memcpy(jump + 5, &kUser64Cs, 2);
  }
}

const Outcome& NativeRunner::run_fast(const MachineState& s, unsigned size) {
  using namespace x86;
  FastSwitch& f = fast_switch();
  std::copy(s.gpr.begin(), s.gpr.end(), f.gpr);
  f.rflags = s.rflags;
  f.entry_offset = uint32_t(s.rip);
  f.entry_selector = s.seg[CS];
  unsigned n = 0;
  for (unsigned const seg : {ES, DS, FS, GS, SS}) f.selectors[n++] = s.seg[seg];
  f.fs_base = s.fs_base;
  f.gs_base = s.gs_base;
  put_vectors(s, f.in);
  std::memcpy(f.in + 512, &f.components, 8);
  outcome_.state.rip = s.rip;
  outcome_.stuck = false;
  outcome_.vector = 0xFF;
  stepping_ = false;
  ++runs_;
  mullion_native_switch.saved_rsp = 0;
  mullion_native_switch.active = 2;
  mullion_fast_launch();
  if (mullion_native_switch.active == 0) return outcome_;  // by a signal
  mullion_native_switch.active = 0;
  Outcome& o = outcome_;
  o.fault = false;
  o.vector = 0;
  std::copy(std::begin(f.out_gpr), std::end(f.out_gpr), o.state.gpr.begin());
  o.state.rip = s.rip + size;
  o.state.rflags = f.out_rflags;
  uint16_t const* const out = f.out_selectors;
  o.state.seg = {out[0], s.seg[CS], out[4], out[1], out[2], out[3]};
  o.state.fs_base = f.out_fs_base;
  o.state.gs_base = f.out_gs_base;
  collect_vectors(f.out);
  return o;
}

void NativeRunner::resume() {
  if (mullion_native_switch.active == 2) mullion_native_switch.saved_rsp = fast_switch().saved_rsp;
  mullion_native_resume();
}

void NativeRunner::on_signal(int signal, const void* context) {
  NativeRunner& runner = instance();
  if (signal == SIGALRM) {
    if (runner.ticks_at_ != runner.runs_) {
      runner.ticks_at_ = runner.runs_;
      runner.ticks_ = 0;
    }
    if (!mullion_native_switch.active || ++runner.ticks_ < 3) return;
    mullion_native_switch.found_fs_base = mullion_native_tick.found_fs_base;
    mullion_native_switch.found_gs_base = mullion_native_tick.found_gs_base;
    std::copy(std::begin(mullion_native_tick.found), std::end(mullion_native_tick.found), mullion_native_switch.found);
    runner.collect(context);
    runner.outcome_.stuck = true;
    runner.resume();
  }
  if (!mullion_native_switch.active) {
    // A bug of the test program, or of code that our processor runs on the host.
    auto const& regs = static_cast<const ucontext_t*>(context)->uc_mcontext.gregs;
    std::fprintf(stderr, "exception %lld at %llx, address %llx\n", regs[REG_TRAPNO], regs[REG_RIP], regs[REG_CR2]);
    ::signal(signal, SIG_DFL);
    return;
  }
  runner.collect(context);
  runner.resume();
}

}  // namespace mullion::insn

extern "C" void mullion_native_signal(int signal, siginfo_t*, void* context) {
  mullion::insn::NativeRunner::on_signal(signal, context);
}
