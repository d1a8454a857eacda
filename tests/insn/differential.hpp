// The native differential: random instructions of a form, on the host's processor and on ours, compared.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "insn/encoder.hpp"
#include "insn/soft_runner.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace mullion::insn {

// One instruction with its inputs.
struct Case {
  Mode mode = Mode::k64;
  Encoder::Bytes bytes;
  x86::Insn insn;        // as our decoder sees it; insn.form may differ from the form asked for
  bool decoded = false;
  MachineState state;
  Until until = Until::Step;
};

class Differential {
 public:
  Differential(const x86::CpuModel& model, uint64_t seed);

  struct FormResult {
    uint64_t run = 0;        // cases whose bytes decoded to this form and that were compared
    uint64_t faults = 0;     // of them, those that faulted on both
    uint64_t mismatches = 0;
    uint64_t other_form = 0; // bytes that decoded to another form: compared too
  };

  // Why a form is not compared with the host; empty: it is.
  static std::string_view reason_to_skip(const x86::isa::Form& form);
  // Whether the host has the form's features.
  static bool host_has(const x86::isa::Form& form);

  // The cases depend on the seed and the form alone.
  FormResult run_form(uint16_t form, uint64_t count);
  void set_report(std::function<void(const std::string&)> report) { report_ = std::move(report); }
  unsigned reports_per_form = 3;

  Case make_case(const Encoder& encoder, const x86::isa::Form& form);
  // Runs it on both; empty when equal.
  std::string compare(const Case& c, Outcome& native, Outcome& soft);

 private:
  void fill_memory();
  void fill_registers(Case& c);
  void aim(Case& c);
  uint64_t target(Case& c, unsigned seg, unsigned size, unsigned addrsize);
  void place_selectors(Case& c);
  void poke(uint64_t linear, uint64_t v, unsigned size);
  uint64_t segment_base(const Case& c, unsigned seg) const;
  std::string difference(const Case& c, const Outcome& native, const Outcome& soft);
  void same_memory_again();

  NativeRunner& native_;
  SoftRunner soft_;
  uint64_t seed_;
  unsigned unlooked_ = 0;
  Random random_;
  std::function<void(const std::string&)> report_;
};

std::string describe(const MachineState& s, Mode mode);

}  // namespace mullion::insn
