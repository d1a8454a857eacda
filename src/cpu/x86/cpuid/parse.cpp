// `-cpu MODEL,options`: from text to a processor model, and the refusals.
// SPDX-License-Identifier: Apache-2.0
#include "cpu/x86/cpuid/catalogue.hpp"
#include "cpu/x86/cpuid/model.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace mullion::x86 {

// What the options of one `-cpu` ask for.
struct CpuModel::Options {
  FeatureSet on, off;                     // by name
  std::vector<std::string> foreign;       // asked for, never had
  bool check = true;
  bool enforce = false;
  bool hypervisor_leaves = true;          // tcg-cpuid
  std::optional<uint32_t> level, xlevel;
  std::optional<unsigned> family, model, stepping, physical_bits;
  std::optional<std::string> vendor, model_id;

  // One `name=value`, or `name` alone, which is `name=on`.
  Result<void> property(std::string_view name, std::optional<std::string_view> value);
  Result<void> flag(std::string_view name, bool value);
  static Result<Options> parse(const std::vector<std::string>& parts);
};

namespace {

// At commas; a doubled comma is one of the text.
std::vector<std::string> split(std::string_view spec) {
  std::vector<std::string> parts(1);
  for (size_t i = 0; i < spec.size(); ++i) {
    if (spec[i] != ',') {
      parts.back() += spec[i];
    } else if (i + 1 < spec.size() && spec[i + 1] == ',') {
      parts.back() += ',';
      ++i;
    } else {
      parts.emplace_back();
    }
  }
  return parts;
}

std::optional<bool> parse_bool(std::string_view v) {
  if (v == "on" || v == "yes" || v == "true" || v == "y") return true;
  if (v == "off" || v == "no" || v == "false" || v == "n") return false;
  return std::nullopt;
}

std::optional<uint64_t> parse_number(std::string_view v) {
  int base = 10;
  if (v.starts_with("0x") || v.starts_with("0X")) v.remove_prefix(2), base = 16;
  uint64_t n = 0;
  auto const [end, error] = std::from_chars(v.data(), v.data() + v.size(), n, base);
  if (error != std::errc{} || end != v.data() + v.size() || v.empty()) return std::nullopt;
  return n;
}

// Switches of QEMU that change nothing here, whatever their value.
constexpr std::string_view kWithoutEffect[] = {
    "migratable", "l3-cache",     "legacy-cache",        "host-cache-info",  "kvm",
    "cpuid-0xb",  "fill-mtrr-mask", "full-cpuid-auto-level", "host-phys-bits", "vmware-cpuid-freq",
};

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (std::string const& n : names) text += (text.empty() ? "" : ", ") + n;
  return text;
}

// Their names, with the reason why they are missing.
std::string with_reasons(const FeatureSet& set, const std::vector<std::string>& foreign) {
  std::vector<std::string> host, never = foreign;
  for (size_t n = 1; n < kFeatureCount; ++n) {
    if (!set.has(Feature(n))) continue;
    FeatureInfo const& f = feature_info(Feature(n));
    (f.provider == FeatureProvider::Host ? host : never).emplace_back(f.name);
  }
  std::string text;
  if (!never.empty()) text = joined(never) + " (not implemented)";
  if (!host.empty()) text += (text.empty() ? "" : "; ") + joined(host) + " (the host's processor lacks it)";
  return text;
}

FeatureSet available_on(const FeatureSet& host) {
  FeatureSet set;
  for (size_t n = 1; n < kFeatureCount; ++n) {
    FeatureProvider const p = feature_info(Feature(n)).provider;
    if (p == FeatureProvider::Soft || (p == FeatureProvider::Host && host.has(Feature(n)))) set.set(Feature(n));
  }
  return set;
}

bool host_is_amd() {
#if defined(__x86_64__)
  return __builtin_cpu_is("amd");
#else
  return false;
#endif
}

// Everything there is, as the vendor of the host would have it: its rules are the ones native code was built for.
ModelDefinition max_model(const FeatureSet& available) {
  using enum Feature;
  bool const amd = host_is_amd();
  ModelDefinition d{.name = "max",
                    .vendor = amd ? "AuthenticAMD" : "GenuineIntel",
                    .model_id = "Mullion virtual CPU",
                    .level = amd ? 0x10u : 0x16u,
                    .xlevel = amd ? 0x8000001Eu : 0x80000008u,
                    // Recent server parts: older ones make operating systems work around their errata.
                    .family = amd ? 25u : 6u,
                    .model = amd ? 1u : 106u,
                    .stepping = amd ? 1u : 6u,
                    .features = available};
  constexpr Feature kAmd[] = {CMP_LEGACY, CR8_LEGACY, TOPOEXT, FXSR_OPT, IBPB, IBRS, AMD_STIBP, AMD_SSBD, AMD_NO_SSB,
                              MMXEXT};
  constexpr Feature kIntel[] = {SPEC_CTRL, STIBP, SSBD, ARCH_CAPABILITIES, MD_CLEAR, BHI_CTRL};
  for (Feature f : kAmd)
    if (!amd) d.features.set(f, false);
  for (Feature f : kIntel)
    if (amd) d.features.set(f, false);
  d.features.set(RSBA, false);  // a weakness, not an ability
  d.features.set(HTT, false);   // follows from the topology
  return d;
}

Result<ModelDefinition> definition(std::string_view name, const FeatureSet& available) {
  if (name == "max") return max_model(available);
  if (name == "base") return ModelDefinition{.name = "base", .vendor = "GenuineIntel", .model_id = {}, .features = {}};
  if (name == "host")
    return failure("-cpu host: needs a hypervisor (kvm, whpx); with the software CPU use 'max', which has all that "
                   "this host and Mullion can do");
  if (auto found = find_model(name)) return *found;
  std::string_view const nearest = nearest_name(name, CpuModel::names());
  if (nearest.empty()) return failure("-cpu {}: unknown CPU model; '-cpu help' lists them", name);
  return failure("-cpu {}: unknown CPU model; did you mean '{}'? '-cpu help' lists them", name, nearest);
}

Error unknown_property(std::string_view name) {
  std::vector<std::string_view> known{"check", "enforce", "level", "xlevel", "vendor", "family", "model", "stepping",
                                      "model-id", "phys-bits", "tcg-cpuid", "tsc-frequency"};
  known.insert(known.end(), std::begin(kWithoutEffect), std::end(kWithoutEffect));
  for (FeatureInfo const& f : feature_table()) known.push_back(f.name);
  std::string_view const nearest = nearest_name(name, known);
  if (nearest.empty()) return {fmt::format("unknown feature or property '{}'; '-cpu help' lists them", name)};
  return {fmt::format("unknown feature or property '{}'; did you mean '{}'?", name, nearest)};
}

uint32_t signature_of(unsigned family, unsigned model, unsigned stepping) {
  uint32_t const base = std::min(family, 15u);
  return (stepping & 15) | ((model & 15) << 4) | (base << 8) | ((model >> 4) << 16) | ((family - base) << 20);
}

}  // namespace

Result<void> CpuModel::Options::flag(std::string_view name, bool value) {
  if (Feature const f = find_feature(name); f != Feature::None) {
    on.set(f, value);
    off.set(f, !value);
    return {};
  }
  if (!known_foreign_feature(name)) return tl::unexpected(unknown_property(name));
  if (value) foreign.emplace_back(name);
  return {};
}

Result<void> CpuModel::Options::property(std::string_view name, std::optional<std::string_view> value) {
  std::string key(name);
  std::replace(key.begin(), key.end(), '_', '-');
  auto const number = [&](uint64_t low, uint64_t high, auto& out) -> Result<void> {
    auto const n = value ? parse_number(*value) : std::nullopt;
    if (!n || *n < low || *n > high) return failure("{} takes a number from {} to {:#x}", name, low, high);
    out = static_cast<typename std::remove_reference_t<decltype(out)>::value_type>(*n);
    return {};
  };
  if (key == "level") return number(1, 0x20, level);
  if (key == "xlevel") return number(0, 0x80000021, xlevel);
  if (key == "family") return number(0, 15 + 255, family);
  if (key == "model") return number(0, 255, model);
  if (key == "stepping") return number(0, 15, stepping);
  if (key == "phys-bits") return number(32, 52, physical_bits);
  if (key == "tsc-frequency") {
    std::optional<uint64_t> hz;
    if (auto r = number(1, UINT64_MAX, hz); !r) return r;
    if (*hz != kTscHz) return failure("{}: the guest's TSC runs at 1 GHz; leave the option out", name);
    return {};
  }
  if (key == "vendor") {
    if (!value || value->size() != 12) return failure("vendor takes 12 characters, as GenuineIntel or AuthenticAMD");
    vendor = *value;
    return {};
  }
  if (key == "model-id") {
    model_id = value.value_or("");
    if (model_id->size() > 47) return failure("model-id takes at most 47 characters");
    return {};
  }
  auto const on_off = value ? parse_bool(*value) : std::optional<bool>(true);
  if (!on_off) return failure("{} takes on or off, not '{}'", name, *value);
  if (key == "check") { check = *on_off; return {}; }
  if (key == "enforce") { enforce = *on_off; return {}; }
  if (key == "tcg-cpuid") { hypervisor_leaves = *on_off; return {}; }
  if (std::find(std::begin(kWithoutEffect), std::end(kWithoutEffect), key) != std::end(kWithoutEffect)) return {};
  return flag(name, *on_off);
}

// As QEMU: properties in their order, then what has a plus, then what has a minus.
Result<CpuModel::Options> CpuModel::Options::parse(const std::vector<std::string>& parts) {
  Options o;
  for (size_t i = 1; i < parts.size(); ++i) {
    std::string_view const part = parts[i];
    if (part.empty()) return failure("an option is empty");
    if (part[0] == '+' || part[0] == '-') continue;
    size_t const equals = part.find('=');
    auto const value = equals == part.npos ? std::nullopt : std::optional(part.substr(equals + 1));
    if (auto r = o.property(part.substr(0, equals), value); !r) return tl::unexpected(r.error());
  }
  for (char const sign : {'+', '-'}) {
    for (size_t i = 1; i < parts.size(); ++i) {
      if (parts[i][0] != sign) continue;
      if (auto r = o.flag(std::string_view(parts[i]).substr(1), sign == '+'); !r) return tl::unexpected(r.error());
    }
  }
  return o;
}

Result<CpuModel> CpuModel::parse(std::string_view spec, std::vector<std::string>& warnings) {
  return parse(spec, warnings, host_features());
}

Result<CpuModel> CpuModel::parse(std::string_view spec, std::vector<std::string>& warnings, const FeatureSet& host) {
  std::vector<std::string> const parts = split(spec);
  std::string const where = "-cpu " + parts[0];
  FeatureSet const available = available_on(host);
  auto def = definition(parts[0], available);
  if (!def) return tl::unexpected(def.error());
  auto options = Options::parse(parts);
  if (!options) return tl::unexpected(options.error().within(where));
  Options const& o = *options;

  FeatureSet const asked = o.on;
  FeatureSet wanted = def->features.without(o.off);
  wanted |= asked;
  FeatureSet const missing = wanted.without(available);
  FeatureSet missing_asked = missing;
  missing_asked &= asked;
  if (!missing_asked.empty() || !o.foreign.empty())
    return failure("{}: asked for by name but missing: {}", where, with_reasons(missing_asked, o.foreign));
  if (o.enforce && !missing.empty())
    return failure("{},enforce: the model has what is missing here: {}; turn these off by name or leave out enforce",
                   where, with_reasons(missing, {}));

  CpuModel m;
  m.features_ = wanted;
  m.features_ &= available;
  drop_dependents(m.features_);
  for (size_t n = 1; n < kFeatureCount; ++n) {
    Feature const f = Feature(n);
    if (asked.has(f) && !m.features_.has(f))
      return failure("{}: {} needs {}, which is off", where, feature_info(f).name, feature_info(prerequisite(f)).name);
  }
  if (o.check && !missing.empty())
    warnings.push_back(fmt::format("{}: left out of the model: {}", where, with_reasons(missing, {})));

  m.name_ = def->name;
  m.vendor_id_ = o.vendor.value_or(def->vendor);
  m.vendor_ = m.vendor_id_ == "AuthenticAMD" || m.vendor_id_ == "HygonGenuine" ? Vendor::Amd : Vendor::Intel;
  m.model_id_ = o.model_id.value_or(def->model_id);
  m.signature_ = signature_of(o.family.value_or(def->family), o.model.value_or(def->model),
                              o.stepping.value_or(def->stepping));
  m.level_ = o.level.value_or(std::max(def->level, m.needed_level(0)));
  m.xlevel_ = o.xlevel.value_or(std::max(def->xlevel, m.needed_level(0x80000000)));
  m.hypervisor_leaves_ = o.hypervisor_leaves && m.has(Feature::HYPERVISOR);
  m.physical_bits_ = m.has(Feature::LM) ? 40 : m.has(Feature::PAE) || m.has(Feature::PSE36) ? 36 : 32;
  if (o.physical_bits) {
    if (*o.physical_bits > 36 && !m.has(Feature::LM)) return failure("{}: phys-bits above 36 needs lm", where);
    m.physical_bits_ = *o.physical_bits;
  }
  m.finish();
  return m;
}

// The highest leaf of a range that a feature of the set lies in; 0: none.
uint32_t CpuModel::needed_level(uint32_t range) const {
  constexpr uint32_t kArchCapabilities = 0x10A;
  uint32_t level = 0;
  for (size_t n = 1; n < kFeatureCount; ++n) {
    uint32_t const leaf = feature_info(Feature(n)).leaf;
    if (has(Feature(n)) && leaf != kArchCapabilities && (leaf & 0xFFFF0000) == range) level = std::max(level, leaf);
  }
  return level;
}

std::vector<std::string_view> CpuModel::names() {
  static const std::vector<ModelListing> list = list_models();
  std::vector<std::string_view> names{"max", "base"};
  for (ModelListing const& m : list) names.push_back(m.name);
  return names;
}

std::string CpuModel::help() {
  std::string text = "Available CPUs:\n";
  for (ModelListing const& m : list_models()) text += fmt::format("x86 {:<20}  {}\n", m.name, m.description);
  text += fmt::format("x86 {:<20}  base CPU model type with no features enabled\n", "base");
  text += fmt::format("x86 {:<20}  all features of Mullion that this host can run\n", "max");
  auto const list = [&](std::string_view title, bool offered) {
    std::vector<std::string_view> names;
    for (FeatureInfo const& f : feature_table())
      if ((f.provider != FeatureProvider::Never) == offered) names.push_back(f.name);
    std::sort(names.begin(), names.end());
    text += fmt::format("\n{}\n", title);
    std::string line = " ";
    for (std::string_view n : names) {
      if (line.size() + n.size() + 1 > 75) text += line + "\n", line = " ";
      line += fmt::format(" {}", n);
    }
    text += line + "\n";
  };
  list("Recognized CPUID flags:", true);
  list("Known and refused:", false);
  return text;
}

}  // namespace mullion::x86
