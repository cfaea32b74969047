// SPDX-License-Identifier: Apache-2.0
/* What the files of the store share: store.c, store_writer.c and store_index.c. Nobody else's. */
#pragma once

#include <sys/stat.h>

#include "bundles/store.h"

/* index.json as it was last read. */
struct store_index {
	json_t *json;
	struct store_entry *entries; /* sorted by name; borrow from json */
	size_t count;
	struct stat seen; /* of the file that was read; st_ino 0: none yet */
};

struct store {
	char *path; /* as it was opened, for errors */
	int dir_fd;
	int blobs_fd; /* blobs/sha256 */
	bool locked;
	const struct store_ops *ops;
	struct store_index index;
	uint64_t generation; /* counts the readings of index.json */
};

/* Reads index.json again where it has changed. On an error the last good one stays. */
int store_index_refresh(struct store *s, struct error *err);
void store_index_done(struct store_index *index);

/* Writes p to an unnamed, synced file of the store's folder. Returns its descriptor. */
int store_write_unnamed(struct store *s, const void *p, size_t n, struct error *err);
