// Gates between interrupt lines.
// SPDX-License-Identifier: Apache-2.0
#include "bus/line.hpp"

#include <algorithm>

namespace mullion {

void OrGate::set_line(unsigned index, bool level) {
  if (index >= inputs_.size()) inputs_.resize(index + 1);
  inputs_[index] = level;
  out_.set(std::find(inputs_.begin(), inputs_.end(), true) != inputs_.end());
}

void Splitter::set_line(unsigned, bool level) {
  for (Line& out : outs_) out.set(level);
}

}  // namespace mullion
