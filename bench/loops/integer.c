// Nine integer loops of the kinds that programs spend their time in.
// SPDX-License-Identifier: Apache-2.0
#include "integer.h"

#define KEEP __attribute__((noinline))

static uint64_t random_state;
static uint32_t next_random(void) {
  random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
  return (uint32_t)(random_state >> 33);
}

// Byte stores at a stride.
static uint8_t composite[1 << 16];
KEEP uint64_t sieve(uint64_t rounds) {
  uint64_t primes = 0;
  for (; rounds; --rounds) {
    for (unsigned n = 0; n < sizeof composite; ++n) composite[n] = 0;
    for (unsigned n = 2; n < sizeof composite; ++n) {
      if (composite[n]) continue;
      ++primes;
      for (unsigned m = 2 * n; m < sizeof composite; m += n) composite[m] = 1;
    }
  }
  return primes;
}

// Rotates and adds on many live registers (FIPS 180-4).
static const uint32_t kRound[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
    0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
    0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
    0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
static uint32_t rotate(uint32_t v, unsigned n) { return (v >> n) | (v << (32 - n)); }
KEEP uint64_t sha256(uint64_t rounds) {
  uint32_t h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  uint32_t w[64];
  for (; rounds; --rounds) {
    for (unsigned n = 0; n < 16; ++n) w[n] = h[n & 7] + n;
    for (unsigned n = 16; n < 64; ++n) {
      uint32_t const a = w[n - 15], b = w[n - 2];
      w[n] = w[n - 16] + w[n - 7] + (rotate(a, 7) ^ rotate(a, 18) ^ (a >> 3)) + (rotate(b, 17) ^ rotate(b, 19) ^ (b >> 10));
    }
    uint32_t v[8];
    for (unsigned n = 0; n < 8; ++n) v[n] = h[n];
    for (unsigned n = 0; n < 64; ++n) {
      uint32_t const s1 = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25);
      uint32_t const t1 = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + kRound[n] + w[n];
      uint32_t const s0 = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22);
      uint32_t const t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
      v[7] = v[6], v[6] = v[5], v[5] = v[4], v[4] = v[3] + t1, v[3] = v[2], v[2] = v[1], v[1] = v[0], v[0] = t1 + t2;
    }
    for (unsigned n = 0; n < 8; ++n) h[n] += v[n];
  }
  return h[0];
}

// A chain of dependent table look-ups.
static uint32_t crc_table[256];
static uint8_t text[4096];
KEEP uint64_t crc32(uint64_t rounds) {
  for (uint32_t n = 0; n < 256; ++n) {
    uint32_t c = n;
    for (unsigned k = 0; k < 8; ++k) c = c & 1 ? (c >> 1) ^ 0xEDB88320u : c >> 1;
    crc_table[n] = c;
  }
  uint32_t crc = ~0u;
  for (; rounds; --rounds) {
    for (unsigned n = 0; n < sizeof text; ++n) crc = crc_table[(crc ^ text[n]) & 255] ^ (crc >> 8);
    text[crc % sizeof text] = (uint8_t)crc;
  }
  return crc;
}

// Pointers through 16 K of memory.
static void *ring[2048];
KEEP uint64_t chase(uint64_t rounds) {
  unsigned const n = sizeof ring / sizeof ring[0];
  for (unsigned k = 0; k < n; ++k) ring[k] = &ring[(k * 769 + 331) % n];
  void **p = ring;
  for (; rounds; --rounds)
    for (unsigned k = 0; k < 4096; ++k) p = (void **)*p;
  return (uint64_t)(p - ring);
}

// Quicksort: unpredictable branches and swaps.
static int32_t numbers[2048];
static void sort(int32_t *a, int low, int high) {
  while (low < high) {
    int32_t const pivot = a[(low + high) / 2];
    int i = low, j = high;
    while (i <= j) {
      while (a[i] < pivot) ++i;
      while (a[j] > pivot) --j;
      if (i <= j) {
        int32_t const t = a[i];
        a[i++] = a[j];
        a[j--] = t;
      }
    }
    sort(a, low, j);
    low = i;
  }
}
KEEP uint64_t qsort_loop(uint64_t rounds) {
  uint64_t sum = 0;
  random_state = 1;
  for (; rounds; --rounds) {
    for (unsigned n = 0; n < 2048; ++n) numbers[n] = (int32_t)next_random();
    sort(numbers, 0, 2047);
    sum += (uint32_t)numbers[1024];
  }
  return sum;
}

// Multiply-and-mix hashing over words.
static uint64_t words[1024];
KEEP uint64_t hash(uint64_t rounds) {
  uint64_t h = 0x9E3779B97F4A7C15ull;
  for (; rounds; --rounds) {
    for (unsigned n = 0; n < 1024; ++n) {
      h ^= words[n] + n;
      h *= 0xFF51AFD7ED558CCDull;
      h ^= h >> 32;
    }
    words[h & 1023] = h;
  }
  return h;
}

// An interpreter's switch.
enum { kPush, kAdd, kMul, kXor, kJump, kOps };
static uint8_t program[1024];
KEEP uint64_t bytecode(uint64_t rounds) {
  random_state = 7;
  for (unsigned n = 0; n < sizeof program; ++n) program[n] = (uint8_t)(next_random() % kOps);
  uint64_t stack[16] = {1, 2, 3};
  unsigned top = 0;
  for (; rounds; --rounds) {
    for (unsigned pc = 0; pc < sizeof program; ++pc) {
      switch (program[pc]) {
        case kPush: top = (top + 1) & 15, stack[top] = pc; break;
        case kAdd: stack[(top - 1) & 15] += stack[top], top = (top - 1) & 15; break;
        case kMul: stack[top] = stack[top] * 31 + 7; break;
        case kXor: stack[top] ^= stack[(top + 3) & 15]; break;
        default: pc += stack[top] & 3; break;
      }
    }
  }
  return stack[top];
}

// Calls through pointers.
typedef uint64_t (*method)(uint64_t);
KEEP static uint64_t twice(uint64_t v) { return v * 2 + 1; }
KEEP static uint64_t thrice(uint64_t v) { return v * 3 ^ 5; }
KEEP static uint64_t half(uint64_t v) { return (v >> 1) + 9; }
static method methods[256];
KEEP uint64_t virtual_calls(uint64_t rounds) {
  static method const kinds[3] = {twice, thrice, half};
  random_state = 11;
  for (unsigned n = 0; n < 256; ++n) methods[n] = kinds[next_random() % 3];
  uint64_t v = 1;
  for (; rounds; --rounds)
    for (unsigned n = 0; n < 256; ++n) v = methods[n](v);
  return v;
}

// Recursion.
KEEP static uint64_t fib_of(unsigned n) { return n < 2 ? n : fib_of(n - 1) + fib_of(n - 2); }
KEEP uint64_t fib(uint64_t rounds) {
  uint64_t sum = 0;
  for (; rounds; --rounds) sum += fib_of(16);
  return sum;
}
