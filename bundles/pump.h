// SPDX-License-Identifier: Apache-2.0
/*
 * Moving a blob's bytes: they are read (and unpacked) in one thread and hashed in another while the
 * caller writes them, through a ring of a few pieces. So an import takes as long as the slowest of
 * the three. Small blobs go through without threads.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "base/digest.h"
#include "bundles/stream.h"

#define PUMP_PIECE (512u << 10)
#define PUMP_SLOTS 16 /* 8 MiB */

struct pump {
	struct stream *stream;
	uint8_t *slots;
	pthread_mutex_t lock;
	pthread_cond_t moved;
	uint64_t size; /* of the blob */
	size_t filled; /* pieces that were read so far, */
	size_t hashed; /* that were hashed, */
	size_t taken;  /* and that the caller has taken */
	bool stopped;
	struct digest_state hash;
	struct error read_error;
	struct error hash_error;
};

int pump_open(struct pump *p, struct stream *s, struct error *err);
void pump_close(struct pump *p);
#define auto_pump __attribute__((cleanup(pump_close))) struct pump

/* Called for each piece in its turn, from the thread that runs the pump. */
typedef int (*pump_take_fn)(const void *p, size_t n, void *arg, struct error *err);

/* Moves the next `size` bytes of the stream; *ret is their digest. */
int pump_run(struct pump *p, uint64_t size, pump_take_fn take, void *arg, struct digest *ret,
	struct error *err);
