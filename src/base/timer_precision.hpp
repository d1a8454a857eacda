// Asks the host to wake timed waits on time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mullion {

// For the calling thread (Linux) or the process (Windows), whose usual 50 µs and 15.6 ms are too coarse
// for a guest's clock ticks. A wish: hosts that refuse are used as they are.
void request_precise_timers();

}  // namespace mullion
