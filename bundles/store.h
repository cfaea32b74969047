// SPDX-License-Identifier: Apache-2.0
/*
 * The content-addressed store: an OCI image layout on disk (image-spec, image-layout.md), so that
 * `skopeo copy oci:STORE:NAME ...` reads it as it is.
 *
 *	oci-layout             {"imageLayoutVersion":"1.0.0"}
 *	index.json             every named entry, and which bundle versions are here
 *	blobs/sha256/<hex>     the content
 *
 * A blob is written to an unnamed file, hashed as it streams, fsynced, and only then linked under
 * its digest; the folder is fsynced before index.json, replaced by rename, refers to it. So at any
 * moment, a kill or a power cut included, every name leads to whole, verified content.
 *
 * Reading needs no lock. Each thread opens a `struct store` of its own; a reader notices a new
 * index.json by itself. Writers take the lock first (store_lock).
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"
#include "bundles/oci.h"
#include "bundles/store_ops.h"

#define STORE_NAME_MAX    512
#define STORE_ENTRIES_MAX 8192 /* names in one store */
#define STORE_HELD_MAX    1024 /* entries kept for a while after their names are gone */

#define STORE_ROOM_SPARE (16ull << 20) /* kept free, for index.json and the file system's needs */

#define STORE_NOTE_DROPPED "vnd.slipway.dropped" /* when its name went, in Unix seconds */

struct store;

/* Opens the store at `path`. With `create` a missing one is made; without, it is -ENOENT. */
int store_open(const char *path, bool create, struct store **ret, struct error *err);
/* The same through a table of operations that outlives the store. */
int store_open_with(const char *path, bool create, const struct store_ops *ops, struct store **ret,
	struct error *err);
/* Opens a store whose index.json may be damaged, to look at it or to repair it. */
int store_open_unread(
	const char *path, const struct store_ops *ops, struct store **ret, struct error *err);
void store_close(struct store *s);
static inline void store_cleanup(struct store **s)
{
	store_close(*s);
}
#define auto_store __attribute__((cleanup(store_cleanup))) struct store

/* One name of the index. Borrowed from the store until the next call that takes the store. */
struct store_entry {
	const char *name;   /* "docker.io/library/app:1.0", "os/debian-12-node" */
	const char *kind;   /* "rootfs", "container", "file"; "" where it is not said */
	const char *bundle; /* the bundle that brought it, or "" */
	struct oci_descriptor descriptor;
};

/* The entry of a name, or NULL. Looks for a new index.json first. */
const struct store_entry *store_find(struct store *s, const char *name);

/* All entries, sorted by name. Looks for a new index.json first. */
int store_list(
	struct store *s, const struct store_entry **ret, size_t *ret_count, struct error *err);

/* Which state of the index was read last: another number for another one, never 0. */
uint64_t store_generation(const struct store *s);

/* Opens a blob for reading. -ENOENT where it is not here, or fsck found it damaged. */
int store_open_blob(struct store *s, const struct digest *d, int *ret_fd, uint64_t *ret_size,
	struct error *err);

/* True where the blob is here and not known as damaged; *ret_size (may be NULL) is its size on disk. */
bool store_has_blob(struct store *s, const struct digest *d, uint64_t *ret_size);

/* Reads a manifest or index by digest: at most OCI_DOCUMENT_MAX bytes, checked against it. */
int store_read_document(
	struct store *s, const struct digest *d, struct oci_document *ret, struct error *err);

/* What is known of a bundle that was imported. */
struct store_bundle {
	uint64_t version;        /* 0: never imported */
	struct digest statement; /* digest of its signed statement */
};
/* Reads the record of a bundle. An unknown one has version 0. */
int store_find_bundle(
	struct store *s, const char *name, struct store_bundle *ret, struct error *err);

/* Takes the writers' lock until the store is closed. -EBUSY where another process holds it. */
int store_lock(struct store *s, struct error *err);

/* Bytes free for blobs. */
int store_free_space(struct store *s, uint64_t *ret_bytes, struct error *err);

/* A blob being written. Zeroed is not started; abort is fine at any time and after commit. */
struct store_writer {
	struct store *store;
	int fd;
	bool open;
	uint64_t written;
	uint64_t flushed; /* bytes whose writing back was started */
	struct digest_state hash;
};

/* Starts a blob of `size` bytes (0: not known). Needs the lock. */
int store_writer_start(struct store_writer *w, struct store *s, uint64_t size, struct error *err);
int store_writer_add(struct store_writer *w, const void *p, size_t n, struct error *err);
/* Ends the blob. Where `expected` is not NULL and differs, it is thrown away: -EBADMSG. *ret (may
 * be NULL) is its digest. */
int store_writer_commit(struct store_writer *w, const struct digest *expected, struct digest *ret,
	struct error *err);
/* For a caller that hashes elsewhere at the same time: writes without hashing, and ends the blob
 * under the digest that was found. */
int store_writer_write(struct store_writer *w, const void *p, size_t n, struct error *err);
int store_writer_commit_as(struct store_writer *w, const struct digest *found,
	const struct digest *expected, struct error *err);
void store_writer_abort(struct store_writer *w);
#define auto_store_writer __attribute__((cleanup(store_writer_abort))) struct store_writer

/* Writes a small blob at once. */
int store_put(struct store *s, const void *p, size_t n, struct digest *ret, struct error *err);

/* Puts entries (an array of descriptors with OCI_NOTE_NAME) into the index in the place of those
 * of the same names, records `bundle` at its version where it is not NULL, and makes all of it
 * durable: blob names first, then the index in one rename. Needs the lock. */
int store_update_index(struct store *s, const json_t *entries, const char *bundle,
	const struct store_bundle *record, struct error *err);

/* Drops names (an array of strings); -ENOENT where one is not there, and then none is dropped. What
 * they led to stays until gc (store_gc.h). SBOMs and signatures of an image that no name leads to
 * any more go with its last one, here and in store_update_index(). Needs the lock. */
int store_drop_names(struct store *s, const json_t *names, struct error *err);

/* The text of an index.json with these entries and annotations (may be NULL). Caller frees. */
int store_index_text(
	const json_t *entries, const json_t *annotations, char **ret, struct error *err);
#define STORE_LAYOUT_TEXT "{\"imageLayoutVersion\":\"1.0.0\"}"
