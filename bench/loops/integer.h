// The integer loops.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdint.h>

uint64_t sieve(uint64_t rounds);
uint64_t sha256(uint64_t rounds);
uint64_t crc32(uint64_t rounds);
uint64_t chase(uint64_t rounds);
uint64_t qsort_loop(uint64_t rounds);
uint64_t hash(uint64_t rounds);
uint64_t bytecode(uint64_t rounds);
uint64_t virtual_calls(uint64_t rounds);
uint64_t fib(uint64_t rounds);
