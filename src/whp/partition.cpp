// Partitions: set-up, processors, memory, interrupts, time.
// SPDX-License-Identifier: Apache-2.0
#include "whp/partition.hpp"

#include "whp/features.hpp"
#include "whp/vp.hpp"

#include <algorithm>
#include <cstring>

namespace mullion::whp {

Partition::Partition() : memory_(full_model().physical_bits()), rules_(std::make_shared<ExitRules>()) {}

Partition::~Partition() = default;

// --- properties -------------------------------------------------------------------------------------------------------

HRESULT Partition::set_property(uint32_t code, const void* value, uint32_t size) {
  {
    std::lock_guard const lock(mutex_);
    if (HRESULT const hr = properties_.set(code, value, size, is_set_up()); FAILED(hr)) return hr;
    if (!is_set_up()) return S_OK;
    rules_ = std::make_shared<ExitRules>(properties_.rules());
  }
  for (auto const& vp : all_vps()) vp->kick();  // they read the rules when they come back
  return S_OK;
}

HRESULT Partition::get_property(uint32_t code, void* value, uint32_t size, uint32_t* written) {
  std::lock_guard const lock(mutex_);
  if (code == WHvPartitionPropertyCodeReferenceTime) {
    uint64_t const time = timers_.now_ns() / 100;
    return answer(&time, sizeof time, value, size, written);
  }
  return properties_.get(code, value, size, written);
}

std::shared_ptr<const ExitRules> Partition::exit_rules() {
  std::lock_guard const lock(mutex_);
  return rules_;
}

HRESULT Partition::make_model() {
  uint64_t bank0 = properties_.number(WHvPartitionPropertyCodeProcessorFeatures);
  uint64_t bank1 = offered_bank(Bank::Features1);
  if (properties_.was_set(WHvPartitionPropertyCodeProcessorFeaturesBanks)) {
    WHV_PROCESSOR_FEATURES_BANKS banks;
    (void)properties_.get(WHvPartitionPropertyCodeProcessorFeaturesBanks, &banks, sizeof banks, nullptr);
    bank0 = banks.AsUINT64[0];
    if (banks.BanksCount > 1) bank1 = banks.AsUINT64[1];
  }
  auto model = restricted_model(bank0, bank1, properties_.number(WHvPartitionPropertyCodeProcessorXsaveFeatures),
                                apic_mode_ == WHvX64LocalApicEmulationModeX2Apic);
  if (!model) return WHV_E_UNSUPPORTED_PROCESSOR_CONFIG;
  model->set_topology({.sockets = unsigned(properties_.number(WHvPartitionPropertyCodeProcessorCount))});
  model_ = std::make_unique<x86::CpuModel>(std::move(*model));
  return S_OK;
}

HRESULT Partition::set_up() {
  std::lock_guard const lock(mutex_);
  if (is_set_up()) return WHV_E_INVALID_STATE;
  if (!properties_.was_set(WHvPartitionPropertyCodeProcessorCount)) return WHV_E_INVALID_PARTITION_CONFIG;
  apic_mode_ = uint32_t(properties_.number(WHvPartitionPropertyCodeLocalApicEmulationMode));
  if (HRESULT const hr = make_model(); FAILED(hr)) return hr;
  rules_ = std::make_shared<ExitRules>(properties_.rules());
  set_up_.store(true, std::memory_order_release);
  return S_OK;
}

HRESULT Partition::reset() {
  if (!is_set_up()) return WHV_E_INVALID_STATE;
  auto const vps = all_vps();
  for (auto const& vp : vps) {
    if (vp->running()) return WHV_E_INVALID_STATE;
  }
  for (auto const& vp : vps) {
    if (HRESULT const hr = vp->reset(); FAILED(hr)) return hr;
  }
  std::lock_guard const lock(mutex_);
  time_stands_.store(true, std::memory_order_release);
  timers_.pause();
  return S_OK;
}

void Partition::cancel_all() {
  for (auto const& vp : all_vps()) vp->cancel();
}

// --- processors -------------------------------------------------------------------------------------------------------

HRESULT Partition::create_vp(uint32_t index) {
  if (!is_set_up()) return WHV_E_INVALID_STATE;
  {
    std::lock_guard const lock(mutex_);
    if (index >= properties_.number(WHvPartitionPropertyCodeProcessorCount)) return E_INVALIDARG;
    if (vps_.count(index) != 0) return WHV_E_VP_ALREADY_EXISTS;
  }
  auto vp = std::make_shared<Vp>(*this, index);
  std::lock_guard const lock(mutex_);
  return vps_.emplace(index, std::move(vp)).second ? S_OK : WHV_E_VP_ALREADY_EXISTS;
}

HRESULT Partition::delete_vp(uint32_t index) {
  if (!is_set_up()) return WHV_E_INVALID_STATE;
  std::shared_ptr<Vp> gone;
  std::lock_guard const lock(mutex_);
  auto const it = vps_.find(index);
  if (it == vps_.end()) return WHV_E_VP_DOES_NOT_EXIST;
  if (it->second->running()) return WHV_E_INVALID_VP_STATE;
  gone = std::move(it->second);
  vps_.erase(it);
  return S_OK;
}

std::shared_ptr<Vp> Partition::vp(uint32_t index) {
  std::lock_guard const lock(mutex_);
  auto const it = vps_.find(index);
  return it == vps_.end() ? nullptr : it->second;
}

std::vector<std::shared_ptr<Vp>> Partition::all_vps() {
  std::lock_guard const lock(mutex_);
  std::vector<std::shared_ptr<Vp>> all;
  for (auto const& [index, vp] : vps_) all.push_back(vp);
  return all;
}

HRESULT Partition::request_interrupt(const WHV_INTERRUPT_CONTROL& c) {
  if (!is_set_up()) return WHV_E_INVALID_STATE;
  if (!apic_emulated()) return HV_STATUS_OPERATION_DENIED;
  if (c.Reserved != 0 || c.DestinationMode > WHvX64InterruptDestinationModeLogical ||
      c.TriggerMode > WHvX64InterruptTriggerModeLevel) {
    return HV_STATUS_INVALID_PARAMETER;
  }
  x86::ApicMessage m{.destination = c.Destination, .logical = c.DestinationMode == WHvX64InterruptDestinationModeLogical,
                     .wide = c.Destination > 0xFF, .vector = uint8_t(c.Vector),
                     .level = c.TriggerMode == WHvX64InterruptTriggerModeLevel};
  switch (c.Type) {
    case WHvX64InterruptTypeFixed: case WHvX64InterruptTypeLowestPriority:
      // Vectors 0-15 are the processor's own exceptions.
      if (c.Vector < 16 || c.Vector > 255) return HV_STATUS_INVALID_PARAMETER;
      m.mode = c.Type == WHvX64InterruptTypeFixed ? x86::DeliveryMode::Fixed : x86::DeliveryMode::LowestPriority;
      break;
    case WHvX64InterruptTypeNmi: m.mode = x86::DeliveryMode::Nmi; break;
    case WHvX64InterruptTypeInit: m.mode = x86::DeliveryMode::Init; break;
    case WHvX64InterruptTypeSipi:
      if (c.Vector > 255) return HV_STATUS_INVALID_PARAMETER;
      m.mode = x86::DeliveryMode::Startup;
      break;
    default: return HV_STATUS_INVALID_PARAMETER;
  }
  apics_.deliver(m);
  return S_OK;
}

HRESULT Partition::interrupt_targets(uint64_t destination, bool logical, uint32_t* targets, uint32_t capacity,
                                     uint32_t* count) {
  if (!is_set_up()) return WHV_E_INVALID_STATE;
  if (!apic_emulated()) return HV_STATUS_OPERATION_DENIED;
  {
    std::lock_guard const lock(mutex_);
    if (capacity < properties_.number(WHvPartitionPropertyCodeProcessorCount)) return E_INVALIDARG;
    if (targets == nullptr || count == nullptr || destination >> 32 != 0) return E_INVALIDARG;
  }
  x86::ApicMessage const m{.destination = uint32_t(destination), .logical = logical, .wide = destination > 0xFF};
  *count = 0;
  std::lock_guard const lock(mutex_);
  for (auto const& [index, vp] : vps_) {
    if (vp->addressed_by(m)) targets[(*count)++] = index;
  }
  return S_OK;
}

// --- memory -----------------------------------------------------------------------------------------------------------

template <class Change> HRESULT Partition::change_memory(Change&& change) {
  if (!is_set_up()) return WHV_E_INVALID_STATE;
  auto const vps = all_vps();
  return gate_.change([&] { for (auto const& vp : vps) vp->kick(); },
                      [&] {
                        HRESULT const hr = change();
                        map_version_.fetch_add(1, std::memory_order_acq_rel);
                        return hr;
                      });
}

HRESULT Partition::map(void* source, uint64_t gpa, uint64_t size, uint32_t flags) {
  return change_memory([&] { return memory_.map(source, gpa, size, flags); });
}

HRESULT Partition::unmap(uint64_t gpa, uint64_t size) {
  return change_memory([&] { return memory_.unmap(gpa, size); });
}

HRESULT Partition::query_dirty(uint64_t gpa, uint64_t size, uint64_t* bitmap, uint32_t bytes) {
  return change_memory([&] { return memory_.query_dirty(gpa, size, bitmap, bytes); });
}

HRESULT Partition::advise(const WHV_MEMORY_RANGE_ENTRY* ranges, uint32_t count, uint32_t code, const void* buffer,
                          uint32_t size) {
  if (ranges == nullptr || count == 0) return E_INVALIDARG;
  if (code > WHvAdviseGpaRangeCodeUnpin) return E_INVALIDARG;
  bool touch = false;
  if (code == WHvAdviseGpaRangeCodePopulate) {
    WHV_ADVISE_GPA_RANGE_POPULATE how;
    if (buffer == nullptr || size < sizeof how) return E_INVALIDARG;
    std::memcpy(&how, buffer, sizeof how);
    if ((how.Flags.AsUINT32 & ~3u) != 0 || how.AccessType > WHvMemoryAccessExecute) return E_INVALIDARG;
    touch = true;
  }
  return change_memory([&]() -> HRESULT {
    for (uint32_t n = 0; n < count; ++n) {
      auto const [gpa, bytes] = ranges[n];
      if (bytes == 0 || ((gpa | bytes) & (kPageSize - 1)) != 0 || gpa + bytes < gpa) return E_INVALIDARG;
      if (!memory_.covers(gpa, bytes)) return WHV_E_GPA_RANGE_NOT_FOUND;
    }
    // Reading makes the host give the page; pinned memory is the client's own business here.
    for (uint32_t n = 0; touch && n < count; ++n) {
      for (uint64_t at = 0; at < ranges[n].SizeInBytes; at += kPageSize) {
        (void)*static_cast<volatile uint8_t*>(memory_.host(ranges[n].GuestAddress + at));
      }
    }
    return S_OK;
  });
}

HRESULT Partition::access(uint64_t gpa, void* data, uint32_t size, bool write) {
  if (size == 0 || size > WHV_READ_WRITE_GPA_RANGE_MAX_SIZE || data == nullptr || gpa + size < gpa) return E_INVALIDARG;
  if (!is_set_up()) return WHV_E_INVALID_STATE;
  uint32_t const wanted = write ? WHvMapGpaRangeFlagWrite : WHvMapGpaRangeFlagRead;
  gate_.enter();
  HRESULT hr = S_OK;
  for (uint64_t page = gpa & ~(kPageSize - 1); page < gpa + size; page += kPageSize) {
    if ((memory_.flags(page) & wanted) == 0) hr = E_ACCESSDENIED;
  }
  auto* bytes = static_cast<uint8_t*>(data);
  for (uint32_t n = 0; n < size && hr == S_OK; ++n) {
    if (write) (void)memory_.page_for_write(gpa + n);
    uint8_t* const host = memory_.host(gpa + n);
    if (write) *host = bytes[n];
    else bytes[n] = *host;
  }
  gate_.leave();
  return hr;
}

uint64_t Partition::mapped_pages() {
  gate_.enter();
  uint64_t const pages = memory_.pages();
  gate_.leave();
  return pages;
}

// --- time -------------------------------------------------------------------------------------------------------------

void Partition::thaw() {
  if (!time_stands_.load(std::memory_order_acquire)) return;
  std::lock_guard const lock(mutex_);
  time_suspended_ = false;
  time_stands_.store(false, std::memory_order_release);
  timers_.resume();
}

HRESULT Partition::suspend_time() {
  if (!is_set_up()) return WHV_E_INVALID_STATE;
  std::lock_guard const lock(mutex_);
  if (time_suspended_) return WHV_E_INVALID_STATE;
  for (auto const& [index, vp] : vps_) {
    if (vp->running()) return WHV_E_INVALID_VP_STATE;
  }
  time_suspended_ = true;
  time_stands_.store(true, std::memory_order_release);
  timers_.pause();
  return S_OK;
}

HRESULT Partition::resume_time() {
  if (!is_set_up()) return WHV_E_INVALID_STATE;
  thaw();
  return S_OK;
}

}  // namespace mullion::whp
