// Registers by WHV_REGISTER_NAME.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cpu/x86/state/arch_state.hpp"
#include "whp/include/WinHvPlatformDefs.h"

namespace mullion::whp {

// As the platform tells it; SS carries the CPL as its DPL.
WHV_X64_SEGMENT_REGISTER segment_value(const x86::ArchState& st, unsigned segment);

}  // namespace mullion::whp
