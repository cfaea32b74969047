// SPDX-License-Identifier: Apache-2.0
/* What every unit test includes first: cmocka, without its fail(), which is ours (base/error.h). */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#undef fail
