// Building and running of the configured machine, and the ways in which it is made to end.
// SPDX-License-Identifier: Apache-2.0
#include "control/machine_run.hpp"

#include "accel/soft/soft_vcpu.hpp"
#include "control/host.hpp"
#include "control/pc_build.hpp"
#include "cpu/x86/cpuid/model.hpp"
#include "machine/pc.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>

#include <fmt/format.h>

namespace mullion::control {
namespace {

// A request of the host to end, which may come before the machine is there.
class StopRequest final {
 public:
  void ask() {
    std::scoped_lock const guard { mutex_ };
    asked_ = true;
    if (core_ != nullptr) core_->request_exit({ MachineExit::Reason::quit, 0, {} });
    changed_.notify_all();
  }
  void attach(MachineCore* core) {
    std::scoped_lock const guard { mutex_ };
    core_ = core;
    if (asked_ && core_ != nullptr) core_->request_exit({ MachineExit::Reason::quit, 0, {} });
  }
  void wait() {
    std::unique_lock guard { mutex_ };
    changed_.wait(guard, [this] { return asked_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  MachineCore* core_ { nullptr };
  bool asked_ { false };
};

class Attachment final {
 public:
  Attachment(StopRequest& stop, MachineCore& core) : stop_ { stop } { stop_.attach(&core); }
  ~Attachment() { stop_.attach(nullptr); }
  Attachment(Attachment const&) = delete;
  Attachment& operator=(Attachment const&) = delete;

 private:
  StopRequest& stop_;
};

// The one accelerator there is. The model was checked, and its warnings given, when the option was read.
Result<std::unique_ptr<Vcpu>> make_soft_vcpu(std::string const& cpu, Pc::VcpuEnvironment const& environment) {
  std::vector<std::string> warnings;
  auto model = x86::CpuModel::parse(cpu, warnings);
  if (!model) return tl::unexpected { model.error() };
  SoftVcpu::Environment const soft { environment.memory, environment.timers, environment.lock, environment.bus,
                                     environment.apics };
  return std::make_unique<SoftVcpu>(soft, std::move(*model), 0);
}

std::int64_t unix_seconds_now() {
  auto const now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

Result<int> run_pc(VmConfig const& config, StopRequest& stop) {
  MachineCore core;
  Attachment const attachment { stop, core };
  ChardevHost host { core.lock(), [&core] { core.request_exit({ MachineExit::Reason::quit, 0, {} }); } };
  auto const chardevs = ChardevSet::open(config.chardevs, host);
  if (!chardevs) return tl::unexpected { chardevs.error() };
  auto const make_vcpu = [&](Pc::VcpuEnvironment const& environment) {
    return make_soft_vcpu(config.cpu, environment);
  };
  auto const pc = Pc::create(core, pc_config(config, *chardevs, unix_seconds_now()), make_vcpu);
  if (!pc) return tl::unexpected { pc.error() };
  if (config.start_paused) core.pause();
  auto const exit = (*pc)->run();
  if (exit.reason == MachineExit::Reason::fatal) return failure("{}", exit.message);
  return exit.reason == MachineExit::Reason::debug_exit ? exit.status : 0;
}

}  // namespace

Result<int> run_machine(VmConfig const& config, Messages const& messages) {
  StopRequest stop;
  auto const watching = watch_termination([&](std::string const& what) {
    messages.error(fmt::format("terminating on {}", what));
    stop.ask();
  });
  if (!watching) return tl::unexpected { watching.error() };
  if (config.machine.kind == MachineKind::pc) return run_pc(config, stop);
  stop.wait();  // machine none
  return 0;
}

}  // namespace mullion::control
