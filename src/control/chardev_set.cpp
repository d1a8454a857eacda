// Opening of character devices.
// SPDX-License-Identifier: Apache-2.0
#include "control/chardev_set.hpp"

#include <cstdio>

namespace mullion::control {
namespace {

Result<std::unique_ptr<Chardev>> open_pty(ChardevConfig const& config, ChardevHost& host) {
  std::string name;
  auto opened = open_pty_chardev(host, name);
  if (opened) {  // clients read this line to find the terminal
    fmt::print("char device redirected to {} (label {})\n", name, config.id);
    std::fflush(stdout);
  }
  return opened;
}

Result<std::unique_ptr<Chardev>> open_one(ChardevConfig const& config, ChardevHost& host) {
  switch (config.backend) {
    case ChardevConfig::Backend::null: return make_null_chardev();
    case ChardevConfig::Backend::stdio: return open_stdio_chardev(host, { .signal = config.signal, .mux = config.mux });
    case ChardevConfig::Backend::file: return open_file_chardev(config.path, config.append);
    case ChardevConfig::Backend::pty: return open_pty(config, host);
    case ChardevConfig::Backend::socket:
      return open_socket_chardev(host, { .path = config.path,
                                         .address = config.address,
                                         .port = config.port,
                                         .server = config.server,
                                         .wait = config.wait });
  }
  return failure("unknown back end");
}

}  // namespace

Result<ChardevSet> ChardevSet::open(std::span<ChardevConfig const> configs, ChardevHost& host) {
  ChardevSet set;
  for (auto const& config : configs) {
    auto opened = open_one(config, host);
    if (!opened) return tl::unexpected { opened.error().within(config.asked_as) };
    set.chardevs_[config.id] = std::move(*opened);
  }
  return set;
}

Chardev* ChardevSet::find(std::string const& id) const {
  auto const it = chardevs_.find(id);
  return it == chardevs_.end() ? nullptr : it->second.get();
}

}  // namespace mullion::control
