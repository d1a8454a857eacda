// The table of accelerators and the choice among those asked for.
// SPDX-License-Identifier: Apache-2.0
#include "control/accelerators.hpp"

#include "control/nearest.hpp"
#include "control/property.hpp"

#include <array>

#include <fmt/format.h>

namespace mullion::control {
namespace {

constexpr std::array<AcceleratorSpec, 4> kAccelerators { {
    { "soft", "tcg", "the software CPU; needs nothing of the host", "" },
    { "kvm", "", "Linux KVM", "it is not part of this version yet; use -accel soft" },
    { "whpx", "", "Windows Hypervisor Platform", "it is not part of this version yet; use -accel soft" },
    { "hvf", "", "macOS Hypervisor framework", "it exists on macOS only; use -accel soft" },
} };

// Properties of the interpreter that QEMU's clients set; it has one thread and no translation cache.
constexpr std::array<PropertySpec, 4> kSoftProperties { {
    { "thread", PropertyType::text, "single", "threads for the virtual CPUs; there is one CPU yet", "single|multi" },
    { "tb-size", PropertyType::uint32, "0", "size of a translation cache; accepted, there is none yet" },
    { "split-wx", PropertyType::boolean, "off", "separate mappings of translated code; accepted, there is none yet" },
    { "one-insn-per-tb", PropertyType::boolean, "off", "one instruction a block; accepted, changes no result" },
} };

struct Wish {
  std::string name;
  std::vector<KeyValue> properties;
  std::string asked_as;
};

AcceleratorSpec const* find_accelerator(std::string_view name) {
  for (auto const& spec : kAccelerators) {
    if (spec.name == name || (!spec.alias.empty() && spec.alias == name)) return &spec;
  }
  return nullptr;
}

void split_list(std::string_view list, std::vector<KeyValue> const& properties, std::string const& asked_as,
                std::vector<Wish>& out) {
  while (true) {
    auto const colon = list.find(':');
    out.push_back({ std::string { list.substr(0, colon) }, properties, asked_as });
    if (colon == std::string_view::npos) return;
    list.remove_prefix(colon + 1);
  }
}

std::vector<Wish> wishes_of(ParseState const& state) {
  std::vector<Wish> wishes;
  for (auto const& use : state.accelerators) {
    std::vector<KeyValue> properties { use.pairs.begin() + 1, use.pairs.end() };
    split_list(use.pairs.front().value, properties, use.asked_as, wishes);
  }
  if (!state.machine_accelerators.empty()) {
    auto const asked_as = fmt::format("-machine accel={}", state.machine_accelerators);
    split_list(state.machine_accelerators, {}, asked_as, wishes);
  }
  return wishes;
}

Result<void> check_known(Wish const& wish) {
  if (find_accelerator(wish.name) != nullptr) return {};
  std::vector<std::string_view> names;
  for (auto const& spec : kAccelerators) {
    names.push_back(spec.name);
    if (!spec.alias.empty()) names.push_back(spec.alias);
  }
  return failure("{}: '{}' is not a known accelerator{}", wish.asked_as, wish.name, nearest_hint(wish.name, names));
}

}  // namespace

std::span<AcceleratorSpec const> accelerators() { return kAccelerators; }

std::string accelerator_help() {
  std::string out { "Accelerators supported in this binary:\n" };
  for (auto const& spec : kAccelerators) {
    if (!spec.why_not.empty()) continue;
    out += fmt::format("{}\n", spec.name);
    if (!spec.alias.empty()) out += fmt::format("{}\n", spec.alias);
  }
  return out;
}

Result<void> choose_accelerator(ParseState& state) {
  if (!state.accelerators.empty() && !state.machine_accelerators.empty()) {
    return failure("{}: -accel and -machine accel= exclude each other; keep one of them",
                   state.accelerators.front().asked_as);
  }
  auto const wishes = wishes_of(state);
  if (wishes.empty()) return {};
  for (auto const& wish : wishes) {
    if (auto known = check_known(wish); !known) return known;
  }
  for (auto const& wish : wishes) {
    auto const* spec = find_accelerator(wish.name);
    if (!spec->why_not.empty()) {
      if (wishes.size() == 1) {
        return failure("{}: accelerator '{}' cannot be used: {}", wish.asked_as, wish.name, spec->why_not);
      }
      continue;
    }
    if (auto bound = bind_properties(kSoftProperties, wish.properties); !bound) {
      return tl::unexpected { bound.error().within(wish.asked_as) };
    }
    state.config.accelerator = spec->name;
    if (&wish != &wishes.front()) {
      state.warn(fmt::format("accelerator '{}' cannot be used here: going on with '{}'", wishes.front().name,
                             wish.name));
    }
    return {};
  }
  return failure("{}: none of these accelerators can be used in this version; use -accel soft",
                 wishes.front().asked_as);
}

}  // namespace mullion::control
