// What the program needs of its host: memory size, signals, process id; one source a system in sys/.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace mullion::control {

// RAM of the host that this process may use.
[[nodiscard]] std::uint64_t host_memory_bytes();
[[nodiscard]] std::uint64_t process_id();
// The folder that this program's file lies in, for data files beside it.
[[nodiscard]] std::string program_folder();

// While it exists, requests of the host to end (SIGTERM, SIGINT, SIGHUP; Ctrl-c and a closed console on Windows) call
// `requested` with the request's name on a thread of its own. Make it before any other thread.
class TerminationRequests {
 public:
  virtual ~TerminationRequests() = default;
};
[[nodiscard]] Result<std::unique_ptr<TerminationRequests>> watch_termination(
    std::function<void(std::string const& what)> requested);

}  // namespace mullion::control
