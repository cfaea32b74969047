// SPDX-License-Identifier: Apache-2.0
/*
 * Buffers between threads: one fills pieces, up to RING_READERS_MAX others read each of them in
 * order, and a piece is filled anew once all have taken it. So memory is piece * slots, whatever
 * passes through. Any side may stop the ring, which ends every wait.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define RING_READERS_MAX 2
#define RING_SLOTS_MAX   64

struct ring {
	uint8_t *slots; /* at a multiple of 4096, for O_DIRECT */
	size_t piece;   /* bytes of a slot, a multiple of 4096 */
	size_t n_slots;
	size_t n_readers;
	size_t sizes[RING_SLOTS_MAX];     /* bytes that were filled in */
	uint64_t filled;                  /* pieces since the start; */
	uint64_t taken[RING_READERS_MAX]; /* and of those, that each reader is done with */
	bool ended;                       /* nothing more will be filled */
	bool stopped;
	pthread_mutex_t lock;
	pthread_cond_t moved;
};

int ring_open(struct ring *r, size_t piece, size_t n_slots, size_t n_readers, struct error *err);
void ring_close(struct ring *r);
#define auto_ring __attribute__((cleanup(ring_close))) struct ring

/* For the one that fills: waits for a free slot; NULL where the ring was stopped. */
uint8_t *ring_room(struct ring *r);
/* Hands over the slot that ring_room() gave, with n bytes in it. */
void ring_fill(struct ring *r, size_t n);
/* Says that nothing more will come. */
void ring_end(struct ring *r);

/* For reader 0 or 1: waits for the next piece; NULL at the end, or where the ring was stopped. The
 * slot's bytes behind *ret_n are the reader's to change. */
uint8_t *ring_next(struct ring *r, size_t reader, size_t *ret_n);
/* Gives that piece back. */
void ring_taken(struct ring *r, size_t reader);

void ring_stop(struct ring *r);
bool ring_is_stopped(struct ring *r);
