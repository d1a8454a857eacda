// The processor models by name, and features by their spellings.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/cpuid/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>

namespace mullion::x86 {

std::span<const FeatureInfo> feature_table() {
  using enum CpuidReg;
  using enum FeatureProvider;
  static constexpr FeatureInfo kTable[] = {
#define FEATURE(id, name, leaf, subleaf, reg, bit, provider) {#id, name, leaf, subleaf, reg, bit, provider},
#include "cpu/x86/isa/features.def"
#undef FEATURE
  };
  return kTable;
}

namespace {

struct ModelRow {
  std::string_view name, vendor;
  uint32_t level, xlevel;
  unsigned family, model, stepping;
  std::string_view model_id, features;
};
struct VersionRow {
  std::string_view name;
  unsigned number;
  std::string_view alias, changes;
  int model, stepping;
  std::string_view model_id, note;
};

constexpr ModelRow kModels[] = {
#define MODEL(...) {__VA_ARGS__},
#define VERSION(...)
#include "cpu/x86/cpuid/models.def"
#undef MODEL
#undef VERSION
};
constexpr VersionRow kVersions[] = {
#define MODEL(...)
#define VERSION(...) {__VA_ARGS__},
#include "cpu/x86/cpuid/models.def"
#undef MODEL
#undef VERSION
};

template <class F> void for_each_word(std::string_view text, F&& f) {
  while (!text.empty()) {
    size_t const end = std::min(text.find(' '), text.size());
    if (end != 0) f(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

ModelDefinition expand(const ModelRow& row, unsigned version) {
  ModelDefinition d{.name = fmt::format("{}-v{}", row.name, version),
                    .vendor = std::string(row.vendor),
                    .model_id = std::string(row.model_id),
                    .level = row.level,
                    .xlevel = row.xlevel,
                    .family = row.family,
                    .model = row.model,
                    .stepping = row.stepping,
                    .features = {}};
  for_each_word(row.features, [&](std::string_view f) { d.features.set(find_feature(f)); });
  d.features.set(Feature::HYPERVISOR);
  for (VersionRow const& v : kVersions) {
    if (v.name != row.name || v.number > version) continue;
    for_each_word(v.changes, [&](std::string_view f) { d.features.set(find_feature(f.substr(1)), f[0] == '+'); });
    if (v.model >= 0) d.model = unsigned(v.model);
    if (v.stepping >= 0) d.stepping = unsigned(v.stepping);
    if (!v.model_id.empty()) d.model_id = v.model_id;
  }
  return d;
}

const ModelRow& row_of(std::string_view name) {
  return *std::find_if(std::begin(kModels), std::end(kModels), [&](const ModelRow& r) { return r.name == name; });
}

// Other spellings that QEMU takes; underscores have become dashes.
constexpr std::pair<std::string_view, std::string_view> kSpellings[] = {
    {"sse3", "pni"},      {"sse4-1", "sse4.1"}, {"sse4-2", "sse4.2"},      {"i64", "lm"},
    {"xd", "nx"},         {"ffxsr", "fxsr-opt"}, {"pclmuldq", "pclmulqdq"}, {"lzcnt", "abm"},
};

constexpr std::string_view kForeign[] = {"kvmclock", "kvmclock-stable-bit", "split-lock-detect", "full-width-write",
                                         "sgx-debug", "sgx-exinfo", "sgx-kss", "sgx-mode64", "sgx-provisionkey",
                                         "sgx-tokenkey", "sgx1", "sgx2", "lmce", "pmu"};

struct Prerequisite {
  Feature feature, needs;
};
// SDM vol. 1 chapters 13-15 (state components), vol. 3 §4.1 (paging), §11.5.4 (timer), table 2-2 of vol. 4.
constexpr Prerequisite kPrerequisites[] = {
    {Feature::SSE, Feature::FXSR},
    {Feature::SSE2, Feature::SSE},
    {Feature::SSE3, Feature::SSE2},
    {Feature::SSSE3, Feature::SSE2},
    {Feature::SSE4_1, Feature::SSE2},
    {Feature::SSE4_2, Feature::SSE2},
    {Feature::AES, Feature::SSE2},
    {Feature::PCLMULQDQ, Feature::SSE2},
    {Feature::SHA, Feature::SSE2},
    {Feature::GFNI, Feature::SSE2},
    {Feature::AVX, Feature::XSAVE},
    {Feature::AVX2, Feature::AVX},
    {Feature::FMA, Feature::AVX},
    {Feature::F16C, Feature::AVX},
    {Feature::VAES, Feature::AVX},
    {Feature::VPCLMULQDQ, Feature::AVX},
    {Feature::AVX_VNNI, Feature::AVX2},
    {Feature::AVX512F, Feature::AVX2},
    {Feature::AVX512CD, Feature::AVX512F},
    {Feature::AVX512BW, Feature::AVX512F},
    {Feature::AVX512DQ, Feature::AVX512F},
    {Feature::AVX512VL, Feature::AVX512F},
    {Feature::AVX512_IFMA, Feature::AVX512F},
    {Feature::AVX512_VBMI, Feature::AVX512BW},
    {Feature::AVX512_VBMI2, Feature::AVX512BW},
    {Feature::AVX512_VNNI, Feature::AVX512F},
    {Feature::AVX512_BITALG, Feature::AVX512BW},
    {Feature::AVX512_VPOPCNTDQ, Feature::AVX512F},
    {Feature::AVX512_BF16, Feature::AVX512F},
    {Feature::AVX512_FP16, Feature::AVX512BW},
    {Feature::XSAVEOPT, Feature::XSAVE},
    {Feature::XSAVEC, Feature::XSAVE},
    {Feature::XGETBV1, Feature::XSAVE},
    {Feature::XSAVES, Feature::XSAVEC},
    {Feature::PKU, Feature::LM},
    {Feature::LA57, Feature::LM},
    {Feature::PDPE1GB, Feature::LM},
    {Feature::PCID, Feature::LM},
    {Feature::CMPXCHG16B, Feature::LM},
    {Feature::FSGSBASE, Feature::LM},
    {Feature::LM, Feature::PAE},
    {Feature::NX, Feature::PAE},
    {Feature::X2APIC, Feature::APIC},
    {Feature::TSC_DEADLINE, Feature::APIC},
    {Feature::MCA, Feature::MCE},
    {Feature::TSC_ADJUST, Feature::TSC},
    {Feature::RDTSCP, Feature::TSC},
    {Feature::RDCL_NO, Feature::ARCH_CAPABILITIES},
    {Feature::IBRS_ALL, Feature::ARCH_CAPABILITIES},
    {Feature::RSBA, Feature::ARCH_CAPABILITIES},
    {Feature::SKIP_L1DFL_VMENTRY, Feature::ARCH_CAPABILITIES},
    {Feature::SSB_NO, Feature::ARCH_CAPABILITIES},
    {Feature::MDS_NO, Feature::ARCH_CAPABILITIES},
    {Feature::PSCHANGE_MC_NO, Feature::ARCH_CAPABILITIES},
    {Feature::TAA_NO, Feature::ARCH_CAPABILITIES},
};

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t const change = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<ModelDefinition> find_model(std::string_view name) {
  for (ModelRow const& row : kModels) {
    if (row.name == name || fmt::format("{}-v1", row.name) == name) return expand(row, 1);
  }
  for (VersionRow const& v : kVersions) {
    if ((!v.alias.empty() && v.alias == name) || fmt::format("{}-v{}", v.name, v.number) == name)
      return expand(row_of(v.name), v.number);
  }
  return std::nullopt;
}

std::vector<ModelListing> list_models() {
  std::vector<ModelListing> list;
  for (ModelRow const& row : kModels) {
    list.push_back({std::string(row.name), fmt::format("(alias of {}-v1)", row.name)});
    list.push_back({fmt::format("{}-v1", row.name), expand(row, 1).model_id});
    for (VersionRow const& v : kVersions) {
      if (v.name != row.name) continue;
      if (!v.alias.empty()) list.push_back({std::string(v.alias), fmt::format("(alias of {}-v{})", v.name, v.number)});
      std::string text = expand(row, v.number).model_id;
      if (!v.note.empty()) text += fmt::format(" [{}]", v.note);
      list.push_back({fmt::format("{}-v{}", v.name, v.number), std::move(text)});
    }
  }
  std::sort(list.begin(), list.end(), [](auto& a, auto& b) { return a.name < b.name; });
  return list;
}

Feature find_feature(std::string_view name) {
  std::string dashed(name.substr(0, 40));
  std::replace(dashed.begin(), dashed.end(), '_', '-');
  for (auto const& [other, real] : kSpellings)
    if (dashed == other) dashed = real;
  auto const table = feature_table();
  auto const it = std::find_if(table.begin(), table.end(), [&](const FeatureInfo& f) { return f.name == dashed; });
  return it == table.end() ? Feature::None : Feature(it - table.begin() + 1);
}

bool known_foreign_feature(std::string_view name) {
  std::string dashed(name.substr(0, 60));
  std::replace(dashed.begin(), dashed.end(), '_', '-');
  if (dashed.starts_with("vmx-") || dashed.starts_with("kvm-") || dashed.starts_with("hv-")) return true;
  return std::find(std::begin(kForeign), std::end(kForeign), dashed) != std::end(kForeign);
}

Feature prerequisite(Feature f) {
  for (Prerequisite const& p : kPrerequisites)
    if (p.feature == f) return p.needs;
  return Feature::None;
}

void drop_dependents(FeatureSet& set) {
  for (bool changed = true; changed;) {
    changed = false;
    for (Prerequisite const& p : kPrerequisites) {
      if (!set.has(p.feature) || set.has(p.needs)) continue;
      set.set(p.feature, false);
      changed = true;
    }
  }
}

std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& candidates) {
  name = name.substr(0, 64);
  std::string_view best;
  size_t least = std::max<size_t>(2, name.size() / 2) + 1;
  for (std::string_view c : candidates) {
    size_t const d = edit_distance(name, c);
    if (d < least) least = d, best = c;
  }
  return best;
}

}  // namespace mullion::x86
