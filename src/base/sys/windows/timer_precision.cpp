// The system timer's resolution on Windows.
// SPDX-License-Identifier: Apache-2.0
#include "base/timer_precision.hpp"

#include <windows.h>

namespace mullion {

// By name from winmm.dll, so that no program has to link it.
void request_precise_timers() {
  const HMODULE winmm = LoadLibraryA("winmm.dll");
  if (winmm == nullptr) return;
  using TimeBeginPeriod = UINT(WINAPI*)(UINT);
  const FARPROC found = GetProcAddress(winmm, "timeBeginPeriod");
  // SAFETY: the function's documented type.
  const auto begin = reinterpret_cast<TimeBeginPeriod>(reinterpret_cast<void*>(found));
  if (begin != nullptr) begin(1);
}

}  // namespace mullion
