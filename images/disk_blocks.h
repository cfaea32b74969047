// SPDX-License-Identifier: Apache-2.0
/*
 * Blocks of a raw image onto a disk, those of zeros left out where the disk is known to read zeros
 * there. A disk that was discarded may still show its old bytes: only what the kernel promises to
 * read as zeros (a write-zeroes command of the disk) counts, and is looked at before it is relied
 * on. Past the page cache (O_DIRECT) where the disk can: what passes once is not worth keeping.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define DISK_BLOCK (64u << 10) /* zeros are left out in blocks of this size, at its multiples */

struct disk_blocks {
	int fd;                 /* -1: not open */
	const char *path;       /* borrowed */
	uint32_t sector;        /* what is written are whole sectors */
	uint64_t zero_bytes;    /* from the disk's start, so many read as zeros */
	uint64_t written_bytes; /* so far */
	uint64_t skipped_bytes;
};

#define DISK_BLOCKS_INIT                                                                           \
	{                                                                                          \
		.fd = -1                                                                           \
	}

int disk_blocks_open(struct disk_blocks *b, const char *path, uint32_t sector, struct error *err);
void disk_blocks_close(struct disk_blocks *b);
#define auto_disk_blocks __attribute__((cleanup(disk_blocks_close))) struct disk_blocks

/* Has the disk make its first size_bytes read as zeros where it can do so by a command and within
 * half a minute; what it did not do is in zero_bytes, and is written as zeros later. */
int disk_blocks_zero(struct disk_blocks *b, uint64_t size_bytes, struct error *err);

/* Writes n bytes; `at` and p are multiples of 4096. Bytes of a last sector behind n become zeros in
 * the buffer, too, and must be room of its own. */
int disk_blocks_write(struct disk_blocks *b, uint64_t at, uint8_t *p, size_t n, struct error *err);

/* What was written is on the medium when this returns 0. */
int disk_blocks_sync(struct disk_blocks *b, struct error *err);
