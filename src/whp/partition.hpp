// A partition: its properties, memory, virtual processors and time.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/host_timers.hpp"
#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/sys/apic_bus.hpp"
#include "whp/gate.hpp"
#include "whp/memory_map.hpp"
#include "whp/properties.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace mullion::whp {

class Vp;

// Purpose: what a WHV_PARTITION_HANDLE names. Any thread may call anything; lists of processors and properties are
// guarded by one mutex inside, memory by the gate.
class Partition {
 public:
  Partition();
  ~Partition();
  Partition(const Partition&) = delete;
  Partition& operator=(const Partition&) = delete;

  HRESULT set_property(uint32_t code, const void* value, uint32_t size);
  HRESULT get_property(uint32_t code, void* value, uint32_t size, uint32_t* written);
  HRESULT set_up();
  // Processors as new; memory, properties and the number of processors stay.
  HRESULT reset();
  void cancel_all();
  bool is_set_up() const { return set_up_.load(std::memory_order_acquire); }

  HRESULT create_vp(uint32_t index);
  HRESULT delete_vp(uint32_t index);
  std::shared_ptr<Vp> vp(uint32_t index);
  HRESULT request_interrupt(const WHV_INTERRUPT_CONTROL& control);
  // The processors that a message reaches; `capacity` has to be the processor count at least.
  HRESULT interrupt_targets(uint64_t destination, bool logical, uint32_t* targets, uint32_t capacity, uint32_t* count);

  HRESULT map(void* source, uint64_t gpa, uint64_t size, uint32_t flags);
  HRESULT unmap(uint64_t gpa, uint64_t size);
  HRESULT query_dirty(uint64_t gpa, uint64_t size, uint64_t* bitmap, uint32_t bytes);
  HRESULT advise(const WHV_MEMORY_RANGE_ENTRY* ranges, uint32_t count, uint32_t code, const void* buffer,
                 uint32_t size);
  // The client reads or writes guest memory.
  HRESULT access(uint64_t gpa, void* data, uint32_t size, bool write);
  uint64_t mapped_pages();

  HRESULT suspend_time();
  HRESULT resume_time();
  void thaw();  // Run resumes by itself

  // --- for its processors ---------------------------------------------------------------------------------------
  Gate& gate() { return gate_; }
  MemoryMap& memory() { return memory_; }
  uint64_t map_version() const { return map_version_.load(std::memory_order_acquire); }
  HostTimers& timers() { return timers_; }
  Mutex& timer_lock() { return timer_lock_; }
  x86::ApicBus& apics() { return apics_; }
  const x86::CpuModel& model() const { return *model_; }
  // A copy that stays valid while the client changes properties.
  std::shared_ptr<const ExitRules> exit_rules();
  bool apic_emulated() const { return apic_mode_ != 0; }

 private:
  template <class Change> HRESULT change_memory(Change&& change);
  std::vector<std::shared_ptr<Vp>> all_vps();
  HRESULT make_model();

  Mutex timer_lock_;
  HostTimers timers_{timer_lock_};
  x86::ApicBus apics_;
  Gate gate_;
  MemoryMap memory_;
  std::atomic<uint64_t> map_version_{1};

  std::mutex mutex_;
  Properties properties_;                   // by mutex_
  std::shared_ptr<const ExitRules> rules_;  // by mutex_
  std::map<uint32_t, std::shared_ptr<Vp>> vps_;  // by mutex_
  std::atomic<bool> set_up_{false};
  bool time_suspended_ = false;  // by mutex_
  std::atomic<bool> time_stands_{true};
  std::unique_ptr<x86::CpuModel> model_;  // constant after setup, as apic_mode_
  uint32_t apic_mode_ = 0;
};

}  // namespace mullion::whp
