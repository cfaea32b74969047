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
#include "bundles/statement.h"
#include "bundles/store.h"

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

/* Writes the archive to fd, which is not synced. */
int writer_write(struct store *s, const struct statement *st, const struct writer_options *options,
	int fd, struct error *err);
