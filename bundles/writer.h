// SPDX-License-Identifier: Apache-2.0
/*
 * Writing a bundle: a statement over everything that a staging store's entries need, its signature,
 * and the archive of both with the layout (import.c tells its format). The same store gives the
 * same bytes.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "bundles/minisign.h"
#include "bundles/sink.h"
#include "bundles/statement.h"
#include "bundles/store.h"

#define WRITER_ZSTD_LEVEL 3 /* what is in a bundle is compressed already */

/* States what a store holds: name, version and created are set by the caller in *st; blobs and
 * entries are filled in. -ENOENT (SW-2014) where something that an entry needs is missing. */
int writer_state(struct store *s, struct statement *st, struct error *err);

struct writer_options {
	const struct minisign_secret *key;
	bool zstd; /* compresses the whole archive */
	/* Called with the bytes of blobs written since the last call; NULL: none. */
	void (*progress)(uint64_t more_bytes, void *arg);
	void *progress_arg;
};

/* Writes the archive to fd, which is not synced. Absent blobs are not in it.
 */
int writer_write(struct store *s, const struct statement *st, const struct writer_options *options,
	int fd, struct error *err);

/* Adds a small member to an archive under way. */
int writer_text(struct sink *sink, const char *name, const char *text, struct error *err);

/* The trusted comment of a signature over a statement. */
void writer_comment(const struct statement *st, char out[static MINISIGN_COMMENT_MAX]);
