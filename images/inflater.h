// SPDX-License-Identifier: Apache-2.0
/*
 * Unpacks a stream piece by piece: zstd (RFC 8878, several frames in a row), gzip (RFC 1952,
 * several members in a row), or bytes that are not packed. Which one it is, the first bytes tell.
 * Memory: zstd's window, 128 MiB at the most; what a stream of a larger one gets is an error.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct inflater_kind;

struct inflater {
	const struct inflater_kind *kind; /* NULL: not started */
	void *state;                      /* the library's */
	bool within;                      /* a frame has begun and not ended */
};

/* first: the stream's first bytes, four at least where it has so many. */
int inflater_open(struct inflater *i, const uint8_t *first, size_t n, struct error *err);
void inflater_close(struct inflater *i);
#define auto_inflater __attribute__((cleanup(inflater_close))) struct inflater

/* What one step moves. */
struct inflater_step {
	const uint8_t *in;
	size_t in_size;
	uint8_t *out;
	size_t out_size;
	size_t used; /* set: bytes of `in` that are done with */
	size_t made; /* set: bytes of `out` that were filled */
};

/* Unpacks some. Where `out` came back full there may be more, also with no input left. -EBADMSG
 * (SW-3011): damaged. */
int inflater_run(struct inflater *i, struct inflater_step *step, struct error *err);

/* 0, or the error of a stream that ended too early (SW-3011). */
int inflater_end(const struct inflater *i, struct error *err);
