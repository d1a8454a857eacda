// Where the call log goes.
// SPDX-License-Identifier: Apache-2.0
#include "whp/call_log.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace mullion::whp {
namespace {

std::FILE* open_log() {
  const char* const path = std::getenv("MULLION_WHP_LOG");
  if (path == nullptr) return nullptr;
  if (*path == 0 || std::strcmp(path, "-") == 0) return stderr;
  std::FILE* const file = std::fopen(path, "a");
  return file != nullptr ? file : stderr;
}

std::FILE* log_file() {
  static std::FILE* const file = open_log();
  return file;
}

}  // namespace

bool call_log_enabled() { return log_file() != nullptr; }

void call_log_line(const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), log_file());
  std::fflush(log_file());
}

}  // namespace mullion::whp
