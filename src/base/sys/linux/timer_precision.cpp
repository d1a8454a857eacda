// Timer slack of the calling thread on Linux.
// SPDX-License-Identifier: Apache-2.0
#include "base/timer_precision.hpp"

#include <sys/prctl.h>

namespace mullion {

void request_precise_timers() { prctl(PR_SET_TIMERSLACK, 1'000UL, 0UL, 0UL, 0UL); }

}  // namespace mullion
