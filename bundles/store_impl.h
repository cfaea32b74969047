// SPDX-License-Identifier: Apache-2.0
/* What the files of the store share (store*.c). Nobody else's. */
#pragma once

#include <sys/stat.h>

#include "bundles/store.h"

#define STORE_RECORD_PREFIX OCI_NOTE_BUNDLE "."

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

/* Puts a text in the place of index.json, after every blob that was linked is durable. */
int store_index_replace(struct store *s, const char *text, struct error *err);

/* True for an entry that is held though its name is gone; *ret_since_s is since when. */
bool store_entry_is_held(const json_t *entry, int64_t *ret_since_s);
/* Lets go of the entries that are held since `before_s` or longer (Unix seconds). */
int store_let_go(struct store *s, int64_t before_s, struct error *err);

/* True for a blob that fsck found damaged: nobody but fsck reads it, and an import replaces it. */
static inline bool store_blob_is_marked(const struct stat *st)
{
	return !(st->st_mode & S_IRUSR);
}

/* Opens a blob, a marked one too; *ret_st is of its file. */
int store_blob_open(struct store *s, const struct digest *d, int *ret_fd, struct stat *ret_st,
	struct error *err);

/* Raises what an operation of the table returned (-errno), with the remedy where there is one. */
int store_fail(struct error *err, int number, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
