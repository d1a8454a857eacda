// Which registers this host has.
// SPDX-License-Identifier: Apache-2.0
#pragma once
namespace mullion::x86::native {

// AVX-512F with its state enabled: ZMM registers, masks of 16 bits.
inline bool host_has_zmm() { return __builtin_cpu_supports("avx512f") != 0; }
// AVX-512BW: masks of 64 bits.
inline bool host_has_wide_masks() { return __builtin_cpu_supports("avx512bw") != 0; }

}  // namespace mullion::x86::native
