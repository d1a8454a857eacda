// Whole parts of a processor's state as one block of bytes: the XSAVE image and the page of the local APIC.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/cpuid/model.hpp"
#include "cpu/x86/state/arch_state.hpp"
#include "cpu/x86/sys/local_apic.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace mullion::whp {

// Compacted format with every component that the model may enable.
uint32_t xsave_image_size(const x86::CpuModel& model);
std::vector<uint8_t> xsave_image(const x86::CpuModel& model, const x86::ArchState& st);
// False: the header is not one that XRSTOR would take. Both formats.
[[nodiscard]] bool load_xsave_image(const x86::CpuModel& model, x86::ArchState& st, std::span<const uint8_t> image);

inline constexpr unsigned kApicPageSize = 4096;
// Registers at their xAPIC offsets.
using ApicPage = std::array<uint32_t, kApicPageSize / 4>;
ApicPage apic_page(x86::LocalApic& apic);
void load_apic_page(x86::LocalApic& apic, const ApicPage& page, uint64_t now_ns);

}  // namespace mullion::whp
