// Floating-point, vector, x87 and string loops.
// SPDX-License-Identifier: Apache-2.0
#include "vector.h"

#define KEEP __attribute__((noinline))
typedef float f4 __attribute__((vector_size(16)));
typedef double d2 __attribute__((vector_size(16)));
typedef double d4 __attribute__((vector_size(32)));
typedef double d8 __attribute__((vector_size(64)));

enum { kSide = 32 };
static double a[kSide * kSide] __attribute__((aligned(64))), b[kSide * kSide] __attribute__((aligned(64))),
    c[kSide * kSide] __attribute__((aligned(64)));
static f4 from[1024], to[1024];

static void fill(void) {
  for (int n = 0; n < kSide * kSide; ++n) a[n] = 1.0 + n % 7, b[n] = 0.5 + n % 5, c[n] = 0;
}
static uint64_t digest(void) {
  double sum = 0;
  for (int n = 0; n < kSide * kSide; ++n) sum += c[n];
  return (uint64_t)sum;
}

KEEP uint64_t sse_copy(uint64_t rounds) {
  for (; rounds; --rounds) {
    for (int n = 0; n < 1024; ++n) to[n] = from[n] + (f4){1, 1, 1, 1};
    from[rounds & 1023] = to[(rounds + 1) & 1023];
  }
  return (uint64_t)to[5][0];
}

KEEP uint64_t scalar_double(uint64_t rounds) {
  double x = 0.5;
  for (; rounds; --rounds)
    for (int n = 0; n < 1024; ++n) x = 3.7 * x * (1.0 - x) + a[n & 511] * 1e-9;
  return (uint64_t)(x * 1e6);
}

#define MATMUL(name, type, lanes, features)                                        \
  KEEP __attribute__((target(features))) uint64_t name(uint64_t rounds) {            \
    fill();                                                                        \
    for (; rounds; --rounds) {                                                     \
      for (int i = 0; i < kSide; ++i) {                                            \
        for (int k = 0; k < kSide; ++k) {                                          \
          double const s = a[i * kSide + k] * 0.001;                               \
          type const v = (type){0} + s;                                            \
          for (int j = 0; j < kSide; j += lanes) {                                 \
            *(type *)&c[i * kSide + j] += v * *(type *)&b[k * kSide + j];          \
          }                                                                        \
        }                                                                          \
      }                                                                            \
    }                                                                              \
    return digest();                                                               \
  }
MATMUL(matmul_sse2, d2, 2, "sse2")
MATMUL(matmul_fma, d4, 4, "avx2,fma")
MATMUL(matmul_avx512, d8, 8, "avx512f")

KEEP uint64_t x87(uint64_t rounds) {
  long double x = 0.25L;
  for (; rounds; --rounds)
    for (int n = 0; n < 256; ++n) x = 3.9L * x * (1.0L - x) + 1e-12L * n;
  return (uint64_t)(x * 1e6L);
}

static uint8_t bytes_from[2048], bytes_to[2048];
KEEP uint64_t rep_movsb(uint64_t rounds) {
  for (; rounds; --rounds) {
    void *source = bytes_from, *target = bytes_to;
    uint64_t size = 1024 + (rounds & 1023);
    __asm__ volatile("rep movsb" : "+S"(source), "+D"(target), "+c"(size) : : "memory");
    bytes_from[rounds & 2047] = (uint8_t)rounds;
  }
  return bytes_to[100];
}
