// The pc machine's interrupt inputs: each goes to the PIC pair and to the I/O APIC.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "bus/line.hpp"

#include <array>
#include <vector>

namespace mullion {

// Inputs are numbered as global system interrupts. Several sources may share one: it is high while any is.
// Sources use Lines (or report changes only). ISA interrupt 0 arrives at the I/O APIC's pin 2.
class PcIrqs final : public LineSink {
 public:
  static constexpr unsigned kInputs = 24;
  static constexpr unsigned kIsaInputs = 16;

  // Once, before anything is raised. `pic` may be null.
  void connect(LineSink* pic, LineSink& ioapic) {
    pic_ = pic;
    ioapic_ = &ioapic;
  }
  Line line(unsigned gsi) { return Line{*this, gsi}; }
  void set_line(unsigned gsi, bool level) override;

 private:
  LineSink* pic_ = nullptr;
  LineSink* ioapic_ = nullptr;
  std::array<unsigned, kInputs> sources_high_{};
};

// A source that names its inputs by number: remembers each level, so that only changes count.
class PcIrqSource final : public LineSink {
 public:
  explicit PcIrqSource(PcIrqs& irqs);
  void set_line(unsigned gsi, bool level) override;

 private:
  std::vector<Line> lines_;
};

}  // namespace mullion
