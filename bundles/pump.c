// SPDX-License-Identifier: Apache-2.0
/*
 * A ring of pieces with one filler and two readers. Piece i lies in slot i % PUMP_SLOTS; its slot
 * is free again once it was both hashed and taken. Counters only rise, under one lock.
 */
#include "bundles/pump.h"

#include <stdlib.h>
#include <string.h>

#define THREADS_FROM (1u << 20) /* bytes of a blob */
#define STACK_SIZE   (256u << 10)

int pump_open(struct pump *p, struct stream *s, struct error *err)
{
	*p = (struct pump){ .stream = s, .slots = malloc((size_t)PUMP_PIECE * PUMP_SLOTS) };
	if (!p->slots)
		return fail_memory(err);
	(void)pthread_mutex_init(&p->lock, NULL); /* neither can fail with default attributes */
	(void)pthread_cond_init(&p->moved, NULL);
	return 0;
}

void pump_close(struct pump *p)
{
	if (!p->slots)
		return;
	digest_stop(&p->hash);
	(void)pthread_cond_destroy(&p->moved);
	(void)pthread_mutex_destroy(&p->lock);
	free(p->slots);
	p->slots = NULL;
}

static uint8_t *piece_at(const struct pump *p, size_t i)
{
	return p->slots + (i % PUMP_SLOTS) * PUMP_PIECE;
}

static size_t piece_count(const struct pump *p)
{
	return (size_t)((p->size + PUMP_PIECE - 1) / PUMP_PIECE);
}

static size_t piece_size(const struct pump *p, size_t i)
{
	uint64_t left = p->size - (uint64_t)i * PUMP_PIECE;

	return left < PUMP_PIECE ? (size_t)left : PUMP_PIECE;
}

/* Waits until *ahead is more than `n`; false where the pump was stopped before. */
static bool piece_await(struct pump *p, const size_t *ahead, size_t n)
{
	bool there;

	(void)pthread_mutex_lock(&p->lock); /* of the default kind: cannot fail */
	while (!p->stopped && *ahead <= n)
		(void)pthread_cond_wait(&p->moved, &p->lock);
	there = *ahead > n && !p->stopped;
	(void)pthread_mutex_unlock(&p->lock);
	return there;
}

static bool slot_await(struct pump *p, size_t i)
{
	return i < PUMP_SLOTS || (piece_await(p, &p->hashed, i - PUMP_SLOTS) &&
					 piece_await(p, &p->taken, i - PUMP_SLOTS));
}

/* Counts a piece, or stops all three where it failed. */
static void piece_done(struct pump *p, size_t *counter, int r)
{
	(void)pthread_mutex_lock(&p->lock);
	*counter += r == 0;
	p->stopped |= r != 0;
	(void)pthread_cond_broadcast(&p->moved);
	(void)pthread_mutex_unlock(&p->lock);
}

static void *pieces_read(void *arg)
{
	struct pump *p = arg;
	int r = 0;

	for (size_t i = 0; r == 0 && i < piece_count(p) && slot_await(p, i); i++) {
		r = stream_copy(p->stream, piece_at(p, i), piece_size(p, i), &p->read_error);
		piece_done(p, &p->filled, r);
	}
	return NULL;
}

static void *pieces_hash(void *arg)
{
	struct pump *p = arg;
	int r = 0;

	for (size_t i = 0; r == 0 && i < piece_count(p) && piece_await(p, &p->filled, i); i++) {
		r = digest_update(&p->hash, piece_at(p, i), piece_size(p, i), &p->hash_error);
		piece_done(p, &p->hashed, r);
	}
	return NULL;
}

static int pieces_take(struct pump *p, pump_take_fn take, void *arg, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < piece_count(p) && piece_await(p, &p->filled, i); i++) {
		r = take(piece_at(p, i), piece_size(p, i), arg, err);
		piece_done(p, &p->taken, r);
	}
	return r;
}

static int thread_start(pthread_t *thread, void *(*run)(void *), struct pump *p, struct error *err)
{
	pthread_attr_t attr;
	int r = pthread_attr_init(&attr);

	if (r == 0) {
		(void)pthread_attr_setstacksize(&attr, STACK_SIZE); /* else it is the usual size */
		r = pthread_create(thread, &attr, run, p);
		(void)pthread_attr_destroy(&attr);
	}
	return r ? fail(err, r, "starting a thread") : 0;
}

static int threads_run(struct pump *p, pump_take_fn take, void *arg, struct error *err)
{
	pthread_t reader;
	pthread_t hasher;
	int r = thread_start(&reader, pieces_read, p, err);

	if (r < 0)
		return r;
	r = thread_start(&hasher, pieces_hash, p, err);
	if (r < 0) {
		piece_done(p, &p->taken, r); /* stops the reader */
	} else {
		r = pieces_take(p, take, arg, err);
		(void)pthread_join(hasher, NULL); /* both end: all was moved, or it was stopped */
	}
	(void)pthread_join(reader, NULL);
	if (r < 0)
		return r;
	if (p->read_error.number == 0 && p->hash_error.number == 0)
		return 0;
	*err = p->read_error.number < 0 ? p->read_error : p->hash_error;
	return err->number;
}

static int pieces_run(struct pump *p, pump_take_fn take, void *arg, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < piece_count(p); i++) {
		r = stream_copy(p->stream, piece_at(p, i), piece_size(p, i), err);
		if (r == 0)
			r = digest_update(&p->hash, piece_at(p, i), piece_size(p, i), err);
		if (r == 0)
			r = take(piece_at(p, i), piece_size(p, i), arg, err);
	}
	return r;
}

int pump_run(struct pump *p, uint64_t size, pump_take_fn take, void *arg, struct digest *ret,
	struct error *err)
{
	int r;

	p->size = size;
	p->filled = p->hashed = p->taken = 0;
	p->stopped = false;
	p->read_error = p->hash_error = (struct error){ 0 };
	r = digest_start(&p->hash, err);
	if (r == 0)
		r = size < THREADS_FROM ? pieces_run(p, take, arg, err)
					: threads_run(p, take, arg, err);
	if (r == 0)
		return digest_end(&p->hash, ret, err);
	digest_stop(&p->hash);
	return r;
}
