// SPDX-License-Identifier: Apache-2.0
/*
 * The content of a bundle from front to end, whether the file is a .tar or a .tar.zst (RFC 8878).
 * Memory is bounded by zstd's window (128 MiB at most, 8 MiB as we write) and one buffer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bundles/input.h"

struct stream {
	struct input input;
	void *zstd;        /* ZSTD_DCtx; NULL: the file is the content */
	uint8_t *buffer;   /* bytes of the file that were read ahead */
	size_t at;         /* the first of them that is not used yet */
	size_t end;        /* behind the last */
	bool frame_open;   /* within a zstd frame */
	bool failed;       /* the last error was raised here, not by whom the bytes went to */
	uint64_t position; /* of the next byte, in the content */
};

/* Starts reading a file that the caller keeps open. */
int stream_open(struct stream *s, int fd, struct error *err);
void stream_close(struct stream *s);
#define auto_stream __attribute__((cleanup(stream_close))) struct stream

/* Reads up to n bytes; *ret_n is 0 at the end only. */
int stream_read(struct stream *s, void *out, size_t n, size_t *ret_n, struct error *err);

/* Reads exactly n bytes; -EBADMSG (SW-2005) where the content ends before. */
int stream_copy(struct stream *s, void *out, size_t n, struct error *err);

/* Leaves n bytes out: without reading them where the file can be skipped in. */
int stream_skip(struct stream *s, uint64_t n, struct error *err);

/* True where stream_skip() reads nothing. */
bool stream_is_seekable(const struct stream *s);

/* Raises the error of content that ended too early. */
int stream_short(struct stream *s, struct error *err);
