// SPDX-License-Identifier: Apache-2.0
/*
 * The bytes of a bundle, read once from front to end, whether the file is a .tar or a .tar.zst.
 * libarchive does the reading, with its zstd filter and no archive format: memory is bounded by the
 * filter's window (128 MiB at most) and one read buffer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct archive;

struct stream {
	struct archive *archive;
	const uint8_t *at; /* bytes read and not yet handed out */
	size_t left;
	uint64_t position; /* of the next byte, in the uncompressed stream */
	bool ended;        /* libarchive has said that nothing follows */
};

/* Starts reading a file that the caller keeps open. */
int stream_open(struct stream *s, int fd, struct error *err);
void stream_close(struct stream *s);
#define auto_stream __attribute__((cleanup(stream_close))) struct stream

/* Hands out the next 1 to `max` bytes, valid until the next call. *ret_n is 0 at the end. */
int stream_read(
	struct stream *s, size_t max, const uint8_t **ret, size_t *ret_n, struct error *err);

/* Copies exactly n bytes; -EBADMSG (SW-2005) where the stream ends before. */
int stream_copy(struct stream *s, void *out, size_t n, struct error *err);

/* Raises the error of a stream that ended too early. */
int stream_short(const struct stream *s, struct error *err);
