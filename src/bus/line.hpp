// Interrupt lines and message-signalled interrupts as objects.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

namespace mullion {

// The receiving end of numbered lines: an interrupt controller, a CPU pin, a gate. The level is that
// of the logical signal: true is asserted. Called with the machine lock held; calling it again with
// the same level is allowed and means nothing new.
class LineSink {
 public:
  virtual ~LineSink() = default;
  virtual void set_line(unsigned index, bool level) = 0;
};

// The sending end, held by a device: a sink and an index. Unconnected lines go nowhere. It remembers
// the last level, so that only changes reach the sink.
class Line {
 public:
  Line() = default;
  Line(LineSink& sink, unsigned index) : sink_(&sink), index_(index) {}

  void set(bool level) {
    if (level == level_) return;
    level_ = level;
    if (sink_ != nullptr) sink_->set_line(index_, level);
  }
  void raise() { set(true); }
  void lower() { set(false); }
  // One edge: up (if it is not) and down.
  void pulse() {
    raise();
    lower();
  }
  bool level() const { return level_; }
  bool connected() const { return sink_ != nullptr; }

 private:
  LineSink* sink_ = nullptr;
  unsigned index_ = 0;
  bool level_ = false;
};

// Several lines into one that is high while any input is: the wired OR of shared interrupts.
class OrGate final : public LineSink {
 public:
  explicit OrGate(Line out) : out_(out) {}
  void set_line(unsigned index, bool level) override;

 private:
  Line out_;
  std::vector<bool> inputs_;
};

// One line into several sinks: ISA interrupts go to the PIC and to the I/O APIC.
class Splitter final : public LineSink {
 public:
  explicit Splitter(std::vector<Line> outs) : outs_(std::move(outs)) {}
  void set_line(unsigned index, bool level) override;

 private:
  std::vector<Line> outs_;
};

// Receives the memory write that is an MSI: address 0xFEExxxxx and its data. Any thread.
class MsiSink {
 public:
  virtual ~MsiSink() = default;
  virtual void deliver(uint64_t address, uint32_t data) = 0;
};

}  // namespace mullion
