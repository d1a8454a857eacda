// Runs one loop natively: `native NAME ROUNDS` prints its checksum.
// SPDX-License-Identifier: Apache-2.0
#include "loops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  for (unsigned n = 0; n < loop_count; ++n) {
    if (strcmp(loops[n].name, argv[1]) != 0) continue;
    printf("%016llx\n", (unsigned long long)loops[n].run(strtoull(argv[2], NULL, 10)));
    return 0;
  }
  return 2;
}
