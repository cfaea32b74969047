// SPDX-License-Identifier: Apache-2.0
/*
 * The tar headers of a bundle (POSIX ustar, pax(1); sizes over 8 GiB in GNU's base-256).
 *
 * A bundle needs regular files with short names and nothing else, so nothing else is understood: a
 * link, a device, a PAX or GNU extension header is an error here, not a case to be handled. The
 * container layers inside are another matter, and libarchive's.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define TAR_BLOCK    512
#define TAR_NAME_MAX 101 /* with its NUL */

struct tar_member {
	char name[TAR_NAME_MAX];
	uint64_t size; /* bytes */
};

/* Reads a header block. 0: a regular file; 1: a block of zeros (the end); -EBADMSG: neither. */
int tar_header_parse(
	const uint8_t block[static TAR_BLOCK], struct tar_member *ret, struct error *err);

/* Writes the header of a regular file: mode 0644, owner 0, time 0. */
void tar_header_format(const char *name, uint64_t size, uint8_t block[static TAR_BLOCK]);

/* Bytes of zeros that follow `size` bytes of content. */
static inline size_t tar_padding(uint64_t size)
{
	return (size_t)(-size & (TAR_BLOCK - 1));
}
