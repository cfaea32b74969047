// SPDX-License-Identifier: Apache-2.0
/*
 * A part of a bundle that was split to fit its media: FILE.001, FILE.002, ... Each begins with a
 * header by which it can be checked by itself; the bundle's own signature is what is believed once
 * they are put together. part.c tells the format.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"
#include "bundles/statement.h"

#define PART_HEADER_SIZE 4096
#define PARTS_MAX        999

struct part {
	char name[STATEMENT_NAME_MAX]; /* of the bundle */
	uint64_t version;
	unsigned int number; /* 1 is the first */
	unsigned int count;
	uint64_t offset;      /* of its bytes in the whole */
	uint64_t size;        /* of its bytes, without the header */
	uint64_t total;       /* bytes of the whole */
	struct digest digest; /* of its bytes */
	struct digest whole;  /* of the whole: parts of one splitting have the same */
};

int part_format(const struct part *p, uint8_t out[static PART_HEADER_SIZE], struct error *err);

/* -EBADMSG (SW-2034): it is no part. */
int part_parse(const uint8_t block[static PART_HEADER_SIZE], struct part *ret, struct error *err);

/* Reads the header that fd stands at. 0, or 1 where the file does not begin as a part does; fd then
 * stands where it stood. A pipe is never a part. */
int part_read(int fd, struct part *ret, struct error *err);

/* Called for each piece of a part's bytes. */
typedef int (*part_take_fn)(const void *p, size_t n, void *arg, struct error *err);

/* Reads a part's bytes behind its header, and checks that they are all of them and its own. */
int part_copy(int fd, const struct part *p, part_take_fn take, void *arg, struct error *err);
