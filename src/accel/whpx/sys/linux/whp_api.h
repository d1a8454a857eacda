// The header of the Windows Hypervisor Platform, where this system has it.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <WinHvPlatform.h>
