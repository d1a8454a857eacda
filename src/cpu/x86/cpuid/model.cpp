// CPUID's leaves and the control-register bits that follow from a model's features.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/cpuid/model.hpp"

#include "cpu/x86/cpuid/xsave_layout.hpp"

#include <algorithm>
#include <bit>

namespace mullion::x86 {

namespace {

constexpr uint32_t kHypervisorBase = 0x40000000;
constexpr std::string_view kHypervisorId = "MullionMulln";

// Caches that leaves 2, 4, 0x80000005, 6 and 0x8000001D describe; lines of 64 bytes.
struct Cache {
  uint8_t type;  // 1 data, 2 code, 3 both
  uint8_t level;
  uint16_t ways;
  uint32_t sets;
  bool shared;  // by the package, else by a core's threads
};
constexpr Cache kCaches[] = {
    {1, 1, 8, 64, false},      // 32 KiB
    {2, 1, 8, 64, false},      // 32 KiB
    {3, 2, 16, 2048, false},   // 2 MiB
    {3, 3, 16, 16384, true},   // 16 MiB
};

uint32_t word(std::string_view text, size_t at) {
  uint32_t w = 0;
  for (size_t i = 0; i < 4; ++i)
    if (at + i < text.size()) w |= uint32_t{static_cast<unsigned char>(text[at + i])} << (8 * i);
  return w;
}

unsigned bits_for(unsigned count) { return unsigned(std::bit_width(std::max(count, 1u) - 1)); }

}  // namespace

unsigned CpuModel::family() const {
  unsigned const base = (signature_ >> 8) & 15;
  return base == 15 ? base + ((signature_ >> 20) & 0xFF) : base;
}

void CpuModel::finish() {
  using enum Feature;
  cr0_valid_ = CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | CR0_PG;
  constexpr std::pair<Feature, uint64_t> kCr4[] = {
      {VME, CR4_VME | CR4_PVI}, {TSC, CR4_TSD},           {DE, CR4_DE},     {PSE, CR4_PSE},
      {PAE, CR4_PAE},           {MCE, CR4_MCE},           {PGE, CR4_PGE},   {MMX, CR4_PCE},
      {FXSR, CR4_OSFXSR},       {SSE, CR4_OSXMMEXCPT},    {UMIP, CR4_UMIP}, {LA57, CR4_LA57},
      {FSGSBASE, CR4_FSGSBASE}, {PCID, CR4_PCIDE},        {XSAVE, CR4_OSXSAVE}, {SMEP, CR4_SMEP},
      {SMAP, CR4_SMAP},         {PKU, CR4_PKE},
  };
  cr4_valid_ = 0;
  for (auto const& [f, bits] : kCr4)
    if (has(f)) cr4_valid_ |= bits;
  efer_valid_ = 0;
  if (has(SYSCALL)) efer_valid_ |= EFER_SCE;
  if (has(LM)) efer_valid_ |= EFER_LME | EFER_LMA;
  if (has(NX)) efer_valid_ |= EFER_NXE;
  if (has(FXSR_OPT)) efer_valid_ |= EFER_FFXSR;
  xcr0_valid_ = 0;
  if (has(XSAVE)) xcr0_valid_ = XCR0_X87 | XCR0_SSE;
  if (has(AVX)) xcr0_valid_ |= XCR0_AVX;
  if (has(AVX512F)) xcr0_valid_ |= XCR0_OPMASK | XCR0_ZMM_HI256 | XCR0_HI16_ZMM;
  if (has(XSAVE) && has(PKU)) xcr0_valid_ |= XCR0_PKRU;
  xss_valid_ = 0;
  arch_capabilities_ = 0;
  constexpr uint32_t kArchCapabilities = 0x10A;
  for (size_t n = 1; n < kFeatureCount; ++n) {
    FeatureInfo const& f = feature_info(Feature(n));
    if (f.leaf == kArchCapabilities && has(Feature(n))) arch_capabilities_ |= uint64_t{1} << f.bit;
  }
  // SBDR_SSDP_NO, FBSDP_NO, PSDP_NO (13-15), BHI_NO 20, PBRSB_NO 24, GDS_NO 26, RFDS_NO 27, ITS_NO 62: weaknesses of
  // silicon that QEMU 7.2 has no names for. Saying so spares the guest its workarounds.
  if (name_ == "max" && has(ARCH_CAPABILITIES)) arch_capabilities_ |= 0x40000000'0D10E000;
}

void CpuModel::add_features(CpuidResult& r, uint32_t leaf, uint32_t subleaf) const {
  uint32_t* const regs[] = {&r.eax, &r.ebx, &r.ecx, &r.edx};
  for (size_t n = 1; n < kFeatureCount; ++n) {
    FeatureInfo const& f = feature_info(Feature(n));
    if (f.leaf == leaf && f.subleaf == subleaf && has(Feature(n))) *regs[size_t(f.reg)] |= uint32_t{1} << f.bit;
  }
}

CpuidResult CpuModel::cpuid(uint32_t leaf, uint32_t subleaf, const ArchState& st, uint32_t apic_id) const {
  if (leaf >= kHypervisorBase && leaf < kHypervisorBase + 0x10000 && hypervisor_leaves_) {
    if (leaf == kHypervisorBase)
      return {kHypervisorBase + 1, word(kHypervisorId, 0), word(kHypervisorId, 4), word(kHypervisorId, 8)};
    return {};
  }
  bool const is_extended = (leaf & 0xFFFF0000) == 0x80000000;
  if (is_extended && leaf <= xlevel_) return extended(leaf, subleaf, apic_id);
  if (leaf > level_) {
    // SDM: data of the highest basic leaf. AMD: reserved leaves are zero.
    if (vendor_ == Vendor::Amd) return {};
    leaf = level_;
  }
  return basic(leaf, subleaf, st, apic_id);
}

// SDM vol. 2, CPUID, table 3-8.
CpuidResult CpuModel::basic(uint32_t leaf, uint32_t subleaf, const ArchState& st, uint32_t apic_id) const {
  using enum Feature;
  bool const intel = vendor_ == Vendor::Intel;
  unsigned const logical = topology_.cores * topology_.threads;
  CpuidResult r;
  switch (leaf) {
    case 0:
      return {level_, word(vendor_id_, 0), word(vendor_id_, 8), word(vendor_id_, 4)};
    case 1:
      add_features(r, 1, 0);
      r.eax = signature_;
      r.ebx = (apic_id << 24) | (has(CLFSH) ? 8u << 8 : 0);
      if (logical > 1) {
        r.edx |= 1u << 28;
        r.ebx |= std::min(1u << (bits_for(topology_.cores) + bits_for(topology_.threads)), 255u) << 16;
      }
      if (has(XSAVE) && (st.cr4 & CR4_OSXSAVE)) r.ecx |= 1u << 27;
      if ((st.msr.apic_base & 0x800) == 0) r.edx &= ~(1u << 9);
      return r;
    case 2:
      // AL = 1. With leaf 4: "see leaf 4" and TLBs; without: the 32 KiB, 32 KiB and 2 MiB descriptors.
      if (!intel) return {};
      if (level_ >= 4) return {0x5A03FF01, 0xB2, 0, 0};
      return {1, 0, 0, 0x007D302C};
    case 4:
      return intel ? cache(subleaf) : CpuidResult{};
    case 5:
      if (has(MONITOR)) r = {64, 64, 3, 0};
      return r;
    case 6:
      add_features(r, 6, 0);
      return r;
    case 7:
      if (subleaf > 2) return {};
      add_features(r, 7, subleaf);
      if (subleaf == 0) {
        for (uint32_t sub : {1u, 2u}) {
          CpuidResult next;
          add_features(next, 7, sub);
          if (next != CpuidResult{}) r.eax = sub;
        }
        if (has(PKU) && (st.cr4 & CR4_PKE)) r.ecx |= 1u << 4;
      }
      return r;
    case 0xB:
      return has(APIC) ? levels(subleaf, apic_id) : CpuidResult{};
    case 0xD:
      return has(XSAVE) ? xsave(subleaf, st) : CpuidResult{};
    case 0x15:
      // TSC = crystal × EBX / EAX; the crystal also feeds the APIC timer (SDM vol. 3 §11.5.4).
      if (intel && has(TSC)) return {1, uint32_t(kTscHz / kApicTimerHz), uint32_t(kApicTimerHz), 0};
      return {};
    case 0x16:
      if (intel) return {uint32_t(kTscHz / 1'000'000), uint32_t(kTscHz / 1'000'000), 100, 0};
      return {};
    default:
      return {};
  }
}

CpuidResult CpuModel::cache(uint32_t subleaf) const {
  if (subleaf >= std::size(kCaches)) return {};
  Cache const& c = kCaches[subleaf];
  unsigned const thread_ids = 1u << bits_for(topology_.threads);
  unsigned const core_ids = 1u << bits_for(topology_.cores);
  unsigned const sharing = c.shared ? thread_ids * core_ids : thread_ids;
  CpuidResult r;
  r.eax = c.type | (uint32_t{c.level} << 5) | (1u << 8);
  r.eax |= std::min(sharing - 1, 0xFFFu) << 14;
  // AMD's leaf 0x8000001D has the same form without the core count.
  if (vendor_ == Vendor::Intel) r.eax |= std::min(core_ids - 1, 0x3Fu) << 26;
  r.ebx = 63 | ((uint32_t{c.ways} - 1) << 22);
  r.ecx = c.sets - 1;
  r.edx = c.shared ? 2 : 0;  // inclusive of the lower levels
  return r;
}

// Leaf 0xB: threads, then cores.
CpuidResult CpuModel::levels(uint32_t subleaf, uint32_t apic_id) const {
  unsigned const thread_bits = bits_for(topology_.threads);
  switch (subleaf) {
    case 0: return {thread_bits, topology_.threads, 1u << 8, apic_id};
    case 1:
      return {thread_bits + bits_for(topology_.cores), topology_.threads * topology_.cores, (2u << 8) | 1, apic_id};
    default: return {0, 0, subleaf & 0xFF, apic_id};
  }
}

// SDM vol. 1 §13.2.
CpuidResult CpuModel::xsave(uint32_t subleaf, const ArchState& st) const {
  CpuidResult r;
  if (subleaf == 0)
    return {uint32_t(xcr0_valid_), xsave_standard_size(st.xcr0), xsave_standard_size(xcr0_valid_),
            uint32_t(xcr0_valid_ >> 32)};
  if (subleaf == 1) {
    add_features(r, 0xD, 1);
    if (has(Feature::XSAVEC) || has(Feature::XSAVES)) r.ebx = xsave_compacted_size(st.xcr0 | st.msr.xss);
    r.ecx = uint32_t(xss_valid_);
    r.edx = uint32_t(xss_valid_ >> 32);
    return r;
  }
  if (subleaf >= kXsaveComponents.size() || (((xcr0_valid_ | xss_valid_) >> subleaf) & 1) == 0) return {};
  XsaveComponent const& c = kXsaveComponents[subleaf];
  return {c.size, c.offset, (c.supervisor ? 1u : 0u) | (c.aligned ? 2u : 0u), 0};
}

// SDM as above; AMD APM vol. 3 appendix E.4.
CpuidResult CpuModel::extended(uint32_t leaf, uint32_t subleaf, uint32_t apic_id) const {
  using enum Feature;
  bool const amd = vendor_ == Vendor::Amd;
  unsigned const logical = topology_.cores * topology_.threads;
  unsigned const id_bits = bits_for(topology_.cores) + bits_for(topology_.threads);
  CpuidResult r;
  switch (leaf) {
    case 0x80000000:
      r.eax = xlevel_;
      if (amd) r.ebx = word(vendor_id_, 0), r.ecx = word(vendor_id_, 8), r.edx = word(vendor_id_, 4);
      return r;
    case 0x80000001:
      add_features(r, leaf, 0);
      if (!amd) return r;
      r.eax = signature_;
      if (logical > 1) r.ecx |= 2;  // CmpLegacy
      {
        // AMD repeats these of leaf 1 EDX here.
        CpuidResult one;
        add_features(one, 1, 0);
        r.edx |= one.edx & 0x0183F3FF;
      }
      return r;
    case 0x80000002: case 0x80000003: case 0x80000004: {
      size_t const at = (leaf - 0x80000002) * 16;
      return {word(model_id_, at), word(model_id_, at + 4), word(model_id_, at + 8), word(model_id_, at + 12)};
    }
    case 0x80000005:
      // TLBs of 255 and 1 entries; level 1: 64 KiB, 2 ways, 64-byte lines.
      return amd ? CpuidResult{0x01FF01FF, 0x01FF01FF, 0x40020140, 0x40020140} : CpuidResult{};
    case 0x80000006:
      // Level 2: 2 MiB, 16 ways (code 8); AMD: level 3 in units of 512 KiB.
      r.ecx = (2048u << 16) | (8u << 12) | (1u << 8) | 64;
      if (amd) r.ebx = 0x42004200, r.edx = (32u << 18) | (8u << 12) | (1u << 8) | 64;
      return r;
    case 0x80000007:
      add_features(r, leaf, 0);
      return r;
    case 0x80000008:
      add_features(r, leaf, 0);
      r.eax = physical_bits_ | ((!has(LM) ? 32u : has(LA57) ? 57u : 48u) << 8);
      if (amd && logical > 1) r.ecx = (logical - 1) | (id_bits << 12);
      return r;
    case 0x8000001D:
      return amd && has(TOPOEXT) ? cache(subleaf) : CpuidResult{};
    case 0x8000001E:
      if (!amd || !has(TOPOEXT)) return {};
      r.eax = apic_id;
      r.ebx = (apic_id >> bits_for(topology_.threads)) | ((topology_.threads - 1) << 8);
      return r;
    default:
      return r;
  }
}

}  // namespace mullion::x86
