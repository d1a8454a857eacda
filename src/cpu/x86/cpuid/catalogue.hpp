// The processor models by name: models.def expanded to definitions.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/isa/features.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mullion::x86 {

// What a model is before options and availability.
struct ModelDefinition {
  std::string name;      // concrete, as Haswell-v2
  std::string vendor;    // 12 characters
  std::string model_id;  // CPUID 80000002H-80000004H
  uint32_t level = 1;
  uint32_t xlevel = 0;
  unsigned family = 0, model = 0, stepping = 0;
  FeatureSet features;
};

// A name, an alias or a name with version; nothing for an unknown name. `max` and `base` are not in the catalogue.
std::optional<ModelDefinition> find_model(std::string_view name);

struct ModelListing {
  std::string name;
  std::string description;
};
// Every name that find_model knows, in the order of `-cpu help`.
std::vector<ModelListing> list_models();

// A feature by its name on the command line or one of its other spellings; None if there is none.
Feature find_feature(std::string_view name);
// Names that QEMU knows and that stand for what this processor never has: VMX controls, KVM's and Hyper-V's.
bool known_foreign_feature(std::string_view name);
// What `f` cannot be without; None: nothing.
Feature prerequisite(Feature f);
// Removes what lacks its prerequisite.
void drop_dependents(FeatureSet& set);

// The candidate nearest to `name` by edit distance; empty when none resembles it.
std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& candidates);

}  // namespace mullion::x86
