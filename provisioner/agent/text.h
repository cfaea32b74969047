// SPDX-License-Identifier: Apache-2.0
/*
 * Text from hardware, made safe to carry: serial numbers and product names are whatever their maker
 * or whoever holds the machine wrote. What comes out is valid UTF-8 without control characters or
 * characters that turn the direction of writing. It is not escaped: each emitter does that.
 */
#pragma once

#include <stddef.h>

#define TEXT_MAX 257 /* 256 bytes and NUL, the most the appliance takes */

/* Cleans n bytes into out of `size` bytes: bad bytes are dropped, white space is trimmed and made
 * one space, a character that does not fit ends it. Returns out. */
const char *text_clean(const char *p, size_t n, char *out, size_t size);
