// SPDX-License-Identifier: Apache-2.0
/*
 * One blob, from its source to whoever takes its unpacked bytes, each step in a thread of its own:
 *
 *	source (the caller's thread) -> stored pieces -+-> SHA-256
 *	                                               +-> unpacking -> raw pieces -> take()
 *
 * It is as fast as the slowest of the four. Memory: 24 MiB of pieces, and what the packing needs
 * (images/inflater.h). The digest is known only when all of it was taken: nothing that was taken
 * may count before blob_stream_run() has returned 0.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "images/rootfs.h"

#define BLOB_PIECE (1u << 20) /* bytes of each raw piece but the last */

#define BLOB_MARKS 4096

/* Digests of a blob's beginnings, by which two fetches of wrong bytes are told apart. Zeroed is
 * empty. */
struct blob_trail {
	uint64_t step_bytes; /* between two marks */
	uint64_t mark[BLOB_MARKS];
	size_t n;
};

/* Takes raw bytes in order; `at` is where they lie in the whole, p is at a multiple of 4096 and has
 * room for BLOB_PIECE bytes. */
typedef int (*blob_take)(uint64_t at, uint8_t *p, size_t n, void *arg, struct error *err);

struct blob_stream {
	const struct rootfs_layer *blob;
	const struct rootfs_source *source;
	blob_take take;
	void *take_arg;
	/* done_bytes: of the blob, as stored. From the caller's thread, for each piece of 256 KiB;
	 * non-zero stops with -ECANCELED. NULL: none */
	int (*progress)(uint64_t done_bytes, void *arg);
	void *progress_arg;
	struct blob_trail *trail; /* filled; NULL: none */
};

/* Errors: SW-3010 the blob's bytes are not what its digest says, SW-3011 they are, and are damaged
 * all the same; what source and take() say. */
int blob_stream_run(const struct blob_stream *s, struct error *err);

/* Where two fetches of one blob first differ: the byte at which the step begins, and its end; false
 * where they are the same. */
bool blob_trail_differ(const struct blob_trail *a, const struct blob_trail *b, uint64_t *ret_from,
	uint64_t *ret_to);
