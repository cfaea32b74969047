// SPDX-License-Identifier: Apache-2.0
/* Unpacks a stream; the table near the end is what it knows. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "images/inflater.h"

#define ZSTD_WINDOW_LOG 27        /* 128 MiB */
#define GZIP_WINDOW     (15 + 16) /* inflateInit2: the largest window, a gzip header */

struct inflater_kind {
	const char *magic;
	size_t magic_size;
	int (*open)(struct inflater *i, struct error *err);
	int (*run)(struct inflater *i, struct inflater_step *step, struct error *err);
	void (*close)(void *state);
};

static int fail_damaged(struct error *err, const char *what, const char *why)
{
	return fail_code(err, EBADMSG, "SW-3011", "its %s data is damaged: %s", what, why);
}

static int zstd_open(struct inflater *i, struct error *err)
{
	ZSTD_DCtx *ctx = ZSTD_createDCtx();

	if (!ctx)
		return fail_memory(err);
	(void)ZSTD_DCtx_setParameter(ctx, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG); /* in range */
	i->state = ctx;
	return 0;
}

static int zstd_run(struct inflater *i, struct inflater_step *step, struct error *err)
{
	ZSTD_inBuffer in = { step->in, step->in_size, 0 };
	ZSTD_outBuffer out = { step->out, step->out_size, 0 };
	size_t r = ZSTD_decompressStream(i->state, &out, &in);

	if (ZSTD_isError(r))
		return fail_damaged(err, "zstd", ZSTD_getErrorName(r));
	step->used = in.pos;
	step->made = out.pos;
	if (in.pos > 0 || out.pos > 0)
		i->within = r != 0;
	return 0;
}

static void zstd_close(void *state)
{
	(void)ZSTD_freeDCtx(state); /* cannot fail on one that was made */
}

static int gzip_open(struct inflater *i, struct error *err)
{
	z_stream *z = calloc(1, sizeof(*z));

	if (!z)
		return fail_memory(err);
	if (inflateInit2(z, GZIP_WINDOW) != Z_OK) {
		free(z);
		return fail_memory(err);
	}
	i->state = z;
	return 0;
}

static int gzip_run(struct inflater *i, struct inflater_step *step, struct error *err)
{
	z_stream *z = i->state;
	int r;

	z->next_in = (uint8_t *)(uintptr_t)step->in; /* only read */
	z->avail_in = (uInt)(step->in_size < UINT_MAX ? step->in_size : UINT_MAX);
	z->next_out = step->out;
	z->avail_out = (uInt)(step->out_size < UINT_MAX ? step->out_size : UINT_MAX);
	step->used = z->avail_in;
	step->made = z->avail_out;
	r = z->avail_in == 0 && !i->within ? Z_BUF_ERROR : inflate(z, Z_NO_FLUSH);
	step->used -= z->avail_in;
	step->made -= z->avail_out;
	if (r == Z_STREAM_END)
		(void)inflateReset(z); /* the next member, if one follows; a valid state */
	else if (r != Z_OK && r != Z_BUF_ERROR)
		return fail_damaged(err, "gzip", z->msg ? z->msg : "not gzip");
	if (step->used > 0 || step->made > 0)
		i->within = r != Z_STREAM_END;
	return 0;
}

static void gzip_close(void *state)
{
	(void)inflateEnd(state); /* cannot fail on one that was made */
	free(state);
}

static int plain_open(struct inflater *i, struct error *err)
{
	(void)i;
	(void)err;
	return 0;
}

static int plain_run(struct inflater *i, struct inflater_step *step, struct error *err)
{
	size_t n = step->in_size < step->out_size ? step->in_size : step->out_size;

	(void)i;
	(void)err;
	if (n > 0)
		memcpy(step->out, step->in, n);
	step->used = step->made = n;
	return 0;
}

static void plain_close(void *state)
{
	(void)state;
}

/* The last one takes whatever none before it did. */
static const struct inflater_kind kinds[] = {
	{ "\x28\xb5\x2f\xfd", 4, zstd_open, zstd_run, zstd_close },
	{ "\x1f\x8b", 2, gzip_open, gzip_run, gzip_close },
	{ "", 0, plain_open, plain_run, plain_close },
};

int inflater_open(struct inflater *i, const uint8_t *first, size_t n, struct error *err)
{
	const struct inflater_kind *kind = kinds;
	int r;

	while (n < kind->magic_size || memcmp(first, kind->magic, kind->magic_size) != 0)
		kind++;
	*i = (struct inflater){ 0 };
	r = kind->open(i, err);
	if (r == 0)
		i->kind = kind;
	return r;
}

void inflater_close(struct inflater *i)
{
	if (i->kind)
		i->kind->close(i->state);
	*i = (struct inflater){ 0 };
}

int inflater_run(struct inflater *i, struct inflater_step *step, struct error *err)
{
	int r;

	step->used = step->made = 0;
	r = i->kind->run(i, step, err);
	if (r == 0 && step->in_size > 0 && step->out_size > 0 && step->used == 0 && step->made == 0)
		return fail_damaged(err, "packed", "it leads nowhere");
	return r;
}

int inflater_end(const struct inflater *i, struct error *err)
{
	return i->within ? fail_damaged(err, "packed", "it ends too early") : 0;
}
