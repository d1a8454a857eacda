// The table of character device back ends and the two ways to ask for one.
// SPDX-License-Identifier: Apache-2.0
#include "control/chardev_option.hpp"

#include "control/nearest.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace mullion::control {
namespace {

constexpr auto kBool = PropertyType::boolean;
constexpr auto kText = PropertyType::text;

#define MULLION_COMMON_CHARDEV_PROPERTIES                                                           \
  { "logfile", kText, "", "file that gets a copy of the guest's output", "none" },                  \
      { "logappend", kBool, "off", "add to the log file instead of replacing it", "off" },          \
      { "mux", kBool, "off", "Ctrl-a commands; for stdio" }

constexpr std::array<PropertySpec, 3> kPlain { { MULLION_COMMON_CHARDEV_PROPERTIES } };
constexpr std::array<PropertySpec, 4> kStdio { {
    MULLION_COMMON_CHARDEV_PROPERTIES,
    { "signal", kBool, "on", "Ctrl-c ends the virtual machine instead of reaching the guest" },
} };
constexpr std::array<PropertySpec, 5> kFile { {
    MULLION_COMMON_CHARDEV_PROPERTIES,
    { "path", kText, "", "the file" },
    { "append", kBool, "off", "add to the file instead of replacing it" },
} };
constexpr std::array<PropertySpec, 8> kSocket { {
    MULLION_COMMON_CHARDEV_PROPERTIES,
    { "path", kText, "", "path of a unix socket; or" },
    { "host", kText, "", "host name or address, with" },
    { "port", PropertyType::uint16, "", "TCP port" },
    { "server", kBool, "off", "listen instead of connecting" },
    { "wait", kBool, "on", "a server waits for its first client before the guest starts" },
} };
#undef MULLION_COMMON_CHARDEV_PROPERTIES

struct BackendSpec {
  std::string_view name;
  ChardevConfig::Backend backend;
  std::span<PropertySpec const> properties;
  std::string_view meaning;
};

constexpr std::array<BackendSpec, 5> kBackends { {
    { "file", ChardevConfig::Backend::file, kFile, "writes the guest's output to a file" },
    { "null", ChardevConfig::Backend::null, kPlain, "no input, output is lost" },
    { "pty", ChardevConfig::Backend::pty, kPlain, "a new pseudo-terminal, named when it is made" },
    { "socket", ChardevConfig::Backend::socket, kSocket, "a unix or TCP socket" },
    { "stdio", ChardevConfig::Backend::stdio, kStdio, "this process's standard input and output" },
} };

// What QEMU has besides, so that the answer is "not yet".
constexpr std::array<std::string_view, 13> kNotYet { "vc",       "pipe",     "ringbuf",     "udp",    "serial",
                                                     "parallel", "parport",  "tty",         "memory", "spicevmc",
                                                     "spiceport", "braille", "qemu-vdagent" };
constexpr std::array<std::string_view, 6> kSocketNotYet { "fd", "telnet", "reconnect", "websocket", "tls-creds",
                                                          "abstract" };

Result<void> check_address(BackendSpec const& spec, ChardevConfig const& config) {
  using Backend = ChardevConfig::Backend;
  if (spec.backend == Backend::file && config.path.empty()) return failure("'file' needs a path");
  if (spec.backend != Backend::socket) return {};
  bool const tcp { !config.address.empty() || config.port != 0 };
  if (tcp && !config.path.empty()) return failure("'path' and 'host' exclude each other; keep one of them");
  if (tcp && config.port == 0) return failure("'host' needs a port");
  if (!tcp && config.path.empty()) return failure("'socket' needs a path, or a host and a port");
  return {};
}

Result<ChardevConfig> fill(BackendSpec const& spec, std::string id, std::span<KeyValue const> pairs) {
  if (spec.backend == ChardevConfig::Backend::socket) {
    for (auto const& pair : pairs) {
      bool const later { std::ranges::find(kSocketNotYet, pair.key) != kSocketNotYet.end() };
      if (later) return failure("'{}' of a socket is not supported yet; use path=, or host= and port=", pair.key);
    }
  }
  auto const values = bind_properties(spec.properties, pairs);
  if (!values) return tl::unexpected { values.error() };
  ChardevConfig out;
  out.id = std::move(id);
  out.backend = spec.backend;
  out.path = values->text("path");
  out.append = values->flag("append");
  out.server = values->flag("server");
  out.wait = values->flag("wait");
  out.mux = values->flag("mux");
  out.signal = !values->given("signal") || values->flag("signal");
  out.address = values->text("host");
  out.port = static_cast<std::uint16_t>(values->number("port"));
  if (auto good = check_address(spec, out); !good) return tl::unexpected { good.error() };
  if (out.mux && spec.backend != ChardevConfig::Backend::stdio) {
    return failure("'mux' is supported for stdio only yet; leave it out");
  }
  return out;
}

// `HOST:PORT` as the first value becomes two; without a host, this one.
void split_port(std::vector<KeyValue>& pairs) {
  if (pairs.empty() || pairs.front().key != "host") return;
  auto const text = pairs.front().value;
  auto const colon = text.rfind(':');
  if (colon == std::string::npos) return;
  pairs.front().value = colon == 0 ? "localhost" : text.substr(0, colon);
  pairs.push_back({ "port", text.substr(colon + 1) });
}

Result<BackendSpec const*> find_backend(std::string_view name) {
  auto const it = std::ranges::find(kBackends, name, &BackendSpec::name);
  if (it != kBackends.end()) return &*it;
  if (std::ranges::find(kNotYet, name) != kNotYet.end()) {
    return failure("character device '{}' is not supported yet", name);
  }
  std::vector<std::string_view> names;
  for (auto const& spec : kBackends) names.push_back(spec.name);
  return failure("'{}' is not a known character device{}", name, nearest_hint(name, names));
}

}  // namespace

Result<ChardevConfig> chardev_from_keys(std::span<KeyValue const> pairs) {
  std::string backend;
  std::string id;
  std::vector<KeyValue> rest;
  for (auto const& pair : pairs) {
    if (pair.key == "backend") {
      backend = pair.value;
    } else if (pair.key == "id") {
      id = pair.value;
    } else {
      rest.push_back(pair);
    }
  }
  if (backend.empty()) return failure("names no back end (-chardev help lists them)");
  auto const spec = find_backend(backend);
  if (!spec) return tl::unexpected { spec.error() };
  if (id.empty()) return failure("needs an id: -chardev {},id=NAME", backend);
  return fill(**spec, std::move(id), rest);
}

Result<ChardevConfig> chardev_from_short_form(std::string_view text, std::string id) {
  bool const with_monitor { text.starts_with("mon:") };
  if (with_monitor) text.remove_prefix(4);
  auto const colon = text.find(':');
  auto const name = text.substr(0, colon);
  std::string_view const rest { colon == std::string_view::npos ? std::string_view {} : text.substr(colon + 1) };
  if (name == "telnet" || name == "websocket" || name.starts_with("/dev/")) {
    return failure("'{}' is not supported yet; use stdio, file:PATH, pty, unix:PATH, tcp:HOST:PORT, null or none",
                   name);
  }
  std::vector<KeyValue> pairs;
  if (name == "file") {
    pairs.push_back({ "path", std::string { rest } });
  } else if (name == "unix") {
    auto parsed = parse_keyval(rest, "path");
    if (!parsed) return tl::unexpected { parsed.error() };
    pairs = std::move(*parsed);
  } else if (name == "tcp") {
    auto parsed = parse_keyval(rest, "host");
    if (!parsed) return tl::unexpected { parsed.error() };
    pairs = std::move(*parsed);
    split_port(pairs);
  } else if (!rest.empty() && name != "vc") {
    return failure("'{}' takes nothing after a colon", name);
  }
  auto const spec = find_backend(name == "unix" || name == "tcp" ? "socket" : name);
  if (!spec) return tl::unexpected { spec.error() };
  auto out = fill(**spec, std::move(id), pairs);
  if (out) {
    out->mux = with_monitor;
    if (with_monitor) out->signal = false;
  }
  return out;
}

std::string chardev_help() {
  std::string out { "Available chardev backend types:\n" };
  for (auto const& spec : kBackends) out += fmt::format("{:<8} {}\n", spec.name, spec.meaning);
  return out;
}

}  // namespace mullion::control
