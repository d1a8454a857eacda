// The architectural state in groups: what is fetched, kept and written back as one.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace mullion::x86 {

// A set of groups, one bit each. Bits 0-15 are the general registers by their numbers.
using StateMask = uint64_t;

enum StateGroup : uint64_t {
  kStateGprs = 0xFFFF,
  kStateRip = uint64_t{1} << 16,
  kStateFlags = uint64_t{1} << 17,
  kStateEs = uint64_t{1} << 18,  // segments in the order of their numbers
  kStateCs = uint64_t{1} << 19,
  kStateSs = uint64_t{1} << 20,  // with CPL
  kStateDs = uint64_t{1} << 21,
  kStateFs = uint64_t{1} << 22,
  kStateGs = uint64_t{1} << 23,
  kStateLdtr = uint64_t{1} << 24,
  kStateTr = uint64_t{1} << 25,
  kStateGdtr = uint64_t{1} << 26,
  kStateIdtr = uint64_t{1} << 27,
  kStateCr0 = uint64_t{1} << 28,
  kStateCr2 = uint64_t{1} << 29,
  kStateCr3 = uint64_t{1} << 30,  // with the PDPTEs
  kStateCr4 = uint64_t{1} << 31,
  kStateCr8 = uint64_t{1} << 32,
  kStateEfer = uint64_t{1} << 33,
  kStateDr = uint64_t{1} << 34,
  kStateX87 = uint64_t{1} << 35,     // registers, control, status, pointers
  kStateSse = uint64_t{1} << 36,     // bytes 0-15 of registers 0-15
  kStateAvx = uint64_t{1} << 37,     // bytes 16-31 of registers 0-15
  kStateAvx512 = uint64_t{1} << 38,  // bytes 32-63 of registers 0-15, registers 16-31
  kStateOpmask = uint64_t{1} << 39,
  kStateMxcsr = uint64_t{1} << 40,
  kStateXcr0 = uint64_t{1} << 41,
  kStatePkru = uint64_t{1} << 42,
  kStateMsrs = uint64_t{1} << 43,
  kStateActivity = uint64_t{1} << 44,  // activity, shadows, NMI blocking, SMM

  kStateSegments = kStateEs | kStateCs | kStateSs | kStateDs | kStateFs | kStateGs,
  kStateVectors = kStateSse | kStateAvx | kStateAvx512,
  kStateControl = kStateCr0 | kStateCr2 | kStateCr3 | kStateCr4 | kStateCr8 | kStateEfer | kStateDr,
  // What a page walk looks at.
  kStatePaging = kStateCr0 | kStateCr3 | kStateCr4 | kStateEfer | kStateSs | kStateFlags | kStatePkru,
  kStateAll = (uint64_t{1} << 45) - 1,
};

constexpr StateMask state_gpr(unsigned n) { return StateMask{1} << (n & 15); }
constexpr StateMask state_segment(unsigned n) { return StateMask{kStateEs} << n; }

}  // namespace mullion::x86
