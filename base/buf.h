// SPDX-License-Identifier: Apache-2.0
/*
 * A byte buffer that grows up to a stated maximum.
 *
 * Invariants: data is NULL exactly when cap is 0; otherwise data[len] is 0, so the content may be
 * read as a string. Past `max` or without memory nothing is added and `failed` stays set, so a
 * chain of adds needs one check at its end.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct buf {
	char *data;
	size_t len;  /* bytes of content */
	size_t cap;  /* bytes allocated */
	size_t max;  /* most bytes of content; 0: 16 MiB */
	bool failed; /* something did not fit */
};

void buf_done(struct buf *b);
#define auto_buf __attribute__((cleanup(buf_done))) struct buf

/* Forgets the content, keeps the memory, clears `failed`. */
void buf_reset(struct buf *b);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

/* The content as a string: never NULL, owned by b. */
const char *buf_str(const struct buf *b);

/* Hands the content over (caller frees; never NULL on 0) or fails where something did not fit. */
int buf_take(struct buf *b, char **ret, struct error *err);

/* 0, or the error of a buffer that overflowed. */
int buf_check(const struct buf *b, const char *what, struct error *err);
