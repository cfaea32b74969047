// SPDX-License-Identifier: Apache-2.0
/* One blob through hashing and unpacking at once. */
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "images/blob_stream.h"
#include "images/inflater.h"
#include "images/ring.h"

#define STORED_PIECE (256u << 10)
#define STORED_SLOTS 32
#define RAW_SLOTS    16
#define STACK_SIZE   (256u << 10)

enum { HASHER, UNPACKER, STORED_READERS };

/* A blob on its way. Each error is of one thread, and read when that has ended. */
struct flow {
	const struct blob_stream *s;
	struct ring stored, raw;
	struct digest_state hash;
	uint8_t *piece; /* the stored piece that is being filled; NULL: none */
	size_t piece_used;
	uint64_t come_bytes; /* from the source */
	struct error source_err, hash_err, unpack_err, take_err;
};

static void flow_stop(struct flow *f)
{
	ring_stop(&f->stored);
	ring_stop(&f->raw);
}

/* The next mark of the trail, where the hash has come to one. */
static int mark_add(struct flow *f, uint64_t at, struct error *err)
{
	struct blob_trail *t = f->s->trail;
	struct digest so_far;
	int r;

	if (!t || t->n >= BLOB_MARKS || at % t->step_bytes != 0)
		return 0;
	r = digest_peek(&f->hash, &so_far, err);
	if (r == 0)
		memcpy(&t->mark[t->n++], so_far.bytes, sizeof(t->mark[0]));
	return r;
}

static void *hash_run(void *arg)
{
	struct flow *f = arg;
	uint64_t at = 0;
	uint8_t *p;
	size_t n;

	while ((p = ring_next(&f->stored, HASHER, &n))) {
		at += n;
		if (digest_update(&f->hash, p, n, &f->hash_err) < 0 ||
			mark_add(f, at, &f->hash_err) < 0) {
			flow_stop(f);
			break;
		}
		ring_taken(&f->stored, HASHER);
	}
	return NULL;
}

/* Where the unpacked bytes go: one raw piece after the other. */
struct spout {
	struct ring *ring;
	uint8_t *piece; /* NULL: none is being filled */
	size_t used;
};

/* Unpacks n bytes into raw pieces. -ECANCELED where the ring was stopped. */
static int unpack_piece(
	struct inflater *in, struct spout *out, const uint8_t *p, size_t n, struct error *err)
{
	struct inflater_step step = { .in = p, .in_size = n };
	bool more = true;

	while (more) {
		int r;

		if (!out->piece)
			out->piece = ring_room(out->ring);
		if (!out->piece)
			return -ECANCELED;
		step.out = out->piece + out->used;
		step.out_size = BLOB_PIECE - out->used;
		if ((r = inflater_run(in, &step, err)) < 0)
			return r;
		step.in += step.used;
		step.in_size -= step.used;
		out->used += step.made;
		more = step.in_size > 0 || out->used == BLOB_PIECE;
		if (out->used == BLOB_PIECE) {
			ring_fill(out->ring, BLOB_PIECE);
			out->piece = NULL;
			out->used = 0;
		}
	}
	return 0;
}

/* The pieces that are left are only hashed, so that a blob with wrong bytes is told from one that
 * was made wrong. */
static void drain(struct flow *f)
{
	size_t n;

	do
		ring_taken(&f->stored, UNPACKER);
	while (ring_next(&f->stored, UNPACKER, &n));
}

static void *unpack_run(void *arg)
{
	struct flow *f = arg;
	struct spout out = { .ring = &f->raw };
	auto_inflater in = { 0 };
	uint8_t *p;
	size_t n;
	int r = 0;

	while ((p = ring_next(&f->stored, UNPACKER, &n))) {
		if (!in.kind)
			r = inflater_open(&in, p, n, &f->unpack_err);
		if (r == 0)
			r = unpack_piece(&in, &out, p, n, &f->unpack_err);
		if (r < 0) {
			drain(f);
			break;
		}
		ring_taken(&f->stored, UNPACKER);
	}
	if (r == 0)
		r = inflater_end(&in, &f->unpack_err);
	if (r == 0 && out.used > 0)
		ring_fill(&f->raw, out.used);
	ring_end(&f->raw);
	return NULL;
}

static void *take_run(void *arg)
{
	struct flow *f = arg;
	uint64_t at = 0;
	uint8_t *p;
	size_t n;

	while ((p = ring_next(&f->raw, 0, &n))) {
		if (f->s->take(at, p, n, f->s->take_arg, &f->take_err) < 0) {
			flow_stop(f);
			break;
		}
		at += n;
		ring_taken(&f->raw, 0);
	}
	return NULL;
}

/* Hands a full piece on, and tells how far it is. */
static int piece_pass(struct flow *f)
{
	const struct blob_stream *s = f->s;

	ring_fill(&f->stored, f->piece_used);
	f->piece = NULL;
	f->piece_used = 0;
	if (s->progress && s->progress(f->come_bytes, s->progress_arg) != 0)
		return fail(&f->source_err, ECANCELED, "writing the image");
	return 0;
}

static int flow_sink(const void *p, size_t n, void *arg)
{
	struct flow *f = arg;
	const uint8_t *from = p;

	if (n > f->s->blob->size_bytes - f->come_bytes)
		return fail_code(&f->source_err, EBADMSG, "SW-3010",
			"more bytes came than the %" PRIu64 " the manifest says",
			f->s->blob->size_bytes);
	while (n > 0) {
		size_t some = STORED_PIECE - f->piece_used;

		some = some < n ? some : n;
		if (!f->piece && !(f->piece = ring_room(&f->stored)))
			return -ECANCELED;
		memcpy(f->piece + f->piece_used, from, some);
		f->piece_used += some;
		f->come_bytes += some;
		from += some;
		n -= some;
		if (f->piece_used == STORED_PIECE && piece_pass(f) < 0)
			return f->source_err.number;
	}
	return 0;
}

static int flow_feed(struct flow *f)
{
	const struct rootfs_source *source = f->s->source;
	const struct rootfs_layer *blob = f->s->blob;
	struct error err = { 0 };
	int r = source->fetch(source->arg, &blob->digest, blob->size_bytes, flow_sink, f, &err);

	if (r == 0 && f->piece_used > 0)
		r = piece_pass(f);
	if (r == 0) {
		ring_end(&f->stored);
		return 0;
	}
	if (!f->source_err.number)
		f->source_err = err;
	flow_stop(f);
	return r;
}

static int thread_start(pthread_t *thread, void *(*run)(void *), struct flow *f, struct error *err)
{
	pthread_attr_t attr;
	int r = pthread_attr_init(&attr);

	if (r == 0) {
		(void)pthread_attr_setstacksize(&attr, STACK_SIZE); /* else it is the usual size */
		r = pthread_create(thread, &attr, run, f);
		(void)pthread_attr_destroy(&attr);
	}
	return r ? fail(err, r, "starting a thread") : 0;
}

static int threads_run(struct flow *f, struct error *err)
{
	static void *(*const runs[])(void *) = { hash_run, unpack_run, take_run };
	pthread_t threads[sizeof(runs) / sizeof(runs[0])];
	size_t n = 0;
	int r = 0;

	while (r == 0 && n < sizeof(runs) / sizeof(runs[0])) {
		r = thread_start(&threads[n], runs[n], f, err);
		n += r == 0;
	}
	if (r == 0)
		(void)flow_feed(f); /* what it said is in source_err */
	else
		flow_stop(f);
	for (size_t i = 0; i < n; i++)
		(void)pthread_join(threads[i], NULL); /* all end: at the end, or stopped */
	return r;
}

static int digest_check(struct flow *f, struct error *err)
{
	const struct rootfs_layer *blob = f->s->blob;
	char text[DIGEST_TEXT_MAX];
	struct digest got;
	int r;

	if (f->come_bytes != blob->size_bytes)
		return fail_code(err, EBADMSG, "SW-3010",
			"%" PRIu64 " bytes came, the manifest says %" PRIu64, f->come_bytes,
			blob->size_bytes);
	if ((r = digest_end(&f->hash, &got, err)) < 0)
		return r;
	if (digest_equal(&got, &blob->digest))
		return 0;
	(void)fail_code(err, EBADMSG, "SW-3010", "its bytes hash to %s", digest_format(&got, text));
	return fail_hint(err,
		"the store or the network damaged it; on the appliance: slipway store fsck, then slipway "
		"bundle import FILE again");
}

/* What the disk said comes first: it ended the rest. Bytes that cannot be unpacked are told of only
 * where they are the right ones. */
static int verdict(struct flow *f, struct error *err)
{
	const struct error *first = f->take_err.number     ? &f->take_err
				    : f->hash_err.number   ? &f->hash_err
				    : f->source_err.number ? &f->source_err
							   : NULL;
	int r;

	if (first) {
		*err = *first;
		return err->number;
	}
	if ((r = digest_check(f, err)) < 0)
		return r;
	if (f->unpack_err.number)
		*err = f->unpack_err;
	return f->unpack_err.number;
}

static void trail_start(struct blob_trail *t, uint64_t size_bytes)
{
	uint64_t pieces = (size_bytes + STORED_PIECE - 1) / STORED_PIECE;

	*t = (struct blob_trail){ .step_bytes = (pieces / BLOB_MARKS + 1) * STORED_PIECE };
}

int blob_stream_run(const struct blob_stream *s, struct error *err)
{
	struct flow f = { .s = s };
	char text[DIGEST_TEXT_MAX];
	int r;

	if (s->trail)
		trail_start(s->trail, s->blob->size_bytes);
	if ((r = ring_open(&f.stored, STORED_PIECE, STORED_SLOTS, STORED_READERS, err)) == 0 &&
		(r = ring_open(&f.raw, BLOB_PIECE, RAW_SLOTS, 1, err)) == 0 &&
		(r = digest_start(&f.hash, err)) == 0 && (r = threads_run(&f, err)) == 0)
		r = verdict(&f, err);
	digest_stop(&f.hash);
	ring_close(&f.raw);
	ring_close(&f.stored);
	if (r < 0)
		return fail_in(err, "blob %s", digest_format(&s->blob->digest, text));
	return 0;
}

bool blob_trail_differ(const struct blob_trail *a, const struct blob_trail *b, uint64_t *ret_from,
	uint64_t *ret_to)
{
	size_t n = a->n < b->n ? a->n : b->n;
	size_t i = 0;

	while (i < n && a->mark[i] == b->mark[i])
		i++;
	*ret_from = i * a->step_bytes;
	*ret_to = *ret_from + a->step_bytes;
	return i < n || a->n != b->n;
}
