// SPDX-License-Identifier: Apache-2.0
/*
 * Errors: what went wrong, in a buffer the caller owns.
 *
 * A function that can fail takes `struct error *err` as its last parameter and returns 0 or -errno
 * (or a positive, documented outcome). The message is built from the inside out:
 *
 *	return fail(err, errno, "opening '%s'", path);     raise: "opening '/x': No such file ..."
 *	return fail_in(err, "installing '%s'", name);      add context: "installing 'y': opening ..."
 *
 * An error that a user meets carries a stable code (SW-nnnn) and a hint, the next thing to do.
 */
#pragma once

#include <errno.h>

#define ERROR_TEXT_MAX 1024
#define ERROR_HINT_MAX 256

struct error {
	int number;                /* -errno of the first failure; 0: no error */
	char code[8];              /* "SW-2011", or "" where there is no stable code */
	char text[ERROR_TEXT_MAX]; /* one line, no newline, no control characters from outside */
	char hint[ERROR_HINT_MAX]; /* what to do next, or "" */
};

/* Raises an error: the message, then what errnum means. Returns -errnum (never 0). */
int fail(struct error *err, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Raises an error whose message stands alone, with a stable code (may be NULL). Returns -errnum. */
int fail_code(struct error *err, int errnum, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Puts context in front of an error raised below. Returns its number. */
int fail_in(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Sets the next step on an error already raised. Returns its number. */
int fail_hint(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Raises "out of memory". */
int fail_memory(struct error *err);
