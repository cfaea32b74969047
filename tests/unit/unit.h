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

/* Ends a test with a sentence of what went wrong. */
#define test_failed(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))
