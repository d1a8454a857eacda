// Messages for the person who started the program: one line each on standard error.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace mullion::control {

class Messages {
 public:
  explicit Messages(std::string program) : program_ { std::move(program) } {}

  void set_timestamps(bool on) { timestamps_ = on; }
  void error(std::string_view text) const { line("", text); }
  void warning(std::string_view text) const { line("warning: ", text); }

 private:
  void line(std::string_view kind, std::string_view text) const;

  std::string program_;
  bool timestamps_ { false };
};

}  // namespace mullion::control
