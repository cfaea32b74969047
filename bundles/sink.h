// SPDX-License-Identifier: Apache-2.0
/*
 * Bytes on their way out, as they are or compressed with zstd. The same bytes in give the same
 * bytes out: one thread, a fixed level, no time stamps. Used for layers and for bundles.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef int (*sink_write_fn)(const void *p, size_t n, void *arg, struct error *err);

struct sink {
	sink_write_fn write;
	void *arg;
	void *zstd; /* compressor; NULL: bytes go through as they are */
	uint8_t *out;
	size_t out_size;
};

/* Level 0: not compressed. */
int sink_open(struct sink *s, sink_write_fn write, void *arg, int level, struct error *err);
int sink_add(struct sink *s, const void *p, size_t n, struct error *err);
/* Writes what is still held back. */
int sink_end(struct sink *s, struct error *err);
void sink_close(struct sink *s);
#define auto_sink __attribute__((cleanup(sink_close))) struct sink
