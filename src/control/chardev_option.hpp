// -chardev and the short forms of -serial, made into ChardevConfig.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "control/config.hpp"
#include "control/property.hpp"

#include <span>
#include <string>
#include <string_view>

namespace mullion::control {

// `BACKEND,id=…,key=value…` of -chardev, already split; the first pair's key is `backend`.
[[nodiscard]] Result<ChardevConfig> chardev_from_keys(std::span<KeyValue const> pairs);

// `stdio`, `mon:stdio`, `file:PATH`, `null`, `pty`, `unix:PATH[,server=on][,wait=off]`, `tcp:HOST:PORT[,…]`. The
// forms `none` and `chardev:ID` name no new chardev and are the caller's.
[[nodiscard]] Result<ChardevConfig> chardev_from_short_form(std::string_view text, std::string id);

[[nodiscard]] std::string chardev_help();

}  // namespace mullion::control
