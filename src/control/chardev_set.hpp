// The opened character devices of a machine, by id.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "chardev/backends.hpp"
#include "control/config.hpp"

#include <map>
#include <memory>
#include <span>
#include <string>

namespace mullion::control {

// Outlives the machine's devices. Destroy it without the machine lock held.
class ChardevSet final {
 public:
  // Opens all; a listening socket that waits returns with its first client. `host` outlives the set.
  ChardevSet() = default;
    [[nodiscard]] static Result<ChardevSet> open(std::span<ChardevConfig const> configs, ChardevHost& host);

  // Null for the empty id.
  [[nodiscard]] Chardev* find(std::string const& id) const;

 private:
  std::map<std::string, std::unique_ptr<Chardev>> chardevs_;
};

}  // namespace mullion::control
