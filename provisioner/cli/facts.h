// SPDX-License-Identifier: Apache-2.0
/* Single things shown to people: "name   value" lines, and times. */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"

/* Prints "  name   text", safe for a terminal; nothing where text is "". */
void fact_print(const char *name, const char *text);

/* "14:03:22" in local time; "" for 0. */
void clock_format(int64_t unix_ms, struct buf *out);
/* "3 min" since then; "" for 0. */
void age_format(int64_t unix_ms, struct buf *out);
