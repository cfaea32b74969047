// SPDX-License-Identifier: Apache-2.0
/*
 * Where the blobs of images come from: an archive (a tar, plain or packed with gzip, xz or zstd) or
 * a folder with an OCI layout. An archive is read once, front to end, and every file in it becomes
 * a blob of the store at once, so that nothing is unpacked in between; a folder's blobs are copied
 * when they are asked for.
 */
#pragma once

#include <jansson.h>

#include "base/buf.h"
#include "bundles/oci.h"
#include "bundles/store.h"

#define POOL_MEMBERS_MAX 100000 /* files and links of one archive */

struct pool {
	struct store *store;
	int dir_fd;      /* the layout's folder; -1: an archive */
	json_t *members; /* of an archive: path to "sha256:<hex>" of a file, or "@PATH" of a link */
};

/* Opens an archive or a folder. Needs the store's lock. */
int pool_open(struct pool *p, struct store *s, const char *path, struct error *err);
void pool_close(struct pool *p);
#define auto_pool __attribute__((cleanup(pool_close))) struct pool

/* Reads a small file of at most `max` bytes. -ENOENT where there is none. */
int pool_read(struct pool *p, const char *name, size_t max, struct buf *ret, struct error *err);

/* The blob that a file of an archive has become. -ENOENT (SW-6007). */
int pool_find(const struct pool *p, const char *name, struct digest *ret, uint64_t *ret_size,
	struct error *err);

/* Sees that a blob is in the store. -ENOENT (SW-6007) where the pool has none. */
int pool_need(struct pool *p, const struct oci_descriptor *d, struct error *err);
/* The same for a document and all that it names. */
int pool_need_all(struct pool *p, const struct oci_descriptor *d, struct error *err);
