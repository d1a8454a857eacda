// Construction of a processor and its clock.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/cpu.hpp"

#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/interp/block_cache.hpp"
#include "cpu/x86/sys/local_apic.hpp"

namespace mullion::x86 {

Cpu::Cpu(CpuPort& the_port, const CpuModel& the_model, ApicBus* bus, uint32_t apic_id)
    : port(the_port), model(the_model), blocks(std::make_unique<BlockCache>()) {
  decode_options = DecodeOptions{.amd_branches = model.vendor() == Vendor::Amd, .features = &model.features()};
  for (auto& tlb : views_) tlb = std::make_unique<Tlb>();
  if (bus == nullptr) {
    own_bus = std::make_unique<ApicBus>();
    bus = own_bus.get();
  }
  LocalApic::Config const config{.id = apic_id, .bsp = apic_id == 0, .present = model.has(Feature::APIC),
                                 .x2apic = model.has(Feature::X2APIC),
                                 .tsc_deadline = model.has(Feature::TSC_DEADLINE),
                                 .physical_mask = model.physical_mask()};
  apic = std::make_unique<LocalApic>(*bus, port, attention, config);
  st.reset(model.signature());
  update_mode();
}

Cpu::~Cpu() = default;

}  // namespace mullion::x86
