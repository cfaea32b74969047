// SPDX-License-Identifier: Apache-2.0
/* Bytes as text: hex, base64 (RFC 4648 section 4), base64url without padding (section 5). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* out has 2n+1 bytes. */
void hex_format(const uint8_t *p, size_t n, char *out);
/* The value of a digit of either case, -1 for any other character. */
int hex_digit(char c);
/* Exactly n bytes from 2n digits, either case. */
int hex_parse(const char *text, uint8_t *out, size_t n, struct error *err);

#define BASE64_SIZE(n) (4 * (((n) + 2) / 3) + 1)
void base64_format(const uint8_t *p, size_t n, char *out); /* out has BASE64_SIZE(n) bytes */
void base64url_format(const uint8_t *p, size_t n, char *out);

/* Decodes text of text_len characters into at most max bytes; *ret_n says how many. Strict:
 * padding required, no white space, no stray bits. */
int base64_parse(const char *text, size_t text_len, uint8_t *out, size_t max, size_t *ret_n,
	struct error *err);

/* Copies as much of a well-formed text as `size` takes, NUL included, never cutting a character. */
void utf8_copy(char *out, size_t size, const char *text);

/* True where the bytes are well-formed UTF-8 without NUL. */
bool utf8_valid(const char *p, size_t n);
