// SPDX-License-Identifier: Apache-2.0
/* The content of a bundle, plain or unpacked by libzstd. */
#include "bundles/stream.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define BUFFER_SIZE    (128u << 10)
#define AHEAD_SIZE     (16u << 10) /* of plain content; what a skip may have read for nothing */
#define SKIP_SIZE      (256u << 10)
#define WINDOW_LOG_MAX 27 /* 128 MiB */

static const uint8_t zstd_magic[] = { 0x28, 0xb5, 0x2f, 0xfd };

/* Reads into the empty buffer. At the file's end it stays empty. */
static int buffer_fill(struct stream *s, size_t size, struct error *err)
{
	int r;

	s->at = s->end = 0;
	r = input_read(&s->input, s->buffer, size, &s->end, err);
	s->failed = r < 0;
	return r;
}

/* The first bytes tell what it is; a pipe may give them one by one. */
static int magic_read(struct stream *s, struct error *err)
{
	size_t n = 1;
	int r = 0;

	while (r == 0 && n > 0 && s->end < sizeof(zstd_magic)) {
		r = input_read(&s->input, s->buffer + s->end, AHEAD_SIZE - s->end, &n, err);
		if (r == 0)
			s->end += n;
	}
	return r;
}

static int zstd_start(struct stream *s, struct error *err)
{
	ZSTD_DCtx *zstd = ZSTD_createDCtx();

	if (!zstd)
		return fail_memory(err);
	s->zstd = zstd;
	(void)ZSTD_DCtx_setParameter(zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX); /* valid */
	return 0;
}

int stream_open(struct stream *s, int fd, struct error *err)
{
	int r;

	*s = (struct stream){ .buffer = malloc(BUFFER_SIZE) };
	r = s->buffer ? input_open(&s->input, fd, err) : fail_memory(err);
	if (r == 0)
		r = magic_read(s, err);
	if (r == 0 && s->end >= sizeof(zstd_magic) &&
		memcmp(s->buffer, zstd_magic, sizeof(zstd_magic)) == 0)
		r = zstd_start(s, err);
	if (r < 0)
		stream_close(s);
	return r;
}

void stream_close(struct stream *s)
{
	(void)ZSTD_freeDCtx(s->zstd); /* frees only */
	free(s->buffer);
	*s = (struct stream){ 0 };
}

static int plain_read(struct stream *s, void *out, size_t n, size_t *ret_n, struct error *err)
{
	int r = 0;

	if (s->at == s->end && n >= AHEAD_SIZE) {
		r = input_read(&s->input, out, n, ret_n, err);
		s->failed = r < 0;
		return r;
	}
	if (s->at == s->end)
		r = buffer_fill(s, AHEAD_SIZE, err);
	if (r < 0)
		return r;
	*ret_n = s->end - s->at < n ? s->end - s->at : n;
	memcpy(out, s->buffer + s->at, *ret_n);
	s->at += *ret_n;
	return 0;
}

static int zstd_fail(struct stream *s, size_t code, struct error *err)
{
	s->failed = true;
	return fail_code(err, EBADMSG, "SW-2006",
		"it is damaged before byte %llu of the file, after byte %llu of its content: %s",
		(unsigned long long)(s->input.offset - (s->end - s->at)),
		(unsigned long long)s->position, ZSTD_getErrorName(code));
}

/* Unpacks what the buffer holds, or what was unpacked before and had no room. */
static int zstd_unpack(struct stream *s, ZSTD_outBuffer *out, struct error *err)
{
	ZSTD_inBuffer in = { s->buffer, s->end, s->at };
	size_t left = ZSTD_decompressStream(s->zstd, out, &in);

	s->at = in.pos;
	if (ZSTD_isError(left))
		return zstd_fail(s, left, err);
	s->frame_open = left != 0;
	return 0;
}

/* Unpacks until there is something to hand out, or the file ends between two frames. */
static int zstd_read(struct stream *s, void *to, size_t n, size_t *ret_n, struct error *err)
{
	ZSTD_outBuffer out = { to, n, 0 };

	while (out.pos == 0) {
		int r = s->at < s->end || s->frame_open ? zstd_unpack(s, &out, err) : 0;

		if (r == 0 && out.pos == 0 && s->at == s->end) {
			r = buffer_fill(s, BUFFER_SIZE, err);
			if (r == 0 && s->end == 0 && s->frame_open)
				r = stream_short(s, err);
			if (r == 0 && s->end == 0)
				break;
		}
		if (r < 0)
			return r;
	}
	*ret_n = out.pos;
	return 0;
}

int stream_read(struct stream *s, void *out, size_t n, size_t *ret_n, struct error *err)
{
	int r;

	*ret_n = 0;
	if (n == 0)
		return 0;
	r = s->zstd ? zstd_read(s, out, n, ret_n, err) : plain_read(s, out, n, ret_n, err);
	if (r == 0)
		s->position += *ret_n;
	return r;
}

int stream_short(struct stream *s, struct error *err)
{
	s->failed = true;
	return fail_code(err, EBADMSG, "SW-2005", "it ends early, at byte %llu of its content",
		(unsigned long long)s->position);
}

int stream_copy(struct stream *s, void *out, size_t n, struct error *err)
{
	uint8_t *to = out;

	while (n > 0) {
		size_t got;
		int r = stream_read(s, to, n, &got, err);

		if (r == 0 && got == 0)
			r = stream_short(s, err);
		if (r < 0)
			return r;
		to += got;
		n -= got;
	}
	return 0;
}

bool stream_is_seekable(const struct stream *s)
{
	return s->input.seekable && !s->zstd;
}

static int skip_by_seek(struct stream *s, uint64_t n, struct error *err)
{
	size_t ahead = s->end - s->at < n ? s->end - s->at : (size_t)n;
	int r;

	s->at += ahead;
	s->position += ahead;
	r = input_skip(&s->input, n - ahead, err);
	if (r == 1)
		return stream_short(s, err);
	s->failed = r < 0;
	if (r == 0)
		s->position += n - ahead;
	return r;
}

int stream_skip(struct stream *s, uint64_t n, struct error *err)
{
	uint8_t *scratch;
	int r = 0;

	if (stream_is_seekable(s))
		return skip_by_seek(s, n, err);
	scratch = malloc(SKIP_SIZE);
	if (!scratch)
		return fail_memory(err);
	while (r == 0 && n > 0) {
		size_t size = n < SKIP_SIZE ? (size_t)n : SKIP_SIZE;

		r = stream_copy(s, scratch, size, err);
		n -= size;
	}
	free(scratch);
	return r;
}
