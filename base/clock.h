// SPDX-License-Identifier: Apache-2.0
/* Time, sizes and durations, and how people write them. */
#pragma once

#include <stdint.h>

#include "base/error.h"

#define TIME_TEXT_MAX 32
#define SIZE_TEXT_MAX 24

int64_t now_ms(void);      /* wall clock, Unix milliseconds */
int64_t monotonic_ms(void);

/* "2026-01-31T12:00:00.000Z" (RFC 3339, UTC); returns out. */
const char *time_format(int64_t unix_ms, char out[static TIME_TEXT_MAX]);

/* "90s", "30m", "2h", "1d" or plain seconds. 0 < result <= 365 days. */
int duration_parse(const char *text, int64_t *ret_s, struct error *err);
/* "3 s", "2 min 05 s", "1 h 02 min"; returns out. */
const char *duration_format(int64_t ms, char out[static TIME_TEXT_MAX]);

/* "20G", "512M", "1.5T", plain bytes; powers of 1024 with an optional "iB", powers of 1000 with "B". */
int size_parse(const char *text, uint64_t *ret_bytes, struct error *err);
/* "18.2 GB" in powers of 1000; returns out. */
const char *size_format(uint64_t bytes, char out[static SIZE_TEXT_MAX]);
