// SPDX-License-Identifier: Apache-2.0
/*
 * Buffers between threads. Piece i lies in slot i % n_slots; the counters only rise, under one
 * lock, and one condition tells that any of them did.
 */
#include <stdlib.h>

#include "images/ring.h"

#define ALIGNMENT 4096

int ring_open(struct ring *r, size_t piece, size_t n_slots, size_t n_readers, struct error *err)
{
	*r = (struct ring){ .piece = piece, .n_slots = n_slots, .n_readers = n_readers };
	if (piece % ALIGNMENT || n_slots > RING_SLOTS_MAX || n_readers > RING_READERS_MAX)
		return fail(err, EINVAL, "making a ring of buffers");
	r->slots = aligned_alloc(ALIGNMENT, piece * n_slots);
	if (!r->slots)
		return fail_memory(err);
	(void)pthread_mutex_init(&r->lock, NULL); /* neither can fail with default attributes */
	(void)pthread_cond_init(&r->moved, NULL);
	return 0;
}

void ring_close(struct ring *r)
{
	if (!r->slots)
		return;
	(void)pthread_cond_destroy(&r->moved); /* nobody waits any more */
	(void)pthread_mutex_destroy(&r->lock);
	free(r->slots);
	r->slots = NULL;
}

static void ring_lock(struct ring *r)
{
	(void)pthread_mutex_lock(&r->lock); /* of the default kind: cannot fail */
}

static void ring_unlock(struct ring *r)
{
	(void)pthread_cond_broadcast(&r->moved);
	(void)pthread_mutex_unlock(&r->lock);
}

/* Pieces that every reader is done with. */
static uint64_t taken_by_all(const struct ring *r)
{
	uint64_t least = r->filled;

	for (size_t i = 0; i < r->n_readers; i++)
		least = r->taken[i] < least ? r->taken[i] : least;
	return least;
}

uint8_t *ring_room(struct ring *r)
{
	uint8_t *slot = NULL;

	ring_lock(r);
	while (!r->stopped && r->filled - taken_by_all(r) >= r->n_slots)
		(void)pthread_cond_wait(&r->moved, &r->lock);
	if (!r->stopped)
		slot = r->slots + r->filled % r->n_slots * r->piece;
	ring_unlock(r);
	return slot;
}

void ring_fill(struct ring *r, size_t n)
{
	ring_lock(r);
	r->sizes[r->filled++ % r->n_slots] = n;
	ring_unlock(r);
}

void ring_end(struct ring *r)
{
	ring_lock(r);
	r->ended = true;
	ring_unlock(r);
}

uint8_t *ring_next(struct ring *r, size_t reader, size_t *ret_n)
{
	uint8_t *slot = NULL;
	uint64_t i;

	ring_lock(r);
	i = r->taken[reader];
	while (!r->stopped && !r->ended && i == r->filled)
		(void)pthread_cond_wait(&r->moved, &r->lock);
	if (!r->stopped && i < r->filled) {
		slot = r->slots + i % r->n_slots * r->piece;
		*ret_n = r->sizes[i % r->n_slots];
	}
	ring_unlock(r);
	return slot;
}

void ring_taken(struct ring *r, size_t reader)
{
	ring_lock(r);
	r->taken[reader]++;
	ring_unlock(r);
}

void ring_stop(struct ring *r)
{
	ring_lock(r);
	r->stopped = true;
	ring_unlock(r);
}

bool ring_is_stopped(struct ring *r)
{
	bool stopped;

	ring_lock(r);
	stopped = r->stopped;
	ring_unlock(r);
	return stopped;
}
