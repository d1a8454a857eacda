// The page walker: paging structures of 2, 3, 4 and 5 levels (SDM vol. 3 chapter 4).
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/port.hpp"

#include <cstdint>

namespace mullion::x86 {

enum PageFaultError : uint32_t { PF_P = 1, PF_W = 2, PF_U = 4, PF_RSVD = 8, PF_I = 16, PF_PK = 32 };

// What of the processor's state a walk depends on.
struct WalkContext {
  uint64_t cr0, cr3, cr4, efer;
  const uint64_t* pdpte;  // PAE
  uint32_t pkru;
  unsigned physical_bits;
  bool has_1g_pages;
};

struct WalkRequest {
  bool write;
  bool fetch;
  bool user;         // an access with CPL 3 rights
  bool smap_active;  // supervisor data access to user pages faults (implicit access, or EFLAGS.AC = 0)
  bool set_bits;     // set accessed and dirty bits: false for probes
};

struct Walk {
  uint32_t error;     // page-fault error code; meaningful when !ok
  bool ok;
  uint64_t gpa;
  bool read, write, fetch;  // also allowed with the same rights and without further A/D updates
  bool global, large;
};

// Where paging structures are read: RAM, ROM or, absurdly, a device.
Walk walk_page(CpuPort& port, const WalkContext& context, uint64_t lin, const WalkRequest& request);

}  // namespace mullion::x86
