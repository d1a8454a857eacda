// The floating-point, vector, x87 and string loops.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdint.h>

uint64_t sse_copy(uint64_t rounds);
uint64_t scalar_double(uint64_t rounds);
uint64_t matmul_sse2(uint64_t rounds);
uint64_t matmul_fma(uint64_t rounds);
uint64_t matmul_avx512(uint64_t rounds);
uint64_t x87(uint64_t rounds);
uint64_t rep_movsb(uint64_t rounds);
