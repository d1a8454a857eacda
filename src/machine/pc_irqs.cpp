// Sharing and distribution of the pc machine's interrupts.
// SPDX-License-Identifier: Apache-2.0
#include "machine/pc_irqs.hpp"

namespace mullion {

void PcIrqs::set_line(unsigned gsi, bool level) {
  if (gsi >= kInputs) return;
  auto& high = sources_high_[gsi];
  if (!level && high == 0) return;
  const bool before = high != 0;
  high += level ? 1u : ~0u;
  const bool now = high != 0;
  if (before == now) return;
  if (gsi < kIsaInputs && pic_ != nullptr) pic_->set_line(gsi, now);
  if (ioapic_ == nullptr) return;
  if (gsi == 0 || gsi == 2) {
    ioapic_->set_line(2, sources_high_[0] != 0 || sources_high_[2] != 0);
  } else {
    ioapic_->set_line(gsi, now);
  }
}

PcIrqSource::PcIrqSource(PcIrqs& irqs) {
  lines_.reserve(PcIrqs::kInputs);
  for (unsigned gsi = 0; gsi < PcIrqs::kInputs; ++gsi) lines_.push_back(irqs.line(gsi));
}

void PcIrqSource::set_line(unsigned gsi, bool level) {
  if (gsi < lines_.size()) lines_[gsi].set(level);
}

}  // namespace mullion
