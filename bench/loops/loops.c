// The table of loops, shared by the bare guest and the native program.
// SPDX-License-Identifier: Apache-2.0
#include "loops.h"

#include "integer.h"
#include "vector.h"

const struct loop loops[] = {
    {"sieve", sieve}, {"sha256", sha256}, {"crc32", crc32}, {"chase", chase}, {"qsort", qsort_loop},
    {"hash", hash}, {"bytecode", bytecode}, {"calls", virtual_calls}, {"fib", fib},
    {"sse_copy", sse_copy}, {"double", scalar_double}, {"matmul_sse2", matmul_sse2}, {"matmul_fma", matmul_fma},
    {"matmul_avx512", matmul_avx512}, {"x87", x87}, {"rep_movsb", rep_movsb},
};
const unsigned loop_count = sizeof loops / sizeof loops[0];
