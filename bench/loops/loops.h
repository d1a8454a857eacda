// The loops that are timed: name and function, each taking a number of rounds and giving a checksum.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdint.h>

struct loop {
  const char *name;
  uint64_t (*run)(uint64_t rounds);
};

extern const struct loop loops[];
extern const unsigned loop_count;
