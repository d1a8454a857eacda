// Nothing of its own: the shared library is the part `whp`, whole.
// SPDX-License-Identifier: Apache-2.0
#include "whp/include/WinHvPlatform.h"
