// The header of the Windows Hypervisor Platform, where this system has it.
// SPDX-License-Identifier: Apache-2.0
#pragma once
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>
#include <winhvplatform.h>
